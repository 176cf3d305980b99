import ssl

import pytest
from conftest import Entra
from fastapi import FastAPI, Security
from fastapi.testclient import TestClient
from fastapi_azure_auth import SingleTenantAzureAuthorizationCodeBearer
from fastapi_azure_auth.user import User


@pytest.fixture
def client(entra: Entra) -> TestClient:
    scheme = SingleTenantAzureAuthorizationCodeBearer(
        app_client_id=entra.client_id,
        tenant_id=entra.tenant,
        scopes={entra.scope: "access as user"},
        http_client_config={"verify": ssl.create_default_context(cafile=entra.certificate)},
    )
    app = FastAPI()

    @app.get("/api")
    async def api(user: User = Security(scheme, scopes=["access_as_user"])) -> dict[str, str | None]:
        return {"tenant": user.tid, "username": user.preferred_username}

    return TestClient(app)


def call(client: TestClient, token: str) -> tuple[int, object]:
    answer = client.get("/api", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def test_a_token_of_the_tenant_is_accepted(client: TestClient, entra: Entra) -> None:
    expected = {"tenant": entra.tenant, "username": "adele@contoso.example"}
    assert call(client, entra.tokens["good"]) == (200, expected)


@pytest.mark.parametrize("name", ["forged", "expired", "foreign", "v1"])
def test_a_token_that_is_not_for_this_api_is_refused(client: TestClient, entra: Entra, name: str) -> None:
    status, _ = call(client, entra.tokens[name])
    assert status == 401


@pytest.mark.parametrize("name", ["unscoped"])
def test_a_token_without_the_scope_is_refused(client: TestClient, entra: Entra, name: str) -> None:
    status, _ = call(client, entra.tokens[name])
    assert status == 403
