"""What a session asks its page for: a new token of its user, and before that, where needed, a click of the user.

Through `call_fn`, which Chainlit has for functions of the page. The question holds no token; what the answer holds,
relay.py says.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

from chainlit.action import Action
from chainlit.context import get_context
from chainlit.message import AskActionMessage
from chainlit.session import BaseSession, WebsocketSession
from chainlit.types import AskActionResponse

from .relay import new_question, opened
from .texts import Texts, texts_in

FUNCTION: Final = "twodoor.token"
"""By which the page knows its questions."""
PAGE_DEADLINE_S: Final = 30
"""For what the page can do by itself: a host in Teams may take that long."""
USER_DEADLINE_S: Final = 600
"""For what a user has to do: a second factor takes minutes."""
CLICK_DEADLINE_S: Final = 5
"""For Chainlit to take note of a click whose outcome is here already. A button that the page has no use for is shown no
longer."""

_log: Final = logging.getLogger("twodoor.chainlit")

_NOT_OPENED: Final = "An answer cannot be opened. Give all workers the same CHAINLIT_AUTH_SECRET and the same time."
_NEEDS_CLICK: Final = ("sign_in_required", "consent_required", "account_mismatch")
_LATER: Final = ("offline", "unavailable", "throttled", "timed_out", "host_timeout")
"""Why a page has no token, in the codes of `AuthError`. All others are final."""


@dataclass(frozen=True)
class Need:
    """What is missing. Two that are equal are one question."""

    code: str
    """Of the OnBehalfOfError."""
    user: str
    """Whose token it is: the page may be signed in as somebody else by now."""
    scopes: tuple[str, ...] = ()
    """To consent to."""
    claims: str | None = None
    """The claims challenge that the token has to meet."""
    is_renewal: bool = False
    """Whether the token that the page has now will not do."""


@dataclass(frozen=True)
class PageToken:
    token: str = field(repr=False)


Answer = PageToken | Literal["no answer", "declined"]


class PageQuestions:
    """Of one session."""

    def __init__(self) -> None:
        self._flights: dict[Need, _Flight] = {}
        self._one_at_a_time = asyncio.Lock()
        """Chainlit's client knows one question at a time."""

    async def ask(self, need: Need) -> Answer:
        """Calls at the same time for the same share one question, which is taken back once nobody waits for it."""
        flight = self._flights.get(need)
        if flight is None:
            flight = self._flights[need] = _Flight(asyncio.ensure_future(self._asked(need)))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                # At once, though the task has yet to end: whoever asks from now on must not be cancelled with it.
                self._drop(need, flight)
                flight.task.cancel()

    async def _asked(self, need: Need) -> Answer:
        async with self._one_at_a_time:
            # Only the user can consent. All else the page may be able to get by itself.
            answer = "needs a click" if need.scopes else await _ask_page(need)
            return await _ask_user(need) if answer == "needs a click" else answer

    def _drop(self, need: Need, flight: _Flight) -> None:
        if self._flights.get(need) is flight:
            del self._flights[need]


@dataclass(eq=False)
class _Flight:
    task: asyncio.Task[Answer]
    waiting: int = 0
    """Calls that wait for it."""


_of_sessions: Final[WeakKeyDictionary[BaseSession, PageQuestions]] = WeakKeyDictionary()


def questions_of(session: BaseSession) -> PageQuestions | None:
    """`None` for what has no page with the script: a bot, a call of the API, the Copilot widget."""
    if not isinstance(session, WebsocketSession) or session.client_type != "webapp":
        return None
    return _of_sessions.setdefault(session, PageQuestions())


async def _ask_user(need: Need) -> Answer:
    """By a message with a button. The page listens to that very button: browsers open windows on a click alone."""
    texts = texts_in(getattr(get_context().session, "language", ""))
    text, label = _question_in(texts, need)
    # Chainlit names a conversation that begins so by the name of the button.
    go_on, not_now = (Action(name=each, payload={}, label=each) for each in (label, texts.not_now_button))
    message = AskActionMessage(text, [go_on, not_now], timeout=USER_DEADLINE_S)
    chosen = asyncio.ensure_future(message.send())
    from_page = asyncio.ensure_future(_ask_page(need, button=go_on.id))
    try:
        await asyncio.wait([chosen, from_page], return_when=asyncio.FIRST_COMPLETED)
        if not chosen.done():
            # What comes of the click, and Chainlit may still take note of the click. Or a refusal without one.
            await asyncio.wait([chosen], timeout=CLICK_DEADLINE_S)
        if chosen.done() and not _is_click_on(go_on, chosen.result()):
            return "declined"
        answer = await from_page
        return "declined" if answer == "needs a click" else answer
    finally:
        is_open = not chosen.done()
        await _end(chosen, from_page)
        if is_open:
            await _take_back(message)


def _is_click_on(action: Action, chosen: AskActionResponse | None) -> bool:
    return chosen is not None and chosen.get("id") == action.id


async def _take_back(message: AskActionMessage) -> None:
    """So that the chat takes messages again, which it does not while it asks something."""
    for action in message.actions:
        await action.remove()  # type: ignore[no-untyped-call]  # Chainlit's: it has no types
    await message.remove()  # type: ignore[no-untyped-call]  # the same


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _question_in(texts: Texts, need: Need) -> tuple[str, str]:
    """The text, and the label of the button."""
    if need.scopes:
        return texts.permission.format(scopes=", ".join(need.scopes)), texts.go_on_button
    if need.claims is not None:
        return texts.confirm, texts.go_on_button
    return texts.sign_in, texts.sign_in_button


async def _ask_page(need: Need, button: str | None = None) -> Answer | Literal["needs a click"]:
    """button: of the click that the page has to wait for."""
    question = new_question()
    given = {
        "user": need.user,
        "scopes": list(need.scopes),
        "claims": need.claims,
        "renew": need.is_renewal,
        "button": button,
    }
    arguments = {"question": question, **{name: value for name, value in given.items() if value}}
    deadline = PAGE_DEADLINE_S if button is None else USER_DEADLINE_S
    emitter = get_context().emitter
    try:
        answer = await emitter.send_call_fn(FUNCTION, arguments, timeout=deadline)
    except asyncio.CancelledError:
        await emitter.clear("clear_call_fn")
        raise
    if not isinstance(answer, dict):
        return "no answer"
    token = opened(answer.get("sealed"), question)
    if token is not None:
        return PageToken(token)
    if "sealed" in answer:
        _log.warning(_NOT_OPENED)
        return "no answer"
    refused = answer.get("refused")
    if refused in _NEEDS_CLICK:
        return "needs a click"
    return "no answer" if refused in _LATER else "declined"
