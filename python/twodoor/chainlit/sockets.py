"""Which of Chainlit's sockets belong to a session. Chainlit leaves them open after a logout, in other tabs for one, and
takes what comes through them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final
from weakref import WeakKeyDictionary

import chainlit.server
import chainlit.session
import chainlit.socket
from starlette.requests import cookie_parser

from .cookies import RequestCookies
from .ended_sessions import EndedSessions

_log: Final = logging.getLogger("twodoor.chainlit")

_TELLING_LENGTH: Final = 200
"""So much of a session tells whose it is, and is in one cookie, however large the session."""

_later_sessions: Final[WeakKeyDictionary[object, set[str]]] = WeakKeyDictionary()
"""Of a socket: what has replaced the session that it was opened with, since the page renews it in silence."""


class SessionSockets:
    def __init__(self, cookies: RequestCookies, ended: EndedSessions) -> None:
        self._cookies = cookies
        self._ended = ended

    def renew(self, session: str, later: str) -> None:
        """Takes note that another session has replaced this one in the same browser."""
        for _, socket in self._of(session):
            _later_sessions.setdefault(socket, set()).add(later)

    def end(self, session: str) -> None:
        """A connection of before opens no other socket with what its first request had."""
        for each in {session}.union(*(self._sessions_of(socket) for _, socket in self._of(session))):
            self._ended.end(each)

    async def close(self, session: str) -> None:
        """All at once: none waits for what the app does at the end of the chat of another."""
        await asyncio.gather(*(_close(sid) for sid, _ in self._of(session)))

    def may_open(self, environ: Mapping[str, str]) -> bool:
        """environ: of the request that began the connection, which Chainlit takes the session from."""
        return not self._ended.has(self._session_in(environ))

    def _of(self, session: str) -> list[tuple[str, object]]:
        """Opened, or opened again, with that session or one that it has replaced in the same browser."""
        known: Mapping[str, object] = getattr(chainlit.session, "ws_sessions_sid", {})
        return [(sid, each) for sid, each in known.items() if session and self._is_of(each, session)]

    def _is_of(self, socket: object, session: str) -> bool:
        if session == getattr(socket, "token", None) or session in _later_sessions.get(socket, ()):
            return True
        # Chainlit does not take note of the session that a socket comes back with, but of the request.
        environ = _environ_of(socket)
        is_likely = session[:_TELLING_LENGTH] in environ.get("HTTP_COOKIE", "")
        return is_likely and session == self._session_in(environ)

    def _sessions_of(self, socket: object) -> set[str]:
        own = {getattr(socket, "token", None) or "", self._session_in(_environ_of(socket))}
        return {*own, *_later_sessions.get(socket, ())} - {""}

    def _session_in(self, environ: Mapping[str, str]) -> str:
        return self._cookies.session_in(cookie_parser(environ.get("HTTP_COOKIE", "")))


def _environ_of(socket: object) -> Mapping[str, str]:
    return getattr(socket, "environ", None) or {}


async def _close(sid: str) -> None:
    """Tells the client, which does not come back then, and closes the connection of one that stays."""
    sio = chainlit.server.sio
    connection = sio.manager.eio_sid_from_sid(sid, "/")
    # In this order: the second finds the socket left already, and does not wait for the app.
    left, closed = sio.disconnect(sid), _close_connection(connection)
    for error in await asyncio.gather(left, closed, return_exceptions=True):
        if isinstance(error, Exception):
            # The name alone: whatever the app or its data layer raises, its message can hold anything.
            _log.warning("The app has failed at the end of a chat (%s).", type(error).__name__)


async def _close_connection(connection: str | None) -> None:
    """A client that polls would not hear why: it is told at its next request, and by then knows no connection."""
    engine = chainlit.server.sio.eio
    if connection in engine.sockets and engine.transport(connection) == "websocket":
        await engine.disconnect(connection)


def check_connects(may_open: Callable[[Mapping[str, str]], bool]) -> None:
    """Refuses the sockets that `may_open` refuses: when they are asked for, and again when Chainlit has looked at them,
    as a session can be ended meanwhile. Call it once."""
    sio = chainlit.server.sio
    connect: Callable[..., Awaitable[object]] = sio.handlers["/"]["connect"]

    async def checked_connect(sid: str, environ: Mapping[str, str], *more: object) -> object:
        _expect_open(environ)
        answer = await connect(sid, environ, *more)
        try:
            _expect_open(environ)
        except ConnectionRefusedError:
            # python-socketio does not say so where it refuses.
            with suppress(Exception):
                await chainlit.socket.disconnect(sid)
            raise
        return answer

    def _expect_open(environ: Mapping[str, str]) -> None:
        if not may_open(environ):
            # As Chainlit says it.
            raise ConnectionRefusedError("authentication failed")

    sio.on("connect", checked_connect)
