"""What is known of one accepted socket."""

from __future__ import annotations

import asyncio
import math
from time import monotonic
from typing import Final

from ..tokens import Identity

_MAX_RENEWALS: Final = 6
"""In a window. A client renews about once an hour, twice if the first token is refused."""
_WINDOW_S: Final = 60.0


class SocketSession:
    def __init__(self, sid: str, namespace: str, identity: Identity) -> None:
        self.sid = sid
        self.namespace = namespace
        self.identity = identity
        self.life: asyncio.Task[None] | None = None
        self._window_start = -math.inf
        self._renewals = 0

    def count_renewal(self) -> bool:
        """Whether one more may be tried."""
        if monotonic() - self._window_start >= _WINDOW_S:
            self._window_start, self._renewals = monotonic(), 0
        self._renewals += 1
        return self._renewals <= _MAX_RENEWALS

    def renew(self, identity: Identity) -> None:
        """An older token, late or sent again, cannot shorten what a newer one gave."""
        if identity.expires_at > self.identity.expires_at:
            self.identity = identity
