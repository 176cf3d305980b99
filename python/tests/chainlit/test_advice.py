"""What the log says of Chainlit's own settings."""

from __future__ import annotations

import logging
import re
import sys

import pytest
from chainlit.config import config
from chat import refusals, start, warnings_in
from entra import Entra
from starlette.applications import Starlette

from twodoor.chainlit.advice import advise


def test_the_star_of_chainlits_generated_settings_is_told_once_to_name_nobody(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chainlit.server.app", Starlette())
    for _ in range(2):
        start(entra)
    assert refusals(caplog).count('"*", which names nobody here') == 1 and warnings_in(caplog) == ""


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("project.user_session_timeout", 1_296_000, "Sessions last 15.0 days, .* set user_session_timeout = 28800"),
        ("version", "2.13.0", "verified with Chainlit 2.9, 2.10, 2.11, 2.12, and this is 2.13.0"),
        ("version", "2.8.4", "this is 2.8.4"),
        ("samesite", "none", "CHAINLIT_COOKIE_SAMESITE=none .*: unset it"),
    ],
)
def test_a_risky_setting_is_a_warning_with_a_remedy(
    entra: Entra,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
    value: object,
    remedy: str,
) -> None:
    start(entra)
    assert warnings_in(caplog) == ""
    if setting == "version":
        monkeypatch.setattr("twodoor.chainlit.advice.chainlit_version", value)
    elif setting == "samesite":
        monkeypatch.setenv("CHAINLIT_COOKIE_SAMESITE", str(value))
    else:
        monkeypatch.setattr(config.project, setting.removeprefix("project."), value)
    start(entra)
    assert re.search(remedy.replace("[", r"\["), refusals(caplog))


UVICORN = "/usr/lib/python3/site-packages/uvicorn/__main__.py"


@pytest.mark.parametrize(
    ("argv", "concurrency", "is_child", "is_told"),
    [
        ([UVICORN, "main:app", "--workers", "2"], None, True, True),
        ([UVICORN, "main:app", "--workers=4"], None, True, True),
        ([UVICORN, "main:app"], "2", True, True),
        (["/usr/bin/gunicorn", "main:app", "-w", "3"], None, False, True),
        (["/usr/bin/gunicorn", "main:app"], "2", False, True),
        ([UVICORN, "main:app", "--workers", "1"], "2", True, False),
        ([UVICORN, "main:app", "--reload"], None, True, False),
        (["/usr/bin/gunicorn", "main:app"], None, False, False),
        (["/usr/bin/chainlit", "run", "app.py", "-w"], "4", False, False),
    ],
)
def test_several_workers_are_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    argv: list[str],
    concurrency: str | None,
    is_child: bool,
    is_told: bool,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr("twodoor.chainlit.advice.parent_process", lambda: object() if is_child else None)
    monkeypatch.setenv("WEB_CONCURRENCY", concurrency or "")
    advise("where-it-is-sent", is_first=False)
    assert ("several workers" in refusals(caplog)) == is_told
    assert ('transports = ["websocket"]' in refusals(caplog) and "sticky sessions" in refusals(caplog)) == is_told


def test_several_workers_without_polling_are_right(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gunicorn", "main:app", "-w", "3"])
    monkeypatch.setattr(config.project, "transports", ["websocket"])
    advise("where-it-is-sent", is_first=False)
    assert "workers" not in refusals(caplog)
