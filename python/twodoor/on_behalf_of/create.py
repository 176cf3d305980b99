"""The one call that a server makes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from threading import BoundedSemaphore, Lock
from time import monotonic, time
from typing import Final, Protocol

from ..guids import is_canonical_guid
from ..threads import run_in_thread
from ..tokens.challenges import is_scope_list, json_of
from ..tokens.verify import Verifier
from .cache import Cache, Name, TokenOnBehalf, name_of
from .error import OnBehalfOfError
from .msal_client import Question, ask_msal
from .options import Certificate, OnBehalfOfSettings, check_options
from .refusals import mistake, no_token, refused_by, too_late, too_many, unavailable

_log: Final = logging.getLogger("twodoor.on_behalf_of")

DEADLINE_S: Final = 12.0
MOST_AT_ONCE: Final = 32
"""Requests to Entra ID that are under way for one OnBehalfOf: each has a thread."""
_TELL_EVERY_S: Final = 60
"""How often a mistake that stays is told."""
_ASKED_BY_ITSELF: Final = frozenset({"openid", "profile", "offline_access"})

_Failure = Callable[[], OnBehalfOfError]
"""Makes one for each caller: what is raised several times collects what all of them were doing."""
_Outcome = TokenOnBehalf | _Failure


class User(Protocol):
    """An identity of the verifier, or what stands for a session of the same user."""

    @property
    def key(self) -> str: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def object_id(self) -> str: ...


@dataclass(frozen=True, eq=False)
class _Flight:
    outcome: Future[_Outcome]
    ends_at: float
    """So that nobody joins one that hangs."""


class OnBehalfOf:
    """What `create_on_behalf_of` gives."""

    def __init__(self, settings: OnBehalfOfSettings) -> None:
        self._settings = settings
        self._cache = Cache()
        self._flights: dict[Name, _Flight] = {}
        self._lock = Lock()
        self._room = BoundedSemaphore(MOST_AT_ONCE)
        self._told_at: dict[str, float] = {}

    async def token(self, user: User, scopes: Sequence[str], *, claims: str | None = None) -> TokenOnBehalf:
        """A token of another API for the user of a request, a socket or a session. From the cache unless it is about to
        expire; calls at the same time for the same share one request.

        user: an identity of the verifier, or what has the `key`, `tenant_id` and `object_id` of the same user.
        scopes: of one API: `["User.Read"]`, or in their long form.
        claims: the challenge that the API has answered with, as JSON text.

        Raises OnBehalfOfError with a `code`, and how to answer the request. Within 12 s.
        """
        outcome = await self._outcome_of(user, scopes, claims)
        if isinstance(outcome, TokenOnBehalf):
            return outcome
        error = outcome()
        if error.code == "config_invalid":
            self._tell(error)
        raise error

    async def forget(self, user: User) -> None:
        """Drops what is kept and cached of a user, as at a sign-out: for all identities of the user, those of sockets
        too. Calls that are under way keep nothing of what they get."""
        self._settings.kept.forget(user)
        with self._lock:
            self._cache.forget(user.key)
            for name in [each for each in self._flights if each.key == user.key]:
                del self._flights[name]

    async def _outcome_of(self, user: User, scopes: Sequence[str], claims: str | None) -> _Outcome:
        failure = _mistake_in(user, scopes, claims)
        if failure is not None:
            return failure
        found = self._found_or_asked(user, scopes, claims)
        return await self._landed(*found) if isinstance(found, tuple) else found

    def _found_or_asked(self, user: User, scopes: Sequence[str], claims: str | None) -> _Outcome | tuple[Name, _Flight]:
        assertion = self._settings.kept.find(user)
        if assertion is None:
            return no_token
        name = name_of(user.key, scopes, assertion)
        with self._lock:
            cached = self._cache.find(name) if claims is None else None
            if cached is not None:
                return cached
            name = replace(name, claims=claims)
            flight = self._flights.get(name)
            if flight is None:
                if not self._room.acquire(blocking=False):
                    return too_many
                flight = self._begun(Question(user.tenant_id, tuple(scopes), claims), assertion)
                self._flights[name] = flight
        # Without the lock: it may have landed already, and is noted at once.
        flight.outcome.add_done_callback(lambda _: self._note(name, flight))
        return name, flight

    def _begun(self, question: Question, assertion: str) -> _Flight:
        """It takes room until its thread has ended, though nobody may wait for it any more."""
        work = partial(_asked, self._settings, question, assertion)
        outcome = run_in_thread(work, "twodoor-on-behalf-of")
        outcome.add_done_callback(lambda _: self._room.release())
        return _Flight(outcome, monotonic() + DEADLINE_S)

    async def _landed(self, name: Name, flight: _Flight) -> _Outcome:
        landed = asyncio.shield(asyncio.wrap_future(flight.outcome))
        try:
            return await asyncio.wait_for(landed, max(0.0, flight.ends_at - monotonic()))
        except asyncio.TimeoutError:
            self._drop(name, flight)
            return too_late
        except Exception:  # the machine has no more threads
            return unavailable

    def _note(self, name: Name, flight: _Flight) -> None:
        """What nobody wants any more is not kept."""
        token = flight.outcome.result() if flight.outcome.exception() is None else None
        with self._lock:
            if self._flights.get(name) is not flight:
                return
            del self._flights[name]
            if isinstance(token, TokenOnBehalf):
                self._cache.keep(replace(name, claims=None), token)

    def _drop(self, name: Name, flight: _Flight) -> None:
        with self._lock:
            if self._flights.get(name) is flight:
                del self._flights[name]

    def _tell(self, error: OnBehalfOfError) -> None:
        """Once in a minute for each."""
        line = f"A server made a mistake ({error}). {error.remedy}"
        if monotonic() - self._told_at.get(line, -_TELL_EVERY_S) < _TELL_EVERY_S:
            return
        self._told_at[line] = monotonic()
        _log.error("%s", line)


def _asked(settings: OnBehalfOfSettings, question: Question, assertion: str) -> _Outcome:
    """Raises nothing: an error would take along what was sent."""
    try:
        answer = ask_msal(settings, question, assertion)
    except OnBehalfOfError as error:
        return partial(mistake, error.remedy)
    except BaseException:  # SystemExit in a thread would end the loop of the server, a cancellation the wrong request
        return unavailable
    token, lifetime = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token:
        return partial(refused_by, _without_texts(answer), question.scopes)
    if not isinstance(lifetime, int) or isinstance(lifetime, bool):
        return unavailable
    return TokenOnBehalf(token, time() + lifetime)


def _without_texts(answer: dict[str, object] | object) -> dict[str, object]:
    """What is read of a refusal, and nothing else of it."""
    names = ("error", "suberror", "error_codes", "claims")
    return {name: answer[name] for name in names if name in answer} if isinstance(answer, dict) else {}


def _mistake_in(user: object, scopes: object, claims: object) -> _Failure | None:
    key, tenant_id, object_id = (getattr(user, name, None) for name in ("key", "tenant_id", "object_id"))
    is_user = is_canonical_guid(tenant_id) and is_canonical_guid(object_id) and key == f"entra:{tenant_id}:{object_id}"
    if not is_user:
        return partial(mistake, "Pass the identity of a user. An app on its own has nobody to ask for.")
    if not is_scope_list(scopes):
        return partial(mistake, "Pass a list of scopes, for example ['User.Read'].")
    if _ASKED_BY_ITSELF & set(scopes):
        return partial(mistake, f"Leave out {', '.join(sorted(_ASKED_BY_ITSELF))}: msal asks for them by itself.")
    if claims is not None and not (isinstance(claims, str) and json_of(claims)):
        return partial(mistake, "Pass the claims challenge as JSON text.")
    return None


def create_on_behalf_of(
    *,
    verifier: Verifier,
    client_id: str,
    secret: str | None = None,
    certificate: Certificate | None = None,
    assertion: str | Callable[[], str | Awaitable[str]] | None = None,
) -> OnBehalfOf:
    """Gets tokens of other APIs, such as Microsoft Graph, for the users of this one (OAuth 2.0 on-behalf-of).

        on_behalf_of = create_on_behalf_of(verifier=verifier, client_id="…", secret=os.environ["CLIENT_SECRET"])
        graph = await on_behalf_of.token(user, ["User.Read"])

    - It needs `msal`, which is loaded by the first call. Tokens are cached in memory, for the 1,000 users that asked
      last, by scopes and by the user's token that they came for, so that no sign-in gets what another one got.
    - The last token of a user that the verifier has accepted is kept for this in memory, until it expires, and nowhere
      else.
    - What is missing, a consent or a claim, is an answer to the page: `refusal.of(error)`. `auth.fetch` there asks for
      it and repeats the call.

    verifier: one that was created with `keep_tokens=True`.
    client_id: the application (client) ID of the API, for which the tokens of its users are: that of the verifier.
    secret, certificate, assertion: how the server proves itself, exactly one of these three. A client secret of the app
        registration; a Certificate; or a client assertion (RFC 7523), as of workload identity federation, or the
        function that makes one each time. That is called in a thread, with an event loop of its own if it is async.

    Raises ValueError naming the argument. It never shows a secret, not even a part of one.
    """
    return OnBehalfOf(check_options(verifier, client_id, secret, certificate, assertion))
