"""The access token of a user, checked. The same rules as `twodoor/server` in TypeScript has."""

from .identity import AppIdentity, Identity
from .options import ANY_HOST, ANY_ORGANIZATION, MICROSOFT_CLIENTS, DaemonOptions
from .refusal import TokenRefusedError
from .verify import CallerVerifier, Verifier, create_verifier

__all__ = [
    "ANY_HOST",
    "ANY_ORGANIZATION",
    "MICROSOFT_CLIENTS",
    "AppIdentity",
    "CallerVerifier",
    "DaemonOptions",
    "Identity",
    "TokenRefusedError",
    "Verifier",
    "create_verifier",
]
