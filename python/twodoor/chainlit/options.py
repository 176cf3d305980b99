"""What `setup` is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..checks import Rule, checked_list, is_not_blank
from ..origins import checked_origins
from ..tokens.options import VerifierOptions, VerifierSettings, check_verifier_options

MICROSOFT_HOSTS: Final = (
    "https://*.cloud.microsoft",
    "https://teams.microsoft.com",
    "https://*.teams.microsoft.com",
    "https://*.microsoft365.com",
    "https://*.office.com",
    "https://outlook.office365.com",
)
"""The pages that show tabs in a frame, test rings left out. Source: Microsoft Learn, "Tab requirements"."""

WHERE_IT_IS_SENT: Final = "where-it-is-sent"


@dataclass(frozen=True)
class ChainlitFacts:
    """What of Chainlit is fixed when the app starts."""

    cookie_name: str
    root_path: str
    """Of `chainlit run --root-path`. Not to be read from Chainlit's `config` later: a reload loses it there."""


@dataclass(frozen=True)
class Settings:
    """The arguments of `setup`, checked and completed."""

    verifier: VerifierSettings
    public_origins: tuple[str, ...] | Literal["where-it-is-sent"]
    """`where-it-is-sent`: the origin that the request itself is sent to."""
    frame_ancestors: tuple[str, ...]
    oauth_providers: tuple[str, ...]
    cookie_name: str
    root_path: str


def check_options(
    verifier: VerifierOptions,
    facts: ChainlitFacts,
    *,
    public_origin: str | Sequence[str] | None,
    frame_ancestors: Sequence[str],
    oauth_providers: Sequence[str],
) -> Settings:
    """Raises ValueError naming the argument and a valid example."""
    origins = _checked_public_origins(public_origin)
    named = () if origins == WHERE_IT_IS_SENT else origins
    return Settings(
        verifier=check_verifier_options(verifier, named),
        public_origins=origins,
        frame_ancestors=checked_list("frame_ancestors", frame_ancestors, _SOURCE_RULE),
        oauth_providers=checked_list("oauth_providers", oauth_providers, _PROVIDER_RULE),
        cookie_name=facts.cookie_name,
        root_path=facts.root_path,
    )


def _checked_public_origins(value: object) -> tuple[str, ...] | Literal["where-it-is-sent"]:
    if value is None:
        return WHERE_IT_IS_SENT
    return checked_origins("public_origin", [value] if isinstance(value, str) else value)


def _is_source(value: str) -> bool:
    """Printable ASCII without what separates sources, directives and policies."""
    return re.fullmatch(r"[!-~]+", value) is not None and not set(value) & set(",;")


_SOURCE_RULE: Final = Rule(_is_source, "a list of frame_ancestors", MICROSOFT_HOSTS[0])
_PROVIDER_RULE: Final = Rule(is_not_blank, "a list of oauth_providers", "generic")
