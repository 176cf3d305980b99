"""Which origins are the app's own, and whether people reach it over TLS."""

from __future__ import annotations

import logging
import re
from typing import Final

from chainlit.config import config
from starlette.types import Scope

from ..origins import is_loopback, is_origin
from .headers import header_values
from .options import WHERE_IT_IS_SENT, Settings

_log: Final = logging.getLogger("twodoor.chainlit")


class OwnOrigins:
    def __init__(self, settings: Settings) -> None:
        self._own = settings.public_origins
        self._has_told = False

    def is_named(self, origin: str, scope: Scope) -> bool:
        """The app's own, or one in Chainlit's `allow_origins`, whose `*` names nobody."""
        is_listed = origin in config.project.allow_origins and origin not in ("null", "*")
        return is_listed or self.is_own(origin, scope)

    def is_own(self, origin: str, scope: Scope) -> bool:
        if self._own == WHERE_IT_IS_SENT:
            return _is_where_it_was_sent(origin, scope)
        return origin in self._own

    def is_tls(self, scope: Scope) -> bool:
        """The same for all requests to one address, whatever else is in them. A proxy that ends TLS says http here.
        Without TLS requests are taken on loopback alone."""
        if scope.get("scheme") in ("https", "wss"):
            return True
        host = "".join(header_values(scope, b"host"))
        if self._own == WHERE_IT_IS_SENT:
            return not is_loopback(re.sub(r":\d+$", "", host))
        return f"http://{host}" not in self._own and any(origin.startswith("https://") for origin in self._own)

    def is_https(self, scope: Scope) -> bool:
        """The browser tells in `Origin`; a navigation does not send one."""
        if self.is_tls(scope):
            return True
        origins = [origin for origin in header_values(scope, b"origin") if self.is_own(origin, scope)]
        page = next((origin for origin in origins if origin.startswith("https://")), None)
        if page is not None:
            self._tell_of_proxy(page, "".join(header_values(scope, b"host")))
        return page is not None

    def _tell_of_proxy(self, page: str, host: str) -> None:
        """Once: `host` is one of the app's own."""
        if self._own == WHERE_IT_IS_SENT or self._has_told:
            return
        self._has_told = True
        remedy = "Let your proxy forward `Host`, or leave the latter out of `public_origin`."
        reason = "so that its cookies are not protected from sibling domains."
        _log.error("A page of %s asks http://%s, %s %s", page, host, reason, remedy)


def _is_where_it_was_sent(origin: str, scope: Scope) -> bool:
    """The scheme of the request tells nothing: behind a proxy that ends TLS it is http. On loopback alone http is safe
    too: a foreign name that was made to point at this machine (DNS rebinding) is none of loopback."""
    hosts = header_values(scope, b"host")
    return len(hosts) == 1 and is_origin(origin) and origin in (f"https://{hosts[0]}", f"http://{hosts[0]}")
