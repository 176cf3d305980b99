"""The socket: who opens it, and what ends it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from time import time
from typing import Any

import aiohttp
import chainlit.socket
import httpx
import pytest
import uvicorn
from chainlit.auth import create_jwt
from chainlit.config import config
from chainlit.server import app, sio
from chainlit.session import WebsocketSession
from chainlit.user import User
from chat import (
    EVIL,
    IDENTIFIER,
    METADATA,
    ORIGIN,
    SOCKET,
    cookies_of,
    open_session,
    run_in,
    start,
    until,
    warnings_in,
)
from entra import OBJECT, Entra

from twodoor.chainlit import Auth, sockets
from twodoor.on_behalf_of import OnBehalfOfError

pytestmark = pytest.mark.anyio


@pytest.fixture
def served(entra: Entra) -> Iterator[tuple[str, int]]:
    """Chainlit on a port. Its own lifespan is left out: it ends the process."""
    start(entra)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join()


async def handshake(address: tuple[str, int], *headers: str) -> str:
    """The status line that a WebSocket upgrade gets."""
    reader, writer = await asyncio.open_connection(*address)
    lines = ["GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: chat.example.com", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {'A' * 22}==", *headers]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    try:
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([f"Origin: {ORIGIN}"], "101"),
        ([], "101"),
        ([f"Origin: {EVIL}"], "403"),
        (["Origin: null"], "403"),
        ([f"Origin: {ORIGIN}", f"Origin: {EVIL}"], "403"),
        (["Sec-Fetch-Site: cross-site"], "403"),
    ],
)
async def test_a_websocket_of_another_site_is_refused_before_it_opens(
    served: tuple[str, int], headers: list[str], status: str
) -> None:
    assert (await handshake(served, *headers)).split(" ")[1] == status


async def test_the_session_opens_the_socket_and_nothing_else_does(served: tuple[str, int], entra: Entra) -> None:
    base = f"http://127.0.0.1:{served[1]}"
    async with httpx.AsyncClient(base_url=base, headers={"Origin": ORIGIN}) as client:
        # Chainlit's own reason is lost on the way: it raises Python's ConnectionRefusedError and not Socket.IO's.
        assert await connect_by_polling(client) == '44{"message":"Connection refused by server"}'
        headers = {"Authorization": f"Bearer {entra.token()}"}
        cookie = cookies_of(await client.post("/auth/header", json={}, headers=headers))[1]
        client.headers["Cookie"] = cookie.split(";")[0]
        assert (await connect_by_polling(client)).startswith('40{"sid":')


async def test_a_logout_ends_the_sockets_of_its_session_and_no_others(served: tuple[str, int], entra: Entra) -> None:
    base = f"http://127.0.0.1:{served[1]}"
    opened, engines, cookies = [], [], []
    async with httpx.AsyncClient(base_url=base, headers={"Origin": ORIGIN}) as client:
        for name, oid in (("mine", OBJECT), ("theirs", f"{OBJECT[:-1]}2")):
            headers = {"Authorization": f"Bearer {entra.token({'oid': oid})}"}
            begun = await client.post("/auth/header", json={}, headers=headers)
            cookies.append(cookies_of(begun)[1].split(";")[0])
            client.cookies.clear()
            client.headers["Cookie"] = cookies[-1]
            engines.append(await open_engine(client))
            answer = await connect_by_polling(client, engines[-1], name)
            opened.append(json.loads(answer.removeprefix("40"))["sid"])
        await client.post("/logout", headers={"Cookie": cookies[0]})
        assert (await client.get(f"{SOCKET}&sid={engines[0]}")).text.startswith("41")
        is_connected = sio.manager.is_connected
        assert [is_connected(sid, "/") for sid in opened] == [False, True]
        # The connection is that of before, whose first request had the cookie.
        del client.headers["Cookie"]
        assert (await connect_by_polling(client, engines[0], "mine")).startswith("44")
        # Nor is a copy of the cookie good for anything, nor the same in a header.
        client.headers["Cookie"] = cookies[0]
        assert (await connect_by_polling(client, None, "mine")).startswith("44")
        assert (await client.get("/user")).status_code == 401
        del client.headers["Cookie"]
        bearer = {"Authorization": f"Bearer {cookies[0].partition('=')[2]}"}
        assert (await client.get("/user", headers=bearer)).status_code == 401
        assert any("access_token=" in each for each in cookies_of(await log_out(client, cookies[0])))


async def log_out(client: httpx.AsyncClient, cookie: str) -> httpx.Response:
    return await client.post("/logout", headers={"Cookie": cookie})


async def test_a_socket_that_is_being_opened_at_a_logout_does_not_stay(
    served: tuple[str, int], entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_looking, may_go_on = threading.Event(), threading.Event()
    look = chainlit.socket.get_current_user

    async def look_slowly(token: str) -> object:
        user = await look(token)
        is_looking.set()
        await asyncio.to_thread(may_go_on.wait, 30)
        return user

    monkeypatch.setattr(chainlit.socket, "get_current_user", look_slowly)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served[1]}", headers={"Origin": ORIGIN}) as client:
        headers = {"Authorization": f"Bearer {entra.token()}"}
        begun = await client.post("/auth/header", json={}, headers=headers)
        client.cookies.clear()
        client.headers["Cookie"] = cookie = cookies_of(begun)[1].split(";")[0]
        opening = asyncio.create_task(connect_by_polling(client, None, "opening"))
        await until(is_looking.is_set)
        await log_out(client, cookie)
        may_go_on.set()
        assert (await opening).startswith("44")
    left = WebsocketSession.get_by_id("opening")
    assert left is not None and not sio.manager.is_connected(left.socket_id, "/")


async def test_who_signs_in_again_within_the_same_second_is_signed_in(
    served: tuple[str, int], entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then Chainlit gives the same session once more."""
    made: dict[str, str] = {}
    monkeypatch.setattr("chainlit.server.create_jwt", lambda user: made.setdefault(user.identifier, create_jwt(user)))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served[1]}", headers={"Origin": ORIGIN}) as client:
        seen = []
        for _ in range(2):
            headers = {"Authorization": f"Bearer {entra.token()}"}
            begun = await client.post("/auth/header", json={}, headers=headers)
            client.cookies.clear()
            seen.append(cookies_of(begun)[1].split(";")[0])
            assert (await client.get("/user", headers={"Cookie": seen[-1]})).status_code == 200
            await log_out(client, seen[-1])
            assert (await client.get("/user", headers={"Cookie": seen[-1]})).status_code == 401
        assert seen[0] == seen[1]


async def test_a_logout_ends_the_sockets_of_the_sessions_before_it_too(served: tuple[str, int], entra: Entra) -> None:
    """The page renews its session in silence: the cookie is a new one, the socket is the old one."""
    base = f"http://127.0.0.1:{served[1]}"
    is_connected = sio.manager.is_connected
    async with httpx.AsyncClient(base_url=base, headers={"Origin": ORIGIN}) as client:

        async def renewed(cookie: str, uti: str, context: str = "top") -> str:
            more = {"Cookie": cookie, "Authorization": f"Bearer {entra.token({'name': uti})}"}
            begun = await client.post("/auth/header", json={}, headers={**more, "X-Twodoor-Context": context})
            client.cookies.clear()
            return cookies_of(begun)[1].split(";")[0]

        async def opened(cookie: str, session_id: str) -> str:
            client.headers["Cookie"] = cookie
            answer = await connect_by_polling(client, None, session_id)
            del client.headers["Cookie"]
            return json.loads(answer.removeprefix("40"))["sid"]

        first = await renewed("", "first")
        sockets = [await opened(first, "renewed")]
        # Two tabs renew it at once: one answer is the last that the browser hears.
        left, right = await renewed(first, "left"), await renewed(first, "right")
        # On the computer that slept the session has ended meanwhile, and the socket comes back with a new one.
        await opened(await renewed("", "before the sleep"), "slept")
        last = await renewed(right, "last")
        sockets.append(await opened(last, "slept"))
        # The same person elsewhere.
        elsewhere = await renewed("", "elsewhere")
        sockets.append(await opened(elsewhere, "elsewhere"))
        assert [is_connected(sid, "/") for sid in sockets] == [True] * 3
        assert len({first, left, right, last, elsewhere}) == 5
        await client.post("/logout", headers={"Cookie": last})
    assert [is_connected(sid, "/") for sid in sockets] == [False, False, True]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_ends_with_the_last_session_that_it_was_opened_or_renewed_with(
    served: tuple[str, int], entra: Entra, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(sockets, "_LONGEST_WAIT_S", 0.01)
    async with a_browser(served) as client:
        config.project.user_session_timeout = 100
        cookie = await sign_in(client, entra)
        line = await Line.open(client, transport, cookie)
        config.project.user_session_timeout = 1_000
        await sign_in(client, entra, cookie)
        looks = pass_seconds(monkeypatch, 200)
        await until(lambda: len(looks) > 2)
        assert line.is_connected
        pass_seconds(monkeypatch, 1_001)
        # The client comes back by itself: it is not told that the server wants it to stay away.
        assert await line.end() == "1"
        assert not line.is_connected


def pass_seconds(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[float]:
    """What is read of the clock from now on."""
    looks: list[float] = []

    def read() -> float:
        looks.append(time() + seconds)
        return looks[-1]

    monkeypatch.setattr(sockets, "time", read)
    return looks


async def test_who_may_come_in_no_more_loses_sockets_and_sessions(served: tuple[str, int], entra: Entra) -> None:
    start(entra, roles=["Chat.User"])
    async with a_browser(served) as client:
        here = await sign_in(client, entra, roles=["Chat.User"])
        elsewhere = await sign_in(client, entra, roles=["Chat.User"], name="Elsewhere")
        other = await sign_in(client, entra, roles=["Chat.User"], oid=f"{OBJECT[:-1]}2")
        lines = [await Line.open(client, "websocket", cookie) for cookie in (here, elsewhere, other)]
        answer = await exchange_in(client, entra, here, roles=[])
        assert answer.status_code == 403
        removed = [each for each in cookies_of(answer) if "Max-Age=0" in each]
        assert len(removed) == 2 and all(each.startswith("__Host-access_token=; ") for each in removed)
        assert [await line.end() for line in lines[:2]] == ["1", "1"]
        assert [line.is_connected for line in lines] == [False, False, True]
        for cookie, status in ((here, 401), (elsewhere, 401), (other, 200)):
            assert (await client.get("/user", headers={"Cookie": cookie})).status_code == status
        # Whom the app lets in again has a session again.
        back = await sign_in(client, entra, roles=["Chat.User"], name="Back")
        assert (await client.get("/user", headers={"Cookie": back})).status_code == 200
        await log_out(client, other)
        assert await lines[2].end() == "41"


async def test_who_is_turned_away_in_the_browser_of_another_leaves_no_session_there(
    served: tuple[str, int], entra: Entra
) -> None:
    start(entra, roles=["Chat.User"])
    async with a_browser(served) as client:
        adeles = await sign_in(client, entra, roles=["Chat.User"])
        line = await Line.open(client, "websocket", adeles)
        answer = await exchange_in(client, entra, adeles, oid=f"{OBJECT[:-1]}2")
        assert answer.status_code == 403 and len(cookies_of(answer)) == 2
        assert await line.end() == "1"
        assert (await client.get("/user", headers={"Cookie": adeles})).status_code == 401


@asynccontextmanager
async def a_browser(served: tuple[str, int]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served[1]}", headers={"Origin": ORIGIN}) as client:
        yield client


async def exchange_in(client: httpx.AsyncClient, entra: Entra, cookie: str = "", **claims: object) -> httpx.Response:
    headers = {"Cookie": cookie, "Authorization": f"Bearer {entra.token(claims)}"}
    response = await client.post("/auth/header", json={}, headers=headers)
    client.cookies.clear()
    return response


async def sign_in(client: httpx.AsyncClient, entra: Entra, cookie: str = "", **claims: object) -> str:
    """The cookie."""
    return cookies_of(await exchange_in(client, entra, cookie, **claims))[1].split(";")[0]


class Line:
    """A connection of Engine.IO with a socket of Chainlit's."""

    sid = ""

    def __init__(self, receive: Callable[[], Awaitable[str]]) -> None:
        self._receive = receive

    @staticmethod
    async def open(client: httpx.AsyncClient, transport: str, cookie: str) -> Line:
        name = f"line of {cookie}"
        if transport == "polling":
            client.headers["Cookie"] = cookie
            engine = await open_engine(client)
            answer = await connect_by_polling(client, engine, name)

            async def poll() -> str:
                answer = await client.get(f"{SOCKET}&sid={engine}")
                return answer.text if answer.status_code == 200 else "1"

            line = Line(poll)
        else:
            url = f"{client.base_url}{SOCKET}".replace("polling", "websocket")
            session = aiohttp.ClientSession()
            socket = await session.ws_connect(url, headers={"Cookie": cookie, "Origin": ORIGIN}, autoclose=True)

            async def receive() -> str:
                message = await socket.receive()
                await session.close()
                return "1" if message.type == aiohttp.WSMsgType.CLOSE else str(message.data)

            line = Line(receive)
            await socket.receive_str()
            await socket.send_str(f"40{json.dumps(auth_of(name))}")
            answer = await socket.receive_str()
        line.sid = json.loads(answer.removeprefix("40"))["sid"]
        return line

    @property
    def is_connected(self) -> bool:
        return bool(sio.manager.is_connected(self.sid, "/"))

    async def end(self) -> str:
        """What the client hears of it, at once: `1` where the connection is closed."""
        return await asyncio.wait_for(self._receive(), 10)


async def end_with_an_error(_: asyncio.Event) -> None:
    raise ConnectionError("here is a password")


async def never_end(is_over: asyncio.Event) -> None:
    await is_over.wait()


@pytest.mark.parametrize("end", [end_with_an_error, never_end])
async def test_a_logout_ends_all_its_sockets_and_forgets_its_user_whatever_the_app_does_at_the_end_of_a_chat(
    served: tuple[str, int],
    entra: Entra,
    end: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth = start(entra, secret="the secret of these tests, and of nothing else")
    is_over, ended = asyncio.Event(), []

    async def on_chat_end() -> None:
        ended.append(asyncio.get_running_loop())
        await end(is_over)

    monkeypatch.setattr(config.code, "on_chat_end", on_chat_end)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served[1]}", headers={"Origin": ORIGIN}) as client:
        headers = {"Authorization": f"Bearer {entra.token()}"}
        begun = await client.post("/auth/header", json={}, headers=headers)
        client.cookies.clear()
        client.headers["Cookie"] = cookies_of(begun)[1].split(";")[0]
        answers = [await connect_by_polling(client, None, name) for name in ("first", "second")]
        sockets = [json.loads(answer.removeprefix("40"))["sid"] for answer in answers]
        assert await has_token(auth)
        try:
            await client.post("/logout")
            await until(lambda: len(ended) == 2)
            assert not any(sio.manager.is_connected(sid, "/") for sid in sockets)
            assert not await has_token(auth)
        finally:
            ended[0].call_soon_threadsafe(is_over.set)
    if end is end_with_an_error:
        assert warnings_in(caplog).count("The app has failed at the end of a chat (ConnectionError).") == 2
    assert "password" not in caplog.text


async def has_token(auth: Auth) -> bool:
    """Whether a token of the user is kept. No page is asked for one."""

    async def nobody(*_: object) -> None:
        raise ConnectionError

    session = open_session(nobody, nobody, User(identifier=IDENTIFIER, metadata={**METADATA}))
    try:
        await run_in(session, auth.token("User.Read"))
    except (ConnectionError, OnBehalfOfError):
        return False
    return True


async def open_engine(client: httpx.AsyncClient) -> str:
    return json.loads((await client.get(SOCKET)).text[1:])["sid"]


async def connect_by_polling(client: httpx.AsyncClient, sid: str | None = None, session_id: str = "s") -> str:
    sid = sid or await open_engine(client)
    assert (await client.post(f"{SOCKET}&sid={sid}", content=f"40{json.dumps(auth_of(session_id))}")).text == "OK"
    return (await client.get(f"{SOCKET}&sid={sid}")).text


def auth_of(session_id: str) -> dict[str, str]:
    return {"sessionId": session_id, "clientType": "webapp", "threadId": "", "userEnv": "{}", "chatProfile": ""}
