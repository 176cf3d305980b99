"""twodoor on a Python server: who is behind a request, whichever door they came through.

The same web app is opened in a browser and as a Microsoft Teams tab. Both send a Microsoft Entra ID access token; this
package checks it and gives both the same identity.

    from twodoor import create_verifier

    verifier = create_verifier(client_id="…", tenants=["…"])
    identity = await verifier.verify(token)  # identity.key is entra:<tenant id>:<object id>

What is where, along the way of a request; the TypeScript server (src/server) has the same rooms:

    clouds.py    the clouds of Microsoft: authorities, issuers, who frames tabs
    origins.py   which origins may be trusted at all
    tokens/      the token: its header, issuer, keys, signature, claims and audience, and who it speaks of
    guard.py     who may come in, by scopes and roles, in any framework; refusal.py has the answers
    on_behalf_of/  tokens of other APIs for the users of this one
    chainlit/    in front of Chainlit: who may ask, cookies, sockets, frames, the two callbacks. A folder, because one
                 request passes all of it, and each step is a module
    socketio/    sockets that outlive their token, for python-socketio (docs/socket-protocol.md)
    fastapi.py   the identity as a dependency of FastAPI

The last three need the library that they are named after; `tokens` needs none of these and knows none of them.
"""

from . import refusal
from .cloud_table import MicrosoftCloud
from .clouds import microsoft_cloud
from .guard import Guard, identity_in, require_auth
from .tokens import (
    MICROSOFT_CLIENTS,
    AppIdentity,
    CallerVerifier,
    DaemonOptions,
    Identity,
    TokenRefusedError,
    Verifier,
    create_verifier,
)
from .version import __version__

__all__ = [
    "MICROSOFT_CLIENTS",
    "AppIdentity",
    "CallerVerifier",
    "DaemonOptions",
    "Guard",
    "Identity",
    "MicrosoftCloud",
    "TokenRefusedError",
    "Verifier",
    "__version__",
    "create_verifier",
    "identity_in",
    "microsoft_cloud",
    "refusal",
    "require_auth",
]
