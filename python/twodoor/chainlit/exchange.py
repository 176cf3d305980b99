"""What the answer to a request must know of what the callback of the app found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Exchange:
    is_undecided: bool = False
    """Whether the token could not be judged now."""
    is_turned_away: bool = False
    """Whether the token is good, and its user may not come in."""
    session: str = ""
    """What the answer begins."""


_current: ContextVar[Exchange | None] = ContextVar("twodoor_exchange", default=None)


@contextmanager
def exchanging() -> Iterator[Exchange]:
    """One for each request, as long as Chainlit handles it."""
    exchange = Exchange()
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


def mark_undecided() -> None:
    exchange = _current.get()
    if exchange is not None:
        exchange.is_undecided = True


def mark_turned_away() -> None:
    exchange = _current.get()
    if exchange is not None:
        exchange.is_turned_away = True
