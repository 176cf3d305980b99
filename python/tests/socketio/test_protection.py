"""protect_sockets with create_verifier. The protocol itself is held by test/chainlit/socket-protocol.test.ts."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import socketio
from chat import IDENTIFIER
from entra import CLIENT, OTHER_TENANT, TENANT, Entra

from twodoor import create_verifier
from twodoor.socketio import protect_sockets

pytestmark = pytest.mark.anyio

POLLING = "/socket.io/?EIO=4&transport=polling"


@asynccontextmanager
async def served(entra: Entra, **options: Any) -> AsyncIterator[tuple[httpx.AsyncClient, list[str]]]:
    """A server of an app, and who has connected."""
    sio = socketio.AsyncServer(async_mode="asgi")
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    protection = protect_sockets(sio, verifier, **options)
    connected: list[str] = []

    @sio.event
    async def connect(sid: str, environ: object, auth: object) -> None:
        assert "token" not in str(auth)
        connected.append(protection.identity(sid).key)

    transport = httpx.ASGITransport(app=socketio.ASGIApp(sio))
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as client:
        yield client, connected
        await sio.shutdown()


async def connect_with(client: httpx.AsyncClient, token: str) -> str:
    engine = json.loads((await client.get(POLLING)).text[1:])["sid"]
    auth = json.dumps({"token": token, "room": "a"})
    assert (await client.post(f"{POLLING}&sid={engine}", content=f"40{auth}")).text == "OK"
    return (await client.get(f"{POLLING}&sid={engine}")).text


async def test_a_token_opens_a_socket_of_its_user(entra: Entra) -> None:
    async with served(entra) as (client, connected):
        assert re.match(r'40\{"sid":', await connect_with(client, entra.token()))
        assert connected == [IDENTIFIER]


async def test_a_token_that_is_refused_opens_none_and_says_why(entra: Entra) -> None:
    async with served(entra) as (client, connected):
        answer = await connect_with(client, entra.token({"tid": OTHER_TENANT}))
        assert json.loads(answer.removeprefix("44")) == {
            "message": "unauthorized",
            "data": {"code": "wrong_tenant", "retry": False},
        }
        assert connected == []


@pytest.mark.parametrize(
    ("server", "grace_s", "argument"),
    [
        (object(), 30, "sio"),
        (socketio.AsyncServer(async_mode="asgi", always_connect=True), 30, "sio"),
        (socketio.AsyncServer(async_mode="asgi"), 301, "grace_s"),
        (socketio.AsyncServer(async_mode="asgi"), -1, "grace_s"),
    ],
)
def test_a_wrong_argument_is_named(entra: Entra, server: socketio.AsyncServer, grace_s: float, argument: str) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    with pytest.raises(ValueError, match=f"`{argument}`"):
        protect_sockets(server, verifier, grace_s=grace_s)


def test_a_verifier_is_none_without_its_verify() -> None:
    async def verify(token: str) -> None: ...

    with pytest.raises(ValueError, match="`verifier`"):
        protect_sockets(socketio.AsyncServer(async_mode="asgi"), verify)  # type: ignore[arg-type]


async def test_a_socket_is_asked_for_scopes_and_roles_as_in_typescript(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    for options, code in (({"roles": ["Admin"]}, "wrong_role"), ({"scopes": ["other"]}, "wrong_scope")):
        async with served(entra, **options) as (client, connected):
            answer = await connect_with(client, entra.token())
            refused = {"message": "unauthorized", "data": {"code": code, "retry": False}}
            assert json.loads(answer.removeprefix("44")) == refused
            assert connected == []
        assert f"A socket is refused ({code}): " in caplog.text
    async with served(entra, roles=["Reader", "Admin"], scopes=["access_as_user"]) as (client, connected):
        await connect_with(client, entra.token({"roles": ["Admin"]}))
        assert connected == [IDENTIFIER]


@pytest.mark.parametrize("options", [{"roles": []}, {"scopes": "access_as_user"}, {"scopes": ["api://x/y"]}])
def test_what_a_socket_is_asked_for_is_checked(entra: Entra, options: dict[str, Any]) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    with pytest.raises(ValueError, match=r"must be a list of .*, for example"):
        protect_sockets(socketio.AsyncServer(async_mode="asgi"), verifier, **options)
