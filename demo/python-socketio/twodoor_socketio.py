"""Sockets that outlive their token, on python-socketio: one file to copy beside your app.

The server's half of docs/socket-protocol.md, with the rules of `protectSockets` of `twodoor/server`.

    sio = socketio.AsyncServer(async_mode="asgi")
    protection = protect(sio, verify)

    @sio.event
    async def connect(sid, environ, auth):
        await sio.enter_room(sid, protection.identity(sid).key)

`verify` is yours: it gets the access token, a string of 16 KB at most, and returns an Identity or raises Refused. Check
the signature, issuer, audience, scope and client, for example as demo/chainlit/twodoor_chainlit.py does. It may tolerate
a minute of difference between clocks; a token that has expired longer ago than the grace is refused here all the same.

Needs nothing but python-socketio, 5.11 or later, on Python 3.10 or later. What is refused is in the log
`twodoor.socketio`, with the code and without the token. Leave `engineio_logger` off: it logs all that is received.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final

import socketio  # type: ignore[import-untyped]  # it has no types

__all__ = ["Identity", "Protection", "Refused", "protect"]

_log: Final = logging.getLogger("twodoor.socketio")

_LONGEST_TOKEN: Final = 16_384
_LONGEST_GRACE_S: Final = 300.0
_CHECK_DEADLINE_S: Final = 10.0
_MAX_RENEWALS: Final = 6
"""In a window. A client renews about once an hour, twice if the first token is refused."""
_WINDOW_S: Final = 60.0
_LONGEST_SLEEP_S: Final = 600.0
"""The clock can be set. So often the time is looked at anew."""
_STEP_S: Final = 0.01
_MAX_NOT_ADMITTED: Final = 100
"""So many CONNECTs of one connection may be refused or unanswered. A page has one for each namespace, and one more when
its token is refused."""
_COUNT: Final = "twodoor.not_admitted"
"""Where they are counted: in the `environ` of the connection, which goes with it."""
_RESERVED: Final = {
    *("connect", "connection", "connect_error", "disconnect", "disconnecting", "error", "newListener", "removeListener"),
    *("auth:session", "auth:expired", "*"),
}
"""What only the server itself raises, and `*`, which would call a handler of all events with a `sid` that
the client has written."""


@dataclass(frozen=True)
class Identity:
    key: str
    """Whoever has the same key is the same user: `entra:<tenant id>:<object id>`."""
    expires_at: float
    """When the token expires, in seconds since the epoch: its `exp`."""


class Refused(Exception):
    def __init__(self, code: str, retry: bool = True) -> None:
        """code: one of the protocol's. retry: whether another token, or the same one later, can succeed."""
        super().__init__(code)
        self.code = code
        self.retry = retry


Verify = Callable[[str], Awaitable[Identity]]


def protect(sio: socketio.AsyncServer, verify: Verify, *, grace_s: float = 30.0) -> Protection:
    """Lets only sockets in that show a valid access token, in all namespaces. Call it once, before the server starts.

    Your `connect` handlers run afterwards, and get `(sid, environ, auth)` with the rest of the payload in `auth`. The
    events `auth:session`, `auth:renew` and `auth:expired` are taken. An event that a client calls `connect`,
    `disconnect`, `error` or `*` reaches no handler: python-socketio would take it for its own.

    grace_s: how long a socket may stay after its token has expired, in seconds, from 0 to 300.

    Raises ValueError naming the argument.
    """
    if not isinstance(sio, socketio.AsyncServer) or sio.always_connect:
        raise ValueError("`sio` must be an AsyncServer without `always_connect`, which lets in first and asks later.")
    if not callable(verify):
        raise ValueError("`verify` must be an async function that takes a token.")
    if not 0 <= grace_s <= _LONGEST_GRACE_S:
        raise ValueError(f"`grace_s` must be from 0 to 300, for example 30, not {grace_s!r}.")
    return Protection(sio, verify, grace_s)


class _Renewal(dict[str, object]):
    """What is left of the message of a renewal. Whatever logs events sees an empty one."""

    token: object = None


class _Session:
    def __init__(self, sid: str, namespace: str, identity: Identity) -> None:
        self.sid = sid
        self.namespace = namespace
        self.identity = identity
        self.life: asyncio.Task[None] | None = None
        self._window_start = -math.inf
        self._renewals = 0

    def is_too_many(self) -> bool:
        if monotonic() - self._window_start >= _WINDOW_S:
            self._window_start, self._renewals = monotonic(), 0
        self._renewals += 1
        return self._renewals > _MAX_RENEWALS


class Protection:
    def __init__(self, sio: socketio.AsyncServer, verify: Verify, grace_s: float) -> None:
        self._sio = sio
        self._verify = verify
        self._grace_s = grace_s
        self._sessions: dict[str, _Session] = {}
        # Not documented, but the one place that all namespaces and both kinds of handlers go through. A server without
        # it fails here, and not open.
        self._handle = sio._trigger_event
        sio._trigger_event = self._trigger
        # The place that only what clients send goes through: CONNECT, DISCONNECT and the end of a connection do not.
        self._receive = sio._handle_event
        sio._handle_event = self._guard_event

    def identity(self, sid: str) -> Identity:
        """Who a socket belongs to. Ask anew each time: it is replaced when the token is renewed.

        Raises KeyError if the socket is gone.
        """
        return self._sessions[sid].identity

    async def _guard_event(self, eio_sid: str, namespace: str | None, packet_id: int | None, data: Any) -> None:
        name = data[0] if isinstance(data, list) and data else None
        if not isinstance(name, str) or name in _RESERVED:
            return
        if name == "auth:renew":
            renewal = _Renewal()
            message = data[1] if len(data) > 1 else None
            renewal.token = message.get("token") if isinstance(message, dict) else None
            data = [name, renewal]
        await self._receive(eio_sid, namespace, packet_id, data)

    async def _trigger(self, event: object, namespace: str, sid: str, *args: Any) -> object:
        session = self._sessions.get(sid)
        if event == "connect":
            return await self._connect(namespace, sid, *args) if session is None else False
        if event == "disconnect":
            if self._sio.manager.is_connected(sid, namespace):
                return None
            self._forget(sid)
        elif session is None or not isinstance(event, str) or self._is_over(session.identity):
            return None
        elif event == "auth:renew":
            return await self._renew(session, *args)
        return await self._handle(event, namespace, sid, *args)

    async def _connect(self, namespace: str, sid: str, environ: Any, auth: object = None, *_: object) -> object:
        token = auth.pop("token", None) if isinstance(auth, dict) else None
        count = environ[_COUNT] = environ.get(_COUNT, 0) + 1
        try:
            if count > _MAX_NOT_ADMITTED:
                raise Refused("too_many_requests")
            identity = await self._check(token)
        except Refused as refused:
            # Once for all that come too fast: a flood of CONNECTs is not to become a flood of the log.
            if count <= _MAX_NOT_ADMITTED + 1:
                _log.info("A socket for %s is refused: %s", namespace, refused.code)
            data = {"code": refused.code, "retry": refused.retry}
            raise socketio.exceptions.ConnectionRefusedError("unauthorized", data) from None
        if self._has_left(sid, namespace):
            return False
        session = self._sessions[sid] = _Session(sid, namespace, identity)
        accepted = False
        try:
            answer = await self._handle("connect", namespace, sid, environ, auth)
            accepted = answer is not False
            if accepted:
                environ[_COUNT] -= 1
        finally:
            if not accepted:
                self._forget(sid)
        session.life = asyncio.create_task(self._live(session))
        return answer

    async def _renew(self, session: _Session, message: object = None, *_: object) -> dict[str, object]:
        """The acknowledgement of a renewal."""
        try:
            if session.is_too_many():
                raise Refused("too_many_requests")
            identity = await self._check(message.token if isinstance(message, _Renewal) else None)
            if identity.key != session.identity.key:
                raise Refused("user_mismatch", retry=False)
        except Refused as refused:
            _log.info("A renewal in %s is refused: %s", session.namespace, refused.code)
            return {"ok": False, "code": refused.code}
        # An older token, late or sent again, cannot shorten what a newer one gave.
        if identity.expires_at > session.identity.expires_at:
            session.identity = identity
        return {"ok": True, "expiresInMs": _milliseconds_until(session.identity.expires_at)}

    async def _check(self, token: object) -> Identity:
        """Raises Refused and nothing else, in time, whatever `verify` does."""
        if token is None or token == "":
            raise Refused("token_missing")
        if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
            raise Refused("token_malformed", retry=False)
        try:
            identity = await asyncio.wait_for(self._verify(token), _CHECK_DEADLINE_S)
            if not isinstance(identity.key, str) or not math.isfinite(identity.expires_at):
                raise TypeError("That is no identity.")
            # It would be let in only to be sent away, and would come back at once, again and again.
            if self._is_over(identity):
                raise Refused("token_expired")
            return identity
        except Refused:
            raise
        except Exception as error:
            # The name of the error alone: its message could have the token in it.
            _log.warning("The check of a token failed: %s", type(error).__name__)
            raise Refused("temporarily_unavailable") from None

    def _is_over(self, identity: Identity) -> bool:
        return identity.expires_at + self._grace_s <= time()

    async def _live(self, session: _Session) -> None:
        """Says hello, waits for the end, and ends the socket."""
        try:
            if await self._is_answered(session):
                await self._tell(session, "auth:session", self._hello(session))
                while (remaining := session.identity.expires_at + self._grace_s - time()) > 0:
                    await asyncio.sleep(min(remaining, _LONGEST_SLEEP_S))
                _log.info("A socket of %s ends: token_expired", session.namespace)
                await self._tell(session, "auth:expired", {"code": "token_expired"})
        except Exception as error:
            _log.warning("A socket of %s ends: %s", session.namespace, type(error).__name__)
        finally:
            # Whatever went wrong: without somebody who waits for the end nobody may stay.
            if session.sid in self._sessions:
                await self._sio.disconnect(session.sid, namespace=session.namespace)
                self._sessions.pop(session.sid, None)

    async def _is_answered(self, session: _Session) -> bool:
        """CONNECT is answered after the handlers of the app. False if the client has left by then."""
        deadline = monotonic() + _CHECK_DEADLINE_S
        while not self._sio.manager.is_connected(session.sid, session.namespace) and monotonic() < deadline:
            await asyncio.sleep(_STEP_S)
        return not self._has_left(session.sid, session.namespace)

    def _has_left(self, sid: str, namespace: str) -> bool:
        return self._sio.get_environ(sid, namespace) is None

    def _hello(self, session: _Session) -> dict[str, object]:
        expires_in = _milliseconds_until(session.identity.expires_at)
        return {"expiresInMs": expires_in, "graceMs": round(self._grace_s * 1000), "renew": "auth:renew"}

    async def _tell(self, session: _Session, event: str, data: dict[str, object]) -> None:
        await self._sio.emit(event, data, to=session.sid, namespace=session.namespace)

    def _forget(self, sid: str) -> None:
        session = self._sessions.pop(sid, None)
        if session and session.life and session.life is not asyncio.current_task():
            session.life.cancel()


def _milliseconds_until(moment: float) -> int:
    return max(0, round((moment - time()) * 1000))
