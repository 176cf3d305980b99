"""The check of a token that came over a socket: in time, whatever the verifier does."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable

import pytest

from twodoor import Identity, TokenRefusedError
from twodoor.socketio import check
from twodoor.socketio.check import TokenCheck

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0
ALICE = Identity("entra:t:alice", NOW + 3_600)


class Answers:
    """A verifier of one's own."""

    def __init__(self, answer: Callable[[], Awaitable[object]]) -> None:
        self.answer = answer
        self.asked: list[object] = []

    async def verify(self, token: object) -> Identity:
        self.asked.append(token)
        return await self.answer()  # type: ignore[return-value]  # some are none


def answers(value: object) -> Answers:
    async def answer() -> object:
        if isinstance(value, Exception):
            raise value
        return value

    return Answers(answer)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "time", lambda: NOW)


async def refusal(verifier: Answers, token: object, grace_s: float = 30) -> TokenRefusedError:
    with pytest.raises(TokenRefusedError) as refused:
        await TokenCheck(verifier, grace_s).check(token)
    return refused.value


async def test_whom_the_verifier_lets_in_is_let_in() -> None:
    verifier = answers(ALICE)
    assert await TokenCheck(verifier, 30).check("a.b.c") is ALICE
    assert verifier.asked == ["a.b.c"]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        (7, "token_malformed"),
        (["a.b.c"], "token_malformed"),
        (b"a.b.c", "token_malformed"),
        ("x" * 16_385, "token_malformed"),
    ],
)
async def test_what_is_no_token_reaches_no_verifier(token: object, code: str) -> None:
    verifier = answers(ALICE)
    assert (await refusal(verifier, token)).code == code
    assert verifier.asked == []


async def test_a_token_of_16_kb_reaches_it() -> None:
    verifier = answers(ALICE)
    assert await TokenCheck(verifier, 30).check("x" * 16_384) is ALICE


async def test_a_refusal_is_handed_on_as_it_is() -> None:
    own = TokenRefusedError("wrong_room", "reason", retry=False)
    assert await refusal(answers(own), "a.b.c") is own


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ValueError("a.b.c"), "ValueError"),
        (None, "AttributeError"),
        (Identity(7, NOW + 60), "TypeError"),  # type: ignore[arg-type]  # that is the mistake
        (Identity("k", math.nan), "TypeError"),
        (Identity("k", math.inf), "TypeError"),
    ],
)
async def test_a_verifier_that_fails_refuses_for_now_and_tells_no_token(
    caplog: pytest.LogCaptureFixture, answer: object, error: str
) -> None:
    refused = await refusal(answers(answer), "a.b.c")
    assert (refused.code, refused.__cause__) == ("temporarily_unavailable", None)
    assert refused.__suppress_context__
    (record,) = (each for each in caplog.records if each.name == "twodoor.socketio")
    assert (record.levelno, record.getMessage()) == (logging.WARNING, f"The check of a token failed: {error}")


async def test_a_verifier_that_never_answers_refuses_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECK_DEADLINE_S", 0.01)
    refused = await asyncio.wait_for(refusal(Answers(asyncio.Event().wait), "a.b.c"), 30)
    assert refused.code == "temporarily_unavailable"


@pytest.mark.parametrize(("ago", "is_let_in"), [(29.9, True), (30, False), (31, False)])
async def test_a_token_that_is_over_is_refused_after_the_grace(ago: float, is_let_in: bool) -> None:
    identity = Identity("k", NOW - ago)
    if is_let_in:
        assert await TokenCheck(answers(identity), 30).check("a.b.c") is identity
    else:
        assert (await refusal(answers(identity), "a.b.c")).code == "token_expired"
