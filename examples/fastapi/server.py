import os
from typing import Annotated

import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from twodoor import Identity, create_verifier
from twodoor.fastapi import require_auth

verifier = create_verifier(client_id=os.environ["CLIENT_ID"], tenants=[os.environ["TENANT_ID"]])
User = Annotated[Identity, Depends(require_auth(verifier))]
api = APIRouter(prefix="/api")


@api.get("/me")
async def me(user: User) -> dict[str, str]:
    return {"key": user.key}


app = FastAPI()
app.include_router(api)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "3000")))
