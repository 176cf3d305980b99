"""Which sessions are over before their time. Chainlit keeps no list of its own: it takes what it has signed until that
expires."""

from __future__ import annotations

from hashlib import sha256
from time import time
from typing import Final

from .session_user import signed_end

_MOST: Final = 10_000
"""What is noted is bounded: then the session that would expire first is no longer known."""


class EndedSessions:
    """Of this worker, and in memory alone, without the sessions themselves."""

    def __init__(self) -> None:
        self._ends: dict[bytes, float] = {}
        """When they expire, by their names."""

    def end(self, session: str) -> None:
        """One that nobody has signed fills no list."""
        ends_at = signed_end(session)
        if ends_at is not None:
            _note(self._ends, _name_of(session), ends_at)

    def begin(self, session: str) -> None:
        """Two that begin within the same second are the same text: what begins anew counts."""
        self._ends.pop(_name_of(session), None)

    def has(self, session: str) -> bool:
        return _name_of(session) in self._ends


def _name_of(session: str) -> bytes:
    return sha256(session.encode("utf-8", "surrogatepass")).digest()


def _note(ends: dict[bytes, float], name: bytes, ends_at: float) -> None:
    for each in [each for each, expires_at in ends.items() if expires_at <= time()]:
        del ends[each]
    if len(ends) >= _MOST:
        del ends[min(ends, key=lambda each: ends[each])]
    ends[name] = ends_at
