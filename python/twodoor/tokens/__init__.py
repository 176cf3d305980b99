"""The access token of a user, checked. The same rules as `twodoor/server` in TypeScript has."""

from .identity import Identity
from .options import ANY_HOST, ANY_ORGANIZATION, MICROSOFT_CLIENTS
from .refusal import TokenRefusedError
from .verify import Verifier, create_verifier

__all__ = [
    "ANY_HOST",
    "ANY_ORGANIZATION",
    "MICROSOFT_CLIENTS",
    "Identity",
    "TokenRefusedError",
    "Verifier",
    "create_verifier",
]
