"""The identity as a dependency of FastAPI, from the same verifier."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from chat import IDENTIFIER, refusals
from entra import CLIENT, OTHER_TENANT, TENANT, Entra
from fastapi import Depends, FastAPI

from twodoor import Identity, create_verifier
from twodoor.fastapi import identity_by

pytestmark = pytest.mark.anyio


async def ask(entra: Entra, *authorization: str) -> httpx.Response:
    identity = identity_by(create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url))
    app = FastAPI()

    async def me(user: Annotated[Identity, Depends(identity)]) -> dict[str, str]:
        return {"key": user.key, "tenant": user.tenant_id}

    me.__annotations__["user"] = Annotated[Identity, Depends(identity)]
    app.get("/me")(me)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        return await client.get("/me", headers=[("Authorization", each) for each in authorization])


async def test_a_token_gives_the_identity(entra: Entra) -> None:
    response = await ask(entra, f"Bearer {entra.token()}")
    assert (response.status_code, response.json()) == (200, {"key": IDENTIFIER, "tenant": TENANT})


@pytest.mark.parametrize(
    ("changes", "status", "code", "error"),
    [
        ({"exp": 1}, 401, "token_expired", "invalid_token"),
        ({"tid": OTHER_TENANT}, 401, "wrong_tenant", "invalid_token"),
        ({"azp": OTHER_TENANT}, 403, "wrong_client", "insufficient_scope"),
        ({"scp": "User.Read"}, 403, "wrong_scope", "insufficient_scope"),
    ],
)
async def test_a_token_is_refused_as_in_typescript(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: dict[str, object], status: int, code: str, error: str
) -> None:
    response = await ask(entra, f"Bearer {entra.token(changes)}")
    assert response.status_code == status
    assert response.json() == {"detail": {"code": code, "retry": code == "token_expired"}}
    challenge = f'Bearer realm="api", error="{error}", error_description="{code}"'
    assert response.headers["www-authenticate"] == challenge
    assert f"({code})" in refusals(caplog)
    assert {each.name for each in caplog.records if "is refused" in each.message} == {"twodoor.fastapi"}


async def test_without_a_token_only_the_scheme_is_told(entra: Entra) -> None:
    for authorization in ([], ["Basic YTpi"]):
        response = await ask(entra, *authorization)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer realm="api"')


async def test_of_two_headers_none_counts(entra: Entra) -> None:
    response = await ask(entra, f"Bearer {entra.token()}", "Bearer a.b.c")
    assert (response.status_code, response.json()["detail"]["code"]) == (400, "request_malformed")


async def test_an_outage_of_the_keys_is_told_as_such(entra: Entra) -> None:
    entra.status = 500
    response = await ask(entra, f"Bearer {entra.token()}")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
