"""The verifier of the Python half as a function: it says who the caller is, or raises an exception with a `code`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twodoor.tokens import AppIdentity, CallerVerifier, Identity, create_verifier

Verify = Callable[[object], Awaitable[dict[str, Any]]]


def verifier(client_id: str, *, caller: bool = False, **options: Any) -> Verify:
    """caller: whether an app on its own may be the caller as well."""
    made = create_verifier(client_id=client_id, **options)

    async def verify(token: object) -> dict[str, Any]:
        if caller and isinstance(made, CallerVerifier):
            return described(await made.verify_caller(token))
        return described(await made.verify(token))

    return verify


def described(caller: Identity | AppIdentity) -> dict[str, Any]:
    """In the words of tokens.json."""
    if isinstance(caller, AppIdentity):
        return {"identity": f"app:{caller.tenant_id}:{caller.app_id}", "roles": [*caller.roles]}
    return {
        "identity": caller.key,
        "scopes": [*caller.scopes],
        "roles": [*caller.roles],
        "groups": None if caller.groups is None else [*caller.groups],
        "groupsOverage": caller.groups_overage,
        "username": caller.username,
    }
