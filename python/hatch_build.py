"""Puts the page's half, the drop-in's JavaScript, into the wheel and the sdist: `npm run build` makes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPT = "twodoor/chainlit/twodoor.chainlit.js"
_banner = re.compile(rb"^/\*! twodoor ([^,\s]+),")


class PageScriptHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        carried, built = root / SCRIPT, root.parent / "dist" / "twodoor.chainlit.js"
        if carried.is_file():  # in an unpacked sdist, where hatchling finds it by itself
            return self._check(carried)
        if not built.is_file():
            raise FileNotFoundError(f"There is no {built}: run `npm run build` first.")
        self._check(built)
        build_data["force_include"][str(built)] = SCRIPT

    def _check(self, script: Path) -> None:
        """Both halves are of one version."""
        banner = _banner.match(script.read_bytes())
        own = self.metadata.version.encode()
        if banner is None or banner.group(1) != own:
            raise ValueError(f"{script} is not of version {own.decode()}: run `npm run build` again.")
