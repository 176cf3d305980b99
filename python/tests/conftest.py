"""Fixtures of all tests, which run against the real Chainlit without a network."""

from __future__ import annotations

import os
import ssl
import tempfile
from functools import cache

# Chainlit reads its settings when it is imported, from this folder, where it generates them.
_FOLDER = tempfile.TemporaryDirectory(prefix="twodoor-chainlit-")
for name in [each for each in os.environ if each.startswith(("CHAINLIT_", "OAUTH_"))]:
    del os.environ[name]
os.environ.update(CHAINLIT_APP_ROOT=_FOLDER.name, CHAINLIT_AUTH_SECRET="a secret of tests, 32 bytes or more")

import logging
from collections.abc import Iterator

import pytest
from chainlit.config import config
from chainlit.oauth_providers import get_oauth_provider
from entra import PRODUCTION, TENANT, Entra, http_server

assert config.project.allow_origins == ["*"]  # as generated, and as it stays
config.project.user_session_timeout = 28_800  # what docs/chainlit.md tells people to change


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def entra() -> Iterator[Entra]:
    entra = Entra()
    with http_server(entra) as url:
        entra.url = url
        yield entra


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test changes of Chainlit's settings and callbacks does not reach the next one."""
    monkeypatch.setattr(config, "project", config.project.model_copy())
    for callback in ("header_auth_callback", "oauth_callback", "on_logout"):
        monkeypatch.setattr(config.code, callback, None)
    yield


@pytest.fixture(autouse=True)
def no_token_in_logs(entra: Entra, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Of every test: nothing of a token is in any log, not even a part of it."""
    caplog.set_level(logging.INFO)
    yield
    logged = "\n".join(logging.Formatter().format(record) for record in caplog.get_records("call"))
    parts = {part for token in entra.minted for part in token.split(".")[1:] if len(part) > 20}
    assert not [part for part in parts if part in logged]
    assert "eyJ" not in logged and "Bearer" not in logged.replace("not one Bearer token", "")


@pytest.fixture(autouse=True, scope="session")
def certificates_read_once() -> Iterator[None]:
    """Of everybody whom a client trusts, which takes longer than any test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things is no silent authority. Who tests the deadline sets one."""
    monkeypatch.setattr("twodoor.tokens.keys.FETCH_DEADLINE_S", 60)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of tests, in seconds: `clock[0] += 30`."""
    now = [1_000.0]
    monkeypatch.setattr("twodoor.tokens.keys.monotonic", lambda: now[0])
    return now


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Chainlit's own provider, as OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT and OAUTH_AZURE_AD_TENANT_ID make it."""
    provider = get_oauth_provider("azure-ad")
    monkeypatch.setattr(provider, "token_url", f"{PRODUCTION}/{TENANT.upper()}/oauth2/v2.0/token")
    yield provider
