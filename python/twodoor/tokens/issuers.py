"""Which tenant a token is of, and where the keys for it are."""

from __future__ import annotations

from typing import Final

from ..clouds import authorities_issuing, version_one_issuer_of
from ..guids import is_canonical_guid
from .identity import Claims
from .options import ANY_ORGANIZATION, VerifierSettings
from .refusal import TokenRefusedError

_PERSONAL_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Personal Microsoft accounts. Source: Microsoft Learn, "Access token claims reference", `tid`."""


def check_issuer(claims: Claims, settings: VerifierSettings) -> str:
    """The tenant that the token is said to be of. Nothing is fetched for another one than the options allow."""
    tenant = claims.get("tid")
    if not is_canonical_guid(tenant):
        raise TokenRefusedError("wrong_tenant", "`tid` is not a GUID.")
    if not _is_let_in(tenant, settings):
        remedy = "If its users may come in, name it there."
        raise TokenRefusedError("wrong_tenant", f"`tid` is none of `tenants`. {remedy}")
    issuer = _issuer_of(tenant, claims.get("ver"), settings.authority)
    if issuer is None:
        raise TokenRefusedError("token_invalid", "`ver` is neither 1.0 nor 2.0.")
    if claims.get("iss") != issuer:
        expected = f"that of the same tenant at {settings.authority}"
        remedy = _which_authority(settings.authority, claims.get("iss"))
        raise TokenRefusedError("wrong_issuer", f"`iss` is not {expected}. {remedy}")
    return tenant


def _which_authority(authority: str, iss: object) -> str:
    """What to change where the `iss` of a token is another one."""
    others = authorities_issuing(iss)
    if not others or authority in others:
        return "If another cloud or an emulator issues the tokens, name it in `authority`."
    return f"Another cloud has issued it: if its users may sign in here, `authority` is {' or '.join(others)}."


def _is_let_in(tenant: str, settings: VerifierSettings) -> bool:
    if settings.tenants == ANY_ORGANIZATION:
        return tenant != _PERSONAL_TENANT
    return tenant in settings.tenants


def _issuer_of(tenant: str, version: object, authority: str) -> str | None:
    if version == "2.0":
        return f"{authority}/{tenant}/v2.0"
    if version == "1.0":
        return f"{version_one_issuer_of(authority)}/{tenant}/"
    return None


def key_source_of(tenant: str, settings: VerifierSettings) -> tuple[str, frozenset[str]]:
    """The URL of the keys for a tenant's tokens, and the issuers that such a key may name.

    Where any organization is accepted, all share one URL, so that a token that nobody has checked yet never decides
    what is fetched. The `issuer` of a key has `{tenantid}` where it signs for all tenants. Source: Microsoft Learn,
    "Access tokens in the Microsoft identity platform", "Validate the signing key issuer".
    """
    authority = settings.authority
    segment = "organizations" if settings.tenants == ANY_ORGANIZATION else tenant
    issuers = frozenset(f"{authority}/{each}/v2.0" for each in (segment, "{tenantid}"))
    return f"{authority}/{segment}/discovery/v2.0/keys", issuers
