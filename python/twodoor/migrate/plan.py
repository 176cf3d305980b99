"""What becomes of each user. Nothing here touches a database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..guids import GUID
from .users_file import Keys, spelling_of

_key = re.compile(rf"entra:{GUID}:{GUID}")
NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class StoredUser:
    id: object
    """As the database has it."""
    identifier: str
    created_at: str
    """Orders the users of one database, by text."""
    threads: int
    """How many."""


@dataclass(frozen=True)
class Rename:
    user: StoredUser
    key: str


@dataclass(frozen=True)
class Merge:
    """The threads go to another user, and this one is removed."""

    user: StoredUser
    into: StoredUser
    key: str


@dataclass(frozen=True)
class Plan:
    renames: tuple[Rename, ...]
    merges: tuple[Merge, ...]
    unknown: tuple[StoredUser, ...]
    """Nobody says who they are: they stay as they are."""
    ambiguous: tuple[StoredUser, ...]
    """Several people could be meant: nothing is done."""
    finished: tuple[StoredUser, ...]
    """Named so already."""


def plan_for(users: Iterable[StoredUser], keys: Keys) -> Plan:
    """The oldest of several users who are the same person stays, unless one has the new name already."""
    ordered = sorted(users, key=lambda user: (user.created_at, str(user.id)))
    finished = [user for user in ordered if _key.fullmatch(user.identifier)]
    others = [user for user in ordered if user not in finished]
    found = [(user, keys.get(spelling_of(user.identifier), NOBODY)) for user in others]
    holders = {user.identifier: user for user in finished}
    renames: list[Rename] = []
    merges: list[Merge] = []
    for user, (key,) in [(user, each) for user, each in found if len(each) == 1]:
        if key in holders:
            merges.append(Merge(user, holders[key], key))
        else:
            holders[key] = user
            renames.append(Rename(user, key))
    return Plan(
        renames=tuple(renames),
        merges=tuple(merges),
        unknown=tuple(user for user, each in found if not each),
        ambiguous=tuple(user for user, each in found if len(each) > 1),
        finished=tuple(finished),
    )
