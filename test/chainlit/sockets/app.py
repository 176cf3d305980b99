"""A python-socketio server as an app of somebody would be, with tokens that can be read by eye.

A token is `<user> <seconds that it lives, from when it is checked>`, and may go on after that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from importlib.metadata import version
from time import time
from typing import Any

import socketio
import uvicorn
from twodoor.socketio import Identity, TokenRefusedError, protect_sockets

logging.basicConfig(level=logging.INFO)

sio = socketio.AsyncServer(
    async_mode="asgi",
    namespaces=os.environ.get("NAMESPACES") or ["/", "/silent"],
    serializer=os.environ.get("SERIALIZER", "default"),
)
checked: list[str] = []
left: list[str] = []
heard: list[str] = []
"""Every call of a handler of the app with a name that no client may use, or with somebody else's `sid`."""
released = asyncio.Event()


class ByEye:
    async def verify(self, token: str, /) -> Identity:
        checked.append(token)
        match token.split():
            case ["expired", *_]:
                raise TokenRefusedError("token_expired")
            case ["foreign", *_]:
                raise TokenRefusedError("wrong_tenant")
            case ["broken", *_]:
                raise RuntimeError(token)
            case ["nobody", *_]:
                return None  # type: ignore[return-value]  # as a verifier with a mistake does
            case ["endless", *_]:
                return Identity("endless", float("inf"))
            case ["slow", *_]:
                await released.wait()
                return Identity("slow", time() + 3600)
            case [user, lifetime, *_]:
                return Identity(user, time() + float(lifetime))
        raise TokenRefusedError("token_invalid")


protection = protect_sockets(sio, ByEye(), grace_s=0)


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    if isinstance(auth, dict) and auth.get("door") == "closed":
        raise socketio.exceptions.ConnectionRefusedError("closed", {"code": "closed"})
    await sio.save_session(sid, {"user": protection.identity(sid).key, "auth": auth})


@sio.event
async def disconnect(sid: str, *reason: str) -> None:  # which python-socketio tells from 5.12 on
    await asyncio.sleep(0)
    left.append(sid)


@sio.event
async def who(sid: str) -> dict[str, Any]:
    identity = protection.identity(sid)
    return {**await sio.get_session(sid), "now": identity.key, "secondsLeft": identity.expires_at - time()}


@sio.on("*")
async def anything(event: str, sid: str, *args: Any) -> str:
    if not sio.manager.is_connected(sid, "/"):
        heard.append(f"{event} of {sid}")
    return event


@sio.on("error")
async def error(sid: str, *args: Any) -> None:
    heard.append("error")


@sio.on("auth:session")
@sio.on("auth:expired")
@sio.on("auth:renew")
async def reserved(sid: str, *args: Any) -> None:
    heard.append(f"reserved {args}")


class Chat(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    async def on_say(self, sid: str, text: str) -> str:
        return f"{protection.identity(sid).key}: {text}"

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if environ.get("forged"):
            heard.append("forged connect")

    async def on_disconnect(self, sid: str, *reason: str) -> None:
        if "forged" in reason:
            heard.append("forged disconnect")


sio.register_namespace(Chat("/chat"))


async def state(scope: Any, receive: Any, send: Any) -> None:
    """What the server holds. Opens the way for those who are slow."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/release":
        released.set()
        released.clear()
    sockets = sum(len(rooms.get(None, ())) for rooms in sio.manager.rooms.values())
    tasks = sum("Protection._live" in repr(task) for task in asyncio.all_tasks())
    held = {"sockets": sockets, "sessions": len(protection._sessions), "tasks": tasks}
    body = {**held, "checked": len(checked), "left": len(left), "heard": heard}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def end_with_the_test() -> None:
    sys.stdin.read()
    os._exit(1)


print(f"python-socketio {version('python-socketio')}")
threading.Thread(target=end_with_the_test, daemon=True).start()
uvicorn.run(socketio.ASGIApp(sio, other_asgi_app=state), host="127.0.0.1", port=0, log_level="info")
