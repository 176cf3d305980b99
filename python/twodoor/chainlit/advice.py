"""What of Chainlit's own settings is worth a line in the log, with what to change."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Sequence
from multiprocessing import parent_process
from typing import Final, Literal

from chainlit.config import config
from chainlit.version import __version__ as chainlit_version

from .options import WHERE_IT_IS_SENT

_log: Final = logging.getLogger("twodoor.chainlit")

_VERIFIED_VERSIONS: Final = ("2.9", "2.10", "2.11", "2.12")
_LONGEST_SAFE_SESSION_S: Final = 86_400
_DAY_S: Final = 86_400


def advise(public_origins: Sequence[str] | Literal["where-it-is-sent"], *, is_first: bool) -> None:
    """is_first: whether this process was not told yet."""
    if is_first:
        _advise_on_origins()
    if public_origins != WHERE_IT_IS_SENT:
        _advise_on_public_origins(public_origins)
    _advise_on_cookies()
    _advise_on_sessions()
    _advise_on_workers()
    _advise_on_version()


def _advise_on_origins() -> None:
    if "*" in config.project.allow_origins:
        # It is Chainlit's generated default, and harmless behind this middleware.
        _log.info('allow_origins has "*", which names nobody here: pages of other origins read and change nothing.')


def _advise_on_public_origins(origins: Sequence[str]) -> None:
    local = [origin for origin in origins if origin.startswith("http://")]
    if local and len(local) < len(origins):
        remedy = "let your proxy forward `Host`, or leave it out in production, or cookies are not protected there."
        _log.warning("`public_origin` names %s beside https origins: %s", ", ".join(local), remedy)


def _advise_on_cookies() -> None:
    if os.environ.get("CHAINLIT_COOKIE_SAMESITE", "lax").lower() == "none":
        _log.warning("CHAINLIT_COOKIE_SAMESITE=none sends the session with calls of every site: unset it.")


def _advise_on_sessions() -> None:
    lifetime = config.project.user_session_timeout
    if lifetime > _LONGEST_SAFE_SESSION_S:
        remedy = "The page renews them silently: in .chainlit/config.toml set user_session_timeout = 28800."
        _log.warning("Sessions last %.1f days, long after the token that began them. %s", lifetime / _DAY_S, remedy)


def _advise_on_workers() -> None:
    transports = getattr(config.project, "transports", None)
    if _has_other_workers() and list(transports or ()) != ["websocket"]:
        remedy = 'In .chainlit/config.toml set transports = ["websocket"] below [project], or turn on sticky sessions.'
        _log.error("There are several workers, and a page that polls reaches one that does not know it. %s", remedy)


def _advise_on_version() -> None:
    if ".".join(chainlit_version.split(".")[:2]) not in _VERIFIED_VERSIONS:
        verified = ", ".join(_VERIFIED_VERSIONS)
        _log.warning("twodoor is verified with Chainlit %s, and this is %s.", verified, chainlit_version)


def _has_other_workers() -> bool:
    """Of uvicorn, which starts them as children, or of gunicorn. Replicas cannot be seen from here: the page sees them.
    `chainlit run` has one process, whatever WEB_CONCURRENCY says, which platforms set by themselves."""
    is_gunicorn = "gunicorn" in os.path.basename(sys.argv[0])
    if not is_gunicorn and parent_process() is None:
        return False
    given = re.search(r"(?:^| )(?:--workers|-w)[ =]?(\d+)", " ".join(sys.argv[1:]))
    asked = given.group(1) if given else os.environ.get("WEB_CONCURRENCY", "1")
    return asked.isdecimal() and int(asked) > 1
