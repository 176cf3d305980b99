"""What a page is asked for by `WWW-Authenticate`: claims in its token, or the consent of its user."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Final, TypeGuard

REALM: Final = 'Bearer realm="api"'
_LONGEST_CHALLENGE: Final = 8_192
"""What is longer no page reads. No claims challenge of Entra ID's comes near this."""
_scope = re.compile(r"[!#-+\--\[\]-~]+")
"""RFC 6749 §3.3, without the comma, which separates them in a challenge."""


def claims_challenge(claims: object) -> str | None:
    """In Microsoft's form (Microsoft Learn, "Claims challenges, claims requests and client capabilities"). `None` for
    what is no claims challenge, and for one that no page would read.

    claims: JSON text, or the dict that it stands for.
    """
    text = json_of(claims)
    if text is None:
        return None
    encoded = base64.b64encode(text.encode()).decode()
    value = f'{REALM}, error="insufficient_claims", claims="{encoded}"'
    return value if len(value) <= _LONGEST_CHALLENGE else None


def consent_challenge(scopes: object) -> str | None:
    """In the form that Microsoft.Identity.Web has for it. `None` for what is no list of scopes."""
    if not is_scope_list(scopes):
        return None
    asked = f'scopes="{",".join(scopes)}", proposedAction="consent"'
    return f'{REALM}, error="interaction_required", error_description="consent_required", {asked}'


def is_scope_list(value: object) -> TypeGuard[Sequence[str]]:
    """Whether these are scopes that a challenge can name: one at least."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(each, str) and _scope.fullmatch(each) for each in value)


def json_of(claims: object) -> str | None:
    """`None` for what is no object."""
    try:
        value = json.loads(claims) if isinstance(claims, str) else claims
        if not isinstance(value, dict):
            return None
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()  # half of a surrogate pair is no text
        return text
    except (ValueError, TypeError, RecursionError):
        return None
