"""The app of the story: people of both doors, with their threads in SQLite."""

import chainlit as cl
import conversation  # noqa: F401
import sqlite_threads  # noqa: F401
from twodoor.chainlit import setup

auth = setup.from_environment()


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)
