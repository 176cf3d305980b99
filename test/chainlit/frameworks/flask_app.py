"""A Flask as it is by default, with the two lines of help(twodoor.create_verifier)."""

from __future__ import annotations

import asyncio
import os

from flask import Flask, request
from twodoor import TokenRefusedError, create_verifier

env = os.environ
verifier = create_verifier(client_id=env["CLIENT_ID"], tenants=[env["TENANT"]], authority=env["AUTHORITY"])
app = Flask(__name__)


@app.errorhandler(TokenRefusedError)
def refuse(refused: TokenRefusedError):
    return {"code": refused.code}, refused.status, refused.headers


@app.get("/me")
def me():
    identity = asyncio.run(verifier.verify_header(request.headers.get("Authorization")))
    return {"key": identity.key}


@app.get("/async/me")
async def async_me():
    identity = await verifier.verify_header(request.headers.get("Authorization"))
    return {"key": identity.key}


app.run("127.0.0.1", 0)
