"""The code of docs/chainlit-graph.md, run as it is printed, by the real Chainlit, LangChain and MCP."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import chainlit as cl
import httpx
import langchain_core.tools
import pytest
import uvicorn
from chainlit.config import config
from chat import IDENTIFIER, METADATA, ORIGIN, exchange, headers_with, open_session, run_in
from entra import CLIENT, TENANT, Entra
from mcp.server.fastmcp import Context, FastMCP
from places import ROOT

import twodoor.chainlit

pytestmark = pytest.mark.anyio

SECRET = "the secret of these tests, and of nothing else"
SALES = "d0000000-0000-4000-8000-000000000001"
MCP_SCOPE = f"api://{CLIENT}/tools"
BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "chainlit-graph.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def run(block: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(block, "chainlit-graph.md", "exec"), names)
    return names


@pytest.fixture
def names(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page takes for given, with the authority of the tests in the place of the public one."""
    create = twodoor.chainlit.setup
    monkeypatch.setattr(twodoor.chainlit, "setup", lambda **options: create(authority=entra.url, **options))
    monkeypatch.setattr(config.code, "on_message", None)
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    return {"CLIENT_ID": CLIENT, "TENANT_ID": TENANT, "ORIGIN": ORIGIN, "SALES_GROUP": SALES, "MCP_SCOPE": MCP_SCOPE}


class Conversation:
    def __init__(self) -> None:
        self.sent: list[Any] = []
        user = cl.User(identifier=IDENTIFIER, metadata={**METADATA})
        self.session = open_session(self._emit, self._emit, user)

    async def _emit(self, event: str, data: Any, timeout: int = 0) -> None:
        if event in ("new_message", "update_message"):
            self.sent.append(data)

    async def run(self, work: Any) -> Any:
        return await run_in(self.session, work)

    async def say(self, text: str) -> str:
        """What is answered last."""

        async def answered() -> None:
            await config.code.on_message(cl.Message(text))  # type: ignore[misc]

        await self.run(answered())
        said = [each["output"] for each in self.sent if each["type"] == "assistant_message"]
        return str(said[-1])


class Graph:
    """In the place of the client that the code calls Microsoft Graph with."""

    def __init__(self, headers: dict[str, str]) -> None:
        assert headers["Authorization"].startswith("Bearer eyJ-of-graph-")

    async def __aenter__(self) -> Graph:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def get(self, url: str, params: dict[str, int] | None = None) -> httpx.Response:
        events = [{"subject": "Stand-up"}, {"subject": "Review"}]
        found = {"/me": {"displayName": "Adele Vance"}, "/me/events": {"value": events[: (params or {}).get("$top")]}}
        return httpx.Response(200, json=found[url.removeprefix("https://graph.microsoft.com/v1.0")])


GRAPH = type("httpx", (), {"AsyncClient": Graph})


def test_the_page_has_a_block_for_each_of_its_parts() -> None:
    assert len(BLOCKS) == 4


async def test_a_token_for_the_user_of_the_conversation(entra: Entra, names: dict[str, Any]) -> None:
    run(BLOCKS[0], names)["httpx"] = GRAPH
    assert (await exchange(entra.token())).status_code == 200
    conversation = Conversation()
    assert await conversation.say("who am I") == "You are Adele Vance."
    assert "Adele Vance" in str(conversation.sent) and "eyJ" not in str(conversation.sent)


async def test_a_refusal_is_an_answer(entra: Entra, names: dict[str, Any]) -> None:
    run(BLOCKS[0], names)
    entra.token_answer = lambda _: (503, {"error": "temporarily_unavailable"})
    await exchange(entra.token())
    assert await Conversation().say("who am I") == "I cannot look that up: temporarily_unavailable."


async def test_a_tool_of_langchain(entra: Entra, names: dict[str, Any]) -> None:
    run(BLOCKS[0], names)
    run(BLOCKS[1], names)["httpx"] = GRAPH
    await exchange(entra.token())
    assert await Conversation().run(names["next_meetings"].ainvoke({"count": 1})) == ["Stand-up"]
    assert entra.forms[0]["scope"].startswith("Calendars.Read")


async def test_a_tool_of_langchain_that_runs_in_a_thread(entra: Entra, names: dict[str, Any]) -> None:
    """As the sentence under its block has it."""
    auth = run(BLOCKS[0], names)["auth"]
    await exchange(entra.token())

    @langchain_core.tools.tool
    def token_of_user() -> str:
        """The token."""
        return str(cl.run_sync(auth.token("Calendars.Read")).token)

    assert await Conversation().run(token_of_user.ainvoke({})) == "eyJ-of-graph-1"


@asynccontextmanager
async def mcp_server() -> AsyncIterator[str]:
    """A real one, with a tool that says with what it was called."""
    server = FastMCP("tools")

    @server.tool()
    def whoami(context: Context) -> str:  # type: ignore[type-arg]
        """Who calls."""
        request = context.request_context.request
        return str(request.headers["authorization"])

    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error"))
    served = asyncio.ensure_future(running.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    finally:
        running.should_exit = True
        await served


async def test_an_mcp_server_gets_the_token_of_the_user(entra: Entra, names: dict[str, Any]) -> None:
    run(BLOCKS[0], names)
    await exchange(entra.token())
    async with mcp_server() as names["MCP_URL"]:
        run(BLOCKS[2], names)
        answer = await Conversation().run(names["call_tool"]("whoami", {}))
    assert answer.content[0].text == "Bearer eyJ-of-graph-1"
    assert entra.forms[0]["scope"].startswith(MCP_SCOPE)


async def test_roles_and_who_may_come_in(entra: Entra, names: dict[str, Any]) -> None:
    auth = run(BLOCKS[3], names)["auth"]
    user = await auth.user(headers_with(entra.token({"roles": ["Chat.User"], "groups": [SALES]})))
    assert user is not None
    assert user.metadata == {**METADATA, "team": "sales", "roles": ["Chat.User"]}
    for changes in ({"roles": ["Chat.User"]}, {"groups": [SALES]}, {"roles": ["Chat.User"], "hasgroups": True}):
        assert await auth.user(headers_with(entra.token(changes))) is None
