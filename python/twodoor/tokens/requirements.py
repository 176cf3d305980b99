"""What a route or a socket asks for beyond a valid token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..checks import Rule, checked, checked_list, is_not_blank
from .identity import AppIdentity, Identity, texts_in
from .refusal import TokenRefusedError


@dataclass(frozen=True)
class Requirements:
    """What a caller has to have, beside a token that the verifier accepts. `None`: nothing."""

    scopes: tuple[str, ...] | None = None
    """A user needs one of them, and one of those of the verifier as well."""
    roles: tuple[str, ...] | None = None
    """A caller needs one of them."""
    acrs: str | None = None
    """An authentication context."""


def checked_requirements(
    *, scopes: Sequence[str] | None, roles: Sequence[str] | None, acrs: str | None = None
) -> Requirements:
    """What is asked for is bound once: what becomes of the lists of the app afterwards opens nothing.

    Raises ValueError naming the argument and a valid example.
    """
    scope = Rule(_is_name, "a list of names as in `scp`", "access_as_user")
    role = Rule(_is_name, "a list of app roles", "Admin")
    context = Rule(is_not_blank, "an authentication context", "c1")
    return Requirements(
        scopes=None if scopes is None else checked_list("scopes", scopes, scope, at_least=1),
        roles=None if roles is None else checked_list("roles", roles, role, at_least=1),
        acrs=None if acrs is None else checked("acrs", acrs, context),
    )


def _is_name(value: str) -> bool:
    """The long form of a scope is in no token: a route that asked for it would let nobody in."""
    return is_not_blank(value) and "://" not in value


def why_refused(caller: Identity | AppIdentity, wanted: Requirements) -> TokenRefusedError | None:
    """Why a caller whose token is good may not come in."""
    if wanted.scopes and not isinstance(caller, AppIdentity) and not _has_one_of(caller.scopes, wanted.scopes):
        reason = f"`scp` has none of {', '.join(wanted.scopes)}, which is asked for here."
        return TokenRefusedError("wrong_scope", reason)
    if wanted.roles and not _has_one_of(caller.roles, wanted.roles):
        reason = f"`roles` has none of {', '.join(wanted.roles)}, which is asked for here."
        return TokenRefusedError("wrong_role", reason)
    if wanted.acrs is not None and not _has_one_of(texts_in(caller.claims.get("acrs")), (wanted.acrs,)):
        reason = f"`acrs` has no {wanted.acrs}, which is asked for here: the page is asked for a token with it."
        claims = json.dumps({"access_token": {"acrs": {"essential": True, "value": wanted.acrs}}})
        return TokenRefusedError("insufficient_claims", reason, claims=claims)
    return None


def _has_one_of(given: object, wanted: Sequence[str]) -> bool:
    """A verifier of the app's own can give anything: a text is a sequence too, of letters."""
    return isinstance(given, (tuple, list)) and any(each in wanted for each in given)
