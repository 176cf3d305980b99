"""A token that came over a socket, checked in time."""

from __future__ import annotations

import asyncio
import logging
import math
from time import time
from typing import Final, Protocol

from ..tokens import Identity, TokenRefusedError
from ..tokens.jws import LONGEST_TOKEN
from ..tokens.requirements import Requirements, why_refused

_log: Final = logging.getLogger("twodoor.socketio")

CHECK_DEADLINE_S: Final = 10.0
_NOTHING: Final = Requirements()


class TokenVerifier(Protocol):
    """`create_verifier` gives one. One of your own gets a text of 16 KB at most, and returns an Identity or raises
    TokenRefusedError. It may tolerate a minute of difference between clocks; a token that has expired longer ago than
    the grace is refused here all the same."""

    async def verify(self, token: str, /) -> Identity: ...


class TokenCheck:
    def __init__(self, verifier: TokenVerifier, grace_s: float, wanted: Requirements = _NOTHING) -> None:
        self._verifier = verifier
        self._wanted = wanted
        self.grace_s = grace_s

    async def check(self, token: object) -> Identity:
        """Raises TokenRefusedError and nothing else, in time, whatever the verifier does."""
        if token is None or token == "":
            raise TokenRefusedError("token_missing")
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            raise TokenRefusedError("token_malformed")
        try:
            identity = await asyncio.wait_for(self._verifier.verify(token), CHECK_DEADLINE_S)
            if not isinstance(identity.key, str) or not math.isfinite(identity.expires_at):
                raise TypeError("That is no identity.")
            if (refused := why_refused(identity, self._wanted)) is not None:
                _log.info("A socket is refused (%s): %s", refused.code, refused)
                raise refused
        except TokenRefusedError:
            raise
        except Exception as error:
            # The name of the error alone: its message could have the token in it.
            _log.warning("The check of a token failed: %s", type(error).__name__)
            raise TokenRefusedError("temporarily_unavailable") from None
        # It would be accepted only to be disconnected, and would come back at once, again and again.
        if self.is_over(identity):
            raise TokenRefusedError("token_expired")
        return identity

    def is_over(self, identity: Identity) -> bool:
        return identity.expires_at + self.grace_s <= time()
