"""Where the middleware is put: in reloads, in a server that runs already, and elsewhere than at the root."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from chainlit.config import load_module
from chainlit.server import app
from chat import EIGHT_HOURS_MS, EVIL, IDENTIFIER, ORIGIN, PARTITIONED, page, start
from entra import TENANT, Entra
from folders import app_of, in_a_folder
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from twodoor.chainlit.middleware import register

pytestmark = pytest.mark.anyio


async def test_a_reload_puts_the_newest_settings_in_place_and_nothing_twice(entra: Entra, tmp_path: Path) -> None:
    start(entra)
    registered = [each for each in app.user_middleware if "NewestDoor" in repr(each)]
    async with page() as client:
        for origin in (EVIL, ORIGIN, EVIL):
            (tmp_path / "app.py").write_text(app_of(entra, origin=origin))
            load_module(str(tmp_path / "app.py"), force_refresh=True)
            assert (await client.post("/logout")).status_code == (403 if origin == EVIL else 200)
        await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}", "Origin": EVIL})
    assert [each for each in app.user_middleware if "NewestDoor" in repr(each)] == registered
    assert len(registered) == 1
    assert entra.asked == [f"/{TENANT}/discovery/v2.0/keys"]


async def test_a_server_that_runs_already_gets_the_middleware_too(entra: Entra) -> None:
    start(entra)
    late = Starlette(routes=[Route("/", lambda _: HTMLResponse("page"))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=late), base_url=ORIGIN) as client:
        assert "content-security-policy" not in (await client.get("/")).headers
        for _ in range(2):
            register(app.state.twodoor, late)
        assert len((await client.get("/")).headers.get_list("content-security-policy")) == 1


PROBE = """
import json, os, re
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

{start}

def opens(headers):
    try:
        headers = {{"Upgrade": "websocket", **headers}}
        with client.websocket_connect("{base}/ws/socket.io/?EIO=4&transport=websocket", headers=headers):
            return True
    except WebSocketDisconnect:
        return False

client = TestClient(asgi, base_url="{origin}", headers={{"Origin": "{origin}"}})
evil = {{"Origin": "https://evil.example"}}
framed = {{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}}
headers = {{"Authorization": "Bearer " + os.environ["TOKEN"], "X-Twodoor-Context": "framed"}}
login = client.post("{base}/auth/header", json={{}}, headers=headers)
user = client.get("{base}/user")
polling = "{base}/ws/socket.io/?EIO=4&transport=polling"
print("RESULTS" + json.dumps({{
    "cookies": login.headers.get_list("set-cookie"),
    "login": [login.status_code, login.headers.get("x-twodoor-expires-in-ms"), login.headers.get("cache-control")],
    "user": [user.json().get("identifier"), user.headers.get("cache-control")],
    "script": client.get(re.search('src="([^"]*twodoor[^"]*)"', client.get("{base}/").text).group(1)).status_code,
    "framed by": client.get("{base}/").headers.get("content-security-policy", "")[:15],
    "logout from elsewhere": client.post("{base}/logout", headers=evil).status_code,
    "polling": [client.get(polling).status_code, client.get(polling, headers=evil).status_code],
    "socket": [opens({{}}), opens(evil)],
    "hybrid": client.post("{base}/auth/oauth/azure-ad-hybrid/callback", headers=evil).status_code,
    "read from elsewhere": [client.get("{base}" + path, headers=evil).status_code for path in ("/user", "/public/x")],
    "page in a frame": client.get("{base}/", headers={{**evil, **framed}}).status_code,
    "data in a frame": client.get("{base}/user", headers={{**evil, **framed}}).status_code,
}}))
"""
RUN = 'import os; from chainlit.config import config; config.run.root_path = os.environ.get("CHAINLIT_ROOT_PATH", "")\n'
RUN += 'from chainlit.config import load_module; from chainlit.server import app as asgi; load_module("app.py")'
MOUNT = 'from fastapi import FastAPI; from chainlit.utils import mount_chainlit; asgi = FastAPI(root_path="{}")\n'
MOUNT += 'mount_chainlit(asgi, "app.py", path="/chat")'
PLACES = {
    "chainlit run --root-path": (RUN, "/chat", {"CHAINLIT_ROOT_PATH": "/chat"}),
    "mount_chainlit": (MOUNT.format(""), "/chat", {}),
    "mount_chainlit in an app below a path": (MOUNT.format("/outer"), "/outer/chat", {}),
}


@pytest.mark.parametrize(("code", "base", "more"), PLACES.values(), ids=PLACES.keys())
def test_it_works_below_a_path(entra: Entra, tmp_path: Path, code: str, base: str, more: dict[str, str]) -> None:
    probe = PROBE.format(start=code, origin=ORIGIN, base=base)
    ended = in_a_folder(tmp_path, app_of(entra), ["-c", probe], TOKEN=entra.token(), **more)
    assert "RESULTS" in ended.stdout, ended.stdout + ended.stderr
    results = json.loads(ended.stdout.split("RESULTS")[1])
    removal, cookie = results.pop("cookies")
    assert "SameSite=lax" in removal and cookie.endswith(f"; Path=/; {PARTITIONED}")
    assert results == {
        "login": [200, str(EIGHT_HOURS_MS), "no-store"],
        "user": [IDENTIFIER, "no-store"],
        "script": 200,
        "framed by": "frame-ancestors",
        "logout from elsewhere": 403,
        "polling": [200, 403],
        "socket": [True, False],
        "hybrid": 403,
        "read from elsewhere": [403, 404],
        "page in a frame": 200,
        "data in a frame": 403,
    }
