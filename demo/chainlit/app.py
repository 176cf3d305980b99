"""A Chainlit app for both doors: in a Teams tab and in a browser, the same people with the same threads."""

import os

import chainlit as cl
from chainlit.oauth_providers import get_configured_oauth_providers
from twodoor.chainlit import MICROSOFT_HOSTS, setup

auth = setup(
    client_id=os.environ["ENTRA_CLIENT_ID"],
    tenants=[os.environ["ENTRA_TENANT_ID"]],
    public_origin=os.environ.get("PUBLIC_ORIGIN"),  # https://chat.example.com; without it: this machine
    authority=os.environ.get("ENTRA_AUTHORITY", "https://login.microsoftonline.com"),
    frame_ancestors=[*MICROSOFT_HOSTS, *os.environ.get("FRAME_ANCESTORS", "").split()],
)


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


if get_configured_oauth_providers():  # for data-browser="chainlit-oauth"; Chainlit refuses the decorator without one

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)


@cl.on_chat_start
async def start():
    await cl.Message(f"Hello, {cl.user_session.get('user').display_name}.").send()


@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"`{cl.user_session.get('user').identifier}` said: {message.content}").send()
