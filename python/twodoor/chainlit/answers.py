"""What is added to Chainlit's answers, and what is taken from them."""

from __future__ import annotations

import json
import re
from typing import Final

from starlette.requests import cookie_parser
from starlette.types import Message, Scope, Send

from ..version import __version__
from .cookies import CookieNames, RequestCookies
from .exchange import Exchange
from .fetch_metadata import Asked
from .headers import RawHeaders, header_values, without
from .options import Settings
from .own_origins import OwnOrigins
from .set_cookie import SetCookies
from .versions import VERSION_HEADER

_FETCH_METADATA: Final = b"Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest"
_RETRY_AFTER_S: Final = 5
_LIFETIME_HEADER: Final = b"x-twodoor-expires-in-ms"
_FOR_THE_PAGE: Final = b", ".join([_LIFETIME_HEADER, VERSION_HEADER, b"retry-after"])
"""What a page of another origin could not read else, even one that is named."""

_frame_ancestors_directive = re.compile(rb"(?:^|[;,])\s*frame-ancestors(?:[\s;,]|$)", re.IGNORECASE)
_max_age = re.compile(r";\s*max-age=(\d+)", re.IGNORECASE | re.ASCII)


class Answers:
    def __init__(self, settings: Settings, names: CookieNames, origins: OwnOrigins, cookies: RequestCookies) -> None:
        self._frame_ancestors = settings.frame_ancestors
        self._names = names
        self._origins = origins
        self._cookies = cookies
        self._set_cookies = SetCookies(names, origins)

    def completed(self, message: Message, scope: Scope, asked: Asked, exchange: Exchange) -> Message:
        """Of the message `http.response.start`."""
        headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
        status: int = message["status"]
        if not self._may_read(asked, scope):
            headers = [(name, value) for name, value in headers if not name.startswith(b"access-control-")]
        if asked.path == "/auth/header" and status == 401 and exchange.is_undecided:
            status = 503
            headers.append((b"retry-after", str(_RETRY_AFTER_S).encode()))
        if asked.path == "/auth/header" and status == 401 and exchange.is_turned_away:
            status = 403
            headers += self._removals(scope)
        if asked.path == "/auth/header":
            headers.append((VERSION_HEADER, __version__.encode()))
        exchange.session = self._begun_in(headers)
        if status == 200:
            headers += self._lifetime(headers)
        if asked.path == "/auth/header" and any(name == b"access-control-allow-origin" for name, _ in headers):
            headers.append((b"access-control-expose-headers", _FOR_THE_PAGE))
        if asked.path == "/user" or asked.path.startswith("/auth/"):
            headers = [*without(headers, b"cache-control"), (b"cache-control", b"no-store")]
        if _is_html(headers):
            headers += self._frame_policy(headers)
        rewritten = [each for header in headers for each in self._rewritten(header, scope, asked.path)]
        return {**message, "status": status, "headers": rewritten}

    def _may_read(self, asked: Asked, scope: Scope) -> bool:
        return bool(asked.origins) and all(self._origins.is_named(origin, scope) for origin in asked.origins)

    def _session_cookies(self, headers: RawHeaders) -> list[str]:
        cookies = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
        return [each for each in cookies if self._names.is_session(each.partition("=")[0])]

    def _begun_in(self, headers: RawHeaders) -> str:
        pairs = [cookie.partition(";")[0].partition("=") for cookie in self._session_cookies(headers)]
        return self._cookies.session_in({name: value for name, _, value in pairs})

    def _removals(self, scope: Scope) -> RawHeaders:
        """Of the session that the request came with, whoever it is of."""
        names = filter(self._names.is_session, cookie_parser("; ".join(header_values(scope, b"cookie"))))
        return [(b"set-cookie", f"{name}=; Max-Age=0; HttpOnly; SameSite=lax".encode()) for name in names]

    def _lifetime(self, headers: RawHeaders) -> RawHeaders:
        """How long the session lasts that begins with this answer, for the page: it cannot read the cookie."""
        ages = [_max_age.search(each) for each in self._session_cookies(headers)]
        seconds = [int(age.group(1)) for age in ages if age is not None]
        lasting = [each for each in seconds if each > 0]
        return [(_LIFETIME_HEADER, str(min(lasting) * 1000).encode())] if lasting else []

    def _frame_policy(self, headers: RawHeaders) -> RawHeaders:
        """A policy of the app's own stays; a second one beside it would only narrow it."""
        policies = [value for name, value in headers if name == b"content-security-policy"]
        if any(_frame_ancestors_directive.search(policy) for policy in policies):
            return []
        sources = " ".join(("'self'", *self._frame_ancestors))
        return [(b"content-security-policy", f"frame-ancestors {sources}".encode())]

    def _rewritten(self, header: tuple[bytes, bytes], scope: Scope, path: str) -> RawHeaders:
        name, value = header
        if name != b"set-cookie":
            return [header]
        cookies = self._set_cookies.rewritten(value.decode("latin-1"), scope, path)
        return [(name, each.encode("latin-1")) for each in cookies]


def is_page(message: Message) -> bool:
    """HTML, which says who may frame it, or what leads there."""
    headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
    return _is_html(headers) or 300 <= message["status"] < 400


def _is_html(headers: RawHeaders) -> bool:
    return any(name == b"content-type" and value.lower().startswith(b"text/html") for name, value in headers)


async def refuse(scope: Scope, send: Send) -> None:
    """403 `wrong_origin`."""
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 4403, "reason": "wrong_origin"})
    body = json.dumps({"code": "wrong_origin", "detail": "A page of this origin may not do that."}).encode()
    vary = b"Origin, Referer, " + _FETCH_METADATA
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), (b"vary", vary)]
    await answer(send, 403, headers, body)


async def send_to_login(send: Send) -> None:
    """As Chainlit does it where a sign-in fails. Relative, because nobody here knows what a proxy has taken away."""
    await answer(send, 303, [(b"location", b"../../../login?error=oauthSignin"), (b"cache-control", b"no-store")])


async def answer(send: Send, status: int, headers: RawHeaders, body: bytes = b"", *, is_head: bool = False) -> None:
    """is_head: the answer to HEAD, which has the headers alone."""
    length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
