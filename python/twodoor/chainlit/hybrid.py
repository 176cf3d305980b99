"""The hybrid flow of OAuth: Entra ID has the browser post its answer. Chainlit compares no `state` there."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from starlette.types import Message, Receive, Scope

from .cookies import STATE_COOKIE, Cookies, value_of
from .headers import header_values

_LONGEST_FORM: Final = 65_536


async def begun_here(scope: Scope, receive: Receive, cookies: Cookies) -> tuple[bool, Receive]:
    """Whether the sign-in that is answered began in this browser, and what reads the answer once more."""
    state, receive_again = await _state_in_form(scope, receive)
    return state is not None and state == value_of(cookies, STATE_COOKIE), receive_again


async def _state_in_form(scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
    body, is_more = b"", True
    while is_more and len(body) <= _LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        is_more = message["type"] == "http.request" and message.get("more_body", False)
    is_form = header_values(scope, b"content-type") == ["application/x-www-form-urlencoded"]
    states = parse_qs(body.decode("latin-1")).get("state", []) if is_form and not is_more else []
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return unread.pop() if unread else await receive()

    return states[0] if len(states) == 1 else None, receive_again
