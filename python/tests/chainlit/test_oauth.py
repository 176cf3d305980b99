"""Chainlit's own OAuth: the other door."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import chainlit as cl
import pytest
from chainlit.oauth_providers import get_oauth_provider
from chat import IDENTIFIER, ME, METADATA, NAVIGATION, ORIGIN, cookies_of, headers_with, page, refusals, start
from entra import OTHER_TENANT, TENANT, Changes, Entra
from places import ROOT

pytestmark = pytest.mark.anyio


async def test_both_doors_lead_to_the_same_person(entra: Entra, azure: object) -> None:
    auth = start(entra)
    by_token = await auth.user(headers_with(entra.token()))
    assert auth.oauth_user("azure-ad", ME) == by_token


async def test_a_login_through_chainlits_oauth_keeps_the_refresh_token_out_of_the_session(
    entra: Entra, azure: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = start(entra)
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_{name}", TENANT)

    async def get_token(*_: object) -> str:
        return "an access token for Graph"

    async def get_user_info(_: object) -> tuple[dict[str, str], cl.User]:
        return ME, cl.User(identifier="adele@contoso.example", metadata={"refresh_token": "a refresh token"})

    monkeypatch.setattr(azure, "get_token", get_token)
    monkeypatch.setattr(azure, "get_user_info", get_user_info)

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user):
        return auth.oauth_user(provider_id, raw_user_data)

    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        client.cookies.set("__Host-oauth_state", "state")
        response = await client.get("/auth/oauth/azure-ad/callback?code=code&state=state")
        user = (await client.get("/user")).json()
    assert response.headers["location"] == "/login/callback?success=True"
    assert user == {"identifier": IDENTIFIER, "display_name": "Adele Vance", "metadata": METADATA}
    assert "SameSite=lax; " in cookies_of(response)[1] + "; " and "Secure" in cookies_of(response)[1]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
async def test_with_the_variable_of_the_docs_the_provider_answers_where_people_open_the_app(
    entra: Entra, azure: object, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Behind a proxy that forwards nothing but the requests."""
    auth = start(entra)
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_{name}", TENANT)
    for url in re.findall(r"`CHAINLIT_URL=(.+?)`", (ROOT / "docs" / "chainlit.md").read_text("utf-8")):
        monkeypatch.setenv("CHAINLIT_URL", url)

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user):
        return auth.oauth_user(provider_id, raw_user_data)

    async with page(f"http://{host}", **NAVIGATION) as client:
        del client.headers["origin"]
        response = await client.get("/auth/oauth/azure-ad")
    location = urlsplit(response.headers["location"])
    assert parse_qs(location.query)["redirect_uri"] == [f"{ORIGIN}/auth/oauth/azure-ad/callback"]
    assert cookies_of(response)[0].startswith("__Host-oauth_state=")


OAUTH_MISTAKES: dict[str, tuple[Changes, str, dict[str, object], str]] = {
    "a provider that is not Entra": ({}, "github", ME, "oauth_providers"),
    "a provider that nobody knows": ({"oauth_providers": ["unheard-of"]}, "unheard-of", ME, "name the tenant in it"),
    "two tenants": ({"tenants": [TENANT, OTHER_TENANT]}, "azure-ad", ME, "exactly one tenant"),
    "any organization": ({"tenants": "any-organization"}, "azure-ad", ME, "exactly one tenant"),
    "a name for an ID": ({}, "azure-ad", {**ME, "id": "adele@contoso.example"}, "Microsoft Graph's /me"),
    "no ID": ({}, "azure-ad", {"displayName": "Adele Vance"}, "Microsoft Graph's /me"),
    "another tenant that signs": ({"tenants": [OTHER_TENANT]}, "azure-ad", ME, f"TENANT_ID={OTHER_TENANT}"),
    "common that signs": ({}, "azure-ad-hybrid", ME, "OAUTH_AZURE_AD_HYBRID_ENABLE_SINGLE_TENANT=true"),
}


@pytest.mark.parametrize(("options", "provider", "raw", "remedy"), OAUTH_MISTAKES.values(), ids=OAUTH_MISTAKES.keys())
async def test_oauth_lets_nobody_in_whose_tenant_is_not_certain(
    entra: Entra,
    azure: object,
    caplog: pytest.LogCaptureFixture,
    options: Changes,
    provider: str,
    raw: dict[str, object],
    remedy: str,
) -> None:
    assert start(entra, **options).oauth_user(provider, raw) is None
    assert remedy in refusals(caplog)


async def test_a_further_provider_of_the_tenant_may_be_named(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = get_oauth_provider("generic")
    monkeypatch.setattr(provider, "token_url", f"{entra.url}/{TENANT}/oauth2/v2.0/token")
    user = start(entra, oauth_providers=["generic"]).oauth_user("generic", ME)
    assert user is not None and user.identifier == IDENTIFIER
