"""An ASGI app of one's own, behind a guard."""

from __future__ import annotations

import json
import os

import uvicorn
from twodoor import create_verifier, identity_in, require_auth

env = os.environ
verifier = create_verifier(client_id=env["CLIENT_ID"], tenants=[env["TENANT"]], authority=env["AUTHORITY"])


async def me(scope, receive, send):
    body = json.dumps({"key": identity_in(scope).key}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


app = require_auth(verifier, scopes=["access_as_user"]).asgi(me)
uvicorn.run(app, host="127.0.0.1", port=0, log_level="info", lifespan="off")
