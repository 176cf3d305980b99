"""GUIDs, as Microsoft Entra ID names tenants, users and apps."""

from __future__ import annotations

import re
from typing import Final, TypeGuard

GUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_canonical = re.compile(GUID)
_guid = re.compile(GUID, re.IGNORECASE | re.ASCII)


def is_guid(value: object) -> TypeGuard[str]:
    """In any case, as people write them in settings."""
    return isinstance(value, str) and _guid.fullmatch(value) is not None


def is_canonical_guid(value: object) -> TypeGuard[str]:
    """Entra ID writes them in lower case. No other spelling passes in a token, so that a user has one identity."""
    return isinstance(value, str) and _canonical.fullmatch(value) is not None
