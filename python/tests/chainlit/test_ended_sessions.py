"""What a worker keeps of sessions that are over before their time."""

from __future__ import annotations

from time import time

import jwt
import pytest
from chainlit.auth.jwt import get_jwt_secret
from entra import CLIENT

from twodoor.chainlit import ended_sessions
from twodoor.chainlit.ended_sessions import EndedSessions


def session_for(seconds: float, secret: str | None = None) -> str:
    claims = {"identifier": "adele", "exp": int(time() + seconds)}
    return jwt.encode(claims, secret or get_jwt_secret() or "", algorithm="HS256")


def test_an_ended_session_is_known_until_it_begins_anew() -> None:
    ended, session = EndedSessions(CLIENT), session_for(60)
    assert not ended.has(session)
    ended.end(session)
    assert ended.has(session) and not ended.has(session_for(61)) and not ended.has("")
    ended.begin(session)
    assert not ended.has(session)


def test_what_nobody_has_signed_is_not_noted() -> None:
    ended = EndedSessions(CLIENT)
    for made_up in ("", "made.up.session", session_for(60, "another secret, of 32 bytes or more"), "\udcff"):
        ended.end(made_up)
        assert not ended.has(made_up)


def test_what_is_noted_is_bounded_and_goes_when_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_sessions, "_MOST", 2)
    ended, sessions = EndedSessions(CLIENT), [session_for(60), session_for(240), session_for(180), session_for(300)]
    for session in sessions[:3]:
        ended.end(session)
    assert [ended.has(each) for each in sessions[:3]] == [False, True, True]
    monkeypatch.setattr(ended_sessions, "time", lambda: time() + 200)
    ended.end(sessions[3])
    assert [ended.has(each) for each in sessions] == [False, True, False, True]
