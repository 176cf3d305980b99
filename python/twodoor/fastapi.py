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
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import HTTPException, Request

from .tokens import Identity, TokenRefusedError, Verifier

__all__ = ["identity_by"]

_log: Final = logging.getLogger("twodoor.fastapi")


def identity_by(verifier: Verifier) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency that gives the Identity of the one `Authorization: Bearer` header.

    It refuses with 400, 401, 403 or 503, the `code` in `detail`, and `WWW-Authenticate` (RFC 6750 §3) or `Retry-After`,
    as `authenticateRequest` of `twodoor/server` does.
    """

    async def identity(request: Request) -> Identity:
        try:
            return await verifier.verify_header(*request.headers.getlist("authorization"), log=_log)
        except TokenRefusedError as refusal:
            detail = {"code": refusal.code, "retry": refusal.retry}
            raise HTTPException(refusal.status, detail, refusal.headers) from None

    return identity
