"""When keys are fetched, and what happens when they cannot be."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing

import pytest
from chat import cookies_of, exchange, headers_with, page, refusals, start
from entra import OTHER_KEY, TENANT, Entra, jwk_of

from twodoor.chainlit import Auth
from twodoor.tokens.keys import _THREAD_DEADLINE_S, FETCH_DEADLINE_S

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
    clock[0] += 3_599.9
    assert await auth.user(headers_with(entra.token()))
    await pending_fetch(auth)
    assert len(entra.asked) == 1
    clock[0] += 0.1
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


def logged_by_the_keys(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "twodoor.tokens"]


OUTAGES: dict[str, tuple[dict[str, object], str]] = {
    "an error": ({"status": 500}, "ValueError status 500"),
    "a redirect": ({"status": 302}, "ValueError status 302"),
    "another document": ({"body": b"<html>log in</html>"}, "JSONDecodeError Expecting value: line 1 column 1 (char 0)"),
    "JSON of another shape": ({"body": b'{"keys": {}}'}, "ValueError no JSON Web Key Set"),
    "JSON that is no object": ({"body": b"[]"}, "ValueError no JSON Web Key Set"),
}


@pytest.mark.parametrize(("outage", "told"), OUTAGES.values(), ids=OUTAGES.keys())
async def test_keys_that_cannot_be_had_are_an_outage_and_not_a_bad_token(
    entra: Entra, clock: list[float], caplog: pytest.LogCaptureFixture, outage: dict[str, object], told: str
) -> None:
    start(entra)
    vars(entra).update(outage)
    response = await exchange(entra.token())
    assert (response.status_code, response.headers["retry-after"], cookies_of(response)) == (503, "5", [])
    assert f"could not be fetched ({told})" in refusals(caplog) and "(keys_unavailable)" in refusals(caplog)
    vars(entra).update(status=200, body=None)
    clock[0] += 4.9
    assert (await exchange(entra.token())).status_code == 503
    assert len(entra.asked) == 1
    clock[0] += 0.1
    assert (await exchange(entra.token())).status_code == 200


async def test_an_authority_that_is_not_there_is_an_outage(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        entra.url = f"http://localhost:{unused.getsockname()[1]}"
        start(entra)
        assert (await exchange(entra.token())).status_code == 503
    assert "HTTPS_PROXY" in refusals(caplog)


def test_nobody_waits_longer_than_is_said() -> None:
    assert (FETCH_DEADLINE_S, _THREAD_DEADLINE_S) == (5, 1)


async def test_an_authority_that_is_silent_holds_nothing_up(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 0.05)
    start(entra)
    entra.may_answer.clear()
    assert (await exchange(entra.token())).status_code == 503
    assert logged_by_the_keys(caplog) == [
        f"The keys at {entra.url}/{TENANT}/discovery/v2.0/keys could not be fetched (TimeoutError). "
        "Check that this server reaches it: DNS, firewall, HTTPS_PROXY, SSL_CERT_FILE."
    ]


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


def pending_fetch(auth: Auth) -> asyncio.Future[None]:
    (keys,) = auth._entrance._verifier._key_sets.values()
    assert keys._pending is not None
    return asyncio.wrap_future(keys._pending)
