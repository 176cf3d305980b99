"""Builds the wheel of the Python package and installs it into a virtual environment of its own, which sees the libraries
of the environment that this runs in. Needs no network.

    python install-package.py <folder of the package> <folder of the new environment> [<folder for the wheel>]

With a folder for the wheel it is left there and not installed, and the environment has pip: for who installs it as people
do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from tempfile import TemporaryDirectory


def create(environment: Path, *, with_pip: bool) -> Path:
    """Where the libraries of the new environment are."""
    venv.create(environment, with_pip=with_pip, symlinks=os.name != "nt")
    own_libraries = site_packages_of(environment)
    # Not a line with the path alone: the .pth files of that folder count too.
    others = f"import site; site.addsitedir({str(site_packages_of(Path(sys.prefix)))!r})\n"
    (own_libraries / "libraries.pth").write_text(others, "utf-8")
    return own_libraries


def site_packages_of(environment: Path) -> Path:
    scheme = "nt" if os.name == "nt" else "posix_prefix"
    return Path(sysconfig.get_path("purelib", scheme, {"base": str(environment)}))


def build(package: Path, folder: Path) -> Path:
    run("hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=package)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(package: Path, environment: Path) -> None:
    own_libraries = create(environment, with_pip=False)
    with TemporaryDirectory(prefix="twodoor-wheel-") as folder:
        wheel = build(package, Path(folder))
        pip = ("pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
        run(*pip, "--target", str(own_libraries), str(wheel))


def run(*arguments: str, cwd: Path | None = None) -> None:
    subprocess.run([sys.executable, "-m", *arguments], cwd=cwd, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    package, environment, *wheels = map(Path, sys.argv[1:])
    if wheels:
        create(environment, with_pip=True)
        build(package, wheels[0])
    else:
        install(package, environment)
