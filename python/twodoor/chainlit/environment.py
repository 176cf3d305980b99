"""The arguments of `setup` in environment variables, for containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..tokens.options import ANY_ORGANIZATION

_PREFIX: Final = "TWODOOR_"
_PAGE_PREFIX: Final = "TWODOOR_PAGE_"
_TEXTS: Final = ("client_id", "authority", "secret")
_LISTS: Final = (
    *("tenants", "public_origin", "audiences", "scopes", "roles", "clients"),
    *("frame_ancestors", "oauth_providers"),
)


def arguments_in(environment: Mapping[str, str]) -> dict[str, Any]:
    """Raises ValueError for a variable that nobody reads: a misspelt one must not go unnoticed."""
    arguments: dict[str, Any] = {}
    page: dict[str, str] = {}
    for variable, value in environment.items():
        if not variable.startswith(_PREFIX) or not value.strip():
            continue
        if variable.startswith(_PAGE_PREFIX):
            page[variable.removeprefix(_PAGE_PREFIX).lower().replace("_", "-")] = value.strip()
        else:
            name = variable.removeprefix(_PREFIX).lower()
            arguments[name] = _reader_of(name, variable)(value)
    return {**arguments, "page": page} if page else arguments


def _reader_of(name: str, variable: str) -> Callable[[str], object]:
    if name in _TEXTS:
        return str.strip
    if name in _LISTS:
        return _list_in
    known = ", ".join(f"{_PREFIX}{each.upper()}" for each in (*_TEXTS, *_LISTS))
    raise ValueError(f"`{variable}` is no variable of twodoor. They are {known}, and {_PAGE_PREFIX}… for the page.")


def _list_in(value: str) -> object:
    """Separated by spaces or commas, neither of which is in what these lists hold."""
    if value.strip() == ANY_ORGANIZATION:
        return ANY_ORGANIZATION
    return value.replace(",", " ").split()
