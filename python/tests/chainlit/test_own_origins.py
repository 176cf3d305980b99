"""Which origins are the app's own."""

from __future__ import annotations

import json

import pytest
from chainlit.config import config
from chat import EVIL, ORIGIN, REFUSAL, SOCKET, page, refusals, start, warnings_in
from entra import Entra

pytestmark = pytest.mark.anyio

SENDERS: dict[str, tuple[dict[str, str], bool]] = {
    "the app itself": ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, True),
    "the app in an old browser": ({"Origin": ORIGIN}, True),
    "a page that is listed": ({"Origin": "https://portal.example.com", "Sec-Fetch-Site": "same-site"}, True),
    "no browser": ({}, True),
    "the app without an Origin": ({"Sec-Fetch-Site": "same-origin"}, True),
    "the address bar": ({"Sec-Fetch-Site": "none"}, True),
    "another site": ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}, False),
    "another site that claims to be this one": ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, False),
    "a sandboxed page": ({"Origin": "null"}, False),
    "an empty Origin": ({"Origin": ""}, False),
    "a star": ({"Origin": "*"}, False),
    "another scheme": ({"Origin": "http://chat.example.com"}, False),
    "another port": ({"Origin": f"{ORIGIN}:8443"}, False),
    "a longer name": ({"Origin": f"{ORIGIN}.evil.example"}, False),
    "a shorter name": ({"Origin": "https://example.com"}, False),
    "a name that ends like it": ({"Origin": "https://evilchat.example.com"}, False),
    "two origins": ({"Origin": f"{ORIGIN}, {EVIL}"}, False),
    "another site without an Origin": ({"Sec-Fetch-Site": "cross-site"}, False),
    "the same site without an Origin": ({"Sec-Fetch-Site": "same-site"}, False),
}
REQUESTS = [("POST", "/auth/header"), ("POST", "/logout"), ("PUT", "/feedback"), ("DELETE", "/project/thread")]
REQUESTS += [("PATCH", "/anything"), ("GET", SOCKET), ("POST", SOCKET)]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize(("headers", "may_pass"), SENDERS.values(), ids=SENDERS.keys())
async def test_only_pages_that_may_can_change_anything(
    entra: Entra, method: str, path: str, headers: dict[str, str], may_pass: bool
) -> None:
    start(entra)
    config.project.allow_origins = ["*", "null", "https://portal.example.com"]
    async with page() as client:
        del client.headers["origin"]
        response = await client.request(method, path, headers=headers)
    assert (response.status_code == 403, response.text == json.dumps(REFUSAL)) == (not may_pass, not may_pass)


async def test_two_origin_headers_must_both_be_allowed(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        del client.headers["origin"]
        response = await client.post("/logout", headers=[("Origin", ORIGIN), ("Origin", EVIL)])
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("base", "origin", "may_pass"),
    [
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("http://[::1]:8000", "http://[::1]:8000", True),
        ("http://chat.example.com", "https://chat.example.com", True),
        ("http://localhost:8000", "http://localhost:9000", False),
        ("http://localhost:8000", "http://127.0.0.1:8000", False),
        ("http://rebound.evil.example:8000", "http://rebound.evil.example:8000", False),
        ("http://localhost:8000", "http://localhost:8000/path", False),
        ("http://localhost:8000", "null", False),
    ],
)
async def test_without_a_public_origin_the_page_must_be_of_where_it_asks(
    entra: Entra, base: str, origin: str, may_pass: bool
) -> None:
    start(entra, public_origin=None)
    async with page(base, Origin=origin) as client:
        assert ((await client.post("/logout")).status_code == 403) is not may_pass


async def test_behind_a_proxy_the_public_origin_counts_and_not_the_host(entra: Entra) -> None:
    start(entra)
    async with page("http://10.0.0.5:8000") as client:
        assert (await client.post("/logout", headers={"Origin": ORIGIN})).status_code == 200
        assert (await client.post("/logout")).status_code == 403


async def test_a_refusal_names_the_remedy_and_forges_no_log(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra)
    async with page() as client:
        await client.post("/logout", headers={"Origin": EVIL})
        await client.post("/log%0Aout", headers={"Origin": "https://a.example/eyJ?x"})
    first, second = refusals(caplog).splitlines()
    assert EVIL in first and "`public_origin`" in first and "'/logout'" in first
    assert "a malformed origin" in second


LOCAL = "http://localhost:8000"


@pytest.mark.parametrize(
    ("origins", "is_told"),
    [([ORIGIN, LOCAL], True), ([ORIGIN], False), ([LOCAL], False), ([ORIGIN, "https://www.example.com"], False)],
)
async def test_an_origin_without_tls_beside_one_with_it_is_a_warning(
    entra: Entra, caplog: pytest.LogCaptureFixture, origins: list[str], is_told: bool
) -> None:
    """A proxy that makes `Host` that of the worker takes the `__Host-` from the names of the cookies."""
    start(entra, public_origin=origins)
    told = f"`public_origin` names {LOCAL} beside https origins: let your proxy forward `Host`"
    assert (told in warnings_in(caplog)) == is_told


async def test_a_proxy_that_makes_a_request_look_like_one_without_tls_is_an_error_in_the_log_once(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    start(entra, public_origin=[ORIGIN, LOCAL])
    for base, times in (("http://chat.example.com", 0), (LOCAL, 1)):
        caplog.clear()
        for _ in range(2):
            async with page(base, Origin=ORIGIN) as client:
                await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}"})
        told = f"A page of {ORIGIN} asks {LOCAL}, so that its cookies are not protected from sibling domains"
        assert warnings_in(caplog).count(told) == times
