"""Origins (RFC 6454), as browsers write them."""

from __future__ import annotations

import re
from typing import Final

from .checks import Rule, checked_list

_origin = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?/?", re.ASCII)
_loopback = re.compile(r"localhost|127(?:\.\d+){3}|\[::1\]|.+\.localhost", re.ASCII)
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def is_loopback(host: str) -> bool:
    """Of a host without its port."""
    return _loopback.fullmatch(host) is not None


def is_origin(value: str) -> bool:
    """Whether browsers write it like that, and nobody on the way can change what comes from there."""
    match = _origin.fullmatch(value)
    if match is None:
        return False
    scheme, host, port = match.groups()
    return (scheme == "https" or is_loopback(host)) and port != _DEFAULT_PORTS[scheme]


AN_ORIGIN: Final = "an https origin in lower case and without a path (http on loopback only)"
ORIGIN_RULE: Final = Rule(is_origin, AN_ORIGIN, "https://chat.example.com")


def checked_origins(argument: str, values: object) -> tuple[str, ...]:
    return tuple(origin.removesuffix("/") for origin in checked_list(argument, values, ORIGIN_RULE, at_least=1))


def origin_of(url: str) -> str | None:
    """The origin of an http or https URL."""
    match = re.match(r"(https?://[^/?#]+)(?:[/?#]|$)", url)
    return match.group(1) if match else None
