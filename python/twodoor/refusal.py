"""Answers to a request, for handlers of any framework, as `refusal` of `twodoor/server` has them.

from twodoor import refusal

refused = refusal.challenge({"access_token": {"acrs": {"essential": True, "value": "c2"}}})
return JSONResponse({"code": refused.code}, status_code=refused.status, headers=refused.headers)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .on_behalf_of.error import OnBehalfOfError
from .tokens import TokenRefusedError
from .tokens.challenges import claims_challenge, consent_challenge
from .tokens.refusal import refusal_of

__all__ = ["RequestRefusal", "challenge", "consent", "of"]


@dataclass(frozen=True)
class RequestRefusal:
    """How to answer a request that is refused."""

    status: int
    code: str
    retry: bool
    """Whether another token, or the same one later, can succeed."""
    headers: Mapping[str, str]
    """`WWW-Authenticate` as in RFC 6750 §3, or `Retry-After`. They name no option of the verifier and no claim."""


def challenge(claims: object) -> RequestRefusal:
    """Asks the page for a token with these claims: `auth.fetch` gets one, if that takes no more than a request, and
    repeats the call.

    claims: JSON text, or the dict that it stands for.

    Raises ValueError for anything else, and for more than a page reads: about 6 KB.
    """
    value = claims_challenge(claims)
    if value is None:
        example = '{"access_token": {"acrs": {"essential": True, "value": "c1"}}}'
        raise ValueError(f"`claims` must be a claims challenge of 6 KB at most, for example {example}.")
    return RequestRefusal(401, "insufficient_claims", retry=True, headers={"WWW-Authenticate": value})


def consent(scopes: Sequence[str]) -> RequestRefusal:
    """Asks the page to have the user consent to these scopes: `auth.fetch` calls `onConsent` of the page, and repeats
    the call.

    Raises ValueError for what is no scope.
    """
    value = consent_challenge(scopes)
    if value is None:
        raise ValueError('`scopes` must be a list of scopes, for example ["User.Read"].')
    return RequestRefusal(403, "consent_required", retry=False, headers={"WWW-Authenticate": value})


def of(error: object) -> RequestRefusal | None:
    """How to answer what was raised, or `None` for an error that says nothing of it."""
    if isinstance(error, TokenRefusedError):
        refused = refusal_of(error)
        return RequestRefusal(refused.status, refused.code, refused.retry, refused.headers)
    if isinstance(error, OnBehalfOfError):
        return RequestRefusal(error.status, error.code, error.status not in (403, 500), error.headers)
    return None
