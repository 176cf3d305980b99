"""Who a token speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Claims = Mapping[str, object]


@dataclass(frozen=True)
class Identity:
    key: str
    """The same key means the same user: `entra:<tenant id>:<object id>`."""
    expires_at: float
    """When the token expires, in seconds since the epoch: its `exp`."""
    tenant_id: str = ""
    object_id: str = ""
    claims: Claims = field(default_factory=dict, repr=False, compare=False)
    """All claims of the token, checked."""


def key_of(tenant_id: str, object_id: str) -> str:
    """The same from both doors, and the same as in TypeScript."""
    return f"entra:{tenant_id}:{object_id}"
