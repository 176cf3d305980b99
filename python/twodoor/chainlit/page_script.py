"""The page's half: the JavaScript in this package, and how Chainlit's page comes to load it."""

from __future__ import annotations

import gzip
import html
import logging
import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from chainlit.config import config
from starlette.types import Scope, Send

from ..clouds import hosts_to_name_at
from ..tokens.options import ANY_ORGANIZATION, DEFAULT_AUTHORITY
from .answers import answer
from .headers import RawHeaders, header_values
from .options import WHERE_IT_IS_SENT, Settings

_log: Final = logging.getLogger("twodoor.chainlit")

_FILE: Final = Path(__file__).with_name("twodoor.chainlit.js")
_NAME_WITHOUT_HASH: Final = "/public/twodoor.chainlit.js"
_path = re.compile(r"/public/twodoor\.chainlit(?:\.([0-9a-f]{12}))?\.js", re.ASCII)
_FOREVER: Final = b"public, max-age=31536000, immutable"


class PageScript:
    """One file, under a name that changes with it, and under one that does not, for who writes it down by hand."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._hash = sha256(content).hexdigest()[:12]

    @property
    def path(self) -> str:
        return f"/public/twodoor.chainlit.{self._hash}.js"

    def is_at(self, path: str) -> bool:
        return _path.fullmatch(path) is not None

    async def send(self, path: str, scope: Scope, send: Send) -> None:
        """During a rolling restart pages ask for the file of another version: they get this one, which nobody keeps."""
        etag = f'"{self._hash}"'
        headers: RawHeaders = [
            (b"cache-control", _FOREVER if path == self.path else b"no-cache"),
            (b"etag", etag.encode()),
            (b"vary", b"Accept-Encoding"),
        ]
        if etag in ",".join(header_values(scope, b"if-none-match")):
            return await answer(send, 304, headers)
        body = self._content
        if "gzip" in ",".join(header_values(scope, b"accept-encoding")).lower():
            body = self._compressed
            headers.append((b"content-encoding", b"gzip"))
        headers += [(b"content-type", b"text/javascript; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
        await answer(send, 200, headers, body, is_head=scope["method"] == "HEAD")

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._content, mtime=0)


def read_page_script() -> PageScript:
    return PageScript(_FILE.read_bytes())


def load_in_page(script: PageScript, settings: Settings) -> None:
    """Has Chainlit's page load the script, by Chainlit's own setting, unless the app has set that."""
    own = config.ui.custom_js
    if own == _NAME_WITHOUT_HASH:
        return  # written down by hand, with the attributes
    attributes = written_attributes(attributes_for(settings))
    if own and not script.is_at(own):
        _log.error(_how_to_load_both(own, config.ui.custom_js_attributes or "", attributes))
        return
    config.ui.custom_js = script.path
    config.ui.custom_js_attributes = attributes


def attributes_for(settings: Settings) -> Mapping[str, str]:
    """What the page has to know, by the names of the attributes without `data-`."""
    verifier = settings.verifier
    tenants = verifier.tenants
    derived = {
        "client-id": verifier.client_id,
        "tenant": tenants[0] if tenants != ANY_ORGANIZATION and len(tenants) == 1 else "organizations",
        "scope": f"{_application_id_uri(settings)}/{verifier.scopes[0]}",
    }
    if verifier.authority != DEFAULT_AUTHORITY:
        derived["authority"] = verifier.authority
    if origins := hosts_to_name_at(verifier.authority):
        derived["host-origins"] = " ".join(origins)
    return {**derived, **settings.page}


def _application_id_uri(settings: Settings) -> str:
    """Teams wants the host of the app in it. Source: Microsoft Learn, "Configure your tab app in Entra ID"."""
    verifier, origins = settings.verifier, settings.public_origins
    named = [each for each in verifier.audiences if each.startswith(("api://", "https://"))]
    if named:
        return named[0].removesuffix("/")
    if origins == WHERE_IT_IS_SENT:
        return f"api://{verifier.client_id}"
    return f"api://{origins[0].partition('://')[2]}/{verifier.client_id}"


def written_attributes(attributes: Mapping[str, str]) -> str:
    """Chainlit puts them into its page as they are. The script has to run before Chainlit's own: `defer`."""
    return " ".join(["defer", *(f'data-{name}="{html.escape(value)}"' for name, value in attributes.items())])


def _how_to_load_both(own: str, own_attributes: str, attributes: str) -> str:
    """Chainlit has one setting for one script, and puts the attributes into its page as they are."""
    both = f'{attributes}></script><script src="{own}" {own_attributes}'.strip()
    return (
        f"The page does not load twodoor, because custom_js is {own!r} already. To load both, set below [UI] of "
        f".chainlit/config.toml: custom_js = \"{_NAME_WITHOUT_HASH}\" and custom_js_attributes = '''{both}'''"
    )
