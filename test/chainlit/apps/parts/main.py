"""Chainlit inside another app, as `mount_chainlit` puts it there."""

import os

from chainlit.utils import mount_chainlit
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def home():
    return {"chat": os.environ["MOUNTED_AT"]}


mount_chainlit(app=app, target="app.py", path=os.environ["MOUNTED_AT"])
