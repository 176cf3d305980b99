"""The claims of a token that is signed by the authority."""

from __future__ import annotations

import re
from time import time
from typing import Final

from ..guids import is_canonical_guid
from .audience import is_for_this_app, why_not_for_this_app
from .identity import Claims, client_in, scopes_in, texts_in
from .jws import WHERE_TO_CORRECT, WHICH_TO_SEND, check_form, read_claims
from .options import VerifierSettings
from .refusal import TokenRefusedError

_LATEST_TIME_S: Final = 253_402_300_799
"""The end of the year 9999. Nothing lasts until then, and no arithmetic fails before."""
_CLOCK_TOLERANCE_S: Final = 60
"""How far the clock here may differ from that of Entra ID."""

_HOW_APPS_SAY_SO: Final = (
    " For apps on their own, add the optional claim `idtyp` to the access tokens in the registration of this app."
)


def check_times(claims: Claims) -> float:
    """When the token expires, in seconds since the epoch."""
    expires_at, begins_at, _ = (_time_of(claims, name) for name in ("exp", "nbf", "iat"))
    now = time()
    if expires_at <= now - _CLOCK_TOLERANCE_S:
        raise TokenRefusedError("token_expired", "The token has expired. If it is new, compare the clocks.")
    if begins_at > now + _CLOCK_TOLERANCE_S:
        raise TokenRefusedError("token_invalid", "The token is not valid yet: compare the clocks.")
    return expires_at


def _time_of(claims: Claims, name: str) -> float:
    value = claims.get(name)
    # `True` is an int to Python. NaN is in no range.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LATEST_TIME_S:
        return value
    raise TokenRefusedError("token_invalid", f"`{name}` is missing or no time.")


def check_claims(claims: Claims, settings: VerifierSettings) -> str:
    """The object ID of the user. The first rule that is broken names the refusal."""
    _check_kind(claims, settings)
    _check_audience(claims, settings)
    _check_client(claims, settings)
    _check_scope(claims, settings)
    return _check_object_id(claims)


def is_of_app(claims: Claims) -> bool:
    """Whether the token says of itself that no user is behind it. One without `idtyp` does not say it."""
    return claims.get("idtyp") == "app"


def check_app_claims(claims: Claims, settings: VerifierSettings) -> None:
    """The same for an app on its own."""
    _check_bearer(claims)
    if "scp" in claims:
        _refuse_kind("It is a token of an app on its own (`idtyp`), and has the scopes of a user (`scp`).")
    _check_audience(claims, settings)
    _check_daemon(claims, settings)
    _check_object_id(claims)


def _check_audience(claims: Claims, settings: VerifierSettings) -> None:
    if not is_for_this_app(claims.get("aud"), settings):
        raise TokenRefusedError("wrong_audience", why_not_for_this_app(settings))


def _check_object_id(claims: Claims) -> str:
    object_id = claims.get("oid")
    if not is_canonical_guid(object_id):
        raise TokenRefusedError("token_invalid", "`oid` is not a GUID.")
    return object_id


def _check_kind(claims: Claims, settings: VerifierSettings) -> None:
    """Whether it is an access token of a user at all."""
    _check_bearer(claims)
    if claims.get("idtyp", "user") != "user":
        _refuse_kind("It is a token of an app on its own (`idtyp`): no user is behind it.")
    if not scopes_in(claims):
        remedy = WHICH_TO_SEND + (_HOW_APPS_SAY_SO if settings.daemon_roles else "")
        _refuse_kind(f"It has no `scp`: it is an ID token or one of an app on its own. {remedy}")


def _check_bearer(claims: Claims) -> None:
    """Whether whoever bears it may use it as an access token."""
    if "cnf" in claims:
        _refuse_kind("It is bound to a key (`cnf`), which its bearer has not proved to have.")
    if any(name in claims for name in ("nonce", "at_hash", "c_hash")):
        _refuse_kind("It is an ID token: send the access token for a scope of this API.")


def _check_daemon(claims: Claims, settings: VerifierSettings) -> None:
    client, clients = client_in(claims), settings.daemon_clients
    if not is_canonical_guid(client) or (clients is not None and client not in clients):
        remedy = "If that app may call this one, name it there."
        reason = f"`azp` or `appid` is no client ID, or none of the `clients` of `daemons`. {remedy}"
        raise TokenRefusedError("wrong_client", reason)
    if not set(texts_in(claims.get("roles")) or ()) & set(settings.daemon_roles):
        remedy = "Give the app one of these in its registration, and have an administrator consent."
        raise TokenRefusedError("wrong_role", f"`roles` has none of {', '.join(settings.daemon_roles)}. {remedy}")


def _refuse_kind(reason: str) -> None:
    raise TokenRefusedError("not_an_access_token", reason)


def _check_client(claims: Claims, settings: VerifierSettings) -> None:
    if client_in(claims) not in settings.clients:
        remedy = "If that client may call this app, name it there, beside those of Microsoft that you need."
        raise TokenRefusedError("wrong_client", f"`azp` or `appid` is none of `clients`. {remedy}")


def _check_scope(claims: Claims, settings: VerifierSettings) -> None:
    if not set(scopes_in(claims)) & set(settings.scopes):
        remedy = f"If this app has another scope, give its name in `scopes`; if not, {WHERE_TO_CORRECT}."
        raise TokenRefusedError("wrong_scope", f"`scp` has none of {', '.join(settings.scopes)}. {remedy}")


def traces_of(token: object) -> str:
    """What an administrator can look a token up by in Entra's sign-in logs, and nothing else. Anybody can have written
    it, so only what looks like one is shown."""
    try:
        claims = read_claims(check_form(token))
    except TokenRefusedError:
        return ""
    uti, object_id = claims.get("uti"), claims.get("oid")
    is_showable = isinstance(uti, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,32}", uti)
    shown = [f" uti={uti}"] if is_showable else []
    return "".join([*shown, f" oid={object_id}" if is_canonical_guid(object_id) else ""])
