"""Chainlit from both doors, the server's half: one file to copy beside your app.py.

It checks the Microsoft Entra ID access token that the page sends in a header, gives both doors the same identity, makes
the session cookie last in a Teams tab, and keeps the pages of other sites away from it, whatever Chainlit is set to.

    auth = setup(client_id="…", tenants=["…"], public_origin="https://chat.example.com")

    @cl.header_auth_callback
    async def header_auth(headers):
        return await auth.user(headers)

Needs nothing that Chainlit does not install: httpx, and PyJWT with cryptography (`pip install "pyjwt[crypto]"` if a
Chainlit of yours came without). Verified with Chainlit 2.9 to 2.12 on Python 3.10 and later. What it refuses is in the
log `twodoor.chainlit`, with the reason and without the token.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import parent_process
from time import monotonic, time
from typing import Final, Literal, TypeGuard
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

import chainlit.server
import chainlit.session
import httpx
import jwt
from chainlit.config import config
from chainlit.oauth_providers import get_configured_oauth_providers, get_oauth_provider
from chainlit.user import User
from chainlit.version import __version__ as chainlit_version
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.datastructures import Headers, State
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MICROSOFT_CLIENTS", "MICROSOFT_HOSTS", "Auth", "setup"]

MICROSOFT_CLIENTS: Final = (
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264",  # Teams desktop and mobile
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",  # Teams web
    "4765445b-32c6-49b0-83e6-1d93765276ca",  # Microsoft 365 web
    "0ec893e0-5785-4de6-99da-4ed124e5296c",  # Microsoft 365 desktop
    "d3590ed6-52b3-4102-aeff-aad2292ab01c",  # Microsoft 365 mobile, Outlook desktop
    "bc59ab01-8403-45c6-8796-ac3ef710b3e3",  # Outlook web
    "27922004-5251-4030-b22d-91ecd9a37ea4",  # Outlook mobile
)
"""The clients that tabs get tokens through. Source: Microsoft Learn, "Configure your tab app in Microsoft Entra ID"."""

MICROSOFT_HOSTS: Final = (
    "https://*.cloud.microsoft",
    "https://teams.microsoft.com",
    "https://*.teams.microsoft.com",
    "https://*.microsoft365.com",
    "https://*.office.com",
    "https://outlook.office365.com",
)
"""The pages that show tabs in a frame, test rings left out. Source: Microsoft Learn, "Tab requirements"."""

Claims = Mapping[str, object]

_log: Final = logging.getLogger("twodoor.chainlit")

_DEFAULT_AUTHORITY: Final = "https://login.microsoftonline.com"
_DEFAULT_SCOPE: Final = "access_as_user"
_ANY_ORGANIZATION: Final = "any-organization"
_EXAMPLE_GUID: Final = "11111111-2222-3333-4444-555555555555"
_EXAMPLE_ORIGIN: Final = "https://chat.example.com"
_VERIFIED_VERSIONS: Final = ("2.9", "2.10", "2.11", "2.12")
_LONGEST_SAFE_SESSION_S: Final = 86_400

_guid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_loopback = re.compile(r"localhost|127(?:\.\d+){3}|\[::1\]|.+\.localhost")


# 1. Options


@dataclass(frozen=True)
class _Settings:
    client_id: str
    tenants: tuple[str, ...] | None
    """`None`: any organization."""
    public_origins: tuple[str, ...]
    """Empty: the origin that the request itself is sent to."""
    audiences: tuple[str, ...]
    """Compared exactly."""
    hosts: tuple[str, ...] | None
    """What an Application ID URI may have before the client ID. `None`: any host."""
    scopes: tuple[str, ...]
    clients: tuple[str, ...]
    authority: str
    frame_ancestors: tuple[str, ...]
    oauth_providers: tuple[str, ...]
    cookie_name: str
    root_path: str
    """Of `chainlit run --root-path`. Not to be read from Chainlit's `config` later: a reload loses it there."""


def setup(
    *,
    client_id: str,
    tenants: Sequence[str] | Literal["any-organization"],
    public_origin: str | Sequence[str] | None = None,
    audiences: Sequence[str] = (),
    scopes: Sequence[str] = (_DEFAULT_SCOPE,),
    clients: Sequence[str] | None = None,
    authority: str = _DEFAULT_AUTHORITY,
    frame_ancestors: Sequence[str] = MICROSOFT_HOSTS,
    oauth_providers: Sequence[str] = (),
) -> Auth:
    """Checks the options and Chainlit's own settings, and puts the middleware in front of Chainlit. Call it in app.py.

    Called again, as `chainlit run -w` does at every change, the newest options count and nothing is put there twice.

    client_id: the application (client) ID of your app registration, a GUID.
    tenants: the tenants whose users are let in, a list of GUIDs. "any-organization" lets in users of every Microsoft
        Entra tenant in the world, guests included: then compare the tenant in `user.identifier` yourself.
    public_origin: the origin, or origins, that people open the app at. Pages of other origins may neither read nor
        change anything nor open the socket, unless Chainlit's `allow_origins` names them: its `*` names nobody.
        Default: the origin that the request itself is sent to, by its `Host`, over https (http on loopback only). That
        is right on your own machine, and wrong behind a proxy that changes `Host`: name it in production.
    audiences: further values of `aud`, compared exactly. Without them it may be `<client_id>`, as in version 2.0
        tokens, or an Application ID URI, as version 1.0 tokens have it: `api://<client_id>`, or
        `api://<host>/<client_id>` as Teams wants it, with any host where `tenants` is a list, else with that of a
        public origin.
    scopes: the names of scopes, as in `scp`: one of them must be there. Default: `access_as_user`.
    clients: the client IDs that may ask for tokens (`azp`, or `appid` in version 1.0). Replaces the default: your own
        and MICROSOFT_CLIENTS, because Teams SSO tokens are issued to Teams.
    authority: the authority, without the tenant, for sovereign clouds and tests. Keys are fetched from there, through
        HTTPS_PROXY and with SSL_CERT_FILE if the environment has them.
    frame_ancestors: who may show the app in a frame beside itself, as in the Content-Security-Policy. Default:
        MICROSOFT_HOSTS.
    oauth_providers: further providers of Chainlit that sign in to your Entra tenant and whose user is the one of
        Microsoft Graph's `/me`, beside `azure-ad` and `azure-ad-hybrid`.

    Raises ValueError naming the argument and a valid example.
    """
    own_id = _checked("client_id", client_id, _is_guid, "a GUID", _EXAMPLE_GUID).lower()
    origins = _checked_origins(public_origin)
    named_tenants = None if tenants == _ANY_ORGANIZATION else _checked_guids("tenants", tenants)
    settings = _Settings(
        client_id=own_id,
        tenants=named_tenants,
        public_origins=origins,
        audiences=_checked_list("audiences", audiences, _is_text, f"api://example.com/{own_id}"),
        hosts=None if named_tenants else tuple(urlsplit(each).netloc for each in origins),
        scopes=_checked_list("scopes", scopes, _is_scope_name, _DEFAULT_SCOPE, at_least=1),
        clients=(own_id, *MICROSOFT_CLIENTS) if clients is None else _checked_guids("clients", clients),
        authority=_checked("authority", authority, _is_origin, _AN_ORIGIN, _DEFAULT_AUTHORITY).removesuffix("/"),
        frame_ancestors=_checked_list("frame_ancestors", frame_ancestors, _is_source, MICROSOFT_HOSTS[0]),
        oauth_providers=_checked_list("oauth_providers", oauth_providers, _is_text, "generic"),
        cookie_name=os.environ.get("CHAINLIT_AUTH_COOKIE_NAME", "access_token"),
        root_path=chainlit.server.router.prefix,
    )
    auth = Auth(settings)
    is_first = _register(auth, chainlit.server.app)
    _check_chainlit(is_first=is_first)
    return auth


_AN_ORIGIN: Final = "an https origin in lower case and without a path (http on loopback only)"


def _checked(argument: str, value: object, is_valid: Callable[[str], bool], expected: str, example: str) -> str:
    if isinstance(value, str) and is_valid(value):
        return value
    # Neither at length nor with what can be secret in a URL: user and password, query and fragment.
    given = repr(re.sub(r"(?s).*@|[?#].*", "…", value[:200])) if isinstance(value, str) else type(value).__name__
    raise ValueError(f"`{argument}` must be {expected}, for example {example!r}, not {given}.")


def _checked_list(
    argument: str, values: object, is_valid: Callable[[str], bool], example: str, expected: str = "", at_least: int = 0
) -> tuple[str, ...]:
    expected = expected or f"a list of {argument}"
    # A text is a sequence too, of letters: the likeliest mistake here.
    if not isinstance(values, (list, tuple)) or len(values) < at_least:
        given = repr(values)[:200] if isinstance(values, (str, list, tuple)) else type(values).__name__
        raise ValueError(f"`{argument}` must be {expected}, for example [{example!r}], not {given}.")
    return tuple(_checked(f"{argument}[{i}]", value, is_valid, expected, example) for i, value in enumerate(values))


def _checked_guids(argument: str, values: object) -> tuple[str, ...]:
    expected = "a list of tenant GUIDs, or 'any-organization'" if argument == "tenants" else "a list of GUIDs"
    return tuple(guid.lower() for guid in _checked_list(argument, values, _is_guid, _EXAMPLE_GUID, expected, 1))


def _checked_origins(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    origins = _checked_list("public_origin", values, _is_origin, _EXAMPLE_ORIGIN, _AN_ORIGIN, 1)
    return tuple(origin.removesuffix("/") for origin in origins)


def _is_guid(value: str) -> bool:
    return re.fullmatch(_guid.pattern, value, re.IGNORECASE) is not None


def _is_text(value: str) -> bool:
    return value.strip() != ""


def _is_scope_name(value: str) -> bool:
    """RFC 6749 §3.3. The long form, `api://…/access_as_user`, is what apps ask for; `scp` has the name alone."""
    return re.fullmatch(r"[!#-\[\]-~]+", value) is not None and "://" not in value


def _is_source(value: str) -> bool:
    """Printable ASCII without what separates sources, directives and policies."""
    return re.fullmatch(r"[!-~]+", value) is not None and not set(value) & set(",;")


def _is_origin(value: str) -> bool:
    """Whether browsers write it like that, and nobody on the way can change what comes from there."""
    match = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?/?", value)
    if match is None:
        return False
    scheme, host, port = match.groups()
    is_trustworthy = scheme == "https" or _loopback.fullmatch(host) is not None
    return is_trustworthy and port != {"https": ":443", "http": ":80"}[scheme]


def _check_chainlit(*, is_first: bool) -> None:
    if "*" in config.project.allow_origins and is_first:
        # It is Chainlit's generated default, and harmless behind this file.
        _log.info('allow_origins has "*", which names nobody here: pages of other origins read and change nothing.')
    if os.environ.get("CHAINLIT_COOKIE_SAMESITE", "lax").lower() == "none":
        _log.warning("CHAINLIT_COOKIE_SAMESITE=none sends the session with calls of every site: unset it.")
    lifetime = config.project.user_session_timeout
    if lifetime > _LONGEST_SAFE_SESSION_S:
        remedy = "The page renews them silently: in .chainlit/config.toml set user_session_timeout = 28800."
        _log.warning("Sessions last %.1f days, long after the token that began them. %s", lifetime / 86_400, remedy)
    transports = getattr(config.project, "transports", None)
    if _has_other_workers() and list(transports or ()) != ["websocket"]:
        remedy = 'In .chainlit/config.toml set transports = ["websocket"] below [project], or turn on sticky sessions.'
        _log.error("There are several workers, and a page that polls reaches one that does not know it. %s", remedy)
    if ".".join(chainlit_version.split(".")[:2]) not in _VERIFIED_VERSIONS:
        verified = ", ".join(_VERIFIED_VERSIONS)
        _log.warning("This file is verified with Chainlit %s, and this is %s.", verified, chainlit_version)


def _has_other_workers() -> bool:
    """Of uvicorn, which starts them as children, or of gunicorn. Replicas cannot be seen from here: the page sees them.
    `chainlit run` has one process, whatever WEB_CONCURRENCY says, which platforms set by themselves."""
    is_gunicorn = "gunicorn" in os.path.basename(sys.argv[0])
    if not is_gunicorn and parent_process() is None:
        return False
    given = re.search(r"(?:^| )(?:--workers|-w)[ =]?(\d+)", " ".join(sys.argv[1:]))
    asked = given.group(1) if given else os.environ.get("WEB_CONCURRENCY", "1")
    return asked.isdecimal() and int(asked) > 1


# 2. The token. The same rules as `twodoor/server` has.

_LATEST_TIME_S: Final = 253_402_300_799
"""The end of the year 9999. Nothing lasts until then, and no arithmetic fails before."""
_LONGEST_TOKEN: Final = 16_384
"""Headers of servers and proxies hold less than this anyway."""
_CLOCK_TOLERANCE_S: Final = 60
_PERSONAL_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Personal Microsoft accounts. Source: Microsoft Learn, "Access token claims reference", `tid`."""
_VERSION_ONE_ISSUERS: Final = {
    "https://login.microsoftonline.com": "https://sts.windows.net",
    "https://login.microsoftonline.us": "https://sts.windows.net",
    "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",
}
"""Version 1.0 tokens of Microsoft's clouds have an issuer on another host than the authority."""

# What to change, for the log.
_WHICH_TO_SEND: Final = "Correct `data-scope`: it has to be a scope of this app, and only Graph checks Graph's tokens."
_WHICH_AUTHORITY: Final = "If another cloud or an emulator issues the tokens, name it in `authority`."

_token_form = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_bearer = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_bearer_scheme = re.compile(r"bearer(?: |$)", re.IGNORECASE)
_label = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
_name_of_app = re.compile(
    rf"(?:api://(?:({_label}(?:\.{_label})*(?::[0-9]{{1,5}})?)/)?)?({_guid.pattern})", re.IGNORECASE | re.ASCII
)
"""`<client ID>`, `api://<client ID>` or `api://<host>/<client ID>`, and nothing before, between or after."""
_signatures = jwt.PyJWS(algorithms=["RS256"])


class _Refused(Exception):
    """Neither the message nor anything else of it holds the token or a part of it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class _Verifier:
    def __init__(self, settings: _Settings) -> None:
        self._settings = settings
        self._key_sets: dict[str, _KeySet] = {}

    async def verify(self, token: object) -> Claims:
        """The claims of the token, all of them checked. Raises _Refused, within 5 s."""
        text = _check_form(token)
        _check_spelling(text)
        kid = _check_header(text)
        claims = _json_part(text, 1)
        tenant = _check_issuer(claims, self._settings)
        key = await self._key_set_of(tenant).find(kid)
        if key is None:
            raise _Refused("token_invalid", "The authority has no key of that name.")
        _check_signature(text, key)
        _check_times(claims)
        _check_claims(claims, self._settings)
        return claims

    def _key_set_of(self, tenant: str) -> _KeySet:
        """Only allowed tenants come here. Without a list of tenants all share one place, so that a token that nobody
        has checked yet never decides what is fetched."""
        authority = self._settings.authority
        segment = tenant if self._settings.tenants else "organizations"
        # The `issuer` of a key has `{tenantid}` where it signs for all tenants. Source: Microsoft Learn, "Access tokens
        # in the Microsoft identity platform", "Validate the signing key issuer".
        issuers = {f"{authority}/{each}/v2.0" for each in (segment, "{tenantid}")}
        url = f"{authority}/{segment}/discovery/v2.0/keys"
        if url not in self._key_sets:
            self._key_sets[url] = _KeySet(url, issuers)
        return self._key_sets[url]


def _bearer_token(headers: Headers) -> str | None:
    """The token in the one `Authorization: Bearer` header, or `None` if there is none or another scheme."""
    values = headers.getlist("authorization")
    if len(values) > 1:
        raise _Refused("request_malformed", "There are several Authorization headers.")
    if not values or not _bearer_scheme.match(values[0]):
        return None
    match = _bearer.fullmatch(values[0])
    if match is None:
        raise _Refused("request_malformed", "The Authorization header is not one Bearer token.")
    return match.group(1)


def _check_form(token: object) -> str:
    if token is None or token == "":
        raise _Refused("token_missing", "There is no token.")
    if not isinstance(token, str):
        raise _Refused("token_malformed", "The token is not a text.")
    if len(token) > _LONGEST_TOKEN:
        raise _Refused("token_malformed", "The token is longer than 16 KB.")
    if not _token_form.fullmatch(token):
        raise _Refused("token_malformed", f"The token is not a signed JWT. {_WHICH_TO_SEND}")
    return token


def _check_header(token: str) -> str:
    """The ID of the key that is said to have signed."""
    header = _json_part(token, 0)
    if header.get("alg") != "RS256":
        raise _Refused("token_invalid", "`alg` is not RS256.")
    if "crit" in header:
        raise _Refused("token_invalid", "The header has critical extensions.")
    if "typ" in header and not re.fullmatch(r"(?i)(?:at\+)?jwt", str(header["typ"])):
        raise _Refused("token_invalid", "`typ` is not JWT.")
    kid = header.get("kid")
    if not isinstance(kid, str) or kid == "":
        raise _Refused("token_invalid", "The header names no key.")
    return kid


def _json_part(token: str, index: int) -> Claims:
    try:
        decoded: object = json.loads(_decoded_part(token.split(".")[index]).decode(), object_pairs_hook=_object_of)
    except (ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        raise _Refused("token_malformed", f"The {['header', 'claims'][index]} of the token is no JSON object.")
    return decoded


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a key that is there twice one reader takes the first and another the last (RFC 8259 §4): nobody knows."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice")
    return made


def _decoded_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _check_spelling(token: str) -> None:
    """The last letter of base64url can have bits that decode to nothing: then one token has several spellings."""
    for part in token.split("."):
        try:
            is_canonical = base64.urlsafe_b64encode(_decoded_part(part)).rstrip(b"=") == part.encode()
        except ValueError:
            is_canonical = False
        if not is_canonical:
            raise _Refused("token_malformed", "A part of the token is not base64url as RFC 7515 spells it.")


def _check_issuer(claims: Claims, settings: _Settings) -> str:
    """The tenant that the token is said to be of. Nothing is fetched for another one than the options allow."""
    tenant, version = claims.get("tid"), claims.get("ver")
    if not _is_id(tenant):
        raise _Refused("wrong_tenant", "`tid` is not a GUID.")
    is_allowed = tenant in settings.tenants if settings.tenants else tenant != _PERSONAL_TENANT
    if not is_allowed:
        raise _Refused("wrong_tenant", "`tid` is none of `tenants`. If its users may come in, name it there.")
    if version not in ("1.0", "2.0"):
        raise _Refused("token_invalid", "`ver` is neither 1.0 nor 2.0.")
    authority = settings.authority
    version_one = f"{_VERSION_ONE_ISSUERS.get(authority, authority)}/{tenant}/"
    if claims.get("iss") != (version_one if version == "1.0" else f"{authority}/{tenant}/v2.0"):
        raise _Refused("wrong_issuer", f"`iss` is not that of the same tenant at {authority}. {_WHICH_AUTHORITY}")
    return tenant


def _check_signature(token: str, key: RSAPublicKey) -> None:
    try:
        _signatures.decode(token, key, algorithms=["RS256"])
    except Exception:  # whatever the library makes of it, it is not signed by that key
        raise _Refused("token_invalid", f"The signature is wrong. {_WHICH_TO_SEND}") from None


def _check_times(claims: Claims) -> None:
    exp, nbf = (_time_of(claims, name) for name in ("exp", "nbf"))
    _time_of(claims, "iat")
    now = time()
    if exp <= now - _CLOCK_TOLERANCE_S:
        raise _Refused("token_expired", "The token has expired. If it is new, compare the clocks.")
    if nbf > now + _CLOCK_TOLERANCE_S:
        raise _Refused("token_invalid", "The token is not valid yet: compare the clocks.")


def _time_of(claims: Claims, name: str) -> float:
    value = claims.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and 0 <= value <= _LATEST_TIME_S:  # which NaN is not, either
        return value
    raise _Refused("token_invalid", f"`{name}` is missing or no time.")


def _check_claims(claims: Claims, settings: _Settings) -> None:
    """The first that is broken names the refusal."""
    if "cnf" in claims:
        raise _Refused("not_an_access_token", "It is bound to a key (`cnf`), which its bearer has not proved to have.")
    if any(name in claims for name in ("nonce", "at_hash", "c_hash")):
        raise _Refused("not_an_access_token", "It is an ID token: send the access token for a scope of this API.")
    if claims.get("idtyp", "user") != "user":
        raise _Refused("not_an_access_token", "It is a token of an app on its own (`idtyp`): no user is behind it.")
    scp = claims.get("scp")
    if not isinstance(scp, str) or not scp.strip():
        kind = "an ID token or one of an app on its own"
        raise _Refused("not_an_access_token", f"It has no `scp`: it is {kind}. {_WHICH_TO_SEND}")
    if not _is_for_this_app(claims.get("aud"), settings):
        raise _Refused("wrong_audience", _why_not_for_this_app(settings))
    client = claims.get("appid" if claims.get("ver") == "1.0" else "azp")
    if client not in settings.clients:
        remedy = "If that client may call this app, name it there, beside those of Microsoft that you need."
        raise _Refused("wrong_client", f"`azp` or `appid` is none of `clients`. {remedy}")
    if not set(scp.split(" ")) & set(settings.scopes):
        remedy = "If this app has another scope, give its name in `scopes`; if not, correct `data-scope`."
        raise _Refused("wrong_scope", f"`scp` has none of {', '.join(settings.scopes)}. {remedy}")
    if not _is_id(claims.get("oid")):
        raise _Refused("token_invalid", "`oid` is not a GUID.")


def _is_for_this_app(aud: object, settings: _Settings) -> bool:
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
    return host is None or settings.hosts is None or host.lower() in settings.hosts


def _why_not_for_this_app(settings: _Settings) -> str:
    own_id, hosts = settings.client_id, settings.hosts
    uris = [f"api://{host}/{own_id}" for host in (["<any host>"] if hosts is None else hosts)]
    known = ", ".join((own_id, f"api://{own_id}", *uris, *settings.audiences))
    of_origin = "" if hosts is None else ", or the origin in it in `public_origin`"
    remedy = f"If your Application ID URI is another one, name it in `audiences`{of_origin}."
    return f"`aud` is none of {known}. {remedy} If not, correct `data-scope`: it is of another API."


def _is_id(value: object) -> TypeGuard[str]:
    """Entra ID writes them in lower case. No other spelling passes, so that a user has one identity."""
    return isinstance(value, str) and _guid.fullmatch(value) is not None


# 3. The keys that the authority signs with

_FETCH_DEADLINE_S: Final = 5
"""An authority that does not answer must not hold a request for longer."""
_COOLDOWN_S: Final = 30
"""Tokens with made-up key IDs cost no more than one fetch in this time."""
_RETRY_AFTER_FAILURE_S: Final = 5
"""The same after a fetch that failed."""
_REFRESH_AFTER_S: Final = 3_600
"""From then on known keys are fetched again in the background. Entra ID announces a new key days ahead."""
_DISCARD_AFTER_S: Final = 86_400
"""Known keys that could not be fetched again for so long are not trusted any more."""
_SMALLEST_KEY_BITS: Final = 2_048


class _KeySet:
    """The keys at a URL: fetched when first needed, then kept. One fetch at a time, and never a blocked event loop."""

    def __init__(self, url: str, issuers: set[str]) -> None:
        self._url = url
        self._issuers = issuers
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_at = self._failed_at = -math.inf
        self._pending: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key of that ID, or `None` if the authority has none. Raises _Refused if the keys cannot be had."""
        known = self._keys.get(kid) if monotonic() - self._fetched_at < _DISCARD_AFTER_S else None
        if known is not None:
            is_due = monotonic() - self._fetched_at >= _REFRESH_AFTER_S and not self._has_just_failed()
            if is_due:
                self._refresh()
            return known
        if not self._has_just_failed() and monotonic() - self._fetched_at >= _COOLDOWN_S:
            # A request that is cancelled must not take the keys from the others that wait.
            await asyncio.shield(self._refresh())
        if self._has_just_failed():
            raise _Refused("keys_unavailable", f"The keys at {self._url} cannot be had now. This token was not judged.")
        return self._keys.get(kid)

    def _has_just_failed(self) -> bool:
        return monotonic() - self._failed_at < _RETRY_AFTER_FAILURE_S

    def _refresh(self) -> asyncio.Task[None]:
        if self._pending is None or self._pending.done():
            self._pending = asyncio.ensure_future(self._load())
        return self._pending

    async def _load(self) -> None:
        try:
            document = await asyncio.wait_for(_download(self._url), _FETCH_DEADLINE_S)
            self._keys = _imported(document, self._issuers)
            self._fetched_at, self._failed_at = monotonic(), -math.inf
        except Exception as error:
            self._failed_at = monotonic()
            remedy = "Check that this server reaches it: DNS, firewall, HTTPS_PROXY, SSL_CERT_FILE."
            reason = f"{type(error).__name__} {error}"[:200].strip()
            _log.error("The keys at %s could not be fetched (%s). %s", self._url, reason, remedy)


async def _download(url: str) -> object:
    async with httpx.AsyncClient(follow_redirects=False) as client:
        response = await client.get(url, headers={"accept": "application/json"})
    if response.status_code != 200:
        raise ValueError(f"status {response.status_code}")
    document: object = response.json()
    return document


def _imported(document: object, issuers: set[str]) -> dict[str, RSAPublicKey]:
    """One key that cannot be used is left out, and leaves the others usable."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JSON Web Key Set")
    keys = {}
    for each in listed:
        key = _signing_key(each, issuers)
        if key is not None:
            keys[str(each["kid"])] = key
    return keys


def _signing_key(value: object, issuers: set[str]) -> RSAPublicKey | None:
    """A key that names another issuer is left out: some sign for personal accounts only."""
    if not isinstance(value, dict) or not isinstance(value.get("kid"), str) or value["kid"] == "":
        return None
    expected = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    if value.get("kty") != "RSA" or any(value.get(name, each) != each for name, each in expected.items()):
        return None
    if "issuer" in value and value["issuer"] not in issuers:
        return None
    try:
        key: object = jwt.PyJWK(value, "RS256").key
    except Exception:  # whatever is wrong with it, it is no key
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY_BITS else None


# 4. Who may ask: a resource isolation policy, by what the browser itself says of a request (Fetch Metadata, RFC 6454)

_Verdict = Literal["passes", "passes as a page", "is refused"]

_HYBRID: Final = "azure-ad-hybrid"
_HYBRID_CALLBACK: Final = f"/auth/oauth/{_HYBRID}/callback"
"""Entra ID has the browser post the answer there: a cross-site request by design."""

# The same for everybody, and made to be embedded: `custom_js`, logos, the Copilot widget.
_shared_path = re.compile(r"/(?:public|assets|copilot|avatars)/.+|/(?:favicon|logo)", re.DOTALL)
# What Chainlit answers with something of a user, or of a sign-in. All else that it answers is its page.
_private_path = re.compile(r"/(?:user|auth|project|mcp|ws)(?:/.*)?", re.DOTALL)
_socket_path = re.compile(r"/ws/socket\.io(?:/.*)?", re.DOTALL)


@dataclass(frozen=True)
class _Asked:
    """All of a request that is decided by. A header that is not there has no value."""

    method: str
    """`WEBSOCKET` for one."""
    path: str
    """As Chainlit's routes know it."""
    origins: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    dest: tuple[str, ...] = ()
    referrer: str | None = None
    """The origin in `Referer`, which a page can withhold but not make up."""


def _verdict(asked: _Asked, is_named: Callable[[str], bool], form_post_origin: str | None) -> _Verdict:
    """Decides who may ask for what.

    Everything passes that comes from this origin, from one that is named, or from no browser. What comes from elsewhere
    gets what is the same for everybody, and may lead the user here: the top level to anything, because whoever leads
    cannot read where it led to, and a frame to a page, which holds nothing of the user's before its scripts run and
    says itself who may frame it.
    """
    is_reading = asked.method in ("GET", "HEAD")
    if is_reading and _shared_path.fullmatch(asked.path):
        return "passes"
    if asked.method == "POST" and asked.path == _HYBRID_CALLBACK and form_post_origin is not None:
        return "passes" if asked.origins == (form_post_origin,) else "is refused"
    if asked.origins:
        is_ours = all(is_named(origin) for origin in asked.origins)
    else:
        # An old browser, and what is no browser, send none of these headers.
        is_ours = all(site in ("same-origin", "none") for site in asked.site)
        # An image or a download in a page that is named has no `Origin`.
        is_ours = is_ours or (is_reading and asked.referrer is not None and is_named(asked.referrer))
    if is_ours:
        return "passes"
    if asked.method != "GET" or _socket_path.fullmatch(asked.path):
        return "is refused"
    if asked.mode == ("navigate",) and asked.dest == ("document",):
        return "passes"
    is_framed = asked.mode == ("navigate",) and asked.dest in (("iframe",), ("frame",))
    is_old = not (asked.site or asked.mode or asked.dest)  # such a browser may name an origin where it navigates
    return "passes as a page" if (is_framed or is_old) and not _private_path.fullmatch(asked.path) else "is refused"


# 5. Who it is, and what goes through


@dataclass
class _Exchange:
    """What the answer to a request must know of what its callback found out."""

    is_undecided: bool = False
    session: str = ""
    """What the answer begins."""


_exchange: ContextVar[_Exchange | None] = ContextVar("twodoor_exchange", default=None)

_FETCH_METADATA: Final = b"Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest"
_STICKY_COOKIE: Final = "X-Chainlit-Session-id"
_STATE_COOKIE: Final = "oauth_state"
_HOST_PREFIX: Final = "__Host-"
"""No page of a sibling domain, and nobody on the way over http, can set a cookie of such a name (RFC 6265bis)."""
_HYBRID_STATE_AGE_S: Final = 3_600
_LONGEST_FORM: Final = 65_536
_RETRY_AFTER_S: Final = 5
_TELLING_LENGTH: Final = 200
"""So much of a session tells whose it is, and is in one cookie, however large the session."""

_later_sessions: Final[WeakKeyDictionary[object, set[str]]] = WeakKeyDictionary()
"""Of a socket: what has replaced the session that it was opened with, since the page renews it in silence."""

_plain_origin = re.compile(r"null|https?://[A-Za-z0-9.:\[\]-]{1,200}")
_frame_ancestors_directive = re.compile(rb"(?:^|[;,])\s*frame-ancestors(?:[\s;,]|$)", re.IGNORECASE)


class Auth:
    """What setup() gives: the answers to Chainlit's two callbacks, and the middleware in front of it."""

    def __init__(self, settings: _Settings) -> None:
        self._settings = settings
        self._verifier = _Verifier(settings)
        name = re.escape(settings.cookie_name)
        self._auth_cookie = re.compile(rf"{name}(?:_\d+)?")
        self._own_cookie = re.compile(rf"{name}(?:_\d+)?|{_STATE_COOKIE}")

    async def user(self, headers: Headers) -> User | None:
        """For `@cl.header_auth_callback`: the user whom the access token in the `Authorization` header speaks of, or
        `None`. Never raises; why somebody was refused is in the log.

        `identifier` is `entra:<tenant id>:<object id>`, the same from both doors. If the keys to check with cannot be
        had, the page is told 503 instead of 401, so that it tries again.
        """
        token: str | None = None
        try:
            token = _bearer_token(headers)
            return self._user_of(await self._verifier.verify(token))
        except _Refused as refusal:
            code, reason = refusal.code, str(refusal)
        except Exception as error:
            # The name of the error alone: its message could have the token in it.
            code, reason = "temporarily_unavailable", f"The check of the token failed ({type(error).__name__})."
        exchange = _exchange.get()
        if exchange is not None and code in ("keys_unavailable", "temporarily_unavailable"):
            exchange.is_undecided = True
        # The login page of stock Chainlit asks without a token at every visit.
        level = logging.INFO if code == "token_missing" else logging.WARNING
        _log.log(level, "Nobody signed in by a token (%s): %s%s", code, reason, _traces_of(token))
        return None

    def oauth_user(self, provider_id: str, raw: Mapping[str, object]) -> User | None:
        """For `@cl.oauth_callback`: the user whom Microsoft Graph's `/me` speaks of, or `None`, with the remedy in the
        log. The identifier is the same as from the other door. Never return Chainlit's `default_user` instead: it goes
        by a name that changes, and carries a refresh token into the cookie, the database and `GET /user`.
        """
        mistake = self._oauth_mistake(provider_id)
        oid = raw.get("id")
        if mistake is None and not (isinstance(oid, str) and _is_guid(oid)):
            mistake = "The user that the provider gave has no GUID in `id`: let it ask Microsoft Graph's /me."
        if mistake is not None:
            _log.error("Nobody signed in by OAuth: %s", mistake)
            return None
        tenants = self._settings.tenants or ()
        names = (raw.get("displayName"), raw.get("userPrincipalName"))
        return self._user(tenants[0], str(oid).lower(), names)

    def _oauth_mistake(self, provider_id: str) -> str | None:
        """Who signs decides whose `id` it is: with `common`, a guest would have the one of the home tenant."""
        tenants = self._settings.tenants
        if tenants is None or len(tenants) != 1:
            return "Name exactly one tenant in `tenants`: what Microsoft Graph says of a user does not tell the tenant."
        is_own_entra = provider_id in ("azure-ad", "azure-ad-hybrid")
        if not is_own_entra and provider_id not in self._settings.oauth_providers:
            return f"{provider_id!r} is not known to sign in to your tenant. If it does, name it in `oauth_providers`."
        token_url = getattr(get_oauth_provider(provider_id), "token_url", None)
        if isinstance(token_url, str) and tenants[0] in urlsplit(token_url).path.lower().split("/"):
            return None
        if not is_own_entra:
            return f"The token URL of {provider_id!r} is not that of the tenant {tenants[0]}: name the tenant in it."
        prefix = f"OAUTH_{provider_id.replace('-', '_').upper()}"
        return f"Set {prefix}_ENABLE_SINGLE_TENANT=true and {prefix}_TENANT_ID={tenants[0]}, so that this tenant signs."

    def _user_of(self, claims: Claims) -> User:
        names = [claims.get(name) for name in ("name", "preferred_username", "upn", "unique_name")]
        return self._user(str(claims["tid"]), str(claims["oid"]), names)

    def _user(self, tenant: str, oid: str, names: Iterable[object]) -> User:
        """The names are for display only: they change, and others can choose them."""
        display_name = next((name for name in names if isinstance(name, str) and name.strip()), None)
        metadata = {"provider": "entra", "client": self._settings.client_id}
        return User(identifier=f"entra:{tenant}:{oid}", display_name=display_name, metadata=metadata)

    async def handle(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to Chainlit, or one WebSocket, which `app` answers."""
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        path = _route_path(scope, self._settings.root_path)
        asked = _asked(scope, path)
        verdict = self._verdict_on(asked, scope)
        if verdict == "is refused":
            self._log_refusal(asked)
            return await _refuse(scope, send)
        cookies = self._cookies_in(scope)
        scope = {**scope, "headers": self._headers_in(scope, cookies)}
        if scope["type"] == "websocket":
            return await app(scope, receive, send)
        if asked.method == "POST" and path == _HYBRID_CALLBACK:
            state, receive = await _state_in_form(scope, receive)
            if state is None or state != cookie_parser(_written(cookies)).get(_STATE_COOKIE):
                _log.warning("Refused a sign-in by %s that did not begin in this browser, or too long ago.", _HYBRID)
                return await _send_to_login(send)
        exchange = _Exchange()
        is_cut = False

        async def complete(message: Message) -> None:
            nonlocal is_cut
            if is_cut:
                return
            if message["type"] != "http.response.start":
                return await send(message)
            is_cut = verdict == "passes as a page" and not _is_page(message)
            await (_refuse(scope, send) if is_cut else send(self._completed(message, scope, asked, exchange)))

        token = _exchange.set(exchange)
        try:
            await app(scope, receive, complete)
        finally:
            _exchange.reset(token)
        session = self._session_in(cookies)
        if exchange.session:
            for _, socket in self._sockets_of(session):
                _later_sessions.setdefault(socket, set()).add(exchange.session)
        if asked.method == "POST" and path == "/logout":
            # Chainlit leaves them open, in other tabs for one, and takes what comes through them.
            for sid, _ in self._sockets_of(session):
                await chainlit.server.sio.disconnect(sid)

    def _verdict_on(self, asked: _Asked, scope: Scope) -> _Verdict:
        is_hybrid = asked.path == _HYBRID_CALLBACK and _HYBRID in get_configured_oauth_providers()
        form_post_origin = self._settings.authority if is_hybrid else None
        return _verdict(asked, lambda origin: self._is_named(origin, scope), form_post_origin)

    def _is_named(self, origin: str, scope: Scope) -> bool:
        is_listed = origin in config.project.allow_origins and origin not in ("null", "*")
        return is_listed or self._is_own(origin, scope)

    def _is_own(self, origin: str, scope: Scope) -> bool:
        own = self._settings.public_origins
        return origin in own if own else _is_where_it_was_sent(origin, scope)

    def _log_refusal(self, asked: _Asked) -> None:
        origin = " ".join(asked.origins)
        shown = origin if _plain_origin.fullmatch(origin) else "a malformed origin" if origin else "another site"
        remedy = "If that is your app, name its origin in `public_origin`; if another that may, in `allow_origins`."
        _log.warning("Refused %s %.100r to a page of %s. %s", asked.method, asked.path, shown, remedy)

    # Cookies. Chainlit knows its own by their plain names, the browser by names that nobody else can set.

    def _cookies_in(self, scope: Scope) -> dict[str, str]:
        """What of `Cookie` counts. Starlette trims more than browsers do, and takes the last of two: so whoever can set
        a cookie for a sibling domain could sign its visitors in as somebody else."""
        prefix = self._prefix(scope)
        found: dict[str, str | None] = {}
        for name, value in _cookie_pairs(scope):
            plain = name.removeprefix(prefix)
            is_own = self._own_cookie.fullmatch(plain) is not None
            if is_own and not name.startswith(prefix):
                continue
            known = plain if is_own else name
            # Of two that differ nobody knows which is ours.
            found[known] = value if not is_own or found.get(known, value) == value else None
        cookies = {name: value for name, value in found.items() if value is not None}
        if not self._is_of_another_app(self._session_in(cookies)):
            return cookies
        return {name: value for name, value in cookies.items() if not self._auth_cookie.fullmatch(name)}

    def _session_in(self, cookies: Mapping[str, str]) -> str:
        """As Chainlit puts it together."""
        name, read = self._settings.cookie_name, cookie_parser(_written(cookies))
        chunks: list[str] = []
        while f"{name}_{len(chunks)}" in read:
            chunks.append(read[f"{name}_{len(chunks)}"])
        return read.get(name) or "".join(chunks)

    def _sockets_of(self, session: str) -> list[tuple[str, object]]:
        """Opened, or opened again, with that session or one that it has replaced in the same browser."""
        known: Mapping[str, object] = getattr(chainlit.session, "ws_sessions_sid", {})
        return [(sid, each) for sid, each in known.items() if session and self._is_socket_of(each, session)]

    def _is_socket_of(self, socket: object, session: str) -> bool:
        if session == getattr(socket, "token", None) or session in _later_sessions.get(socket, ()):
            return True
        # Chainlit does not take note of the session that a socket comes back with, but of the request.
        cookies: str = (getattr(socket, "environ", None) or {}).get("HTTP_COOKIE", "")
        is_likely = session[:_TELLING_LENGTH] in cookies
        return is_likely and session == self._session_in(cookie_parser(cookies))

    def _is_of_another_app(self, session: str) -> bool:
        """Apps that share CHAINLIT_AUTH_SECRET could open each other's doors: a session is good where it began."""
        try:
            metadata = _json_part(session, 1).get("metadata")
        except (_Refused, IndexError):
            return False  # Chainlit judges it
        if not isinstance(metadata, dict) or metadata.get("provider") != "entra":
            return False
        return metadata.get("client", self._settings.client_id) != self._settings.client_id

    def _headers_in(self, scope: Scope, cookies: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """Chainlit takes its session from `Authorization` too, where there is no cookie."""
        bearers = [_bearer.fullmatch(value) for value in _values(scope, b"authorization")]
        is_foreign = any(each is not None and self._is_of_another_app(each.group(1)) for each in bearers)
        left_out = (b"cookie", b"authorization") if is_foreign else (b"cookie",)
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in left_out]
        return [*headers, (b"cookie", _written(cookies).encode("latin-1"))] if cookies else headers

    def _completed(self, message: Message, scope: Scope, asked: _Asked, exchange: _Exchange) -> Message:
        headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
        status: int = message["status"]
        path = asked.path
        if not asked.origins or not all(self._is_named(origin, scope) for origin in asked.origins):
            headers = [(name, value) for name, value in headers if not name.startswith(b"access-control-")]
        if path == "/auth/header" and status == 401 and exchange.is_undecided:
            status = 503
            headers.append((b"retry-after", str(_RETRY_AFTER_S).encode()))
        exchange.session = self._begun_in(headers)
        if status == 200:
            headers += self._lifetime(headers)
        if path == "/user" or path.startswith("/auth/"):
            headers = [(name, value) for name, value in headers if name != b"cache-control"]
            headers.append((b"cache-control", b"no-store"))
        if any(name == b"content-type" and value.lower().startswith(b"text/html") for name, value in headers):
            headers += self._frame_policy(headers)
        rewritten = [each for header in headers for each in self._rewritten(header, scope, path)]
        return {**message, "status": status, "headers": rewritten}

    def _begun_in(self, headers: list[tuple[bytes, bytes]]) -> str:
        cookies = [value.decode("latin-1").partition(";")[0] for name, value in headers if name == b"set-cookie"]
        pairs = [cookie.partition("=") for cookie in cookies]
        return self._session_in({name: value for name, _, value in pairs if self._auth_cookie.fullmatch(name)})

    def _lifetime(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """How long the session lasts that begins with this answer, for the page: it cannot read the cookie."""
        cookies = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
        sessions = [each for each in cookies if self._auth_cookie.fullmatch(each.partition("=")[0])]
        ages = [re.search(r"(?i);\s*max-age=(\d+)", each) for each in sessions]
        seconds = [int(age.group(1)) for age in ages if age is not None]
        lasting = [each for each in seconds if each > 0]
        return [(b"x-twodoor-expires-in-ms", str(min(lasting) * 1000).encode())] if lasting else []

    def _frame_policy(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """A policy of the app's own stays; a second one beside it would only narrow it."""
        policies = [value for name, value in headers if name == b"content-security-policy"]
        if any(_frame_ancestors_directive.search(policy) for policy in policies):
            return []
        sources = " ".join(("'self'", *self._settings.frame_ancestors))
        return [(b"content-security-policy", f"frame-ancestors {sources}".encode())]

    def _rewritten(self, header: tuple[bytes, bytes], scope: Scope, path: str) -> list[tuple[bytes, bytes]]:
        name, value = header
        cookie = value.decode("latin-1")
        cookie_name = cookie.partition("=")[0]
        is_own = self._own_cookie.fullmatch(cookie_name) is not None
        if name != b"set-cookie" or not (is_own or cookie_name == _STICKY_COOKIE):
            return [header]
        prefix, is_secure = self._prefix(scope), self._is_https(scope)
        if cookie_name == _STATE_COOKIE:
            cookies = [_state_cookie_of(cookie, is_secure=is_secure, is_posted=path == f"/auth/oauth/{_HYBRID}")]
        else:
            is_framed = _values(scope, b"x-twodoor-context") == ["framed"]
            cookies = _cookies_of(cookie, is_framed=is_framed, is_secure=is_secure)
        return [(name, ((prefix if is_own else "") + each).encode("latin-1")) for each in cookies]

    def _prefix(self, scope: Scope) -> str:
        """The same for all requests to one address, whatever else is in them."""
        return _HOST_PREFIX if self._is_tls(scope) else ""

    def _is_tls(self, scope: Scope) -> bool:
        """A proxy that ends TLS says http here. Without TLS this file takes requests on loopback alone."""
        if scope.get("scheme") in ("https", "wss"):
            return True
        own, host = self._settings.public_origins, "".join(_values(scope, b"host"))
        if own:
            return f"http://{host}" not in own and any(origin.startswith("https://") for origin in own)
        return _loopback.fullmatch(re.sub(r":\d+$", "", host)) is None

    def _is_https(self, scope: Scope) -> bool:
        """The browser tells in `Origin`; a navigation does not send one."""
        origins = [origin for origin in _values(scope, b"origin") if self._is_own(origin, scope)]
        return self._is_tls(scope) or any(origin.startswith("https://") for origin in origins)


def _cookies_of(cookie: str, *, is_framed: bool, is_secure: bool) -> list[str]:
    """What to set instead. A cookie for a framed page must say so, or browsers drop it. It lies in a jar of its own
    (CHIPS), which a frame of the same site shares with the tab: so the other one is removed, and there are never two.
    In a frame of another site browsers ignore that removal, because it is `Lax`.

    The path is always `/`: Chainlit sets the cookie there, whatever CHAINLIT_AUTH_COOKIE_PATH says when it deletes it.
    """
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    given = {part.partition("=")[0].lower(): part for part in attributes}
    replaced = ("path", "domain", "secure", "samesite", "partitioned")
    kept = [part for name, part in given.items() if name not in replaced]
    secure = ["Secure"] if is_secure or "secure" in given else []
    framed = ["Secure", "SameSite=None", "Partitioned"]
    lax = [*secure, "SameSite=lax"]
    own, other = (framed, lax) if is_framed else ([*secure, given.get("samesite", "SameSite=lax")], framed)
    removal = [f"{pair.partition('=')[0]}=", "Max-Age=0", "HttpOnly"]
    # In this order: a browser that does not know `Partitioned` has one jar.
    return ["; ".join([*removal, "Path=/", *other]), "; ".join([pair, *kept, "Path=/", *own])]


def _state_cookie_of(cookie: str, *, is_secure: bool, is_posted: bool) -> str:
    """What `state` is compared with when the provider answers. Where it has the browser post the answer, a `Lax` cookie
    would stay away: Chainlit checks nothing there. Nor did it limit the time that a sign-in there may take."""
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    if is_posted:
        return f"{pair}; HttpOnly; Max-Age={_HYBRID_STATE_AGE_S}; Path=/; Secure; SameSite=None"
    kept = [each for each in attributes if each.partition("=")[0].lower() not in ("path", "secure")]
    return "; ".join([pair, *kept, "Path=/", *(["Secure"] if is_secure else [])])


def _traces_of(token: str | None) -> str:
    """What an administrator can look a token up by in Entra's sign-in logs, and nothing else. Anybody can have written
    it, so only what looks like one is shown."""
    try:
        claims = _json_part(_check_form(token), 1)
    except _Refused:
        return ""
    uti, oid = claims.get("uti"), claims.get("oid")
    shown = [f" uti={uti}"] if isinstance(uti, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,32}", uti) else []
    return "".join([*shown, f" oid={oid}" if _is_id(oid) else ""])


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for each, value in scope["headers"] if each.lower() == name]


def _route_path(scope: Scope, root_path: str) -> str:
    """The path as Chainlit's routes know it: without where the app is mounted, and without `--root-path`."""
    path: str = scope["path"]
    for prefix in (scope.get("root_path", ""), root_path):
        if prefix and path.startswith(f"{prefix}/"):
            path = path[len(prefix) :]
    return path


def _asked(scope: Scope, path: str) -> _Asked:
    names = {"origins": b"origin", "site": b"sec-fetch-site", "mode": b"sec-fetch-mode", "dest": b"sec-fetch-dest"}
    headers = {field: tuple(_values(scope, name)) for field, name in names.items()}
    method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
    return _Asked(method, path, **headers, referrer=_origin_of("".join(_values(scope, b"referer"))))


def _origin_of(url: str) -> str | None:
    match = re.match(r"(https?://[^/?#]+)(?:[/?#]|$)", url)
    return match.group(1) if match else None


def _cookie_pairs(scope: Scope) -> list[tuple[str, str]]:
    """As browsers send them (RFC 6265 §4.2.1). Whatever Starlette would read as another name or value is left out."""
    parts = [part.strip(" \t") for header in _values(scope, b"cookie") for part in header.split(";")]
    pairs = [(name, value) for name, equals, value in (part.partition("=") for part in parts) if equals]
    return [(name, value) for name, value in pairs if name and (name, value) == (name.strip(), value.strip())]


def _written(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


async def _state_in_form(scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
    """The `state` in a form that is posted, and what reads the form once more."""
    body, is_more = b"", True
    while is_more and len(body) <= _LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        is_more = message["type"] == "http.request" and message.get("more_body", False)
    is_form = _values(scope, b"content-type") == ["application/x-www-form-urlencoded"]
    states = parse_qs(body.decode("latin-1")).get("state", []) if is_form and not is_more else []
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return unread.pop() if unread else await receive()

    return states[0] if len(states) == 1 else None, receive_again


def _is_page(message: Message) -> bool:
    """HTML, which says who may frame it, or what leads there."""
    headers = [(bytes(name).lower(), bytes(value).lower()) for name, value in message.get("headers", ())]
    is_html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
    return is_html or 300 <= message["status"] < 400


async def _send_to_login(send: Send) -> None:
    """As Chainlit does it where a sign-in fails. Relative, because nobody here knows what a proxy has taken away."""
    headers = [(b"location", b"../../../login?error=oauthSignin"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _is_where_it_was_sent(origin: str, scope: Scope) -> bool:
    """The scheme of the request tells nothing: behind a proxy that ends TLS it is http. On loopback alone http is safe
    too: a foreign name that was made to point at this machine (DNS rebinding) is none of loopback."""
    hosts = _values(scope, b"host")
    return len(hosts) == 1 and _is_origin(origin) and origin in (f"https://{hosts[0]}", f"http://{hosts[0]}")


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 4403, "reason": "wrong_origin"})
    body = json.dumps({"code": "wrong_origin", "detail": "A page of this origin may not do that."}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"cache-control", b"no-store"), (b"vary", b"Origin, Referer, " + _FETCH_METADATA)]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# 6. In front of Chainlit


class _Newest:
    """Lets the newest Auth handle requests, whichever copy of this file it is of: `chainlit run -w` imports it anew."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._state.twodoor.handle(self._app, scope, receive, send)


def _register(auth: Auth, app: Starlette) -> bool:
    """Whether it is the first here."""
    is_registered = hasattr(app.state, "twodoor")
    app.state.twodoor = auth
    if is_registered:
        return False
    if app.middleware_stack is None:
        app.add_middleware(_Newest, state=app.state)
    else:  # the server runs already, and Starlette takes no more
        app.middleware_stack = _Newest(app.middleware_stack, app.state)
    return True
