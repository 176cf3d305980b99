"""A FastAPI as it is by default."""

from __future__ import annotations

import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from twodoor import Identity, create_verifier
from twodoor.fastapi import identity_by

env = os.environ
verifier = create_verifier(client_id=env["CLIENT_ID"], tenants=[env["TENANT"]], authority=env["AUTHORITY"])
app = FastAPI()
User = Annotated[Identity, Depends(identity_by(verifier))]


@app.get("/me")
async def me(user: User) -> dict[str, str]:
    return {"key": user.key}


uvicorn.run(app, host="127.0.0.1", port=0, log_level="info")
