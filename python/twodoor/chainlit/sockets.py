"""Which of Chainlit's sockets belong to a session. Chainlit leaves them open after a logout, in other tabs for one, and
takes what comes through them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final
from weakref import WeakKeyDictionary

import chainlit.server
import chainlit.session
from starlette.requests import cookie_parser

from .cookies import RequestCookies

_log: Final = logging.getLogger("twodoor.chainlit")

_TELLING_LENGTH: Final = 200
"""So much of a session tells whose it is, and is in one cookie, however large the session."""

_later_sessions: Final[WeakKeyDictionary[object, set[str]]] = WeakKeyDictionary()
"""Of a socket: what has replaced the session that it was opened with, since the page renews it in silence."""


class SessionSockets:
    def __init__(self, cookies: RequestCookies) -> None:
        self._cookies = cookies

    def renew(self, session: str, later: str) -> None:
        """Takes note that another session has replaced this one in the same browser."""
        for _, socket in self._of(session):
            _later_sessions.setdefault(socket, set()).add(later)

    async def close(self, session: str) -> None:
        """All at once: none waits for what the app does at the end of the chat of another."""
        await asyncio.gather(*(_close(sid) for sid, _ in self._of(session)))

    def _of(self, session: str) -> list[tuple[str, object]]:
        """Opened, or opened again, with that session or one that it has replaced in the same browser."""
        known: Mapping[str, object] = getattr(chainlit.session, "ws_sessions_sid", {})
        return [(sid, each) for sid, each in known.items() if session and self._is_of(each, session)]

    def _is_of(self, socket: object, session: str) -> bool:
        if session == getattr(socket, "token", None) or session in _later_sessions.get(socket, ()):
            return True
        # Chainlit does not take note of the session that a socket comes back with, but of the request.
        cookies: str = (getattr(socket, "environ", None) or {}).get("HTTP_COOKIE", "")
        is_likely = session[:_TELLING_LENGTH] in cookies
        return is_likely and session == self._cookies.session_in(cookie_parser(cookies))


async def _close(sid: str) -> None:
    try:
        await chainlit.server.sio.disconnect(sid)
    except Exception as error:
        # The name alone: whatever the app or its data layer raises, its message can hold anything.
        _log.warning("The app has failed at the end of a chat (%s).", type(error).__name__)
