"""A Chainlit app for both doors: in a Teams tab and in a browser, the same people with the same threads."""

import os

import chainlit as cl
import httpx
from chainlit.oauth_providers import get_configured_oauth_providers
from twodoor.chainlit import setup

auth = setup.from_environment()  # TWODOOR_CLIENT_ID, TWODOOR_TENANTS, TWODOOR_PUBLIC_ORIGIN


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


if get_configured_oauth_providers():  # for data-browser="chainlit-oauth"; Chainlit refuses the decorator without one

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)


@cl.on_chat_start
async def start():
    name = cl.user_session.get("user").display_name
    await cl.Message(f"Hello, {name}. Ask me *Who am I?*, and I ask Microsoft Graph.").send()


@cl.step(type="tool")
async def my_profile():
    graph = await auth.token("User.Read")
    url = f"{os.environ.get('GRAPH_URL', 'https://graph.microsoft.com')}/v1.0/me"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {graph.token}"}) as client:
        return (await client.get(url)).raise_for_status().json()


@cl.on_message
async def answer(message: cl.Message):
    if message.content.lower().startswith("who am i"):
        profile = await my_profile()
        await cl.Message(f"{profile['displayName']}, {profile['userPrincipalName']}, says Microsoft Graph.").send()
        return
    await cl.Message(f"`{cl.user_session.get('user').identifier}` said: {message.content}").send()
