"""Every socket shows a valid token when it connects, renews it while it lives, and ends with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic, time
from typing import Any, Final

import socketio  # type: ignore[import-untyped]  # it has no types

from ..tokens import Identity, TokenRefusedError
from ..tokens.requirements import checked_requirements
from .check import CHECK_DEADLINE_S, TokenCheck, TokenVerifier
from .protocol import (
    EXPIRED_EVENT,
    LONGEST_GRACE_S,
    MAX_NOT_ADMITTED,
    RENEW_EVENT,
    RESERVED_EVENTS,
    SESSION_EVENT,
    milliseconds_until,
)
from .session import SocketSession

_log: Final = logging.getLogger("twodoor.socketio")

_LONGEST_SLEEP_S: Final = 600.0
"""The clock can be set. So often the time is looked at anew."""
_STEP_S: Final = 0.01
_COUNT: Final = "twodoor.not_admitted"
"""Where CONNECTs are counted: in the `environ` of the connection, which goes with it."""


def protect_sockets(
    sio: socketio.AsyncServer,
    verifier: TokenVerifier,
    *,
    grace_s: float = 30.0,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
) -> Protection:
    """Lets only sockets in that show a valid access token, in all namespaces. Call it once, before the server starts.

    Your `connect` handlers run afterwards, and get `(sid, environ, auth)` with the rest of the payload in `auth`. The
    events `auth:session`, `auth:renew` and `auth:expired` are taken. An event that a client calls `connect`,
    `disconnect`, `error` or `*` reaches no handler: python-socketio would take it for its own.

    verifier: of `create_verifier`, or anything else with its `verify`.
    grace_s: how long a socket may stay after its token has expired, in seconds, from 0 to 300. Default: 30.
    scopes: the names of scopes, as in `scp`: a user needs one of them, and one of those of the verifier as well.
    roles: the values of app roles, as in `roles`: a user needs one of them.

    Raises ValueError naming the argument.
    """
    if not isinstance(sio, socketio.AsyncServer) or sio.always_connect:
        raise ValueError(
            "`sio` must be an AsyncServer without `always_connect`, which accepts a socket before its token is checked."
        )
    if not callable(getattr(verifier, "verify", None)):
        raise ValueError("`verifier` must have an async `verify`, as that of create_verifier() has.")
    if not 0 <= grace_s <= LONGEST_GRACE_S:
        raise ValueError(f"`grace_s` must be from 0 to 300, for example 30, not {grace_s!r}.")
    wanted = checked_requirements(scopes=scopes, roles=roles)
    return Protection(sio, TokenCheck(verifier, grace_s, wanted))


class _Renewal(dict[str, object]):
    """What is left of the message of a renewal. Whatever logs events sees an empty one."""

    token: object = None


class Protection:
    """What `protect_sockets` gives."""

    def __init__(self, sio: socketio.AsyncServer, check: TokenCheck) -> None:
        self._sio = sio
        self._check = check
        self._sessions: dict[str, SocketSession] = {}
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
        if not isinstance(name, str) or name in RESERVED_EVENTS:
            return
        if name == RENEW_EVENT:
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
        elif session is None or not isinstance(event, str) or self._check.is_over(session.identity):
            return None
        elif event == RENEW_EVENT:
            return await self._renew(session, *args)
        return await self._handle(event, namespace, sid, *args)

    async def _connect(self, namespace: str, sid: str, environ: Any, auth: object = None, *_: object) -> object:
        identity = await self._admit(namespace, environ, auth)
        if self._has_left(sid, namespace):
            return False
        session = self._sessions[sid] = SocketSession(sid, namespace, identity)
        is_accepted = False
        try:
            answer = await self._handle("connect", namespace, sid, environ, auth)
            is_accepted = answer is not False
            if is_accepted:
                environ[_COUNT] -= 1
        finally:
            if not is_accepted:
                self._forget(sid)
        session.life = asyncio.create_task(self._live(session))
        return answer

    async def _admit(self, namespace: str, environ: Any, auth: object) -> Identity:
        """Takes the token out of `auth`. Raises the refusal of Socket.IO."""
        token = auth.pop("token", None) if isinstance(auth, dict) else None
        count = environ[_COUNT] = environ.get(_COUNT, 0) + 1
        try:
            if count > MAX_NOT_ADMITTED:
                raise TokenRefusedError("too_many_requests")
            return await self._check.check(token)
        except TokenRefusedError as refusal:
            # Once for all that come too fast: a flood of CONNECTs is not to become a flood of the log.
            if count <= MAX_NOT_ADMITTED + 1:
                _log.info("A socket for %s is refused: %s", namespace, refusal.code)
            data = {"code": refusal.code, "retry": refusal.retry}
            raise socketio.exceptions.ConnectionRefusedError("unauthorized", data) from None

    async def _renew(self, session: SocketSession, message: object = None, *_: object) -> dict[str, object]:
        """The acknowledgement of a renewal."""
        try:
            if not session.count_renewal():
                raise TokenRefusedError("too_many_requests")
            identity = await self._check.check(message.token if isinstance(message, _Renewal) else None)
            if identity.key != session.identity.key:
                raise TokenRefusedError("account_mismatch", retry=False)
        except TokenRefusedError as refusal:
            _log.info("A renewal in %s is refused: %s", session.namespace, refusal.code)
            return {"ok": False, "code": refusal.code}
        session.renew(identity)
        return {"ok": True, "expiresInMs": milliseconds_until(session.identity.expires_at)}

    async def _live(self, session: SocketSession) -> None:
        """Says hello, waits for the end, and ends the socket."""
        try:
            if await self._is_answered(session):
                await self._tell(session, SESSION_EVENT, self._hello(session))
                await self._wait_for_the_end(session)
                _log.info("A socket of %s ends: token_expired", session.namespace)
                await self._tell(session, EXPIRED_EVENT, {"code": "token_expired"})
        except Exception as error:
            _log.warning("A socket of %s ends: %s", session.namespace, type(error).__name__)
        finally:
            # Whatever went wrong: without somebody who waits for the end nobody may stay.
            if session.sid in self._sessions:
                await self._sio.disconnect(session.sid, namespace=session.namespace)
                self._sessions.pop(session.sid, None)

    async def _wait_for_the_end(self, session: SocketSession) -> None:
        while (remaining := session.identity.expires_at + self._check.grace_s - time()) > 0:
            await asyncio.sleep(min(remaining, _LONGEST_SLEEP_S))

    async def _is_answered(self, session: SocketSession) -> bool:
        """CONNECT is answered after the handlers of the app. False if the client has left by then."""
        deadline = monotonic() + CHECK_DEADLINE_S
        while not self._sio.manager.is_connected(session.sid, session.namespace) and monotonic() < deadline:
            await asyncio.sleep(_STEP_S)
        return not self._has_left(session.sid, session.namespace)

    def _has_left(self, sid: str, namespace: str) -> bool:
        return self._sio.get_environ(sid, namespace) is None

    def _hello(self, session: SocketSession) -> dict[str, object]:
        expires_in = milliseconds_until(session.identity.expires_at)
        return {"expiresInMs": expires_in, "graceMs": round(self._check.grace_s * 1000), "renew": RENEW_EVENT}

    async def _tell(self, session: SocketSession, event: str, data: dict[str, object]) -> None:
        await self._sio.emit(event, data, to=session.sid, namespace=session.namespace)

    def _forget(self, sid: str) -> None:
        session = self._sessions.pop(sid, None)
        if session and session.life and session.life is not asyncio.current_task():
            session.life.cancel()
