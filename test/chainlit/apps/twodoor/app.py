"""The app of the demo with the conversation and the threads of these tests."""

import os

import chainlit as cl
import conversation  # noqa: F401
import threads  # noqa: F401
from chainlit.oauth_providers import get_configured_oauth_providers
from twodoor.chainlit import setup

auth = setup(
    client_id=os.environ["ENTRA_CLIENT_ID"],
    tenants=[os.environ["ENTRA_TENANT_ID"]],
    public_origin=os.environ.get("PUBLIC_ORIGIN"),
)


@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)


if get_configured_oauth_providers():

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)
