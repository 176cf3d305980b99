"""Which sessions are over before their time. Chainlit keeps no list of its own: it takes what it has signed until that
expires."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import sha256
from time import time
from typing import Final, TypeVar

from chainlit.config import config

from .session_user import signed_end, signed_key

_MOST: Final = 10_000
"""What is noted is bounded: then the session that would expire first is no longer known."""


_Name = TypeVar("_Name", bound=Hashable)


class EndedSessions:
    """Of this worker, and in memory alone, without the sessions themselves."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._ends: dict[bytes, float] = {}
        """When they expire, by their names."""
        self._turned_away: dict[str, float] = {}
        """When the last session that they can have expires, by the keys of the users."""

    def end(self, session: str) -> None:
        """One that nobody has signed fills no list."""
        ends_at = signed_end(session)
        if ends_at is not None:
            _note(self._ends, _name_of(session), ends_at)

    def begin(self, session: str) -> None:
        """Two that begin within the same second are the same text: what begins anew counts."""
        self._ends.pop(_name_of(session), None)

    def turn_away(self, key: str) -> None:
        """All sessions of a user who may come in no more."""
        _note(self._turned_away, key, time() + config.project.user_session_timeout)

    def let_in(self, key: str) -> None:
        self._turned_away.pop(key, None)

    def has(self, session: str) -> bool:
        if _name_of(session) in self._ends:
            return True
        return bool(self._turned_away) and signed_key(session, self._client_id) in self._turned_away


def _name_of(session: str) -> bytes:
    return sha256(session.encode("utf-8", "surrogatepass")).digest()


def _note(ends: dict[_Name, float], name: _Name, ends_at: float) -> None:
    for each in [each for each, expires_at in ends.items() if expires_at <= time()]:
        del ends[each]
    if len(ends) >= _MOST:
        del ends[min(ends, key=lambda each: ends[each])]
    ends[name] = ends_at
