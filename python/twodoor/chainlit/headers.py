"""The headers and the path of a request, as ASGI has them."""

from __future__ import annotations

from starlette.types import Scope

RawHeaders = list[tuple[bytes, bytes]]


def header_values(scope: Scope, name: bytes) -> list[str]:
    """name: in lower case."""
    return [value.decode("latin-1") for each, value in scope["headers"] if each.lower() == name]


def without(headers: RawHeaders, *names: bytes) -> RawHeaders:
    """names: in lower case."""
    return [(name, value) for name, value in headers if name.lower() not in names]


def route_path(scope: Scope, root_path: str) -> str:
    """The path as Chainlit's routes know it: without where the app is mounted, and without `--root-path`."""
    path: str = scope["path"]
    for prefix in (scope.get("root_path", ""), root_path):
        if prefix and path.startswith(f"{prefix}/"):
            path = path[len(prefix) :]
    return path
