"""Chainlit's own OAuth: whose users are accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from chainlit.oauth_providers import get_configured_oauth_providers, get_oauth_provider

from ..guids import is_guid
from ..tokens import ANY_ORGANIZATION
from .fetch_metadata import HYBRID_PROVIDER
from .options import Settings

_OWN_ENTRA_PROVIDERS: Final = ("azure-ad", HYBRID_PROVIDER)


class OAuthMistake(Exception):
    """Why no user can be accepted, with what to change. For the log."""


def user_ids_of(provider_id: str, raw: Mapping[str, object], settings: Settings) -> tuple[str, str]:
    """The tenant and the object ID of the user whom Microsoft Graph's `/me` speaks of. Raises OAuthMistake."""
    tenant = _signing_tenant(provider_id, settings)
    object_id = raw.get("id")
    if not is_guid(object_id):
        raise OAuthMistake("The user that the provider gave has no GUID in `id`: let it ask Microsoft Graph's /me.")
    return tenant, object_id.lower()


def _signing_tenant(provider_id: str, settings: Settings) -> str:
    """Who signs decides whose `id` it is: with `common`, a guest would have the one of the home tenant."""
    tenants = settings.verifier.tenants
    if tenants == ANY_ORGANIZATION or len(tenants) != 1:
        reason = "what Microsoft Graph says of a user does not tell the tenant."
        raise OAuthMistake(f"Name exactly one tenant in `tenants`: {reason}")
    is_own_entra = provider_id in _OWN_ENTRA_PROVIDERS
    if not is_own_entra and provider_id not in settings.oauth_providers:
        remedy = "If it does, name it in `oauth_providers`."
        raise OAuthMistake(f"{provider_id!r} is not known to sign in to your tenant. {remedy}")
    (tenant,) = tenants
    if not _is_signed_by(provider_id, tenant):
        raise OAuthMistake(_how_to_name(tenant, provider_id, is_own_entra=is_own_entra))
    return tenant


def _is_signed_by(provider_id: str, tenant: str) -> bool:
    token_url = getattr(get_oauth_provider(provider_id), "token_url", None)
    return isinstance(token_url, str) and tenant in urlsplit(token_url).path.lower().split("/")


def _how_to_name(tenant: str, provider_id: str, *, is_own_entra: bool) -> str:
    if not is_own_entra:
        return f"The token URL of {provider_id!r} is not that of the tenant {tenant}: name the tenant in it."
    prefix = f"OAUTH_{provider_id.replace('-', '_').upper()}"
    return f"Set {prefix}_ENABLE_SINGLE_TENANT=true and {prefix}_TENANT_ID={tenant}, so that this tenant signs."


def is_hybrid_configured() -> bool:
    return HYBRID_PROVIDER in get_configured_oauth_providers()  # type: ignore[no-untyped-call]
