"""The app of demo/chainlit."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from chat import IDENTIFIER, ME
from entra import CLIENT, TENANT, Entra
from folders import app_of, in_a_folder, running_example


def test_the_example_runs_and_lets_people_in(entra: Entra, tmp_path: Path) -> None:
    settings = {"TWODOOR_CLIENT_ID": CLIENT, "TWODOOR_TENANTS": TENANT, "TWODOOR_AUTHORITY": entra.url}
    with running_example(tmp_path, **settings) as base:
        headers = {"Authorization": f"Bearer {entra.token()}", "Origin": base}
        with httpx.Client(base_url=base) as client:
            assert client.post("/auth/header", json={}, headers=headers).status_code == 200
            assert client.get("/user").json()["identifier"] == IDENTIFIER
            assert client.get("/auth/config").json()["oauthProviders"] == []
            tag = rf'src="/public/twodoor\.chainlit\.[0-9a-f]+\.js" type="module" data-client-id="{CLIENT}"'
            assert re.search(tag, client.get("/").text)


def test_the_example_offers_chainlits_oauth_where_it_is_configured(entra: Entra, tmp_path: Path) -> None:
    settings = {"TWODOOR_CLIENT_ID": CLIENT, "TWODOOR_TENANTS": TENANT, "TWODOOR_AUTHORITY": entra.url}
    settings |= {f"OAUTH_AZURE_AD_{name}": TENANT for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID")}
    with running_example(tmp_path, OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT="true", **settings) as base:
        assert httpx.get(f"{base}/auth/config").json()["oauthProviders"] == ["azure-ad"]


def test_the_variables_of_chainlit_decide_which_tenant_signs(entra: Entra, tmp_path: Path) -> None:
    code = app_of(entra) + f'\nprint("USER", auth.oauth_user("azure-ad", {ME!r}))'
    variables = {f"OAUTH_AZURE_AD_{name}": TENANT for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID")}
    (tmp_path / "common").mkdir()
    (tmp_path / "single").mkdir()
    common = in_a_folder(tmp_path / "common", code, ["app.py"], **variables)
    single = in_a_folder(tmp_path / "single", code, ["app.py"], **variables, OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT="true")
    assert "USER None" in common.stdout and "OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT=true" in common.stdout + common.stderr
    assert IDENTIFIER in single.stdout
