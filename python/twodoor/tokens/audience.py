"""Which `aud` means this app. Version 2.0 tokens have its client ID there, version 1.0 tokens, Entra ID's default, its
Application ID URI as it was asked for (Microsoft Learn, "Access token claims reference")."""

from __future__ import annotations

import re

from ..guids import GUID
from .jws import WHERE_TO_CORRECT
from .options import ANY_HOST, VerifierSettings

_label = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
_host = rf"{_label}(?:\.{_label})*(?::[0-9]{{1,5}})?"
_name_of_app = re.compile(rf"(?:api://(?:({_host})/)?)?({GUID})", re.IGNORECASE | re.ASCII)
"""`<client ID>`, `api://<client ID>` or `api://<host>/<client ID>`, and nothing before, between or after."""


def is_for_this_app(aud: object, settings: VerifierSettings) -> bool:
    """Any host will do where nothing else is said: what Microsoft's rules for such URIs leave open is in SECURITY.md.
    Entra ID compares them without regard to case. Source: Microsoft Learn, "Restrictions on identifier URIs of
    Microsoft Entra applications"."""
    if not isinstance(aud, str):
        return False
    if aud in settings.audiences:
        return True
    match = _name_of_app.fullmatch(aud)
    if match is None or match.group(2).lower() != settings.client_id:
        return False
    host = match.group(1)
    return host is None or settings.hosts == ANY_HOST or host.lower() in settings.hosts


def why_not_for_this_app(settings: VerifierSettings) -> str:
    """For the log: what `aud` may be, and what to change where the app has another name."""
    own_id, is_any_host = settings.client_id, settings.hosts == ANY_HOST
    uris = [f"api://{host}/{own_id}" for host in (["<any host>"] if is_any_host else settings.hosts)]
    known = ", ".join((own_id, f"api://{own_id}", *uris, *settings.audiences))
    of_origin = "" if is_any_host else ", or the origin in it in `public_origin`"
    remedy = f"If your Application ID URI is another one, name it in `audiences`{of_origin}."
    return f"`aud` is none of {known}. {remedy} If not, {WHERE_TO_CORRECT}: it is of another API."
