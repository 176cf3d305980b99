"""The clouds of Microsoft. The same table as in TypeScript (src/shared/clouds.ts)."""

from __future__ import annotations

import re
from typing import Final

from .checks import Rule, checked
from .cloud_table import CLOUDS, OTHER_NAMES_OF_AUTHORITIES, MicrosoftCloud

_of_microsoft = re.compile(
    r"https://(?:[\w-]+\.)*(?:microsoftonline\.(?:com|us|cn|de)|sovcloud-identity\.(?:fr|de|sg))(?::\d+)?", re.ASCII
)
"""Of Microsoft, whatever comes before: what is no authority of the table is of a cloud that nobody here knows."""
_NAMES: Final = tuple(each.name for each in CLOUDS)
_AUTHORITIES: Final = tuple(dict.fromkeys(each.authority for each in CLOUDS))


def microsoft_cloud(name: str) -> MicrosoftCloud:
    """The addresses of one of Microsoft's clouds: its authority, its Graph, and who frames tabs there.

        cloud = microsoft_cloud("gcc-high")
        verifier = create_verifier(client_id="…", tenants=["…"], authority=cloud.authority)

    Raises ValueError for a cloud that is not known.
    """
    known = checked("cloud", name, Rule(_NAMES.__contains__, f"one of {', '.join(_NAMES)}", "gcc-high"))
    return next(each for each in CLOUDS if each.name == known)


def check_authority(authority: str) -> None:
    """Raises ValueError with the authority to name in the place of this one."""
    name = OTHER_NAMES_OF_AUTHORITIES.get(authority)
    if name is not None:
        raise ValueError(f"`authority` must be the name that tokens have for it, {name!r}, not {authority!r}.")
    if authority not in _AUTHORITIES and _of_microsoft.fullmatch(authority):
        known = ", ".join(_AUTHORITIES)
        raise ValueError(f"`authority` must be that of a cloud that is known: {known}, not {authority!r}.")


def version_one_issuer_of(authority: str) -> str:
    """The origin of the `iss` of version 1.0 tokens. Whatever is no cloud of Microsoft's issues them itself."""
    return next((each.version_one_issuer for each in CLOUDS if each.authority == authority), authority)


def authorities_issuing(iss: object) -> tuple[str, ...]:
    """The authorities of the clouds that issue such tokens."""
    issuing = (
        each.authority
        for each in CLOUDS
        if isinstance(iss, str) and iss.startswith((f"{each.authority}/", f"{each.version_one_issuer}/"))
    )
    return tuple(dict.fromkeys(issuing))


def frame_ancestors_at(authority: str) -> tuple[str, ...]:
    """Who shows tabs in a frame, in all clouds of this authority. An emulator is asked for those of the public one."""
    clouds = [each for each in CLOUDS if each.authority == authority] or [microsoft_cloud("public")]
    return tuple(dict.fromkeys(host for each in clouds for host in each.frame_ancestors))


def hosts_to_name_at(authority: str) -> tuple[str, ...]:
    """The hosts that a page trusts only where its app names them. Microsoft leaves 21Vianet's out of the list of
    teams-js so that no app of another cloud trusts it (Microsoft Learn, "TeamsJS client library")."""
    china = microsoft_cloud("21vianet")
    return china.frame_ancestors if china.authority == authority else ()
