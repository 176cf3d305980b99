"""Which cookies of a request count."""

from __future__ import annotations

import math

import pytest
from chainlit.auth.jwt import create_jwt
from chainlit.server import app
from chainlit.user import User
from chat import IDENTIFIER, METADATA, SESSION, cookies_of, page, session_of, start
from entra import Entra

pytestmark = pytest.mark.anyio

PLANTED: dict[str, tuple[str, bool]] = {
    "nothing": ("__Host-access_token={mine}", True),
    "by its plain name": ("access_token={theirs}", False),
    "by its plain name, before ours": ("access_token={theirs}; __Host-access_token={mine}", True),
    "by its plain name, after ours": ("__Host-access_token={mine}; access_token={theirs}", True),
    "in chunks": ("access_token_0={theirs}", False),
    "after a space that browsers keep": ("\u00a0__Host-access_token={theirs}", False),
    "after such a space, beside ours": ("__Host-access_token={mine}; \u00a0__Host-access_token={theirs}", True),
    "after a separator": ("\x1c__Host-access_token={theirs}", False),
    "before a space that browsers keep": ("__Host-access_token\u00a0={theirs}", False),
    "without a name": ("=__Host-access_token={theirs}", False),
    "in another case": ("__host-access_token={theirs}", False),
    "as a second one": ("__Host-access_token={mine}; __Host-access_token={theirs}", False),
    "the same twice": ("__Host-access_token={mine}; __Host-access_token={mine}", True),
}


@pytest.mark.parametrize(("cookie", "is_mine"), PLANTED.values(), ids=PLANTED.keys())
async def test_a_sibling_domain_cannot_plant_a_session(entra: Entra, cookie: str, is_mine: bool) -> None:
    start(entra)
    other = "b0000000-0000-4000-8000-000000000002"
    mine, theirs = await session_of(entra), await session_of(entra, {"oid": other})
    header = [(b"cookie", cookie.format(mine=mine, theirs=theirs).encode("latin-1"))]
    async with page() as client:
        response = await client.get("/user", headers=header)
    assert response.json().get("identifier") == (IDENTIFIER if is_mine else None)


async def test_on_this_machine_the_cookie_keeps_its_name(entra: Entra) -> None:
    start(entra, public_origin=None)
    async with page("http://localhost:8000") as client:
        response = await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}"})
        assert cookies_of(response)[1].startswith("access_token=eyJ")
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER


async def test_cookies_of_others_reach_chainlit_as_they_are(entra: Entra) -> None:
    start(entra)
    cookies = [(b"Cookie", b'a=1; b="x y"'), (b"cookie", b"X-Chainlit-Session-id=s; =none; c")]
    scope = {"type": "http", "scheme": "https", "headers": cookies}
    assert app.state.twodoor._cookies.read(scope) == {"a": "1", "b": '"x y"', "X-Chainlit-Session-id": "s"}


async def test_a_session_of_another_app_with_the_same_secret_opens_nothing(entra: Entra) -> None:
    other = "c2222222-2222-4333-8444-555555555555"
    start(entra, client_id=other)
    theirs = await session_of(entra, {"aud": other})
    start(entra)
    mine = await session_of(entra)
    for session, status in ((mine, 200), (theirs, 401)):
        async with page() as client:
            by_cookie = await client.get("/user", headers={"Cookie": f"{SESSION}={session}"})
            by_header = await client.get("/user", headers={"Authorization": f"Bearer {session}"})
            begun = await client.post("/auth/jwt", headers={"Authorization": f"Bearer {session}"})
            quoted = await client.get("/user", headers={"Cookie": f'{SESSION}="{session}"'})
            chunks = f"{SESSION}_0={session[:50]}; {SESSION}_1={session[50:]}"
            in_chunks = await client.get("/user", headers={"Cookie": chunks})
        answers = (by_cookie, by_header, begun, quoted, in_chunks)
        assert [each.status_code for each in answers] == [status] * 5


@pytest.mark.parametrize("spelling", ["{}!!!!", "{}====", "{}\u00a0\u00a0\u00a0\u00a0", "  {}", "{}  ", "{}, {}"])
async def test_nor_does_it_in_a_spelling_that_chainlit_takes(entra: Entra, spelling: str) -> None:
    """Python's base64 leaves out what is none, so a signature can be followed by anything."""
    other = "c2222222-2222-4333-8444-555555555555"
    start(entra, client_id=other)
    theirs = await session_of(entra, {"aud": other})
    start(entra)
    session = spelling.format(theirs, theirs).encode("latin-1")
    async with page() as client:
        by_header = await client.get("/user", headers=[(b"authorization", b"Bearer " + session)])
        by_cookie = await client.get("/user", headers=[(b"cookie", f"{SESSION}=".encode() + session)])
    assert [by_header.status_code, by_cookie.status_code] == [401, 401]


async def test_nor_does_it_where_its_app_writes_what_is_no_json(entra: Entra) -> None:
    """Python writes NaN, and Chainlit reads it."""
    session = create_jwt(User(identifier=IDENTIFIER, metadata={**METADATA, "client": "another", "score": math.nan}))
    start(entra)
    async with page() as client:
        by_header = await client.get("/user", headers={"Authorization": f"Bearer {session}"})
        by_cookie = await client.get("/user", headers={"Cookie": f"{SESSION}={session}"})
    assert [by_header.status_code, by_cookie.status_code] == [401, 401]
