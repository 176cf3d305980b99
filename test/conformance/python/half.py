"""The verifier of the Python half as a function: it gives the key of the user, or raises an exception with a `code`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twodoor.tokens import create_verifier

Verify = Callable[[object], Awaitable[str]]


def verifier(client_id: str, **options: object) -> Verify:
    made = create_verifier(client_id=client_id, **options)

    async def verify(token: object) -> str:
        return (await made.verify(token)).key

    return verify
