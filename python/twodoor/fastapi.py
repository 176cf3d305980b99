"""Who sends a request, as a dependency of FastAPI.

    from twodoor import Identity, create_verifier
    from twodoor.fastapi import answer_refusals, require_auth

    verifier = create_verifier(client_id="…", tenants=["…"])
    User = Annotated[Identity, Depends(require_auth(verifier))]
    Admin = Annotated[Identity, Depends(require_auth(verifier, roles=["Admin"]))]

    @app.get("/me")
    async def me(user: User) -> dict[str, str]:
        return {"key": user.key}

    answer_refusals(app)  # what a handler raises of twodoor's refusals is answered as such

Why somebody was refused is in the log `twodoor.fastapi`, without the token.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar, overload

from fastapi import FastAPI, HTTPException, Request, WebSocketException
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse, Response

from . import guard as guards
from . import refusal
from .guard import Guard
from .on_behalf_of.error import OnBehalfOfError
from .tokens import AppIdentity, CallerVerifier, Identity, TokenRefusedError, Verifier

__all__ = ["answer_refusals", "identity_by", "require_auth"]

_log: Final = logging.getLogger("twodoor.fastapi")
_Caller = TypeVar("_Caller", bound="Identity | AppIdentity | None")


def identity_by(verifier: Verifier) -> Callable[[HTTPConnection], Awaitable[Identity]]:
    """`require_auth` without any requirement."""
    return require_auth(verifier)


@overload
def require_auth(
    verifier: CallerVerifier, *, optional: Literal[True], daemons: Literal[True], **wanted: Any
) -> Callable[[HTTPConnection], Awaitable[Identity | AppIdentity | None]]: ...


@overload
def require_auth(
    verifier: CallerVerifier, *, optional: Literal[False] = False, daemons: Literal[True], **wanted: Any
) -> Callable[[HTTPConnection], Awaitable[Identity | AppIdentity]]: ...


@overload
def require_auth(
    verifier: Verifier, *, optional: Literal[True], daemons: Literal[False] = False, **wanted: Any
) -> Callable[[HTTPConnection], Awaitable[Identity | None]]: ...


@overload
def require_auth(
    verifier: Verifier, *, optional: Literal[False] = False, daemons: Literal[False] = False, **wanted: Any
) -> Callable[[HTTPConnection], Awaitable[Identity]]: ...


def require_auth(verifier: Any, **options: Any) -> Callable[[HTTPConnection], Awaitable[Any]]:
    """A dependency that gives whoever the one `Authorization: Bearer` header is of, with the arguments of
    `twodoor.require_auth`: `scopes`, `roles`, `acrs`, `optional` and `daemons`.

    It refuses with 400, 401, 403 or 503, the `code` in `detail`, and `WWW-Authenticate` (RFC 6750 §3) or `Retry-After`,
    as `requireAuth` of `twodoor/server` does.

    A WebSocket is checked when it opens, and refused with 1008 and the `code` before it is accepted, which is an answer
    with 403. End it yourself at `expires_at` of its identity.

    Raises ValueError naming the argument and a valid example.
    """
    return _dependency_of(guards.require_auth(verifier, **options))


def _dependency_of(guard: Guard[_Caller]) -> Callable[[HTTPConnection], Awaitable[_Caller]]:
    async def caller(connection: HTTPConnection) -> _Caller:
        try:
            return await guard.caller(*connection.headers.getlist("authorization"), log=_log)
        except TokenRefusedError as refused:
            if connection.scope["type"] == "websocket":
                raise WebSocketException(1008, refused.code) from None
            detail = {"code": refused.code, "retry": refused.retry}
            raise HTTPException(refused.status, detail, refused.headers) from None

    return caller


def answer_refusals(app: FastAPI) -> None:
    """Answers what a handler raises with its status, its headers and `{"code": …}`: a TokenRefusedError, such as one
    for more claims, and an OnBehalfOfError. An app of FastAPI that is mounted needs `answer_refusals` of its own."""

    async def answer(_: Request, error: Exception) -> Response:
        refused = refusal.of(error)
        if refused is None:
            raise error
        return JSONResponse({"code": refused.code}, refused.status, dict(refused.headers))

    for kind in (TokenRefusedError, OnBehalfOfError):
        app.add_exception_handler(kind, answer)
