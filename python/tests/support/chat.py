"""An app with the real Chainlit, and the pages that ask it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any

import chainlit as cl
import httpx
import pytest
from chainlit.auth import create_jwt
from chainlit.context import init_ws_context
from chainlit.server import app
from chainlit.session import WebsocketSession
from entra import CLIENT, OBJECT, TENANT, Changes, Entra
from starlette.applications import Starlette
from starlette.datastructures import Headers

from twodoor.chainlit import Auth, setup

ORIGIN = "https://chat.example.com"
EVIL = "https://evil.example"
IDENTIFIER = f"entra:{TENANT}:{OBJECT}"
EIGHT_HOURS_MS = 28_800_000
NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
METADATA = {"provider": "entra", "client": CLIENT}
SESSION = "__Host-access_token"
Emit = Callable[..., Coroutine[Any, Any, Any]]


def environ_of(user: cl.User) -> dict[str, str]:
    """Of a request for a socket, as Chainlit gets it."""
    return {"HTTP_COOKIE": f"theme=dark; access_token={create_jwt(user)}"}


def open_session(emit: Emit, call: Emit, user: cl.User | None, language: str = "en-US") -> WebsocketSession:
    """A conversation of Chainlit, as its page opens one.

    emit, call: get what it sends to the page, and what it asks it.
    """
    return WebsocketSession(
        id=f"session-{secrets.token_hex(8)}",
        socket_id=f"socket-{secrets.token_hex(8)}",
        emit=emit,
        emit_call=call,
        user_env={},
        client_type="webapp",
        user=user,
        token=None if user is None else create_jwt(user),
        environ={"HTTP_ACCEPT_LANGUAGE": f"{language},en;q=0.5", **(environ_of(user) if user else {})},
    )


def run_in(session: WebsocketSession, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """As Chainlit runs the callbacks of a conversation."""
    context = copy_context()
    context.run(init_ws_context, session)
    return context.run(asyncio.ensure_future, work)


async def until(is_so: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not is_so():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), 10)


def start(entra: Entra, **options: object) -> Auth:
    """What an app.py does."""
    defaults = {"client_id": CLIENT, "tenants": [TENANT], "public_origin": ORIGIN, "authority": entra.url}
    auth = setup(**{**defaults, **options})

    @cl.header_auth_callback
    async def header_auth(headers):
        return await auth.user(headers)

    return auth


@asynccontextmanager
async def page(base: str = ORIGIN, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base} | headers) as client:
        yield client


async def exchange(token: str, **headers: str) -> httpx.Response:
    async with page() as client:
        return await client.post("/auth/header", json={}, headers={"Authorization": f"Bearer {token}", **headers})


def cookies_of(response: httpx.Response) -> list[str]:
    return response.headers.get_list("set-cookie")


def refusals(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("twodoor."))


def headers_with(token: str) -> Headers:
    return Headers({"authorization": f"Bearer {token}"})


ME = {"id": OBJECT.upper(), "displayName": "Adele Vance", "userPrincipalName": "adele@contoso.example"}
PARTITIONED = "Secure; SameSite=None; Partitioned"
LAX = "Secure; SameSite=lax"
FRAMED = {"X-Twodoor-Context": "framed"}


async def behind(inner: Starlette, path: str = "/", headers: dict[str, str] | None = None) -> httpx.Response:
    async def outer(scope, receive, send):
        await app.state.twodoor.handle(inner, scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=outer), base_url=ORIGIN) as client:
        return await client.get(path, headers=headers)


REFUSAL = {"code": "wrong_origin", "detail": "A page of this origin may not do that."}
SOCKET = "/ws/socket.io/?EIO=4&transport=polling"
PORTAL = "https://portal.example.com"
CROSS = {"Sec-Fetch-Site": "cross-site"}
SIBLING = {"Sec-Fetch-Site": "same-site"}
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
NO_CORS = {**CROSS, "Sec-Fetch-Mode": "no-cors"}
IFRAME = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
OWN = {"Sec-Fetch-Site": "same-origin"}
HYBRID = "/auth/oauth/azure-ad-hybrid/callback"
FILE = "/project/file/x"
NEIGHBOUR = {**CROSS, **FETCH, "Origin": EVIL}


async def session_of(entra: Entra, changes: Changes | None = None) -> str:
    return cookies_of(await exchange(entra.token(changes)))[1].split(";")[0].partition("=")[2]


def warnings_in(caplog: pytest.LogCaptureFixture) -> str:
    records = [each for each in caplog.records if each.name.startswith("twodoor.") and each.levelno >= logging.WARNING]
    return "\n".join(each.getMessage() for each in records)
