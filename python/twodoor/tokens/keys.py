"""The keys that the authority signs with."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from time import monotonic
from typing import Final, ParamSpec, TypeVar

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..threads import run_in_thread
from .refusal import TokenRefusedError

_log: Final = logging.getLogger("twodoor.tokens")

FETCH_DEADLINE_S: Final = 5
"""An authority that does not answer must not hold a request for longer."""
_THREAD_DEADLINE_S: Final = 1
"""So much later nobody waits any more for a thread that does not even say that the authority was silent."""
_COOLDOWN_S: Final = 30
"""Tokens with made-up key IDs cost no more than one fetch in this time."""
_RETRY_AFTER_FAILURE_S: Final = 5
"""The same after a fetch that failed."""
_REFRESH_AFTER_S: Final = 3_600
"""From then on known keys are fetched again in the background. Entra ID announces a new key days ahead."""
_DISCARD_AFTER_S: Final = 86_400
"""Known keys that could not be fetched again for so long are not trusted any more."""
_SMALLEST_KEY_BITS: Final = 2_048
_THREAD: Final = "twodoor-keys"

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class KeySet:
    """The keys at a URL: fetched when first needed, then kept. One fetch at a time, and never a blocked event loop.

    It fetches in a thread, with an event loop of its own. Django and Flask run an async view in a loop that ends with
    the request, and several at a time in threads: a fetch in one of those would be cut off, and could not be waited for
    by another one.
    """

    def __init__(self, url: str, issuers: frozenset[str]) -> None:
        self._url = url
        self._issuers = issuers
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_at = self._failed_at = -math.inf
        self._pending: Future[None] | None = None
        self._pending_in = 0
        self._lock = Lock()

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key of that ID, or `None` if the authority has none. Raises TokenRefusedError `keys_unavailable`."""
        known = self._keys.get(kid) if self._age() < _DISCARD_AFTER_S else None
        if known is not None:
            if self._age() >= _REFRESH_AFTER_S and not self._has_just_failed():
                self._refresh()
            return known
        if not self._has_just_failed() and self._age() >= _COOLDOWN_S:
            await self._wait_for(self._refresh())
        if self._has_just_failed():
            reason = f"The keys at {self._url} cannot be had now. This token was not judged."
            raise TokenRefusedError("keys_unavailable", reason)
        return self._keys.get(kid)

    def _age(self) -> float:
        return monotonic() - self._fetched_at

    def _has_just_failed(self) -> bool:
        return monotonic() - self._failed_at < _RETRY_AFTER_FAILURE_S

    def _refresh(self) -> Future[None]:
        with self._lock:
            # A process that has forked leaves its threads behind: what they fetch never comes in the new one.
            is_ours = self._pending_in == os.getpid()
            if self._pending is None or self._pending.done() or not is_ours:
                self._pending, self._pending_in = run_in_thread(self._load_in_loop, _THREAD), os.getpid()
                self._note_failure_to_start(self._pending)
            return self._pending

    def _load_in_loop(self) -> None:
        _run_in_loop(self._load())

    def _note_failure_to_start(self, fetch: Future[None]) -> None:
        error = fetch.exception() if fetch.done() else None
        if error is not None:
            self._has_failed(_words_of(error))

    async def _wait_for(self, fetch: Future[None]) -> None:
        """In time, even if the thread is lost: the process was forked meanwhile, or its server lets no thread run."""
        try:
            # A request that is cancelled must not take the keys from the others that wait.
            shared = asyncio.shield(asyncio.wrap_future(fetch))
            await asyncio.wait_for(shared, FETCH_DEADLINE_S + _THREAD_DEADLINE_S)
        except asyncio.TimeoutError:
            with self._lock:
                self._pending = None
            self._has_failed("no thread has fetched them in time")
        except Exception as error:  # no thread, or no event loop: the machine has no more of them
            self._has_failed(_words_of(error))

    async def _load(self) -> None:
        try:
            document = await asyncio.wait_for(download(self._url), FETCH_DEADLINE_S)
            self._keys = keys_in(document, self._issuers)
            self._fetched_at, self._failed_at = monotonic(), -math.inf
        except Exception as error:
            self._has_failed(_words_of(error))

    def _has_failed(self, reason: str) -> None:
        self._failed_at = monotonic()
        remedy = "Check that this server reaches it: DNS, firewall, HTTPS_PROXY, SSL_CERT_FILE."
        _log.error("The keys at %s could not be fetched (%s). %s", self._url, reason, remedy)


def _words_of(error: BaseException) -> str:
    return f"{type(error).__name__} {error}"[:200].strip()


def _run_in_loop(work: Coroutine[object, object, None]) -> None:
    """What asyncio.run() does, but for the wait for a name server that does not answer. Not in the loop that the server
    is set to either: uvloop waits for it as well, and so does then the process when it ends."""
    loop = asyncio.SelectorEventLoop()
    loop.set_default_executor(_DaemonThreads())
    try:
        loop.run_until_complete(work)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


class _DaemonThreads(ThreadPoolExecutor):
    """Where the event loop looks names up. Python waits for the threads of other executors before it ends."""

    def submit(
        self, work: Callable[_Arguments, _Result], /, *args: _Arguments.args, **more: _Arguments.kwargs
    ) -> Future[_Result]:
        return run_in_thread(partial(work, *args, **more), _THREAD)


async def download(url: str) -> object:
    async with httpx.AsyncClient(follow_redirects=False) as client:
        response = await client.get(url, headers={"accept": "application/json"})
    if response.status_code != 200:
        raise ValueError(f"status {response.status_code}")
    document: object = response.json()
    return document


def keys_in(document: object, issuers: frozenset[str]) -> dict[str, RSAPublicKey]:
    """By their IDs. One key that cannot be used is left out, and leaves the others usable."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JSON Web Key Set")
    read = [(each, _signing_key(each, issuers)) for each in listed]
    return {each["kid"]: key for each, key in read if key is not None}


def _signing_key(value: object, issuers: frozenset[str]) -> RSAPublicKey | None:
    """A key that names another issuer is left out: some sign for personal accounts only."""
    if not isinstance(value, dict) or not isinstance(value.get("kid"), str) or value["kid"] == "":
        return None
    expected = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    if value.get("kty") != "RSA" or any(value.get(name, each) != each for name, each in expected.items()):
        return None
    issuer, operations = value.get("issuer", ""), value.get("key_ops", ["verify"])
    # Both can be anything: a list cannot be looked up in a set.
    if "issuer" in value and not (isinstance(issuer, str) and issuer in issuers):
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key: object = jwt.PyJWK(value, "RS256").key
    except Exception:  # whatever is wrong with it, it is no key
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY_BITS else None
