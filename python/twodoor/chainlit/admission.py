"""Who of those with a good token may come in, and what the app notes of them."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..tokens import Identity
from ..tokens.claims import traces_of
from ..tokens.requirements import Requirements, checked_requirements, why_refused

_log: Final = logging.getLogger("twodoor.chainlit")

OWN_METADATA: Final = ("provider", "client")
"""What twodoor notes itself: a session is bound to the client ID."""

Metadata = Mapping[str, Any]
Decide = Callable[[Identity], Metadata | Awaitable[Metadata | None] | None]
"""The argument `user` of `setup`."""


@dataclass(frozen=True)
class Admission:
    """What `setup` is given of it, checked."""

    requirements: Requirements
    decide: Decide | None

    @property
    def needs_claims(self) -> bool:
        """Chainlit's own OAuth has none."""
        return self.requirements.roles is not None or self.decide is not None

    async def metadata_of(self, identity: Identity, token: object) -> Metadata | None:
        """What the app notes of a user who may come in, and `None` for one who may not: the log says why.

        Raises what the function of the app raises.
        """
        refusal = why_refused(identity, self.requirements)
        if refusal is not None:
            _log_turned_away(str(refusal), token)
            return None
        made = {} if self.decide is None else self.decide(identity)
        metadata = await made if inspect.isawaitable(made) else made
        if metadata is None:
            _log_turned_away("`user` of setup() gave None.", token)
            return None
        mistake = _mistake_in(metadata)
        if mistake is None:
            return metadata
        _log.error("`user` of setup() must give a dict of metadata, or None: %s Nobody signs in.", mistake)
        return None


def checked_admission(roles: Sequence[str] | None, decide: object, page: Mapping[str, str]) -> Admission:
    """Raises ValueError naming the argument and a valid example."""
    if decide is not None and not callable(decide):
        raise ValueError(f"`user` must be a function of the identity, not {type(decide).__name__}.")
    admission = Admission(checked_requirements(scopes=None, roles=roles), decide)
    if admission.needs_claims and page.get("browser") == "chainlit-oauth":
        reason = "Chainlit's own OAuth has no claims to decide by"
        raise ValueError(f"`roles` and `user` must be left out with page={{'browser': 'chainlit-oauth'}}: {reason}.")
    return admission


def _log_turned_away(reason: str, token: object) -> None:
    _log.warning("A user with a good token may not come in: %s%s", reason, traces_of(token))


def _mistake_in(metadata: object) -> str | None:
    """Without what is in it."""
    if not isinstance(metadata, Mapping):
        return f"it gave {type(metadata).__name__}."
    own = [name for name in OWN_METADATA if name in metadata]
    if own:
        return f"{own[0]!r} is a name of twodoor's."
    try:
        json.dumps(dict(metadata), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return "it is no JSON, which Chainlit keeps it as."
    return None
