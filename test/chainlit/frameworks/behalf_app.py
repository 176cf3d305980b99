"""A FastAPI that asks Microsoft Graph on behalf of its users."""

from __future__ import annotations

import os
from typing import Annotated

import httpx
import msal
import uvicorn
from fastapi import Depends, FastAPI
from twodoor import Identity, create_verifier
from twodoor.fastapi import answer_refusals, require_auth
from twodoor.on_behalf_of import create_on_behalf_of

env = os.environ
options = {"client_id": env["CLIENT_ID"], "tenants": [env["TENANT"]], "authority": env["AUTHORITY"]}
verifier = create_verifier(**options, keep_tokens=True)
on_behalf_of = create_on_behalf_of(verifier=verifier, client_id=env["CLIENT_ID"], secret=env["CLIENT_SECRET"])
app = FastAPI()
answer_refusals(app)
User = Annotated[Identity, Depends(require_auth(verifier))]


@app.get("/profile")
async def profile(user: User, scope: str = "User.Read", claims: str | None = None) -> dict[str, str]:
    graph = await on_behalf_of.token(user, scope.split(), claims=claims)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {graph.token}"}) as client:
        answer = await client.get(f"{env['GRAPH']}/v1.0/me")
    return {"name": answer.json()["displayName"]}


@app.post("/sign-out")
async def sign_out(user: User) -> None:
    await on_behalf_of.forget(user)


print(f"with msal {msal.__version__}")
uvicorn.run(app, host="127.0.0.1", port=0, log_level="info")
