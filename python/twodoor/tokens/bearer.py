"""The token in a request (RFC 6750 §2.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .refusal import TokenRefusedError

_bearer = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE | re.ASCII)
_bearer_scheme = re.compile(r"bearer(?: |$)", re.IGNORECASE | re.ASCII)


def bearer_token(authorization: Sequence[str]) -> str | None:
    """The token in the one `Authorization: Bearer` header, or `None` if there is none or another scheme.

    authorization: the values of all headers of that name.
    """
    if len(authorization) > 1:
        raise TokenRefusedError("request_malformed", "There are several Authorization headers.")
    if not authorization or not _bearer_scheme.match(authorization[0]):
        return None
    token = bearer_in(authorization[0])
    if token is None:
        raise TokenRefusedError("request_malformed", "The Authorization header is not one Bearer token.")
    return token


def bearer_in(value: str) -> str | None:
    match = _bearer.fullmatch(value)
    return match.group(1) if match else None
