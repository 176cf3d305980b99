"""The page's half: the JavaScript in this package, and how Chainlit's page comes to load it."""

from __future__ import annotations

import gzip
import html
import logging
import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Final

from chainlit.config import config
from starlette.types import Scope, Send

from ..clouds import hosts_to_name_at
from ..tokens.options import ANY_ORGANIZATION, DEFAULT_AUTHORITY
from .answers import answer
from .headers import RawHeaders, header_values
from .options import WHERE_IT_IS_SENT, Settings

_log: Final = logging.getLogger("twodoor.chainlit")

_PUBLIC: Final = "/public/"
_ONE_FILE: Final = "twodoor.chainlit.js"
"""All in one, for who writes it down by hand or copies it."""
_entry_name = re.compile(r"twodoor\.chainlit\.[0-9a-f]{12}\.js", re.ASCII)
_language_tag = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
_FOREVER: Final = b"public, max-age=31536000, immutable"


class PageFile:
    def __init__(self, content: bytes, cache_control: bytes) -> None:
        self._content = content
        self._cache_control = cache_control

    async def send(self, scope: Scope, send: Send) -> None:
        etag = f'"{sha256(self._content).hexdigest()[:12]}"'
        headers: RawHeaders = [
            (b"cache-control", self._cache_control),
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


class PageScript:
    """A module, and its parts, which it loads when they are needed. Their names change with what is in them."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        """contents: of the files, by their names."""
        (entry,) = [name for name in contents if _entry_name.fullmatch(name)]
        self.path = _PUBLIC + entry
        self._files = {
            _PUBLIC + name: PageFile(content, b"no-cache" if name == _ONE_FILE else _FOREVER)
            for name, content in contents.items()
        }
        self._other_entry = PageFile(f'import "./{entry}"\n'.encode(), b"no-cache")

    def at(self, path: str) -> PageFile | None:
        """What is served there. During a rolling restart pages ask for the module of another version: they get this
        one. Parts of another version are not here; the page then says that it has to be loaded again."""
        is_entry = path.startswith(_PUBLIC) and _entry_name.fullmatch(path.removeprefix(_PUBLIC)) is not None
        return self._files.get(path) or (self._other_entry if is_entry else None)


def read_page_script() -> PageScript:
    folder = files("twodoor.chainlit") / "page"
    return PageScript({file.name: file.read_bytes() for file in folder.iterdir()})


def load_in_page(script: PageScript, settings: Settings) -> None:
    """Has Chainlit's page load the script, by Chainlit's own setting, unless the app has set that."""
    own = config.ui.custom_js
    if own == _PUBLIC + _ONE_FILE:
        return  # written down by hand, with the attributes
    attributes = attributes_for(settings)
    if own and script.at(own) is None:
        _log.error(_how_to_load_both(own, config.ui.custom_js_attributes or "", attributes))
        return
    config.ui.custom_js = script.path
    config.ui.custom_js_attributes = written_attributes('type="module"', attributes)


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
    language = config.ui.language
    if language and _language_tag.fullmatch(language):
        derived["language"] = language
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


def written_attributes(order: str, attributes: Mapping[str, str]) -> str:
    """Chainlit puts them into its page as they are.

    order: `defer` or `type="module"`: the script has to run before Chainlit's own.
    """
    return " ".join([order, *(f'data-{name}="{html.escape(value)}"' for name, value in attributes.items())])


def _how_to_load_both(own: str, own_attributes: str, attributes: Mapping[str, str]) -> str:
    """Chainlit has one setting for one script, and puts the attributes into its page as they are."""
    both = f'{written_attributes("defer", attributes)}></script><script src="{own}" {own_attributes}'.strip()
    return (
        f"The page does not load twodoor, because custom_js is {own!r} already. To load both, set below [UI] of "
        f".chainlit/config.toml: custom_js = \"{_PUBLIC}{_ONE_FILE}\" and custom_js_attributes = '''{both}'''"
    )
