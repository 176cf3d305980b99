"""The hybrid flow: signing somebody in as somebody else."""

from __future__ import annotations

import logging
import re

import chainlit as cl
import httpx
import pytest
from chainlit.oauth_providers import get_oauth_provider
from chat import EVIL, HYBRID, IDENTIFIER, ME, NAVIGATION, SESSION, cookies_of, page, start
from entra import PRODUCTION, TENANT, Entra

from twodoor.chainlit import Auth

pytestmark = pytest.mark.anyio


@pytest.fixture
def hybrid(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> Auth:
    """Chainlit's provider `azure-ad-hybrid`, which takes any code for Adele's."""
    provider = get_oauth_provider("azure-ad-hybrid")
    monkeypatch.setattr(provider, "token_url", f"{PRODUCTION}/{TENANT}/oauth2/v2.0/token")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_HYBRID_{name}", TENANT)

    async def get_token(*_: object) -> str:
        return "an access token for Graph"

    async def get_user_info(_: object) -> tuple[dict[str, str], cl.User]:
        return ME, cl.User(identifier="adele@contoso.example")

    monkeypatch.setattr(provider, "get_token", get_token)
    monkeypatch.setattr(provider, "get_user_info", get_user_info)
    auth = start(entra)

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)

    return auth


async def test_the_answer_of_entra_signs_in_where_the_sign_in_began(hybrid: Auth, entra: Entra) -> None:
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        begun = await client.get("/auth/oauth/azure-ad-hybrid")
        state = dict(httpx.URL(begun.headers["location"]).params)["state"]
        name, value, attributes = re.fullmatch(r"([^=]+)=(.*?)(; .*)", cookies_of(begun)[0]).groups()
        assert (name, attributes) == ("__Host-oauth_state", "; HttpOnly; Max-Age=3600; Path=/; Secure; SameSite=None")
        assert value.strip('"') and cookies_of(begun)[1:] == []
        answer = {"code": "c", "id_token": "i", "state": state}
        response = await client.post(HYBRID, data=answer, headers={"Origin": entra.url})
        assert (response.status_code, response.headers["location"]) == (302, "/login/callback?success=True")
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER
        again = await client.post(HYBRID, data=answer, headers={"Origin": entra.url})
        assert again.headers["location"] == "../../../login?error=oauthSignin"


FORGED: dict[str, tuple[dict[str, str], str | None, str]] = {
    "posted by another site": ({"code": "c", "state": "s"}, EVIL, "__Host-oauth_state=s"),
    "posted by nobody": ({"code": "c", "state": "s"}, None, "__Host-oauth_state=s"),
    "of a sign-in that began elsewhere": ({"code": "c", "state": "t"}, "Entra ID", "__Host-oauth_state=s"),
    "of no sign-in": ({"code": "c", "state": "s"}, "Entra ID", ""),
    "without a state": ({"code": "c"}, "Entra ID", "__Host-oauth_state=s"),
    "with an empty state": ({"code": "c", "state": ""}, "Entra ID", "__Host-oauth_state="),
    "with a state that a sibling domain has planted": ({"code": "c", "state": "s"}, "Entra ID", "oauth_state=s"),
}


@pytest.mark.parametrize(("form", "origin", "cookie"), FORGED.values(), ids=FORGED.keys())
async def test_an_answer_of_the_hybrid_flow_that_is_forged_signs_nobody_in(
    hybrid: Auth, entra: Entra, form: dict[str, str], origin: str | None, cookie: str
) -> None:
    headers = {"Origin": entra.url if origin == "Entra ID" else origin} if origin else {}
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        response = await client.post(HYBRID, data=form, headers={"Cookie": cookie, **headers})
    assert response.status_code == (303 if origin == "Entra ID" else 403) and cookies_of(response) == []


async def test_a_form_of_another_kind_or_size_is_no_answer_of_entra(hybrid: Auth, entra: Entra) -> None:
    own = {"Cookie": "__Host-oauth_state=s", "Origin": entra.url}
    async with page(**NAVIGATION) as client:
        parts = await client.post(HYBRID, files={"code": (None, "c"), "state": (None, "s")}, headers=own)
        twice = await client.post(HYBRID, content="code=c&state=s&state=s", headers={**own, "Content-Type": FORM})
        long = await client.post(HYBRID, data={"code": "c" * 70_000, "state": "s"}, headers=own)
        good = await client.post(HYBRID, data={"code": "c", "state": "s"}, headers=own)
    assert [each.status_code for each in (parts, twice, long, good)] == [303, 303, 303, 302]


FORM = "application/x-www-form-urlencoded"


async def test_a_state_that_a_sibling_domain_has_planted_signs_nobody_in_by_get(
    hybrid: Auth, entra: Entra, azure: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "chainlit")  # 2.9 cannot format its own line about the state
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_{name}", TENANT)
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        begun = await client.get("/auth/oauth/azure-ad")
        attributes = "HttpOnly; Max-Age=180; SameSite=lax; Path=/; Secure"
        assert re.fullmatch(rf"__Host-oauth_state=\S+; {attributes}", cookies_of(begun)[0])
        client.cookies.clear()
        for cookie in ("oauth_state=planted", "\u00a0__Host-oauth_state=planted"):
            header = [(b"cookie", cookie.encode("latin-1"))]
            response = await client.get("/auth/oauth/azure-ad/callback?code=c&state=planted", headers=header)
            # Chainlit before 2.11 answers 401.
            assert response.status_code == 401 or "error=oauthSignin" in response.headers["location"]
            assert SESSION not in "".join(cookies_of(response))
