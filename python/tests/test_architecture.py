"""What holds for all modules: their size, which way they import, and the version."""

from __future__ import annotations

import ast
import json
from importlib.metadata import version
from pathlib import Path

import pytest
from places import ROOT

import twodoor

SOURCES = ROOT / "python" / "twodoor"
LONGEST_MODULE = 250
LONGEST_FUNCTION = 60


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_of(path): path for path in sorted(SOURCES.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in PATHS.items()}


def imports_of(name: str) -> set[str]:
    """The modules of the package that a module names in its imports."""
    found: set[str] = set()
    package = name if PATHS[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package.rsplit(".", node.level - 1)[0]
            target = f"{base}.{node.module}" if node.module else base
            found |= {f"{target}.{each.name}" for each in node.names} & PATHS.keys() or {target}
    return found


def test_no_module_imports_itself_by_way_of_others() -> None:
    imports = {name: imports_of(name) for name in PATHS}
    assert sum(len(each) for each in imports.values()) > len(PATHS)
    while leaves := {name for name, each in imports.items() if not each & imports.keys()}:
        imports = {name: each for name, each in imports.items() if name not in leaves}
    assert imports == {}


@pytest.mark.parametrize("room", ["tokens", "socketio", "fastapi", "chainlit", "migrate"])
def test_rooms_see_the_tokens_and_not_each_other(room: str) -> None:
    others = {"tokens", "socketio", "fastapi", "chainlit", "migrate"} - {room, "tokens"}
    seen = {each for name in PATHS if name.startswith(f"twodoor.{room}") for each in imports_of(name)}
    assert not [each for each in seen if each.split(".")[1] in others]


def test_modules_and_functions_are_short() -> None:
    assert [name for name, path in PATHS.items() if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE] == []
    functions = [(name, node) for name, tree in TREES.items() for node in ast.walk(tree)]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        (name, node.name) for name, node in functions if isinstance(node, kinds) and lines_of(node) > LONGEST_FUNCTION
    ]
    assert long == []


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Of its code, without the docstring."""
    first = function.body[0]
    documented = first.end_lineno - first.lineno + 1 if isinstance(first, ast.Expr) else 0
    return function.end_lineno - function.lineno + 1 - documented


def test_all_halves_have_one_version() -> None:
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert twodoor.__version__ == version("twodoor") == manifest["version"]


def test_the_tests_run_against_what_is_installed() -> None:
    assert twodoor.__file__ is not None and "site-packages" in twodoor.__file__


def test_the_tokens_see_no_room_beside_them() -> None:
    rooms = {"chainlit", "fastapi", "guard", "migrate", "on_behalf_of", "refusal", "socketio"}
    seen = {each for name in PATHS if name.startswith("twodoor.tokens") for each in imports_of(name)}
    assert not [each for each in seen if each.split(".")[1] in rooms]
