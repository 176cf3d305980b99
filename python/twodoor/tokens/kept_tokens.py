"""The tokens that a verifier has accepted, for what a server asks for on behalf of their users. In memory alone, only
where the app wants it, and where no listing of an object and no log comes by them."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from time import time
from typing import Final, Protocol
from weakref import WeakKeyDictionary, ref

from .identity import Identity


class TokenOwner(Protocol):
    """Whose token it is: an identity, or what stands for a session of the same user."""

    @property
    def key(self) -> str: ...


@dataclass(eq=False, repr=False)
class _User:
    """What all identities of a user share. A new one begins after it is forgotten."""

    last: _Kept | None = None
    ends_at: float = 0
    """When all of its tokens have expired."""
    is_forgotten: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class _Kept:
    token: str
    expires_at: float
    user: _User


_SWEEP_EVERY_S: Final = 60
"""How often those that have expired are looked for."""


class KeptTokens:
    def __init__(self) -> None:
        self._of_identity: dict[int, tuple[ref[Identity], _Kept]] = {}
        """By `id`: two tokens of a user can give equal identities."""
        self._of_user: dict[str, _User] = {}
        self._swept_at = time()
        self._lock = Lock()

    def keep(self, owner: Identity, token: str) -> None:
        self._sweep()
        number = id(owner)
        noted = ref(owner, lambda gone: self._drop(number, gone))
        with self._lock:
            user = self._of_user.setdefault(owner.key, _User())
            user.last = _Kept(token, owner.expires_at, user)
            user.ends_at = max(user.ends_at, owner.expires_at)
            self._of_identity[number] = noted, user.last

    def find(self, owner: TokenOwner) -> str | None:
        """The token that came with this very identity, or the last one of the same user. `None` once it has expired."""
        self._sweep()
        noted, own = self._of_identity.get(id(owner), (None, None))
        user = self._of_user.get(owner.key)
        for kept in (own if noted is not None and noted() is owner else None, user.last if user else None):
            if kept is not None and not kept.user.is_forgotten and kept.expires_at > time():
                return kept.token
        return None

    def forget(self, owner: TokenOwner) -> None:
        """Of every identity of the same user: that of another request or of a socket too."""
        with self._lock:
            user = self._of_user.pop(owner.key, None)
            if user is not None:
                user.is_forgotten = True
                user.last = None

    def _drop(self, number: int, gone: ref[Identity]) -> None:
        """Without the lock: whoever holds it can be interrupted by this."""
        noted = self._of_identity.get(number)
        if noted is not None and noted[0] is gone:
            self._of_identity.pop(number, None)

    def _sweep(self) -> None:
        now = time()
        if now < self._swept_at + _SWEEP_EVERY_S:
            return
        self._swept_at = now
        with self._lock:
            for key, user in [*self._of_user.items()]:
                if user.ends_at <= now:
                    del self._of_user[key]


_kept_by: WeakKeyDictionary[object, KeptTokens] = WeakKeyDictionary()


def keep_tokens_of(verifier: object) -> None:
    _kept_by[verifier] = KeptTokens()


def tokens_kept_by(verifier: object) -> KeptTokens | None:
    """`None` if it keeps nothing."""
    try:
        return _kept_by.get(verifier)
    except TypeError:  # it cannot even be referred to weakly
        return None
