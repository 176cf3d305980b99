"""The cookies that the browser gets."""

from __future__ import annotations

import re

import chainlit as cl
import pytest
from chainlit.config import config
from chat import (
    EIGHT_HOURS_MS,
    FRAMED,
    IDENTIFIER,
    LAX,
    ORIGIN,
    PARTITIONED,
    SESSION,
    cookies_of,
    exchange,
    page,
    start,
)
from entra import Entra

pytestmark = pytest.mark.anyio

AWAY = "Max-Age=0; HttpOnly; Path=/"


async def test_a_framed_page_gets_a_cookie_of_its_own_jar(entra: Entra) -> None:
    start(entra)
    removal, cookie = cookies_of(await exchange(entra.token(), **FRAMED))
    assert re.fullmatch(rf"{SESSION}=eyJ[\w.-]+; HttpOnly; Max-Age=28800; Path=/; {PARTITIONED}", cookie)
    assert removal == f"{SESSION}=; {AWAY}; {LAX}"


@pytest.mark.parametrize("headers", [{}, {"X-Twodoor-Context": "top"}, {"X-Twodoor-Context": "framed, top"}])
async def test_any_other_page_keeps_the_cookie_lax(entra: Entra, headers: dict[str, str]) -> None:
    start(entra)
    removal, cookie = cookies_of(await exchange(entra.token(), **headers))
    assert re.fullmatch(rf"{SESSION}=eyJ[\w.-]+; HttpOnly; Max-Age=28800; Path=/; Secure; SameSite=lax", cookie)
    assert removal == f"{SESSION}=; {AWAY}; {PARTITIONED}"


APP = "https://app.fabrikam.example"
FROM_APP = {"Origin": APP, "X-Twodoor-Context": "top"}


@pytest.mark.parametrize(
    ("site", "mode", "own"),
    [
        ("cross-site", "cors", PARTITIONED),
        ("same-site", "cors", "Secure; SameSite=lax"),
        ("cross-site", "navigate", "Secure; SameSite=lax"),
    ],
)
async def test_a_frontend_at_another_site_gets_a_cookie_that_comes_back_there(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, site: str, mode: str, own: str
) -> None:
    monkeypatch.setattr(config.project, "allow_origins", [APP])
    start(entra)
    response = await exchange(entra.token(), **FROM_APP, **{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode})
    assert cookies_of(response)[-1].endswith(own)


@pytest.mark.parametrize(("context", "own", "other"), [("framed", PARTITIONED, LAX), ("top", LAX, PARTITIONED)])
async def test_logging_out_empties_the_jar_of_the_page(entra: Entra, context: str, own: str, other: str) -> None:
    start(entra)
    async with page() as client:
        client.cookies.set(SESSION, "session")
        response = await client.post("/logout", json={}, headers={"X-Twodoor-Context": context})
    removal, cookie = cookies_of(response)
    assert re.fullmatch(rf'{SESSION}=""; expires=[^;]+; Max-Age=0; Path=/; {own}', cookie)
    assert removal == f"{SESSION}=; {AWAY}; {other}"


async def test_every_chunk_of_a_large_cookie_is_of_the_same_jar(entra: Entra) -> None:
    auth = start(entra)

    @cl.header_auth_callback
    async def header_auth(headers):
        user = await auth.user(headers)
        user.metadata["roles"] = "r" * 6_000
        return user

    async with page(**FRAMED) as client:
        headers = {"Authorization": f"Bearer {entra.token()}"}
        response = await client.post("/auth/header", json={}, headers=headers)
        large = [each for each in cookies_of(response) if "eyJ" in each or re.match(rf"{SESSION}_\d=\w", each)]
        assert len(large) == 3 and all(each.endswith(PARTITIONED) for each in large)
        assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER

        start(entra)
        response = await client.post("/auth/header", json={}, headers=headers)
        deleted = [each for each in cookies_of(response) if re.match(rf'{SESSION}_\d=""', each)]
        assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
        assert len(deleted) == 3 and all(each.endswith(PARTITIONED) for each in deleted)

        deleted = [each for each in cookies_of(await client.post("/logout", json={})) if '=""' in each]
        assert len(deleted) == 1 and deleted[0].startswith(f"{SESSION}=") and deleted[0].endswith(PARTITIONED)


async def test_a_cookie_that_only_begins_like_the_session_is_left_alone(entra: Entra) -> None:
    start(entra)
    async with page(**FRAMED) as client:
        for name in ("access_token_hint", "access_tokens", "access_token_0x", SESSION):
            client.cookies.set(name, "value")
        cookies = cookies_of(await client.post("/logout", json={}))
    partitioned = [each for each in cookies if "Partitioned" in each]
    assert [each.split("=")[0] for each in partitioned] == [SESSION]


async def test_a_session_that_begins_with_chainlits_own_token_is_treated_the_same(entra: Entra) -> None:
    start(entra)
    session = cookies_of(await exchange(entra.token()))[1].split(";")[0].removeprefix(f"{SESSION}=")
    async with page(**FRAMED) as client:
        response = await client.post("/auth/jwt", headers={"Authorization": f"Bearer {session}"})
    assert response.status_code == 200 and cookies_of(response)[1].endswith(PARTITIONED)
    assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)


async def test_the_cookie_may_have_another_name(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainlit.auth.cookie._auth_cookie_name", "my.session")
    monkeypatch.setenv("CHAINLIT_AUTH_COOKIE_NAME", "my.session")
    start(entra)
    response = await exchange(entra.token(), **FRAMED)
    assert cookies_of(response)[1].startswith("__Host-my.session=eyJ") and cookies_of(response)[1].endswith(PARTITIONED)
    assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)


async def test_a_cookie_path_that_chainlit_only_deletes_by_does_not_keep_the_session(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainlit.auth.cookie._cookie_path", "/chat")
    start(entra)
    async with page() as client:
        client.cookies.set(SESSION, "session")
        cookies = cookies_of(await client.post("/logout", json={}))
    assert len(cookies) == 2 and all("; Path=/;" in each for each in cookies)


async def test_the_cookie_that_replicas_are_chosen_by_is_partitioned_too(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        framed = await client.post("/set-session-cookie", json={"session_id": "s"}, headers=FRAMED)
        top = await client.post("/set-session-cookie", json={"session_id": "s"})
    assert cookies_of(framed)[1] == f"X-Chainlit-Session-id=s; HttpOnly; Path=/; {PARTITIONED}"
    assert cookies_of(top)[1] == "X-Chainlit-Session-id=s; HttpOnly; Path=/; Secure; SameSite=lax"


@pytest.mark.parametrize(
    ("public_origin", "base", "origin", "is_secure"),
    [
        (ORIGIN, "http://10.0.0.5:8000", ORIGIN, True),
        (ORIGIN, "http://10.0.0.5:8000", None, True),
        ([ORIGIN, "http://localhost:8000"], "http://localhost:8000", "http://localhost:8000", False),
        ([ORIGIN, "http://localhost:8000"], "http://localhost:8000", None, False),
        ("http://localhost:8000", "http://localhost:8000", None, False),
        (None, "http://localhost:8000", "http://localhost:8000", False),
        (None, "http://chat.example.com", ORIGIN, True),
        (None, ORIGIN, None, True),
    ],
)
async def test_the_cookie_is_secure_wherever_people_come_by_https(
    entra: Entra, public_origin: object, base: str, origin: str | None, is_secure: bool
) -> None:
    start(entra, public_origin=public_origin)
    async with page(base) as client:
        del client.headers["origin"]
        headers = {"Authorization": f"Bearer {entra.token()}", **({"Origin": origin} if origin else {})}
        response = await client.post("/auth/header", json={}, headers=headers)
    assert (response.status_code, "Secure" in cookies_of(response)[1]) == (200, is_secure)
