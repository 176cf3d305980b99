"""Headers that a proxy adds and anybody can send: none of them says who somebody is, or where the app is."""

from __future__ import annotations

import base64
import json
import re

import httpx
import pytest
from chainlit.server import app
from chat import EVIL, IDENTIFIER, ORIGIN, cookies_of, start
from entra import TENANT, Entra
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

pytestmark = pytest.mark.anyio

OTHER = "bbbbbbbb-2222-4333-8444-555555555555"
CLAIMS = [{"typ": "tid", "val": TENANT}, {"typ": "oid", "val": OTHER}]
PRINCIPAL = base64.b64encode(json.dumps({"auth_typ": "aad", "claims": CLAIMS}).encode()).decode()
EASY_AUTH = {
    "X-MS-CLIENT-PRINCIPAL": PRINCIPAL,
    "X-MS-CLIENT-PRINCIPAL-ID": OTHER,
    "X-MS-CLIENT-PRINCIPAL-NAME": "alex@contoso.example",
    "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
    "X-MS-TOKEN-AAD-ACCESS-TOKEN": "a token of somebody else",
}
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Port": "80",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-Host": "evil.example",
    "X-Original-URL": "/public/evil",
    "X-Rewrite-URL": "/public/evil",
    "Forwarded": "for=127.0.0.1;host=evil.example;proto=http",
}
FORGED = {**EASY_AUTH, **FORWARDED}


def client(**headers: str) -> httpx.AsyncClient:
    """As through uvicorn where it believes whoever asks, which `--forwarded-allow-ips '*'` does."""
    transport = httpx.ASGITransport(app=ProxyHeadersMiddleware(app, trusted_hosts="*"))
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


def shapes_of(response: httpx.Response) -> list[str]:
    return [re.sub(r"=[^;]+", "=…", cookie, count=1) for cookie in cookies_of(response)]


async def test_they_let_nobody_in(entra: Entra) -> None:
    start(entra)
    async with client(**FORGED, Origin=ORIGIN) as stranger:
        response = await stranger.post("/auth/header", json={})
        assert (response.status_code, cookies_of(response)) == (401, [])
        assert (await stranger.get("/user")).status_code == 401


async def test_they_change_neither_who_somebody_is_nor_the_cookies(entra: Entra) -> None:
    start(entra)
    token = {"Authorization": f"Bearer {entra.token()}"}
    async with client(Origin=ORIGIN) as plain, client(Origin=ORIGIN, **FORGED) as forged:
        expected = await plain.post("/auth/header", json={}, headers=token)
        response = await forged.post("/auth/header", json={}, headers=token)
        assert (response.status_code, response.json()) == (expected.status_code, expected.json())
        assert shapes_of(response) == shapes_of(expected)
        user = (await forged.get("/user")).json()
        assert user["identifier"] == IDENTIFIER
        assert OTHER not in json.dumps(user) and "alex" not in json.dumps(user)


@pytest.mark.parametrize("public_origin", [ORIGIN, None])
async def test_they_make_no_other_page_the_apps_own(entra: Entra, public_origin: str | None) -> None:
    start(entra, public_origin=public_origin)
    for origin in (EVIL, EVIL.replace("https", "http")):
        async with client(**FORGED, Origin=origin) as page:
            for path in ("/auth/header", "/logout"):
                assert (await page.post(path, json={})).status_code == 403
            assert (await page.get("/ws/socket.io/?EIO=4&transport=polling")).status_code == 403
            assert (await page.get("/user")).status_code == 403
