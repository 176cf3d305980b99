"""Why there is no token on behalf of a user. The set of codes is closed, and the same as in TypeScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..tokens.challenges import claims_challenge, consent_challenge
from ..tokens.refusal import headers_of

_STATUSES: Final = {
    "consent_required": 403,
    "insufficient_claims": 401,
    "sign_in_required": 401,
    "config_invalid": 500,
    "temporarily_unavailable": 503,
}


class OnBehalfOfError(Exception):
    """What `OnBehalfOf.token` raises. Nothing in it is a token, a secret or a text of Entra ID's, and it has no cause:
    a log may show all of it. The answer to the client is `refusal.of(error)`, which names no `remedy`. Nor does the
    message, which some frameworks answer with by themselves.

    code:
        `consent_required` (403): the user has not consented to the scopes. `auth.fetch` calls `onConsent` of the page.
        `insufficient_claims` (401): Entra ID wants more of the user, such as a second factor: a claims challenge for
            the page.
        `sign_in_required` (401): there is no token of the user here, or Entra ID takes it no more. The page sends a new
            one.
        `config_invalid` (500): somebody has to change something: `remedy` says what.
        `temporarily_unavailable` (503): Entra ID did not answer, or not in time.
    remedy: what somebody can do about it, for whoever reads the log of the server.
    anchor: where the documentation explains the code, as page and heading: `refusals#consent_required`.
    aadsts: the number that Entra ID refused with, after `AADSTS`, or `None`.
    claims: the claims challenge of `insufficient_claims`, as JSON text: what the next token has to have.
    status: the HTTP status of the answer.
    headers: of the answer.
    """

    def __init__(
        self,
        code: str,
        remedy: str,
        *,
        scopes: Sequence[str] = (),
        claims: str | None = None,
        aadsts: int | None = None,
    ) -> None:
        super().__init__(code if aadsts is None else f"{code} (AADSTS{aadsts})")
        self.code = code
        self.remedy = remedy
        self.anchor = f"refusals#{code}"
        self.aadsts = aadsts
        self.claims = claims
        self.status = _STATUSES[code]
        challenge = _challenge_of(code, scopes, claims)
        self.headers: Mapping[str, str] = (
            headers_of(self.status, code) if challenge is None else {"WWW-Authenticate": challenge}
        )


def _challenge_of(code: str, scopes: Sequence[str], claims: str | None) -> str | None:
    """What the page has to get. `None` where nobody has said it, or not in a form that a page reads."""
    if code == "consent_required":
        return consent_challenge(scopes)
    return claims_challenge(claims) if code == "insufficient_claims" else None
