"""Arguments, checked. A wrong one is a ValueError that names it and gives a valid example."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .guids import is_guid

EXAMPLE_GUID: Final = "11111111-2222-3333-4444-555555555555"
_LONGEST_SHOWN: Final = 200


@dataclass(frozen=True)
class Rule:
    """What an argument, or each entry of a list, has to be."""

    is_valid: Callable[[str], bool]
    expected: str
    example: str


def checked(argument: str, value: object, rule: Rule) -> str:
    if isinstance(value, str) and rule.is_valid(value):
        return value
    raise ValueError(f"`{argument}` must be {rule.expected}, for example {rule.example!r}, not {_shown(value)}.")


def checked_list(argument: str, values: object, rule: Rule, at_least: int = 0) -> tuple[str, ...]:
    # A text is a sequence too, of letters: the likeliest mistake here.
    if not isinstance(values, (list, tuple)) or len(values) < at_least:
        is_showable = isinstance(values, (str, list, tuple))
        given = repr(values)[:_LONGEST_SHOWN] if is_showable else type(values).__name__
        raise ValueError(f"`{argument}` must be {rule.expected}, for example [{rule.example!r}], not {given}.")
    return tuple(checked(f"{argument}[{index}]", value, rule) for index, value in enumerate(values))


def checked_guids(argument: str, values: object, expected: str = "a list of GUIDs") -> tuple[str, ...]:
    rule = Rule(is_guid, expected, EXAMPLE_GUID)
    return tuple(guid.lower() for guid in checked_list(argument, values, rule, at_least=1))


def is_not_blank(value: str) -> bool:
    return value.strip() != ""


def _shown(value: object) -> str:
    """Neither at length nor with what can be secret in a URL: user and password, query and fragment."""
    if not isinstance(value, str):
        return type(value).__name__
    return repr(re.sub(r"(?s).*@|[?#].*", "…", value[:_LONGEST_SHOWN]))
