"""Who sends a request, as a dependency of FastAPI.

    from twodoor import Identity, create_verifier
    from twodoor.fastapi import identity_by

    identity = identity_by(create_verifier(client_id="…", tenants=["…"]))

    @app.get("/me")
    async def me(user: Annotated[Identity, Depends(identity)]) -> dict[str, str]:
        return {"key": user.key}

Why somebody was refused is in the log `twodoor.fastapi`, without the token.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import HTTPException, Request

from .tokens import Identity, TokenRefusedError, Verifier
from .tokens.bearer import bearer_token
from .tokens.claims import traces_of
from .tokens.refusal import refusal_of

__all__ = ["identity_by"]

_log: Final = logging.getLogger("twodoor.fastapi")

_RETRY_AFTER_S: Final = 5
_CHALLENGES: Final = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope"}


def identity_by(verifier: Verifier) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency that gives the Identity of the one `Authorization: Bearer` header.

    It refuses with 400, 401, 403 or 503, the `code` in `detail`, and `WWW-Authenticate` (RFC 6750 §3) or `Retry-After`,
    as `authenticateRequest` of `twodoor/server` does.
    """

    async def identity(request: Request) -> Identity:
        token: str | None = None
        try:
            token = bearer_token(request.headers.getlist("authorization"))
            return await verifier.verify(token)
        except Exception as error:
            refusal = refusal_of(error)
        _log.info("A request is refused (%s): %s%s", refusal.code, refusal, traces_of(token))
        detail = {"code": refusal.code, "retry": refusal.retry}
        raise HTTPException(refusal.status, detail, dict(_headers_of(refusal)))

    return identity


def _headers_of(refusal: TokenRefusedError) -> Mapping[str, str]:
    """They name no option of the verifier and no claim. A request without any token gets the scheme and no error."""
    if refusal.status == 503:
        return {"Retry-After": str(_RETRY_AFTER_S)}
    challenge = f', error="{_CHALLENGES[refusal.status]}", error_description="{refusal.code}"'
    return {"WWW-Authenticate": f'Bearer realm="api"{"" if refusal.code == "token_missing" else challenge}'}
