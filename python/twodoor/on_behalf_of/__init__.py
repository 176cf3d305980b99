"""Tokens of other APIs, such as Microsoft Graph, for the users of this one (OAuth 2.0 on-behalf-of).

    from twodoor import create_verifier
    from twodoor.on_behalf_of import create_on_behalf_of

    verifier = create_verifier(client_id="…", tenants=["…"], keep_tokens=True)
    on_behalf_of = create_on_behalf_of(verifier=verifier, client_id="…", secret=os.environ["CLIENT_SECRET"])
    graph = await on_behalf_of.token(user, ["User.Read"])

Needs `msal`: `pip install "twodoor[on-behalf-of]"`. What a server has to change is in the log `twodoor.on_behalf_of`.
docs/on-behalf-of.md says the rest.
"""

from .cache import TokenOnBehalf
from .create import OnBehalfOf, create_on_behalf_of
from .error import OnBehalfOfError
from .options import Certificate

__all__ = ["Certificate", "OnBehalfOf", "OnBehalfOfError", "TokenOnBehalf", "create_on_behalf_of"]
