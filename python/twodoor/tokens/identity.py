"""Who a token speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Claims = Mapping[str, object]


@dataclass(frozen=True)
class Identity:
    """A user."""

    key: str
    """The same key means the same user: `entra:<tenant id>:<object id>`."""
    expires_at: float
    """When the token expires, in seconds since the epoch: its `exp`."""
    tenant_id: str = ""
    object_id: str = ""
    claims: Claims = field(default_factory=dict, repr=False, compare=False)
    """All claims of the token, checked."""
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """The app roles of the user."""
    groups: tuple[str, ...] | None = ()
    """The groups in the token: object IDs, unless the app registration says otherwise. `None`: they are not known."""
    groups_overage: bool = False
    """The user is in more groups than a token holds: ask Microsoft Graph for them."""
    username: str | None = None
    """The sign-in name. For display: it can change, and go to somebody else."""


@dataclass(frozen=True)
class AppIdentity:
    """An app on its own, without a user: a daemon that has an app role of this API. It has no `key`, no `object_id` and
    no `scopes`, so that nothing takes it for a user."""

    app_id: str
    """The application (client) ID of the caller."""
    tenant_id: str
    roles: tuple[str, ...]
    """The app roles that an administrator has given to it."""
    expires_at: float
    """When the token expires, in seconds since the epoch: its `exp`."""
    claims: Claims = field(default_factory=dict, repr=False, compare=False)
    """All claims of the token, checked."""


def identity_of(claims: Claims, object_id: str, expires_at: float) -> Identity:
    """claims: those of a user, checked."""
    tenant_id = str(claims["tid"])
    groups, groups_overage = _groups_in(claims)
    return Identity(
        key=key_of(tenant_id, object_id),
        expires_at=expires_at,
        tenant_id=tenant_id,
        object_id=object_id,
        claims=claims,
        scopes=tuple(scopes_in(claims)),
        roles=texts_in(claims.get("roles")) or (),
        groups=groups,
        groups_overage=groups_overage,
        username=_username_in(claims),
    )


def app_identity_of(claims: Claims, expires_at: float) -> AppIdentity:
    """claims: those of an app on its own, checked."""
    roles = texts_in(claims.get("roles")) or ()
    return AppIdentity(str(client_in(claims)), str(claims["tid"]), roles, expires_at, claims)


def key_of(tenant_id: str, object_id: str) -> str:
    """The same from both doors, and the same as in TypeScript."""
    return f"entra:{tenant_id}:{object_id}"


def client_in(claims: Claims) -> object:
    """The client that the token was issued to. Version 1.0 has another name for it than 2.0."""
    return claims.get("appid" if claims.get("ver") == "1.0" else "azp")


def scopes_in(claims: Claims) -> list[str]:
    scp = claims.get("scp")
    return [each for each in scp.split(" ") if each.strip()] if isinstance(scp, str) else []


def texts_in(claim: object) -> tuple[str, ...] | None:
    """A list of texts, or `None` for anything else: half of a list could be taken for all of it."""
    if isinstance(claim, list) and all(isinstance(each, str) and each.strip() for each in claim):
        return tuple(claim)
    return None


def _groups_in(claims: Claims) -> tuple[tuple[str, ...] | None, bool]:
    """From 200 groups on a token has a pointer in their place (Microsoft Learn, "Configure group claims"):
    `_claim_names`, and `hasgroups` where it came through a URL."""
    names = claims.get("_claim_names")
    is_pointed_to = isinstance(names, dict) and "groups" in names
    if is_pointed_to or claims.get("hasgroups", False) is not False:
        return None, True
    return (texts_in(claims["groups"]) if "groups" in claims else ()), False


def _username_in(claims: Claims) -> str | None:
    """Version 2.0 tokens say `preferred_username`, 1.0 tokens `upn` or `unique_name`."""
    names = (claims.get(name) for name in ("preferred_username", "upn", "unique_name"))
    return next((name for name in names if isinstance(name, str) and name), None)
