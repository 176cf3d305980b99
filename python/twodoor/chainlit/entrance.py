"""Who sends a token, and whether they may come in."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ..tokens import Identity, Verifier
from ..tokens.bearer import bearer_token
from ..tokens.claims import traces_of
from ..tokens.refusal import TokenRefusedError, refusal_of
from ..tokens.verify import verify_without_keeping
from .admission import Admission, Metadata
from .ended_sessions import EndedSessions
from .session_tokens import SessionTokens
from .sockets import end_sockets_of

_log: Final = logging.getLogger("twodoor.chainlit")

_UNDECIDED: Final = ("keys_unavailable", "temporarily_unavailable")

Refused = Literal["undecided", "bad token", "turned away"]


@dataclass(frozen=True)
class Caller:
    identity: Identity
    metadata: Metadata
    """What the app notes of them."""
    token: str = field(repr=False)


class Entrance:
    def __init__(
        self, verifier: Verifier, admission: Admission, tokens: SessionTokens | None, ended: EndedSessions
    ) -> None:
        self._verifier = verifier
        self._admission = admission
        self._tokens = tokens
        self._ended = ended

    async def caller_of(self, authorization: Sequence[str]) -> Caller | Refused:
        """authorization: the values of all headers of that name. Never raises; the log says why somebody is refused."""
        token = None
        try:
            token = bearer_token(authorization)
            identity = await verify_without_keeping(self._verifier, token)
        except Exception as error:
            refusal = refusal_of(error)
            _log_refusal(refusal, token)
            return "undecided" if refusal.code in _UNDECIDED else "bad token"
        return await self._admitted(identity, str(token))

    async def _admitted(self, identity: Identity, token: str) -> Caller | Refused:
        """Their token is kept only now: nobody asks on behalf of a user whom the app has not let in."""
        try:
            metadata = await self._admission.metadata_of(identity, token)
        except Exception as error:
            # The name alone: whatever the app raises, its message can hold anything.
            name = type(error).__name__
            _log.warning("Nobody signed in, as `user` of setup() failed (%s).%s", name, traces_of(token))
            return "undecided"
        if metadata is None:
            await self._turn_away(identity.key)
            return "turned away"
        self._ended.let_in(identity.key)
        if self._tokens is not None:
            self._tokens.keep(identity, token)
        return Caller(identity, metadata, token)

    async def _turn_away(self, key: str) -> None:
        """Nothing is left of a user who may come in no more."""
        self._ended.turn_away(key)
        end_sockets_of(key)
        if self._tokens is not None:
            await self._tokens.forget(key)


def _log_refusal(refusal: TokenRefusedError, token: str | None) -> None:
    # The login page of stock Chainlit asks without a token at every visit.
    level = logging.INFO if refusal.code == "token_missing" else logging.WARNING
    _log.log(level, "Nobody signed in by a token (%s): %s%s", refusal.code, refusal, traces_of(token))
