"""An app that asks Microsoft Graph on behalf of its users, and decides who may come in."""

import asyncio
import os

import chainlit as cl
import httpx
import threads  # noqa: F401
from chainlit.oauth_providers import get_configured_oauth_providers
from twodoor.chainlit import setup
from twodoor.on_behalf_of import OnBehalfOfError


async def note(identity):
    return None if identity.username in os.environ.get("BLOCKED", "").split() else {"roles": list(identity.roles)}


auth = setup(
    client_id=os.environ["ENTRA_CLIENT_ID"],
    tenants=[os.environ["ENTRA_TENANT_ID"]],
    public_origin=os.environ["PUBLIC_ORIGIN"],
    roles=os.environ["ROLES"].split() if "ROLES" in os.environ else None,
    user=note if "NOTES" in os.environ else None,
    secret=os.environ["CLIENT_SECRET"],
)


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


if get_configured_oauth_providers():

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)


async def name_at_graph(claims=None):
    try:
        graph = await auth.token("User.Read", claims=claims)
    except OnBehalfOfError as error:
        return f"refused: {error.code}"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {graph.token}"}) as client:
        answer = await client.get("https://graph.microsoft.com/v1.0/me")
    return answer.json()["displayName"]


@cl.step(type="tool")
async def look_up(claims=None):
    return await name_at_graph(claims)


STEP_UP = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


if "GREETING" in os.environ:

    @cl.on_chat_start
    async def greet():
        look = cl.Action(name="look", payload={}, label="Look again")
        await cl.Message(f"welcome: {await name_at_graph()}", actions=[look]).send()


@cl.action_callback("look")
async def look_again(action):
    await cl.Message(f"looked again: {await name_at_graph()}").send()


@cl.on_message
async def answer(message: cl.Message):
    words = message.content
    if "parallel" in words:
        names = await asyncio.gather(*[name_at_graph() for _ in range(5)])
    else:
        names = [await look_up(STEP_UP if "secure" in words else None)]
    metadata = cl.user_session.get("user").metadata
    print(f"app: {words} as {cl.user_session.get('user').identifier} {metadata}")
    await cl.Message(f"{words}: {', '.join(names)}").send()
