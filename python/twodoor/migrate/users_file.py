"""Who is who: a CSV file, as Microsoft Entra ID exports it or as a person writes it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ..guids import is_guid
from ..tokens.identity import key_of
from .mistake import MigrationMistake

# Without case, spaces and punctuation. Source: Microsoft Learn, "Download a list of users"; Get-MgUser has `Id`.
_IDENTIFIERS: Final = ("identifier", "userprincipalname", "mail")
_OBJECT_IDS: Final = ("objectid", "id")
_TENANT_IDS: Final = ("tenant", "tenantid")
_EXAMPLE: Final = "identifier,tenant,object id"

Keys = Mapping[str, frozenset[str]]
"""By identifiers, as `spelling_of` has them: to whom they lead. More than one key is nobody."""


def spelling_of(identifier: str) -> str:
    """Entra ID does not tell sign-in names apart by their case."""
    return identifier.strip().casefold()


def read_users(path: Path, tenant: str | None) -> Keys:
    """tenant: of lines that name none.

    Raises MigrationMistake naming the file and the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise MigrationMistake(f"{path} cannot be read: {reason}.") from None
    lines = text.splitlines()
    reader = csv.reader(lines, delimiter=_delimiter_of(lines[0] if lines else ""), strict=True)
    try:
        return _keys_in(reader, path, tenant)
    except csv.Error as error:
        raise MigrationMistake(f"{path}, line {reader.line_num}, is no CSV: {error}.") from None


def _delimiter_of(head: str) -> str:
    """Spreadsheets of some languages write semicolons."""
    return ";" if ";" in head and "," not in head else ","


def _keys_in(rows: Iterator[list[str]], path: Path, tenant: str | None) -> Keys:
    names = ["".join(filter(str.isalnum, name)).lower() for name in next(rows, [])]
    identifiers = [index for index, name in enumerate(names) if name in _IDENTIFIERS]
    object_ids = [index for index, name in enumerate(names) if name in _OBJECT_IDS]
    tenant_ids = [index for index, name in enumerate(names) if name in _TENANT_IDS]
    if not identifiers or len(object_ids) != 1 or len(tenant_ids) > 1:
        raise MigrationMistake(f"{path} must begin with the names of its columns, for example: {_EXAMPLE}")
    if not tenant_ids and tenant is None:
        raise MigrationMistake(f"{path} has no column for the tenant: name it with --tenant.")
    found: dict[str, set[str]] = {}
    for number, row in enumerate(rows, start=2):
        if not any(map(str.strip, row)):
            continue
        if len(row) != len(names):
            raise MigrationMistake(f"{path}, record {number}, has {len(row)} columns and not {len(names)}.")
        named = row[tenant_ids[0]].strip() if tenant_ids else ""
        key = _key_of(named or tenant or "", row[object_ids[0]].strip(), f"{path}, record {number},")
        for spelling in filter(None, (spelling_of(row[index]) for index in identifiers)):
            found.setdefault(spelling, set()).add(key)
    return {spelling: frozenset(keys) for spelling, keys in found.items()}


def _key_of(tenant: str, object_id: str, place: str) -> str:
    for what, value in (("tenant", tenant), ("object", object_id)):
        if not is_guid(value):
            raise MigrationMistake(f"{place} has no ID of the {what}, which is a GUID, but {value!r}.")
    return key_of(tenant.lower(), object_id.lower())
