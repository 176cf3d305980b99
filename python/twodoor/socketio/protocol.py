"""The names and numbers of docs/socket-protocol.md."""

from __future__ import annotations

from time import time
from typing import Final

SESSION_EVENT: Final = "auth:session"
RENEW_EVENT: Final = "auth:renew"
EXPIRED_EVENT: Final = "auth:expired"

LONGEST_GRACE_S: Final = 300.0
MAX_NOT_ADMITTED: Final = 100
"""So many CONNECTs of one connection may be refused or unanswered. A page has one for each namespace, and one more when
its token is refused."""
RESERVED_EVENTS: Final = frozenset(
    {
        *("connect", "connection", "connect_error", "disconnect", "disconnecting", "error"),
        *("newListener", "removeListener", SESSION_EVENT, EXPIRED_EVENT, "*"),
    }
)
"""What only the server itself raises, and `*`, which would call a handler of all events with a `sid` that the client
has written."""


def milliseconds_until(moment: float) -> int:
    return max(0, round((moment - time()) * 1000))
