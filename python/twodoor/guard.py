"""Who may come in, in any framework.

    from twodoor import create_verifier, require_auth

    guard = require_auth(create_verifier(client_id="…", tenants=["…"]), roles=["Admin"])

    user = await guard.caller(request.headers.get("Authorization"))  # Django, Flask and others
    app.mount("/api", guard.asgi(api))  # any ASGI app; there `identity_in(scope)` says who

For FastAPI there is `twodoor.fastapi.require_auth`. Why somebody was refused is in the log `twodoor.guard`, without the
token.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar, cast, overload

from . import refusal
from .refusal import RequestRefusal
from .tokens import AppIdentity, CallerVerifier, Identity, TokenRefusedError, Verifier
from .tokens.bearer import bearer_token
from .tokens.claims import traces_of
from .tokens.refusal import refusal_of
from .tokens.requirements import Requirements, checked_requirements, why_refused

__all__ = ["Guard", "identity_in", "require_auth"]

_log: Final = logging.getLogger("twodoor.guard")
_VERIFICATION_DEADLINE_S: Final = 8.0
"""A verifier is done within 5 s. One of the app's own could take any time."""
_SCOPE_KEY: Final = "twodoor.caller"

_Caller = TypeVar("_Caller", bound="Identity | AppIdentity | None", covariant=True)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
_Verify = Callable[[object], Awaitable["Identity | AppIdentity"]]


class Guard(Generic[_Caller]):
    """What `require_auth` gives."""

    def __init__(self, verify: _Verify, wanted: Requirements, *, is_optional: bool) -> None:
        self._verify = verify
        self._wanted = wanted
        self._is_optional = is_optional

    async def caller(self, *authorization: str | None, log: logging.Logger = _log) -> _Caller:
        """Who sent a request: of the one `Authorization: Bearer` header, never of the address, a cookie or the body.

        authorization: the values of all headers of that name. `None`: there is none.
        log: hears why somebody was refused, without the token. Default: `twodoor.guard`.

        Raises TokenRefusedError and nothing else, with the `status` and the `headers` of the answer.
        """
        token: str | None = None
        try:
            token = bearer_token([each for each in authorization if each is not None])
            return cast(_Caller, await self._caller_of(token))
        except Exception as error:
            refused = refusal_of(error)
        log.info("A request is refused (%s): %s%s", refused.code, refused, traces_of(token))
        del token, authorization  # whoever shows the locals of a traceback would show them
        raise refused.with_traceback(None)

    async def _caller_of(self, token: str | None) -> Identity | AppIdentity | None:
        if token is None and self._is_optional:
            return None
        caller = await asyncio.wait_for(self._verify(token), _VERIFICATION_DEADLINE_S)
        refused = why_refused(caller, self._wanted)
        if refused is not None:
            raise refused
        return caller

    def asgi(self, app: ASGIApp) -> ASGIApp:
        """An ASGI app in front of another one, which gets only requests and WebSockets that may come in. It answers the
        others itself, with `{"code": …}` as the body, as `requireAuth` of `twodoor/server` does.

        A WebSocket is checked when it opens: end it yourself at `expires_at` of its identity. An app of FastAPI or
        Starlette answers errors itself, so it needs `answer_refusals` of its own."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                return await app(scope, receive, send)
            given = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
            try:
                caller = await self.caller(*given)
            except TokenRefusedError as refused:
                return await _refuse(refused, scope, receive, send)
            await _answered(app, {**scope, _SCOPE_KEY: (caller,)}, receive, send)

        return guarded


def identity_in(scope: Scope) -> Any:
    """Who sent what an ASGI app behind `Guard.asgi` gets: an Identity, or an AppIdentity or `None` where the guard lets
    those in.

    Raises LookupError if it has come through no guard.
    """
    noted = scope.get(_SCOPE_KEY)
    if noted is None:
        raise LookupError("The request has come through no guard: put `require_auth(…).asgi()` in front of the app.")
    return noted[0]


async def _answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A refusal that the app raises before it has answered is the answer."""
    has_begun = False

    async def noted(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await app(scope, receive, noted)
    except Exception as error:
        refused = None if has_begun or scope["type"] != "http" else refusal.of(error)
        if refused is None:
            raise
        await _refuse(refused, scope, receive, send)


async def _refuse(refused: TokenRefusedError | RequestRefusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Before it is accepted, this is an answer with 403.
        await receive()
        return await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
    body = json.dumps({"code": refused.code}).encode()
    length = (b"content-length", str(len(body)).encode())
    own = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
    headers = [(b"content-type", b"application/json"), length, *own]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@overload
def require_auth(
    verifier: CallerVerifier,
    *,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    acrs: None = None,
    optional: Literal[True],
    daemons: Literal[True],
) -> Guard[Identity | AppIdentity | None]: ...


@overload
def require_auth(
    verifier: CallerVerifier,
    *,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    acrs: None = None,
    optional: Literal[False] = False,
    daemons: Literal[True],
) -> Guard[Identity | AppIdentity]: ...


@overload
def require_auth(
    verifier: Verifier,
    *,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    acrs: str | None = None,
    optional: Literal[True],
    daemons: Literal[False] = False,
) -> Guard[Identity | None]: ...


@overload
def require_auth(
    verifier: Verifier,
    *,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    acrs: str | None = None,
    optional: Literal[False] = False,
    daemons: Literal[False] = False,
) -> Guard[Identity]: ...


def require_auth(
    verifier: Verifier | CallerVerifier,
    *,
    scopes: Sequence[str] | None = None,
    roles: Sequence[str] | None = None,
    acrs: str | None = None,
    optional: bool = False,
    daemons: bool = False,
) -> Guard[Any]:
    """Lets only callers in that show a valid token and have what is asked for.

    Without one of `scopes` (`wrong_scope`) or `roles` (`wrong_role`) the answer is 403 with
    `error="insufficient_scope"` (RFC 6750 §3.1), which no page repeats. Only the `Authorization` header counts, which a
    browser never sends by itself: no page of another origin can use it. Where pages of other origins call, put the
    middleware for CORS in front: a preflight request has no token.

    verifier: of `create_verifier`, or anything else with its `verify`.
    scopes: the names of scopes, as in `scp`: a user needs one of them, and one of those of the verifier as well.
    roles: the values of app roles, as in `roles`: a caller needs one of them.
    acrs: an authentication context that the token has to have, `c1` to `c99`. A page without it is asked for it by a
        claims challenge, which `auth.fetch` answers (docs/claims-challenges.md).
    optional: lets a request without any token through: its caller is `None`. A token that is wrong is refused all the
        same, so that a page renews it.
    daemons: lets in apps on their own too, as the `daemons` of the verifier say. `scopes` are for users: an app has
        none, so that every app which the verifier accepts passes where there are no `roles`.

    Raises ValueError naming the argument and a valid example.
    """
    wanted = checked_requirements(scopes=scopes, roles=roles, acrs=acrs)
    for name, value in (("optional", optional), ("daemons", daemons)):
        if not isinstance(value, bool):
            raise ValueError(f"`{name}` must be True or False, for example True, not {type(value).__name__}.")
    if daemons and acrs is not None:
        raise ValueError("`acrs` must be left out with `daemons`: an app has no second factor.")
    return Guard(_verification_of(verifier, daemons=daemons), wanted, is_optional=optional)


def _verification_of(verifier: object, *, daemons: bool) -> _Verify:
    verify = getattr(verifier, "verify", None)
    verify_caller = getattr(verifier, "verify_caller", None)
    if not callable(verify):
        raise ValueError("`verifier` must be a verifier, for example create_verifier(client_id=…, tenants=[…]).")
    if daemons and not callable(verify_caller):
        raise ValueError("`daemons` must be left out, or the verifier made with `daemons` too.")
    check = verify_caller if daemons else verify
    kinds = (Identity, AppIdentity) if daemons else (Identity,)

    async def verified(token: object) -> Identity | AppIdentity:
        caller = await check(token)  # type: ignore[misc]  # it can be called: see above
        # What a verifier of the app's own gives is checked too: nobody comes in without an account.
        if isinstance(caller, kinds) and isinstance(getattr(caller, "key", ""), str):
            return caller
        raise TypeError("The verifier gave no identity.")

    return verified
