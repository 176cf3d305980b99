"""Keys are fetched in a thread: whose loops and threads can wait for them, and what holds nobody up."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import Future
from threading import Event, Thread
from typing import Any

import pytest
from chat import IDENTIFIER, refusals
from entra import CLIENT, TENANT, Entra

from twodoor import TokenRefusedError, create_verifier
from twodoor.tokens.keys import KeySet

pytestmark = pytest.mark.anyio


async def test_views_that_run_in_loops_and_threads_of_their_own_share_the_keys(entra: Entra) -> None:
    """As Flask and Django over WSGI have it."""
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    tokens = [entra.token() for _ in range(8)]
    entra.may_answer.clear()
    views = [asyncio.to_thread(asyncio.run, verifier.verify_header(f"Bearer {token}")) for token in tokens]
    waiting = asyncio.gather(*views)
    assert await asyncio.to_thread(entra.was_asked.wait, 10)
    entra.may_answer.set()
    assert {identity.key for identity in await waiting} == {IDENTIFIER}
    assert len(entra.asked) == 1


async def test_keys_are_fetched_again_although_the_loop_of_the_view_ends(entra: Entra, clock: list[float]) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)

    async def view() -> None:
        await asyncio.to_thread(asyncio.run, verifier.verify_header(f"Bearer {entra.token()}"))

    await view()
    clock[0] += 3_600
    await view()
    (keys,) = verifier._key_sets.values()
    assert keys._pending is not None
    await asyncio.wrap_future(keys._pending)
    assert (len(entra.asked), keys._age()) == (2, 0)


def silent_names(monkeypatch: pytest.MonkeyPatch) -> Event:
    """A name server that is asked, and does not answer."""
    answered = Event()
    look_up = socket.getaddrinfo

    def getaddrinfo(*arguments: Any, **more: Any) -> Any:
        answered.wait(30)
        return look_up(*arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answered


async def test_a_name_server_that_is_silent_holds_nothing_up(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 0.05)
    answered = silent_names(monkeypatch)
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    with pytest.raises(TokenRefusedError, match="cannot be had now"):
        await verifier.verify(entra.token())
    pending = verifier._key_set_of(TENANT)._pending
    assert pending is not None
    await asyncio.wrap_future(pending)
    assert not answered.is_set() and entra.asked == []
    answered.set()
    assert "(TimeoutError)" in refusals(caplog)


EXITS = """
import asyncio, socket, threading
from twodoor.tokens import TokenRefusedError, create_verifier, keys

keys.FETCH_DEADLINE_S = 0.05
socket.getaddrinfo = lambda *arguments, **more: threading.Event().wait()
verifier = create_verifier(client_id="{client}", tenants=["{tenant}"], authority="{authority}")
try:
    asyncio.run(verifier.verify("{token}"))
except TokenRefusedError as refused:
    print(refused.code)
"""


def test_the_process_can_end_while_a_name_is_looked_up(entra: Entra) -> None:
    code = EXITS.format(client=CLIENT, tenant=TENANT, authority=entra.url, token=entra.token())
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "keys_unavailable\n")


async def test_a_thread_that_is_lost_holds_nothing_up(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    """As in a process that was forked while keys were fetched."""
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    keys = verifier._key_set_of(TENANT)
    keys._pending, keys._pending_in = Future(), os.getpid()
    with monkeypatch.context() as patch:
        patch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 0)
        patch.setattr("twodoor.tokens.keys._THREAD_DEADLINE_S", 0.05)
        with pytest.raises(TokenRefusedError) as refused:
            await verifier.verify(entra.token())
    assert (refused.value.code, entra.asked) == ("keys_unavailable", [])
    assert "no thread has fetched them in time" in caplog.text
    clock[0] += 5
    assert (await verifier.verify(entra.token())).key == IDENTIFIER


async def test_a_key_that_is_known_needs_no_thread(
    entra: Entra, clock: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    assert await verifier.verify(entra.token())
    clock[0] += 3_600

    def start(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", start)
    assert await verifier.verify(entra.token())
    assert "can't start new thread" in refusals(caplog)
    clock[0] += 5
    with pytest.raises(TokenRefusedError) as refused:
        await verifier.verify(entra.token(header={"kid": "made-up"}))
    assert refused.value.code == "keys_unavailable"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_process_that_forks_while_keys_are_fetched_fetches_them_again(entra: Entra) -> None:
    """As servers do that load the app before they start their workers. The thread stays in the old process."""
    keys = KeySet(f"{entra.url}/{TENANT}/discovery/v2.0/keys", frozenset())
    entra.may_answer.clear()
    keys._refresh()
    assert await asyncio.to_thread(entra.was_asked.wait, 10)
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # for a child that would wait for good
        try:
            keys._refresh().result()
        finally:
            os._exit(0 if keys._age() < 10 else 1)
    entra.may_answer.set()
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert status == 0
