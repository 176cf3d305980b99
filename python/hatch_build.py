"""Puts the page's half, the drop-in's JavaScript, into the wheel and the sdist: `npm run build` makes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = "twodoor/chainlit/page"
ONE_FILE = "twodoor.chainlit.js"
_banner = re.compile(rb"^/\*! twodoor ([^,\s]+),")


class PageScriptHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        carried, built = root / CARRIED, root.parent / "dist"
        if carried.is_dir():  # in an unpacked sdist, where hatchling finds it by itself
            return self._check(list(carried.iterdir()))
        modules = sorted(built.glob("chainlit-page/*.js"))
        if not modules:
            raise FileNotFoundError(f"There is no {built / 'chainlit-page'}: run `npm run build` first.")
        files = [built / ONE_FILE, *modules]
        self._check(files)
        build_data["force_include"].update({str(file): f"{CARRIED}/{file.name}" for file in files})

    def _check(self, files: list[Path]) -> None:
        """Both halves are of one version."""
        own = self.metadata.version.encode()
        for file in files:
            banner = _banner.match(file.read_bytes())
            if banner is None or banner.group(1) != own:
                raise ValueError(f"{file} is not of version {own.decode()}: run `npm run build` again.")
