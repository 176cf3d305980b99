"""Builds the wheel of the Python package and installs it into a virtual environment of its own, which sees the libraries
of the environment that this runs in. Needs no network.

    python install-package.py <folder of the package> <folder of the new environment>
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from tempfile import TemporaryDirectory


def install(package: Path, environment: Path) -> None:
    venv.create(environment, symlinks=os.name != "nt")
    own_libraries = site_packages_of(environment)
    # Not a line with the path alone: the .pth files of that folder count too.
    others = f"import site; site.addsitedir({str(site_packages_of(Path(sys.prefix)))!r})\n"
    (own_libraries / "libraries.pth").write_text(others, "utf-8")
    with TemporaryDirectory(prefix="twodoor-wheel-") as folder:
        run("hatchling", "build", "--target", "wheel", "--directory", folder, cwd=package)
        (wheel,) = Path(folder).glob("*.whl")
        pip = ("pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
        run(*pip, "--target", str(own_libraries), str(wheel))


def site_packages_of(environment: Path) -> Path:
    scheme = "nt" if os.name == "nt" else "posix_prefix"
    return Path(sysconfig.get_path("purelib", scheme, {"base": str(environment)}))


def run(*arguments: str, cwd: Path | None = None) -> None:
    subprocess.run([sys.executable, "-m", *arguments], cwd=cwd, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    install(Path(sys.argv[1]), Path(sys.argv[2]))
