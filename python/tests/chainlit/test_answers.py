"""What is added to answers and taken from them: frames, caches, who may read."""

from __future__ import annotations

import json

import httpx
import pytest
from chainlit.config import config
from chat import (
    EIGHT_HOURS_MS,
    FETCH,
    FRAMED,
    IDENTIFIER,
    IFRAME,
    NAVIGATION,
    NEIGHBOUR,
    PORTAL,
    REFUSAL,
    SIBLING,
    behind,
    exchange,
    page,
    start,
)
from entra import Entra
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.anyio


async def test_a_mistake_of_the_exchange_tells_no_lifetime(entra: Entra) -> None:
    start(entra)
    assert (await exchange(entra.token())).headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
    assert "x-twodoor-expires-in-ms" not in (await exchange("a.b.c")).headers


async def test_a_frontend_of_another_origin_can_read_how_long_its_session_lasts(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.project, "allow_origins", ["https://app.example.com"])
    start(entra)
    response = await exchange(entra.token(), Origin="https://app.example.com")
    assert "x-twodoor-expires-in-ms" in response.headers["access-control-expose-headers"]
    refused = await exchange(entra.token(), Origin="https://evil.example")
    assert refused.status_code == 403 and "access-control-expose-headers" not in refused.headers


@pytest.mark.parametrize("path", ["/user", "/auth/config", "/auth/header"])
async def test_answers_about_people_are_not_stored(entra: Entra, path: str) -> None:
    start(entra)
    async with page() as client:
        method = "POST" if path == "/auth/header" else "GET"
        assert (await client.request(method, path)).headers.get_list("cache-control") == ["no-store"]


async def test_the_hosts_of_microsoft_may_frame_the_app_and_nobody_else(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
        assert "content-security-policy" not in (await client.get("/auth/config")).headers
    assert policy == (
        "frame-ancestors 'self' https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com "
        "https://*.microsoft365.com https://*.office.com https://outlook.office365.com"
    )


async def test_other_hosts_may_be_named(entra: Entra) -> None:
    start(entra, frame_ancestors=["http://localhost:*"])
    async with page() as client:
        policy = (await client.get("/thread/x")).headers["content-security-policy"]
    assert policy == "frame-ancestors 'self' http://localhost:*"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("default-src 'self'; frame-ancestors 'none'", ["default-src 'self'; frame-ancestors 'none'"]),
        ("default-src 'self'", ["default-src 'self'", "frame-ancestors 'self' https://x.example"]),
    ],
)
async def test_a_policy_of_the_app_itself_stays(entra: Entra, given: str, expected: list[str]) -> None:
    start(entra, frame_ancestors=["https://x.example"])

    async def answer(_: Request) -> Response:
        return HTMLResponse("page", headers={"Content-Security-Policy": given})

    response = await behind(Starlette(routes=[Route("/", answer)]))
    assert response.headers.get_list("content-security-policy") == expected


@pytest.mark.parametrize("path", ["/user", "/project/translations", "/project/thread/x", "/auth/config", "/"])
async def test_a_neighbour_in_the_same_host_reads_nothing_with_the_cookie_of_the_user(entra: Entra, path: str) -> None:
    start(entra)
    async with page(**FRAMED) as client:
        await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}"})
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER
        response = await client.get(path, headers=NEIGHBOUR)
    assert (response.status_code, response.text) == (403, json.dumps(REFUSAL))
    assert cors_headers_of(response) == []


def cors_headers_of(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control-")]


async def test_no_header_lets_a_page_read_that_is_not_named(entra: Entra) -> None:
    start(entra)
    asks = {"Access-Control-Request-Method": "GET"}
    async with page() as client:
        shared = await client.get("/favicon", headers=NEIGHBOUR)
        preflight = await client.options("/user", headers={**NEIGHBOUR, **asks})
        navigation = await client.get("/", headers={**NAVIGATION, "Origin": "null"})
    assert (shared.status_code, preflight.status_code, navigation.status_code) == (200, 403, 200)
    assert [cors_headers_of(each) for each in (shared, preflight, navigation)] == [[], [], []]


async def test_a_page_that_is_named_reads_as_chainlit_lets_it(entra: Entra) -> None:
    start(entra)
    config.project.allow_origins = ["*", PORTAL]
    headers = {**SIBLING, **FETCH, "Origin": PORTAL}
    async with page() as client:
        answer = await client.get("/auth/config", headers=headers)
        preflight = await client.options("/user", headers={**headers, "Access-Control-Request-Method": "GET"})
    for each in (answer, preflight):
        assert (each.status_code, each.headers["access-control-allow-origin"]) == (200, PORTAL)
        assert each.headers["access-control-allow-credentials"] == "true"


async def test_a_frame_gets_a_page_or_what_leads_there_and_nothing_else(entra: Entra) -> None:
    start(entra)

    async def answer(request: Request) -> Response:
        kind = request.query_params["kind"]
        if kind == "redirect":
            return Response(status_code=307, headers={"Location": "/"})
        return HTMLResponse("page") if kind == "page" else Response('{"secret": 1}', media_type="application/json")

    inner = Starlette(routes=[Route("/of-the-app", answer)])
    framed = [await behind(inner, f"/of-the-app?kind={kind}", IFRAME) for kind in ("page", "data", "redirect")]
    html, data, redirect = framed
    assert (html.status_code, html.headers["content-security-policy"][:15]) == (200, "frame-ancestors")
    assert (data.status_code, data.text) == (403, json.dumps(REFUSAL))
    assert redirect.status_code == 307
    assert (await behind(inner, "/of-the-app?kind=data", {})).status_code == 200
