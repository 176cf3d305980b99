"""The answer to a page that posts a token because a session has asked for it: see relay.py. Chainlit never sees these
requests, so that no session begins with them."""

from __future__ import annotations

import json
from typing import Final

from starlette.types import Scope, Send

from .answers import answer
from .entrance import Entrance, Refused
from .headers import header_values
from .relay import QUESTION_HEADER, is_question, sealed

_STATUSES: Final[dict[Refused, int]] = {"undecided": 503, "bad token": 401, "turned away": 403}


def question_in(scope: Scope) -> str | None:
    values = header_values(scope, QUESTION_HEADER)
    return values[0] if len(values) == 1 and is_question(values[0]) else None


class PostedTokens:
    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def answer(self, question: str, scope: Scope, send: Send) -> None:
        caller = await self._entrance.caller_of(header_values(scope, b"authorization"))
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        if isinstance(caller, str):
            return await answer(send, _STATUSES[caller], headers, b"{}")
        body = json.dumps({"sealed": sealed(caller.token, question)}).encode()
        await answer(send, 200, headers, body)
