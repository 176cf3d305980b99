"""What the header callback makes of a request."""

from __future__ import annotations

import logging

import pytest
from chat import ORIGIN, exchange, headers_with, page, refusals, start
from entra import OTHER_TENANT, Entra

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("authorization", ["", "Basic YTpi", "bearer", "Bearertoken", "Bearer "])
async def test_without_a_token_nobody_signs_in(entra: Entra, authorization: str) -> None:
    start(entra)
    async with page() as client:
        assert (await client.post("/auth/header", json={})).status_code == 401
        response = await client.post("/auth/header", json={}, headers={"Authorization": authorization})
    assert response.status_code == 401


async def test_a_missing_token_is_no_warning_because_stock_chainlit_asks_without_one(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    start(entra)
    async with page() as client:
        await client.post("/auth/header", json={})
    (record,) = [each for each in caplog.records if each.name.startswith("twodoor.")]
    assert (record.levelno, "(token_missing)" in record.getMessage()) == (logging.INFO, True)


async def test_of_two_authorization_headers_none_counts(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra)
    async with page() as client:
        pairs = [("Authorization", f"Bearer {entra.token()}"), ("Authorization", "Bearer a.b.c"), ("Origin", ORIGIN)]
        assert (await client.post("/auth/header", json={}, headers=pairs)).status_code == 401
    assert "(request_malformed)" in refusals(caplog)


async def test_what_the_log_tells_of_a_token_is_only_what_looks_like_its_ids(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = start(entra)
    await auth.user(headers_with(entra.token({"tid": OTHER_TENANT, "uti": "x\nforged line", "oid": "y" * 500})))
    assert "forged" not in refusals(caplog) and "yyy" not in refusals(caplog)


async def test_a_mistake_in_the_check_itself_lets_nobody_in(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError(entra.minted[-1])

    monkeypatch.setattr("twodoor.tokens.verify.check_times", fail)
    start(entra)
    assert (await exchange(entra.token())).status_code == 503
    assert "(temporarily_unavailable): The check of the token failed (MemoryError)." in refusals(caplog)
