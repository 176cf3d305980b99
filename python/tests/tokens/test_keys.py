"""When keys are fetched, and what happens when they cannot be."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import closing
from threading import Event, Thread

import pytest
from chat import IDENTIFIER, cookies_of, exchange, headers_with, page, refusals, start
from entra import CLIENT, OTHER_KEY, TENANT, Entra, jwk_of

from twodoor import TokenRefusedError, create_verifier
from twodoor.chainlit import Auth
from twodoor.tokens.keys import KeySet

pytestmark = pytest.mark.anyio


async def test_fifty_tokens_at_once_cost_one_fetch(entra: Entra) -> None:
    auth = start(entra)
    users = await asyncio.gather(*(auth.user(headers_with(entra.token())) for _ in range(50)))
    assert all(users) and entra.asked == [f"/{TENANT}/discovery/v2.0/keys"]


async def test_made_up_key_ids_cost_one_fetch_in_thirty_seconds(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    for storm in (1, 2):
        storm_of = [entra.token(header={"kid": f"made-up-{i}"}) for i in range(40)]
        assert not any(await asyncio.gather(*(auth.user(headers_with(each)) for each in storm_of)))
        clock[0] += 29.9
        assert not await auth.user(headers_with(storm_of[0]))
        assert len(entra.asked) == storm
        clock[0] += 0.1


async def test_a_new_key_is_found_without_a_restart(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    entra.keys.append(jwk_of(OTHER_KEY, "key-2"))
    clock[0] += 30
    assert await auth.user(headers_with(entra.token(header={"kid": "key-2"}, key=OTHER_KEY)))


async def test_after_an_hour_keys_are_fetched_again_while_nobody_waits(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    clock[0] += 3_600
    entra.may_answer.clear()
    assert await auth.user(headers_with(entra.token()))
    assert not pending_fetch(auth).done()
    entra.may_answer.set()
    await pending_fetch(auth)
    assert len(entra.asked) == 2


async def test_known_keys_outlive_an_outage_for_a_day_and_no_longer(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    assert (await exchange(entra.token())).status_code == 200
    entra.status = 500
    clock[0] += 86_399
    assert (await exchange(entra.token())).status_code == 200
    await pending_fetch(auth)
    clock[0] += 5
    assert (await exchange(entra.token())).status_code == 503


OUTAGES: dict[str, dict[str, object]] = {
    "an error": {"status": 500},
    "a redirect": {"status": 302},
    "another document": {"body": b"<html>log in to the hotel</html>"},
    "JSON of another shape": {"body": b'{"keys": {}}'},
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys())
async def test_keys_that_cannot_be_had_are_an_outage_and_not_a_bad_token(
    entra: Entra, clock: list[float], caplog: pytest.LogCaptureFixture, outage: dict[str, object]
) -> None:
    start(entra)
    vars(entra).update(outage)
    response = await exchange(entra.token())
    assert (response.status_code, response.headers["retry-after"], cookies_of(response)) == (503, "5", [])
    assert "could not be fetched" in refusals(caplog) and "(keys_unavailable)" in refusals(caplog)
    assert (await exchange(entra.token())).status_code == 503
    assert len(entra.asked) == 1
    vars(entra).update(status=200, body=None)
    clock[0] += 5
    assert (await exchange(entra.token())).status_code == 200


async def test_an_authority_that_is_not_there_is_an_outage(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        entra.url = f"http://localhost:{unused.getsockname()[1]}"
        start(entra)
        assert (await exchange(entra.token())).status_code == 503
    assert "HTTPS_PROXY" in refusals(caplog)


async def test_an_authority_that_is_silent_holds_nothing_up(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 0.05)
    start(entra)
    entra.may_answer.clear()
    assert (await exchange(entra.token())).status_code == 503
    assert "(TimeoutError)" in refusals(caplog)


async def test_the_event_loop_goes_on_while_keys_are_fetched(entra: Entra) -> None:
    start(entra)
    entra.may_answer.clear()
    waiting = asyncio.ensure_future(exchange(entra.token()))
    assert await asyncio.to_thread(entra.was_asked.wait, 10)
    async with page() as client:
        assert (await client.get("/auth/config")).status_code == 200
    assert not waiting.done()
    entra.may_answer.set()
    assert (await waiting).status_code == 200


async def test_who_goes_away_takes_the_keys_from_nobody(entra: Entra) -> None:
    auth = start(entra)
    entra.may_answer.clear()
    first, second = (asyncio.ensure_future(auth.user(headers_with(entra.token()))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    entra.may_answer.set()
    assert await second
    assert len(entra.asked) == 1


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


async def test_a_dns_that_is_silent_holds_nothing_up(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio looks names up in threads, which nobody can end."""
    may_end = Event()
    monkeypatch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 0.05)
    monkeypatch.setattr("twodoor.tokens.keys.download", lambda _: asyncio.to_thread(may_end.wait))
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    try:
        with pytest.raises(TokenRefusedError) as refused:
            await asyncio.wait_for(verifier.verify(entra.token()), 5)
    finally:
        may_end.set()
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


def pending_fetch(auth: Auth) -> asyncio.Future[None]:
    (keys,) = auth._verifier._key_sets.values()
    assert keys._pending is not None
    return asyncio.wrap_future(keys._pending)
