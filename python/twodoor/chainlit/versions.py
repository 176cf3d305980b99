"""The page's half and this one are made together: where a page brings another version, the log says so."""

from __future__ import annotations

import logging
import re
from typing import Final

from starlette.types import Scope

from ..version import __version__
from .headers import header_values

_log: Final = logging.getLogger("twodoor.chainlit")

VERSION_HEADER: Final = b"x-twodoor-version"
_MOST_TOLD: Final = 10
"""Anybody can send made-up versions."""
_version = re.compile(r"[0-9A-Za-z.+-]{1,32}", re.ASCII)


class PageVersions:
    def __init__(self) -> None:
        self._told: set[str] = set()

    def compare(self, scope: Scope) -> None:
        """Says each other version once."""
        version = "".join(header_values(scope, VERSION_HEADER))
        is_other = version != __version__ and _version.fullmatch(version) is not None
        if not is_other or version in self._told or len(self._told) >= _MOST_TOLD:
            return
        self._told.add(version)
        remedy = "Reload the page. If that does not help, take out your own copy of twodoor.chainlit.js."
        _log.warning("A page has version %s of twodoor, and this is %s. %s", version, __version__, remedy)
