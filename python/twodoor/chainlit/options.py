"""What `setup` is given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..checks import Rule, checked, checked_list, is_not_blank
from ..clouds import frame_ancestors_at, microsoft_cloud
from ..origins import checked_origins
from ..tokens.options import VerifierOptions, VerifierSettings, check_verifier_options

MICROSOFT_HOSTS: Final = microsoft_cloud("public").frame_ancestors
"""The pages of the public cloud that show tabs in a frame, test rings left out."""

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
    page: Mapping[str, str]
    """What the page is told beside what follows from the rest."""
    cookie_name: str
    root_path: str


def check_options(
    verifier: VerifierOptions,
    facts: ChainlitFacts,
    *,
    public_origin: str | Sequence[str] | None,
    frame_ancestors: Sequence[str] | None,
    oauth_providers: Sequence[str],
    page: Mapping[str, str],
) -> Settings:
    """Raises ValueError naming the argument and a valid example."""
    origins = _checked_public_origins(public_origin)
    named = () if origins == WHERE_IT_IS_SENT else origins
    checked_verifier = check_verifier_options(verifier, named)
    ancestors = frame_ancestors_at(checked_verifier.authority) if frame_ancestors is None else frame_ancestors
    return Settings(
        verifier=checked_verifier,
        public_origins=origins,
        frame_ancestors=checked_list("frame_ancestors", ancestors, _SOURCE_RULE),
        oauth_providers=checked_list("oauth_providers", oauth_providers, _PROVIDER_RULE),
        page=_checked_page(page),
        cookie_name=facts.cookie_name,
        root_path=facts.root_path,
    )


def _checked_public_origins(value: object) -> tuple[str, ...] | Literal["where-it-is-sent"]:
    if value is None:
        return WHERE_IT_IS_SENT
    return checked_origins("public_origin", [value] if isinstance(value, str) else value)


def _checked_page(page: object) -> Mapping[str, str]:
    """The page itself checks the values, and says in the console what is wrong with them."""
    if not isinstance(page, Mapping):
        raise ValueError(f"`page` must be a dict, for example {_PAGE_EXAMPLE}, not {type(page).__name__}.")
    return {_checked_name(name): checked(f"page[{name!r}]", value, _PAGE_RULE) for name, value in page.items()}


def _checked_name(name: object) -> str:
    if name in _PAGE_NAMES:
        return str(name)
    raise ValueError(f"`page` must have names of {', '.join(_PAGE_NAMES)}, for example {_PAGE_EXAMPLE}, not {name!r}.")


def _is_source(value: str) -> bool:
    """Printable ASCII without what separates sources, directives and policies."""
    return re.fullmatch(r"[!-~]+", value) is not None and not set(value) & set(",;")


_SOURCE_RULE: Final = Rule(_is_source, "a list of frame_ancestors", MICROSOFT_HOSTS[0])
_PROVIDER_RULE: Final = Rule(is_not_blank, "a list of oauth_providers", "generic")
_PAGE_RULE: Final = Rule(is_not_blank, "a text", "click")
_PAGE_NAMES: Final = (
    *("tenant", "scope", "browser", "sign-in", "authority", "host-origins", "options"),
    *("language", "texts"),
)
_PAGE_EXAMPLE: Final = '{"sign-in": "click"}'
