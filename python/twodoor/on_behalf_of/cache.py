"""The tokens that Entra ID has given, by user, scopes, and the token of the user that they came for: what came for a
sign-in with a second factor is not given to one without."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Final

MOST_USERS: Final = 1_000
_RENEWED_BEFORE_END_S: Final = 300
"""A token that is about to expire is asked for anew, as msal does."""


@dataclass(frozen=True)
class TokenOnBehalf:
    """A token of another API."""

    token: str = field(repr=False)
    expires_at: float
    """In seconds since the epoch."""


@dataclass(frozen=True)
class Name:
    """Of a token in the cache, and of the request for it."""

    key: str
    """Of the user."""
    scopes: tuple[str, ...]
    """In whatever order they come."""
    assertion: str
    """The token of the user, as a digest."""
    claims: str | None = None


def name_of(key: str, scopes: Sequence[str], assertion: str) -> Name:
    return Name(key, tuple(sorted(scopes)), sha256(assertion.encode()).hexdigest())


class Cache:
    """Not made for several threads: whoever uses it has a lock."""

    def __init__(self) -> None:
        self._of_users: OrderedDict[str, dict[Name, TokenOnBehalf]] = OrderedDict()

    def find(self, name: Name) -> TokenOnBehalf | None:
        tokens = self._of_users.get(name.key)
        if tokens is None:
            return None
        self._of_users.move_to_end(name.key)
        found = tokens.get(name)
        return found if found is not None and found.expires_at - _RENEWED_BEFORE_END_S > time() else None

    def keep(self, name: Name, token: TokenOnBehalf) -> None:
        tokens = self._of_users.setdefault(name.key, {})
        self._of_users.move_to_end(name.key)
        for other in [each for each, kept in tokens.items() if kept.expires_at <= time()]:
            del tokens[other]
        tokens[name] = token
        if len(self._of_users) > MOST_USERS:
            self._of_users.popitem(last=False)

    def forget(self, key: str) -> None:
        self._of_users.pop(key, None)
