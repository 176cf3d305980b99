"""Which of Chainlit's sockets belong to a session, and their end. Chainlit looks at a session when a socket is opened,
and never again: it leaves them open after a logout, in other tabs for one, and when the session has expired, and takes
what comes through them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from time import time
from typing import Any, Final
from weakref import WeakKeyDictionary

import chainlit.server
import chainlit.session
import chainlit.socket
from engineio.packet import CLOSE, Packet  # type: ignore[import-untyped]  # it has no types
from starlette.requests import cookie_parser

from .cookies import RequestCookies
from .ended_sessions import EndedSessions
from .session_user import signed_end

_log: Final = logging.getLogger("twodoor.chainlit")

_LONGEST_WAIT_S: Final = 600.0
"""The clock can be set. So often the time is looked at anew."""
_TELLING_LENGTH: Final = 200
"""So much of a session tells whose it is, and is in one cookie, however large the session."""

_later_sessions: Final[WeakKeyDictionary[object, list[str]]] = WeakKeyDictionary()
"""Of a socket: what has replaced the session that it was opened with, since the page renews it in silence."""

_closing: Final[set[asyncio.Future[None]]] = set()
"""What nobody waits for, and the event loop itself does not hold on to."""


class SessionSockets:
    def __init__(self, cookies: RequestCookies, ended: EndedSessions) -> None:
        self._cookies = cookies
        self._ended = ended

    def renew(self, session: str, later: str) -> None:
        """Takes note that another session has replaced this one in the same browser."""
        for _, socket in self._of(session):
            _later_sessions.setdefault(socket, []).append(later)

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

    def cut(self, session: str) -> None:
        """Its clients come back by themselves, and ask anew."""
        for sid, _ in self._of(session):
            _cut(sid)

    def remaining_s(self, sid: str) -> float | None:
        """Until the last session ends that a socket was opened, opened again or renewed with. `None`: there is none, or
        no such socket."""
        ends = [signed_end(each) for each in self._sessions_of(_known_sockets().get(sid))]
        known = [each for each in ends if each is not None]
        return max(known) - time() if known else None

    def _of(self, session: str) -> list[tuple[str, object]]:
        """Opened, or opened again, with that session or one that it has replaced in the same browser."""
        return [(sid, each) for sid, each in _known_sockets().items() if session and self._is_of(each, session)]

    def _is_of(self, socket: object, session: str) -> bool:
        if session == getattr(socket, "token", None) or session in later_sessions_of(socket):
            return True
        # Chainlit does not take note of the session that a socket comes back with, but of the request.
        environ = _environ_of(socket)
        is_likely = session[:_TELLING_LENGTH] in environ.get("HTTP_COOKIE", "")
        return is_likely and session == self._session_in(environ)

    def _sessions_of(self, socket: object) -> set[str]:
        own = {getattr(socket, "token", None) or "", self._session_in(_environ_of(socket))}
        return {*own, *(() if socket is None else later_sessions_of(socket))} - {""}

    def _session_in(self, environ: Mapping[str, str]) -> str:
        return self._cookies.session_in(cookie_parser(environ.get("HTTP_COOKIE", "")))


def _environ_of(socket: object) -> Mapping[str, str]:
    return getattr(socket, "environ", None) or {}


def later_sessions_of(socket: object) -> Sequence[str]:
    """What has replaced the session that a socket was opened with, the last first."""
    return _later_sessions.get(socket, [])[::-1]


def end_sockets_of(key: str) -> None:
    """Those of a user, whatever they were opened with. key: `identifier` of the user."""
    for sid, socket in _known_sockets().items():
        if getattr(getattr(socket, "user", None), "identifier", None) == key:
            _cut(sid)


def _known_sockets() -> Mapping[str, object]:
    return getattr(chainlit.session, "ws_sessions_sid", {})


async def _close(sid: str) -> None:
    """Tells the client, which closes the connection and does not come back. Of one that stays, it opens nothing any
    more: its session is over."""
    try:
        await chainlit.server.sio.disconnect(sid)
    except Exception as error:
        # The name alone: whatever the app or its data layer raises, its message can hold anything.
        _log.warning("The app has failed at the end of a chat (%s).", type(error).__name__)


def _cut(sid: str) -> None:
    """Closes the connection, as when the network is gone: the client comes back by itself, and its page finds out what
    became of the session."""
    task = asyncio.ensure_future(_close_connection(_connection_of(sid)))
    _closing.add(task)
    task.add_done_callback(_closing.discard)


def _connection_of(sid: str) -> Any:
    """Of Engine.IO. `None`: it is gone."""
    sio = chainlit.server.sio
    return sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, "/"))


async def _close_connection(connection: Any) -> None:
    if connection is None or connection.closing or connection.closed:
        return
    # First of all: what the app does at the end of a chat can take long. `None`: nothing follows.
    await connection.queue.put(None if connection.upgraded else Packet(CLOSE))
    await connection.close(wait=False, abort=True)


def check_connects(sockets: Callable[[], SessionSockets]) -> None:
    """Refuses sockets with a session that is over: when they are asked for, and again when Chainlit has looked at them,
    as a session can be ended meanwhile. The others end with their session. Call it once.

    sockets: gives the newest.
    """
    sio = chainlit.server.sio
    connect: Callable[..., Awaitable[object]] = sio.handlers["/"]["connect"]

    async def checked_connect(sid: str, environ: Mapping[str, str], *more: object) -> object:
        _expect_session(environ)
        answer = await connect(sid, environ, *more)
        try:
            _expect_session(environ)
        except ConnectionRefusedError:
            # python-socketio does not say so where it refuses.
            with suppress(Exception):
                await chainlit.socket.disconnect(sid)
            raise
        _end_in_time(sid)
        return answer

    def _expect_session(environ: Mapping[str, str]) -> None:
        if not sockets().may_open(environ):
            # As Chainlit says it.
            raise ConnectionRefusedError("authentication failed")

    def _end_in_time(sid: str) -> None:
        remaining = sockets().remaining_s(sid)
        if remaining is None:
            return
        if remaining <= 0:
            return _cut(sid)
        asyncio.get_running_loop().call_later(min(remaining, _LONGEST_WAIT_S), _end_in_time, sid)

    sio.on("connect", checked_connect)
