"""Runs an unmodified Chainlit for the demo: on a free port of this machine, for the demo's proxy alone, and no longer than
the demo itself.

    DEMO_KEY=… DEMO_SECRET=… [THREADS_FILE=chat.db] python runner.py app.py

It says `demo: port <n>` once it listens, and ends with its standard input. With a file for them the threads are kept there.
"""

from __future__ import annotations

import hmac
import os
import socket
import sys
import threading

import chainlit as cl
import uvicorn
from chainlit.cli import run_chainlit
from chainlit.config import config
from chainlit.server import app
from starlette.types import ASGIApp, Receive, Scope, Send

_KEY = os.environ.pop("DEMO_KEY").encode()
_SECRET = "CHAINLIT_AUTH_SECRET"


class OnlyDemo:
    """Lets in only what brings the key of the demo, and ends all sessions when told to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        keys = [value for name, value in scope["headers"] if name == b"x-demo-key"]
        if len(keys) != 1 or not hmac.compare_digest(keys[0], _KEY):
            return await _answer(scope, send, 403)
        if scope["path"] == "/demo/expire" and scope.get("method") == "POST":
            # Chainlit reads it for each cookie: those it has signed before are worth nothing from now on.
            (later,) = [value.decode() for name, value in scope["headers"] if name == b"x-demo-secret"]
            os.environ[_SECRET] = later
            return await _answer(scope, send, 204)
        others = [each for each in scope["headers"] if each[0] != b"x-demo-key"]
        return await self._app({**scope, "headers": others}, receive, send)


async def _answer(scope: Scope, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 4403})
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class TellingServer(uvicorn.Server):
    """Says on which port it listens: asking for a free one beforehand would leave it to others for a moment."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"demo: port {self.servers[0].sockets[0].getsockname()[1]}", flush=True)


def _keep_threads() -> None:
    from sqlite_threads import Threads

    cl.data_layer(Threads)

    @cl.on_chat_resume
    async def resume(thread: object) -> None:
        """Chainlit shows a thread again only where there is this callback."""


def _end_with_the_demo() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    os.environ.update(CHAINLIT_HOST="127.0.0.1", CHAINLIT_PORT="0", **{_SECRET: os.environ.pop("DEMO_SECRET")})
    config.run.headless = True
    app.add_middleware(OnlyDemo)
    if os.environ.get("THREADS_FILE"):
        _keep_threads()
    vars(uvicorn)["Server"] = TellingServer
    run_chainlit(sys.argv[1])
