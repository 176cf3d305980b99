"""The app of the story: people of both doors, with their threads in SQLite."""

import chainlit as cl
import conversation  # noqa: F401
from sqlite_threads import Threads
from twodoor.chainlit import setup

auth = setup.from_environment()


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


class ToldThreads(Threads):
    async def create_step(self, step_dict):
        await super().create_step(step_dict)
        print(f"app: kept {step_dict.get('output')}")


@cl.data_layer
def data_layer():
    return ToldThreads()
