"""The verifier of the Python half behind one function, wherever it is: in the package, or in the file to copy."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

Verify = Callable[[object], Awaitable[str]]
"""Gives the key of the user, or raises an exception with a `code`."""

_FILE_TO_COPY = Path(__file__).parents[3] / "demo" / "chainlit"

if find_spec("twodoor") is not None:
    from twodoor.tokens import create_verifier

    def verifier(client_id: str, **options: object) -> Verify:
        made = create_verifier(client_id=client_id, **options)

        async def verify(token: object) -> str:
            return (await made.verify(token)).key

        return verify

else:
    # Chainlit reads its settings when it is imported, from this folder, where it generates them.
    _FOLDER = tempfile.TemporaryDirectory(prefix="twodoor-conformance-")
    os.environ.update(CHAINLIT_APP_ROOT=_FOLDER.name, CHAINLIT_AUTH_SECRET="a secret of tests, 32 bytes or more")
    sys.path.insert(0, str(_FILE_TO_COPY))
    import twodoor_chainlit

    def verifier(client_id: str, **options: object) -> Verify:
        auth = twodoor_chainlit.setup(client_id=client_id, **options)

        async def verify(token: object) -> str:
            claims = await auth._verifier.verify(token)
            return f"entra:{claims['tid']}:{claims['oid']}"

        return verify
