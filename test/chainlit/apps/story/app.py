"""The app of the story: people of both doors, with their threads in SQLite, and a tool that asks Microsoft Graph."""

import chainlit as cl
import conversation
import httpx
from sqlite_threads import Threads
from twodoor.chainlit import setup

auth = setup.from_environment()


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


@cl.step(type="tool")
async def name_at_graph():
    graph = await auth.token("User.Read")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {graph.token}"}) as client:
        return (await client.get("https://graph.microsoft.com/v1.0/me")).json()["displayName"]


@cl.on_message
async def answer(message: cl.Message):
    if message.content.startswith("Who am I"):
        await cl.Message(f"Graph knows {await name_at_graph()}, {message.content}").send()
    else:
        await conversation.answer(message)


class ToldThreads(Threads):
    async def create_step(self, step_dict):
        await super().create_step(step_dict)
        print(f"app: kept {step_dict.get('output')}")


@cl.data_layer
def data_layer():
    return ToldThreads()
