"""What an answer of Entra ID means, and what somebody can do about it. The same as in TypeScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..tokens.challenges import json_of
from .error import OnBehalfOfError

NO_CONSENT: Final = (65001, 90008, 90094, 90095)

MISTAKES: Final[Sequence[tuple[tuple[int, ...], str]]] = (
    (
        (7000215,),
        "The secret is wrong. Give the value of a client secret of the app registration in `secret`, not its ID.",
    ),
    ((7000222,), "The secret has expired. Make a new one in the app registration, and give its value in `secret`."),
    (
        (700024,),
        "The client assertion has expired, or is not valid yet. Give a function in `assertion` that makes one each "
        "time.",
    ),
    (
        (700021, 700023),
        "The client assertion is of another app, or for another endpoint. Correct what makes `assertion`.",
    ),
    (
        (700027, 7000214),
        "The certificate is not one of the app registration. Upload it there, or correct `certificate`.",
    ),
    ((7000216, 7000218), "The server has not proved itself. Give `secret`, `certificate` or `assertion`."),
    ((28000,), "The scopes are of more than one API. Ask for those of each on their own."),
    (
        (70011, 65005, 650053, 500011, 650057),
        "The API does not offer one of the scopes. Correct them, or add them to the app registration.",
    ),
    ((500131,), "The token of the page is for another API. It has to be for the `client_id` that asks on its behalf."),
    (
        (700016, 90002),
        "Entra ID does not know the app in this tenant. Correct `client_id`, or have it consented to there.",
    ),
)
"""Mistakes of the server, by the number of Entra ID's error (Microsoft Learn, "Microsoft Entra authentication error
codes")."""

OF_THE_APP: Final = (
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_request",
    "invalid_scope",
    "invalid_resource",
    "invalid_target",
)
"""What Entra ID refuses the app itself with, whatever its number (RFC 6749 §5.2, RFC 8707 §2)."""

OF_THE_USER: Final = (
    "invalid_grant",
    "interaction_required",
    "login_required",
    "consent_required",
    "bad_token",
    "ui_not_allowed",
    "interrupted_user",
)
"""What only the user can change. MSAL for JavaScript has these as InteractionRequiredAuthError."""

_REFUSED_APP: Final = (
    "Entra ID refuses the app or its request. Look its number up at https://login.microsoftonline.com/error, and "
    "correct the app registration or the options."
)
_REMEDIES: Final = {
    "consent_required": "The user, or an administrator, has to consent to the scopes: answer with `refusal.of(error)`.",
    "insufficient_claims": "The page has to send a token with more claims: answer with `refusal.of(error)`.",
    "sign_in_required": "The page has to send a new token: answer with `refusal.of(error)`.",
    "temporarily_unavailable": "Try again later.",
}


def refused_by(answer: Mapping[str, object], scopes: Sequence[str]) -> OnBehalfOfError:
    """An answer of Entra ID that has no token, as MSAL gives it. Nothing of its text is taken over."""
    error, suberror, claims = (answer.get(name) for name in ("error", "suberror", "claims"))
    aadsts = _number_in(answer.get("error_codes"))

    def failed(code: str, challenge: str | None = None) -> OnBehalfOfError:
        return OnBehalfOfError(code, _REMEDIES[code], scopes=scopes, aadsts=aadsts, claims=challenge)

    mistake = next((remedy for numbers, remedy in MISTAKES if aadsts in numbers), None)
    if mistake is not None:
        return OnBehalfOfError("config_invalid", mistake, aadsts=aadsts)
    if suberror == "consent_required" or aadsts in NO_CONSENT:
        return failed("consent_required")
    if isinstance(claims, str) and json_of(claims) is not None:
        return failed("insufficient_claims", claims)
    if error in OF_THE_USER:
        return failed("sign_in_required")
    if error in OF_THE_APP:
        return OnBehalfOfError("config_invalid", _REFUSED_APP, aadsts=aadsts)
    return failed("temporarily_unavailable")


def _number_in(codes: object) -> int | None:
    number = codes[0] if isinstance(codes, list) and codes else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def no_token() -> OnBehalfOfError:
    """For a user of whom there is no token here."""
    return OnBehalfOfError("sign_in_required", _REMEDIES["sign_in_required"])


def too_late() -> OnBehalfOfError:
    return OnBehalfOfError("temporarily_unavailable", "Entra ID did not answer in time. Try again later.")


def too_many() -> OnBehalfOfError:
    return OnBehalfOfError("temporarily_unavailable", "Too many requests to Entra ID are under way. Try again later.")


def unavailable() -> OnBehalfOfError:
    return OnBehalfOfError("temporarily_unavailable", _REMEDIES["temporarily_unavailable"])


def page_silent() -> OnBehalfOfError:
    """For a user whose page was asked for a token."""
    return OnBehalfOfError("temporarily_unavailable", "The page of the user did not answer in time. Try again later.")


def mistake(remedy: str) -> OnBehalfOfError:
    return OnBehalfOfError("config_invalid", remedy)
