"""A Chainlit app for Teams and the browser as it is wired today: both callbacks of Chainlit, and nothing else."""

import os

import chainlit as cl
import jwt

keys = jwt.PyJWKClient(f"{os.environ['ENTRA_AUTHORITY']}/{os.environ['ENTRA_TENANT_ID']}/discovery/v2.0/keys")


@cl.header_auth_callback
def header_auth(headers):
    token = headers.get("authorization", "").removeprefix("Bearer ")
    if not token:
        return None
    key = keys.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=os.environ["ENTRA_AUDIENCE"])
    return cl.User(identifier=claims["unique_name"], display_name=claims["name"])


@cl.oauth_callback
def oauth(provider_id, token, raw_user_data, default_user):
    default_user.display_name = raw_user_data["displayName"]
    return default_user


@cl.on_chat_start
async def start():
    await cl.Message(f"Hello, {cl.user_session.get('user').display_name}.").send()


@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"{cl.user_session.get('user').identifier} said: {message.content}").send()
