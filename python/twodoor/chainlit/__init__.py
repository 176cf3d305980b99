"""Chainlit from both doors, the server's half.

It checks the Microsoft Entra ID access token that the page sends in a header, gives both doors the same identity, makes
the session cookie last in a Teams tab, and keeps the pages of other sites away from it, whatever Chainlit is set to.

    from twodoor.chainlit import setup

    auth = setup(client_id="…", tenants=["…"], public_origin="https://chat.example.com")

    @cl.header_auth_callback
    async def header_auth(headers):
        return await auth.user(headers)

Verified with Chainlit 2.9 to 2.12 on Python 3.10 and later. What it refuses is in the log `twodoor`, with the reason
and without the token.

The way of a request: middleware.py, which asks fetch_metadata.py whether it may, cookies.py which of its cookies count,
hybrid.py whether a posted sign-in began here, then Chainlit, which asks auth.py who it is; entrance.py checks the
token, and admission.py who may come in. answers.py completes what Chainlit answers, sockets.py ends the
sockets of a session that is over, and ended_sessions.py knows which are over before their time.

The way of a token on behalf of a user: auth.py, session_tokens.py, and where the page has to help, page_questions.py
asks it, posted_tokens.py answers what it posts, and relay.py carries that from one worker to another.
"""

from ..tokens import MICROSOFT_CLIENTS
from .auth import Auth
from .options import MICROSOFT_HOSTS
from .setup import setup

__all__ = ["MICROSOFT_CLIENTS", "MICROSOFT_HOSTS", "Auth", "setup"]
