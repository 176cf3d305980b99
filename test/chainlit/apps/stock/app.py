"""Header and OAuth login as people write them today, without twodoor."""

import chainlit as cl
import conversation  # noqa: F401
import jwt
import threads  # noqa: F401
from chainlit.oauth_providers import get_configured_oauth_providers


@cl.header_auth_callback
def header_auth(headers):
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        return None
    claims = jwt.decode(token, options={"verify_signature": False})
    return cl.User(identifier=claims["unique_name"])


if get_configured_oauth_providers():

    @cl.oauth_callback
    def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return default_user
