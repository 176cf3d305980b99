"""Why a token is refused. The set of codes is closed, and the same as in TypeScript (src/server)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .challenges import REALM, claims_challenge


@dataclass(frozen=True)
class _Treatment:
    """What a client can do about a refusal."""

    status: int
    retry: bool


_REFUSALS: Final = {
    "token_missing": _Treatment(401, retry=True),
    "request_malformed": _Treatment(400, retry=False),
    "token_malformed": _Treatment(401, retry=False),
    "token_invalid": _Treatment(401, retry=True),
    "token_expired": _Treatment(401, retry=True),
    "wrong_issuer": _Treatment(401, retry=False),
    "wrong_tenant": _Treatment(401, retry=False),
    "wrong_audience": _Treatment(401, retry=False),
    "wrong_client": _Treatment(403, retry=False),
    "wrong_scope": _Treatment(403, retry=False),
    "wrong_role": _Treatment(403, retry=False),
    "insufficient_claims": _Treatment(401, retry=True),
    "not_an_access_token": _Treatment(401, retry=False),
    "keys_unavailable": _Treatment(503, retry=True),
    "temporarily_unavailable": _Treatment(503, retry=True),
}
_OF_OTHERS: Final = _Treatment(401, retry=True)
_RETRY_AFTER_S: Final = 5
_CHALLENGES: Final = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope"}


class TokenRefusedError(Exception):
    """Neither the message nor anything else of it holds the token or a part of it.

    code: one of those above, or of docs/socket-protocol.md.
    status: the HTTP status that fits (RFC 6750 §3.1).
    retry: whether another token, or the same one later, can succeed.
    claims: the claims challenge of `insufficient_claims`, as JSON text: what the next token has to have.
    anchor: where the documentation explains the code, as page and heading: `refusals#wrong_audience`.
    """

    def __init__(self, code: str, reason: str = "", *, retry: bool | None = None, claims: str | None = None) -> None:
        """reason: for the log of the server; it can name what the server expects. retry: default, that of the code."""
        super().__init__(reason or code)
        treatment = _REFUSALS.get(code, _OF_OTHERS)
        self.code = code
        self.anchor = f"refusals#{code}"
        self.status = treatment.status
        self.retry = treatment.retry if retry is None else retry
        self.claims = claims

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer: `WWW-Authenticate` as in RFC 6750 §3, or `Retry-After`. They name no option and no claim."""
        challenge = claims_challenge(self.claims) if self.code == "insufficient_claims" else None
        return headers_of(self.status, self.code) if challenge is None else {"WWW-Authenticate": challenge}


def headers_of(status: int, code: str) -> dict[str, str]:
    if status == 500:
        return {}
    if status == 503:
        return {"Retry-After": str(_RETRY_AFTER_S)}
    # A request without any token gets the scheme and no error.
    error = f', error="{_CHALLENGES[status]}", error_description="{code}"'
    return {"WWW-Authenticate": f"{REALM}{'' if code == 'token_missing' else error}"}


def refusal_of(error: Exception) -> TokenRefusedError:
    """Whatever a check raised, as a refusal. What is not one already, with a code of those above, means that the check
    itself failed: a code goes into headers."""
    if isinstance(error, TokenRefusedError) and error.code in _REFUSALS:
        return error
    # The name of the error alone: its message could have the token in it.
    reason = f"The check of the token failed ({type(error).__name__})."
    return TokenRefusedError("temporarily_unavailable", reason)
