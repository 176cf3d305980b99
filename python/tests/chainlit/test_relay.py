"""Tokens between workers: who can open them, and when."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from time import time

import pytest

from twodoor.chainlit.relay import is_question, new_question, opened, sealed

TOKEN = "header.claims.signature"


def test_a_token_is_opened_by_the_question_that_it_answers_alone() -> None:
    question, other = new_question(), new_question()
    assert is_question(question) and question != other
    text = sealed(TOKEN, question)
    assert opened(text, question) == TOKEN
    assert opened(text, other) is None


def test_what_the_page_gets_shows_nothing_of_the_token() -> None:
    text = sealed(TOKEN, new_question())
    for seen in (text.encode(), urlsafe_b64decode(text)):
        assert not any(part.encode() in seen for part in TOKEN.split("."))


def test_a_worker_with_another_secret_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    question = new_question()
    text = sealed(TOKEN, question)
    monkeypatch.setenv("CHAINLIT_AUTH_SECRET", "another secret of tests, 32 bytes")
    assert opened(text, question) is None


def test_it_is_good_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    question = new_question()
    text = sealed(TOKEN, question)
    in_a_minute = time() + 61
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: in_a_minute)
    assert opened(text, question) is None


@pytest.mark.parametrize("text", [None, 7, {}, "", "x", "gAAAAA", "é"])
def test_anything_else_is_no_answer(text: object) -> None:
    assert opened(text, new_question()) is None


@pytest.mark.parametrize("value", ["", "x" * 21, "x" * 23, "x" * 21 + "\n", "x" * 21 + "/", "é" * 22])
def test_what_is_no_name_of_a_question_is_none(value: str) -> None:
    assert not is_question(value)
