"""What Chainlit's `Set-Cookie` headers become."""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

from .cookies import STATE_COOKIE, CookieNames
from .fetch_metadata import HYBRID_PROVIDER
from .headers import header_values
from .own_origins import OwnOrigins

_STICKY_COOKIE: Final = "X-Chainlit-Session-id"
"""Load balancers choose a replica by it."""
_HYBRID_STATE_AGE_S: Final = 3_600
_FRAMED: Final = ("Secure", "SameSite=None", "Partitioned")


class SetCookies:
    def __init__(self, names: CookieNames, origins: OwnOrigins) -> None:
        self._names = names
        self._origins = origins

    def rewritten(self, cookie: str, scope: Scope, path: str) -> list[str]:
        """What to set instead of this one."""
        name = cookie.partition("=")[0]
        is_own = self._names.is_own(name)
        if not is_own and name != _STICKY_COOKIE:
            return [cookie]
        is_secure = self._origins.is_https(scope)
        if name == STATE_COOKIE:
            is_posted = path == f"/auth/oauth/{HYBRID_PROVIDER}"
            cookies = [_state_cookie_of(cookie, is_secure=is_secure, is_posted=is_posted)]
        else:
            is_framed = header_values(scope, b"x-twodoor-context") == ["framed"]
            is_elsewhere = is_framed or _is_call_of_other_site(scope)
            cookies = _cookies_of(cookie, is_elsewhere=is_elsewhere, is_secure=is_secure)
        prefix = self._names.prefix(scope) if is_own else ""
        return [prefix + each for each in cookies]


def _is_call_of_other_site(scope: Scope) -> bool:
    """A frontend of the app's own at another site, which `allow_origins` names: its page is not framed, and yet its
    browser drops a `Lax` cookie. No page can set these headers."""
    site, mode = (header_values(scope, name) for name in (b"sec-fetch-site", b"sec-fetch-mode"))
    return site == ["cross-site"] and mode == ["cors"]


def _cookies_of(cookie: str, *, is_elsewhere: bool, is_secure: bool) -> list[str]:
    """A cookie for a page that is framed by another site, or is one, must say so, or browsers drop it. It lies in a jar
    of its own (CHIPS), which a frame of the same site shares with the tab: so the other one is removed, and there are
    never two. For a page of another site browsers ignore that removal, because it is `Lax`.

    The path is always `/`: Chainlit sets the cookie there, whatever CHAINLIT_AUTH_COOKIE_PATH says when it deletes it.
    """
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    given = {part.partition("=")[0].lower(): part for part in attributes}
    replaced = ("path", "domain", "secure", "samesite", "partitioned")
    kept = [part for name, part in given.items() if name not in replaced]
    secure = ["Secure"] if is_secure or "secure" in given else []
    lax = [*secure, "SameSite=lax"]
    own, other = (_FRAMED, lax) if is_elsewhere else ([*secure, given.get("samesite", "SameSite=lax")], _FRAMED)
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
