"""Who may ask for what: a resource isolation policy, by what the browser itself says of a request.

Sources: W3C, "Fetch Metadata Request Headers"; web.dev, "Protect your resources from web attacks with Fetch Metadata".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from starlette.types import Scope

from ..origins import origin_of
from .headers import header_values

Verdict = Literal["passes", "passes as a page", "is refused"]

HYBRID_PROVIDER: Final = "azure-ad-hybrid"
_HYBRID_CALLBACK: Final = f"/auth/oauth/{HYBRID_PROVIDER}/callback"
"""Entra ID has the browser post the answer there: a cross-site request by design."""

# The same for everybody, and made to be embedded: `custom_js`, logos, the Copilot widget.
_shared_path = re.compile(r"/(?:public|assets|copilot|avatars)/.+|/(?:favicon|logo)", re.DOTALL)
# What Chainlit answers with something of a user, or of a sign-in. All else that it answers is its page.
_private_path = re.compile(r"/(?:user|auth|project|mcp|ws)(?:/.*)?", re.DOTALL)
_socket_path = re.compile(r"/ws/socket\.io(?:/.*)?", re.DOTALL)


@dataclass(frozen=True)
class Asked:
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

    @property
    def is_reading(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def is_hybrid_answer(self) -> bool:
        return self.method == "POST" and self.path == _HYBRID_CALLBACK

    @property
    def is_token_login(self) -> bool:
        return self.method == "POST" and self.path == "/auth/header"

    @property
    def is_logout(self) -> bool:
        return self.method == "POST" and self.path == "/logout"


def asked_of(scope: Scope, path: str) -> Asked:
    def values(name: bytes) -> tuple[str, ...]:
        return tuple(header_values(scope, name))

    return Asked(
        method="WEBSOCKET" if scope["type"] == "websocket" else scope["method"],
        path=path,
        origins=values(b"origin"),
        site=values(b"sec-fetch-site"),
        mode=values(b"sec-fetch-mode"),
        dest=values(b"sec-fetch-dest"),
        referrer=origin_of("".join(values(b"referer"))),
    )


def verdict_on(asked: Asked, is_named: Callable[[str], bool], form_post_origin: str | None) -> Verdict:
    """Decides who may ask for what.

    Everything passes that comes from this origin, from one that is named, or from no browser. What comes from elsewhere
    gets what is the same for everybody, and may lead the user here: the top level to anything, because whoever leads
    cannot read where it led to, and a frame to a page, which holds nothing of the user's before its scripts run and
    says itself who may frame it.

    form_post_origin: who has the browser post the answer of the hybrid flow, or `None` where that flow is not set up.
    """
    if asked.is_reading and _shared_path.fullmatch(asked.path):
        return "passes"
    if asked.is_hybrid_answer and form_post_origin is not None:
        return "passes" if asked.origins == (form_post_origin,) else "is refused"
    if _is_ours(asked, is_named) or _leads_the_top_level_here(asked):
        return "passes"
    return "passes as a page" if _leads_a_frame_here(asked) else "is refused"


def _is_ours(asked: Asked, is_named: Callable[[str], bool]) -> bool:
    if asked.origins:
        return all(is_named(origin) for origin in asked.origins)
    # An old browser, and what is no browser, send none of these headers.
    if all(site in ("same-origin", "none") for site in asked.site):
        return True
    # An image or a download in a page that is named has no `Origin`.
    return asked.is_reading and asked.referrer is not None and is_named(asked.referrer)


def _may_lead(asked: Asked) -> bool:
    return asked.method == "GET" and not _socket_path.fullmatch(asked.path)


def _leads_the_top_level_here(asked: Asked) -> bool:
    return _may_lead(asked) and asked.mode == ("navigate",) and asked.dest == ("document",)


def _leads_a_frame_here(asked: Asked) -> bool:
    if not _may_lead(asked) or _private_path.fullmatch(asked.path):
        return False
    is_framed = asked.mode == ("navigate",) and asked.dest in (("iframe",), ("frame",))
    is_old = not (asked.site or asked.mode or asked.dest)  # such a browser may name an origin where it navigates
    return is_framed or is_old
