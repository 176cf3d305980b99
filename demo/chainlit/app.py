"""A Chainlit app for both doors: in a Teams tab and in a browser, the same people with the same threads."""

import chainlit as cl
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
    await cl.Message(f"Hello, {cl.user_session.get('user').display_name}.").send()


@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"`{cl.user_session.get('user').identifier}` said: {message.content}").send()
