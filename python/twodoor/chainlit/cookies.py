"""Which cookies of a request count. Chainlit knows its own by their plain names, the browser by names that nobody else
can set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import jwt
from starlette.requests import cookie_parser
from starlette.types import Scope

from .ended_sessions import EndedSessions
from .headers import RawHeaders, header_values, without
from .options import Settings
from .own_origins import OwnOrigins

STATE_COOKIE: Final = "oauth_state"
_HOST_PREFIX: Final = "__Host-"
"""No page of a sibling domain, and nobody on the way over http, can set a cookie of such a name (RFC 6265bis)."""

Cookies = Mapping[str, str]
"""By the names that Chainlit knows."""


class CookieNames:
    """Of the cookies that Chainlit sets."""

    def __init__(self, settings: Settings, origins: OwnOrigins) -> None:
        self.session = settings.cookie_name
        name = re.escape(settings.cookie_name)
        self._session = re.compile(rf"{name}(?:_\d+)?")
        self._own = re.compile(rf"{name}(?:_\d+)?|{STATE_COOKIE}")
        self._origins = origins

    def is_session(self, name: str) -> bool:
        """Or a part of a large one."""
        return self._session.fullmatch(name) is not None

    def is_own(self, name: str) -> bool:
        return self._own.fullmatch(name) is not None

    def prefix(self, scope: Scope) -> str:
        """What the browser has before the names of the app's own cookies."""
        return _HOST_PREFIX if self._origins.is_tls(scope) else ""


class RequestCookies:
    def __init__(self, settings: Settings, names: CookieNames, ended: EndedSessions) -> None:
        self._client_id = settings.verifier.client_id
        self._names = names
        self._ended = ended

    def read(self, scope: Scope) -> Cookies:
        """What of `Cookie` counts. Starlette trims more than browsers do, and takes the last of two: so whoever can set
        a cookie for a sibling domain could sign its visitors in as somebody else."""
        prefix = self._names.prefix(scope)
        found: dict[str, str | None] = {}
        for name, value in _cookie_pairs(scope):
            plain = name.removeprefix(prefix)
            is_own = self._names.is_own(plain)
            if is_own and not name.startswith(prefix):
                continue
            known = plain if is_own else name
            # Of two that differ nobody knows which is ours.
            found[known] = value if not is_own or found.get(known, value) == value else None
        cookies = {name: value for name, value in found.items() if value is not None}
        return self._without_session(cookies) if self._is_of_another_app(self.session_in(cookies)) else cookies

    def without_ended(self, cookies: Cookies) -> Cookies:
        """For all but what sets and removes these cookies: Chainlit removes those that it sees."""
        return self._without_session(cookies) if self._ended.has(self.session_in(cookies)) else cookies

    def session_in(self, cookies: Cookies) -> str:
        """As Chainlit puts it together, or an empty text."""
        name, read = self._names.session, cookie_parser(written(cookies))
        chunks: list[str] = []
        while f"{name}_{len(chunks)}" in read:
            chunks.append(read[f"{name}_{len(chunks)}"])
        return read.get(name) or "".join(chunks)

    def headers_with(self, cookies: Cookies, scope: Scope) -> RawHeaders:
        """What Chainlit gets. It takes its session from `Authorization` too, where there is no cookie."""
        # As FastAPI takes it apart, which Chainlit asks.
        bearers = [value.partition(" ")[2].strip() for value in header_values(scope, b"authorization")]
        is_left_out = any(self._is_of_another_app(each) or self._ended.has(each) for each in bearers)
        left_out = (b"cookie", b"authorization") if is_left_out else (b"cookie",)
        headers = without(scope["headers"], *left_out)
        return [*headers, (b"cookie", written(cookies).encode("latin-1"))] if cookies else headers

    def _without_session(self, cookies: Cookies) -> Cookies:
        return {name: value for name, value in cookies.items() if not self._names.is_session(name)}

    def _is_of_another_app(self, session: str) -> bool:
        """Apps that share CHAINLIT_AUTH_SECRET could open each other's doors: a session is good where it began. Read as
        Chainlit reads it, not strictly: it would take what nobody has looked at."""
        try:
            metadata = jwt.decode(session, options={"verify_signature": False}).get("metadata")
        except jwt.PyJWTError:
            return False  # Chainlit cannot read it either
        except RecursionError:
            return True  # it could, with more of the stack left
        if not isinstance(metadata, dict) or metadata.get("provider") != "entra":
            return False
        client: object = metadata.get("client", self._client_id)
        return client != self._client_id


def written(cookies: Cookies) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def value_of(cookies: Cookies, name: str) -> str | None:
    """As Chainlit reads it."""
    return cookie_parser(written(cookies)).get(name)


def _cookie_pairs(scope: Scope) -> list[tuple[str, str]]:
    """As browsers send them (RFC 6265 §4.2.1). Whatever Starlette would read as another name or value is left out."""
    parts = [part.strip(" \t") for header in header_values(scope, b"cookie") for part in header.split(";")]
    pairs = [(name, value) for name, equals, value in (part.partition("=") for part in parts) if equals]
    return [(name, value) for name, value in pairs if name and (name, value) == (name.strip(), value.strip())]
