"""The code in Python of docs/, run as it is printed."""

from __future__ import annotations

import ast
import re
from typing import Any

import httpx
import pytest
from chat import IDENTIFIER, exchange, start, warnings_in
from entra import CLIENT, OTHER_TENANT, TENANT, Changes, Entra
from places import ROOT

import twodoor

pytestmark = pytest.mark.anyio


def code_in(document: str) -> str:
    text = (ROOT / "docs" / document).read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(code)


def run(document: str, entra: Entra, monkeypatch: pytest.MonkeyPatch, **names: object) -> dict[str, Any]:
    """With the authority of the tests in the place of the public one."""
    create = twodoor.create_verifier
    monkeypatch.setattr(twodoor, "create_verifier", lambda **options: create(authority=entra.url, **options))
    scope: dict[str, Any] = {"CLIENT_ID": CLIENT, "TENANT_ID": TENANT, **names}
    exec(compile(code_in(document), document, "exec"), scope)
    return scope


async def ask(app: Any, method: str, path: str, token: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        return await client.request(method, path, headers={"Authorization": f"Bearer {token}"})


PYTHON_OF_PAGES = [
    pytest.param(code, id=f"{page.relative_to(ROOT)}-{number}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if ".vitepress" not in page.parts
    for number, code in enumerate(
        re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
]


@pytest.mark.parametrize("code", PYTHON_OF_PAGES)
def test_all_code_compiles(code: str) -> None:
    compile(code, "a page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


async def test_your_api(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("your-api.md", entra, monkeypatch)["app"]
    accepted = await ask(app, "GET", "/api/me", entra.token())
    assert (accepted.status_code, accepted.json()) == (200, {"key": IDENTIFIER})
    assert (await ask(app, "GET", "/api/me", "")).status_code in (400, 401)


async def test_claims_challenges(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("claims-challenges.md", entra, monkeypatch)["app"]
    for method, context, answer in (("DELETE", "c1", {"key": IDENTIFIER}), ("POST", "c2", {"ordered": True})):
        refused = await ask(app, method, "/api/orders", entra.token())
        assert refused.status_code == 401
        assert 'error="insufficient_claims", claims="' in refused.headers["www-authenticate"]
        accepted = await ask(app, method, "/api/orders", entra.token({"acrs": [context]}))
        assert (accepted.status_code, accepted.json()) == (200, answer)


async def test_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict[str, Any] = {}
    tenant = '"11111111-2222-4333-8444-555555555555"'
    exec(code_in("clouds.md").replace('"…"', tenant), scope)
    assert scope["verifier"]._settings.authority == "https://login.microsoftonline.us"


async def test_on_behalf_of(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "the secret of these tests, and of nothing else")
    asked: list[str] = []

    class Graph:
        """In the place of the client that the code calls Microsoft Graph with."""

        def __init__(self, headers: dict[str, str]) -> None:
            asked.append(headers["Authorization"])

        async def __aenter__(self) -> Graph:
            return self

        async def __aexit__(self, *_: object) -> None: ...

        async def get(self, url: str) -> httpx.Response:
            asked.append(url)
            return httpx.Response(200, json={"displayName": "Adele Vance"})

    scope = run("on-behalf-of.md", entra, monkeypatch)
    scope["httpx"] = type("httpx", (), {"AsyncClient": Graph})
    token = entra.token()
    answer = await ask(scope["app"], "GET", "/api/profile", token)
    assert (answer.status_code, answer.json()) == (200, {"name": "Adele Vance"})
    assert asked == ["Bearer eyJ-of-graph-1", "https://graph.microsoft.com/v1.0/me"]
    assert entra.forms[0]["assertion"] == token


WRONG: dict[str, Changes] = {
    "wrong_audience": {"aud": "another"},
    "wrong_tenant": {"tid": OTHER_TENANT},
    "wrong_issuer": {"iss": "https://login.example.com/"},
    "wrong_client": {"azp": OTHER_TENANT},
    "wrong_scope": {"scp": "another"},
}


async def test_troubleshooting_names_the_options_that_the_log_names(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    text = (ROOT / "docs" / "chainlit" / "troubleshooting.md").read_text("utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith('| "Nobody signed in by a token"')]
    options = dict(re.findall(r"`([a-z_]+)`: `([a-z_]+)`", row))
    assert options.keys() == WRONG.keys()
    start(entra)
    for code, option in options.items():
        caplog.clear()
        await exchange(entra.token(WRONG[code]))
        assert f"({code})" in warnings_in(caplog) and f"`{option}`" in warnings_in(caplog)
