"""What a verifier is set to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypedDict
from urllib.parse import urlsplit

from ..checks import EXAMPLE_GUID, Rule, checked, checked_guids, checked_list, is_not_blank
from ..clouds import check_authority
from ..guids import is_guid
from ..origins import AN_ORIGIN, is_origin

MICROSOFT_CLIENTS: Final = (
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264",  # Teams desktop and mobile
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",  # Teams web
    "4765445b-32c6-49b0-83e6-1d93765276ca",  # Microsoft 365 web
    "0ec893e0-5785-4de6-99da-4ed124e5296c",  # Microsoft 365 desktop
    "d3590ed6-52b3-4102-aeff-aad2292ab01c",  # Microsoft 365 mobile, Outlook desktop
    "bc59ab01-8403-45c6-8796-ac3ef710b3e3",  # Outlook web
    "27922004-5251-4030-b22d-91ecd9a37ea4",  # Outlook mobile
)
"""The clients that tabs get tokens through. Source: Microsoft Learn, "Configure your tab app in Microsoft Entra ID"."""

ANY_ORGANIZATION: Final = "any-organization"
ANY_HOST: Final = "any"
DEFAULT_AUTHORITY: Final = "https://login.microsoftonline.com"
DEFAULT_SCOPE: Final = "access_as_user"
EXAMPLE_ROLE: Final = "access_as_application"

Tenants = Sequence[str] | Literal["any-organization"]


@dataclass(frozen=True)
class VerifierSettings:
    """The options of a verifier, checked and completed."""

    client_id: str
    tenants: tuple[str, ...] | Literal["any-organization"]
    audiences: tuple[str, ...]
    """Compared exactly."""
    hosts: tuple[str, ...] | Literal["any"]
    """What an Application ID URI may have before the client ID."""
    scopes: tuple[str, ...]
    clients: tuple[str, ...]
    authority: str
    daemon_roles: tuple[str, ...] = ()
    daemon_clients: tuple[str, ...] | None = None
    """`None`: any that has one of the roles."""
    keep_tokens: bool = False


class _DaemonOptions(TypedDict, total=False):
    clients: Sequence[str] | None


class DaemonOptions(_DaemonOptions):
    """Which apps without a user may call: those whose token says so (`idtyp`, an optional claim that the app
    registration of this API has to have), and which an administrator has given an app role of this API.

    roles: the values of app roles, as in `roles`: a token needs one of them.
    clients: the client IDs of the apps. Default: any that has one of the roles.
    """

    roles: Sequence[str]


@dataclass(frozen=True)
class VerifierOptions:
    """As they are given to `create_verifier`, which describes them."""

    client_id: object
    tenants: object
    audiences: object = ()
    scopes: object = (DEFAULT_SCOPE,)
    clients: object = None
    authority: object = DEFAULT_AUTHORITY
    daemons: object = None
    keep_tokens: object = False


def check_verifier_options(options: VerifierOptions, origins: Sequence[str]) -> VerifierSettings:
    """origins: where people open the app, checked. Raises ValueError naming the argument and a valid example."""
    own_id = checked("client_id", options.client_id, Rule(is_guid, "a GUID", EXAMPLE_GUID)).lower()
    tenants = _checked_tenants(options.tenants)
    clients = (own_id, *MICROSOFT_CLIENTS) if options.clients is None else checked_guids("clients", options.clients)
    daemon_roles, daemon_clients = _checked_daemons(options.daemons)
    audience = Rule(is_not_blank, "a list of audiences", f"api://example.com/{own_id}")
    return VerifierSettings(
        client_id=own_id,
        tenants=tenants,
        audiences=checked_list("audiences", options.audiences, audience),
        hosts=tuple(urlsplit(each).netloc for each in origins) if tenants == ANY_ORGANIZATION else ANY_HOST,
        scopes=checked_list("scopes", options.scopes, _SCOPE_RULE, at_least=1),
        clients=clients,
        authority=_checked_authority(options.authority),
        daemon_roles=daemon_roles,
        daemon_clients=daemon_clients,
        keep_tokens=_checked_flag("keep_tokens", options.keep_tokens),
    )


def _checked_flag(argument: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"`{argument}` must be True or False, for example True, not {type(value).__name__}.")


def _checked_authority(value: object) -> str:
    authority = checked("authority", value, _AUTHORITY_RULE).removesuffix("/")
    check_authority(authority)
    return authority


def _checked_daemons(daemons: object) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    if daemons is None:
        return (), None
    if not isinstance(daemons, dict) or not set(daemons) <= {"roles", "clients"}:
        raise ValueError(f"`daemons` must be a dict of roles and clients, for example {{'roles': ['{EXAMPLE_ROLE}']}}.")
    roles = checked_list("daemons.roles", daemons.get("roles"), Rule(is_not_blank, "a list of roles", EXAMPLE_ROLE), 1)
    clients = daemons.get("clients")
    return roles, None if clients is None else checked_guids("daemons.clients", clients)


def _checked_tenants(tenants: object) -> tuple[str, ...] | Literal["any-organization"]:
    if tenants == ANY_ORGANIZATION:
        return ANY_ORGANIZATION
    return checked_guids("tenants", tenants, "a list of tenant GUIDs, or 'any-organization'")


def _is_scope_name(value: str) -> bool:
    """RFC 6749 §3.3. The long form, `api://…/access_as_user`, is what apps ask for; `scp` has the name alone."""
    return re.fullmatch(r"[!#-\[\]-~]+", value) is not None and "://" not in value


_SCOPE_RULE: Final = Rule(_is_scope_name, "a list of scopes", DEFAULT_SCOPE)
_AUTHORITY_RULE: Final = Rule(is_origin, AN_ORIGIN, DEFAULT_AUTHORITY)
