"""Wheel and sdist, as they are published."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest
from places import ROOT

from twodoor import __version__

PACKAGE = ROOT / "python"
WHEEL = f"twodoor-{__version__}-py3-none-any.whl"
SDIST = f"twodoor-{__version__}.tar.gz"
PAGE = "twodoor/chainlit/page"


def run(*command: str, cwd: Path) -> str:
    ended = subprocess.run([*command], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def build(source: Path, target: str, folder: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder), cwd=source)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for target in ("wheel", "sdist"):
        build(PACKAGE, target, folder)
    return folder


def page_files() -> list[Path]:
    return [ROOT / "dist" / "twodoor.chainlit.js", *(ROOT / "dist" / "chainlit-page").iterdir()]


def names_in(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def test_the_wheel_has_all_modules_the_types_and_the_page(built: Path) -> None:
    names = names_in(built / WHEEL)
    sources = {str(path.relative_to(PACKAGE).as_posix()) for path in (PACKAGE / "twodoor").rglob("*.py")}
    page = {f"{PAGE}/{path.name}": path.read_bytes() for path in page_files()}
    assert sources | page.keys() | {"twodoor/py.typed"} == {name for name in names if name.startswith("twodoor/")}
    with ZipFile(built / WHEEL) as archive:
        assert {name: archive.read(name) for name in page} == page


def test_the_sdist_makes_the_same_wheel_by_itself(built: Path, tmp_path: Path) -> None:
    with tarfile.open(built / SDIST) as archive:
        archive.extractall(tmp_path, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    (source,) = tmp_path.iterdir()
    build(source, "wheel", tmp_path / "wheels")
    assert names_in(tmp_path / "wheels" / WHEEL) == names_in(built / WHEEL)


@pytest.mark.parametrize("banner", [b"/*! twodoor 9.9.9, MIT. */", b"!function(){}()"])
@pytest.mark.parametrize("name", ["twodoor.chainlit.js", "chainlit-page/part.js"])
def test_a_page_of_another_version_is_not_packed(tmp_path: Path, name: str, banner: bytes) -> None:
    source = tmp_path / "python"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("tests", "dist"))
    (tmp_path / "dist" / "chainlit-page").mkdir(parents=True)
    for each in ("twodoor.chainlit.js", "chainlit-page/part.js"):
        right = f"/*! twodoor {__version__}, MIT. */".encode()
        (tmp_path / "dist" / each).write_bytes(banner if each == name else right)
    with pytest.raises(AssertionError, match="is not of version"):
        build(source, "wheel", tmp_path / "wheels")


def test_it_is_installed_in_an_empty_environment_without_a_network(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True, symlinks=os.name != "nt")
    python = str(tmp_path / ("Scripts" if os.name == "nt" else "bin") / "python")
    # What it needs is in the environment of the tests: nothing is fetched.
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(built / WHEEL), cwd=tmp_path)
    told = run(python, "-c", "from importlib.metadata import version; print(version('twodoor'))", cwd=tmp_path)
    assert told.strip() == __version__
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    asks = f"import sys; sys.path += {libraries!r}\nimport twodoor.chainlit, twodoor.socketio, twodoor.fastapi\n"
    asks += "print(twodoor.__file__)"
    assert str(tmp_path) in run(python, "-c", asks, cwd=tmp_path)
