"""Tokens on behalf of the user of a Chainlit session, by the real Chainlit and the real msal. The page is the test."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from time import time
from typing import Any

import chainlit as cl
import jwt
import pytest
from chainlit.auth import create_jwt
from chainlit.auth.jwt import get_jwt_secret
from chainlit.config import config
from chainlit.context import context_var, init_http_context
from chainlit.session import WebsocketSession
from chainlit.socket import connect
from chainlit.user import PersistedUser, User
from chat import (
    IDENTIFIER,
    METADATA,
    SESSION,
    SOCKET,
    behind,
    cookies_of,
    environ_of,
    exchange,
    open_session,
    page,
    run_in,
    session_of,
    start,
    until,
    warnings_in,
)
from entra import OBJECT, TENANT, Changes, Entra
from socketio.exceptions import TimeoutError as SocketTimeoutError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from twodoor import Identity
from twodoor.chainlit import Auth, setup
from twodoor.on_behalf_of import OnBehalfOfError, TokenOnBehalf

pytestmark = pytest.mark.anyio

SECRET = "the secret of these tests, and of nothing else"
OTHER_OBJECT = "a0000000-0000-4000-8000-000000000002"
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
QUESTION = "X-Twodoor-Question"
GO_ON, NOT_NOW = 0, 1
"""The buttons of a question, in their order."""
Asked = dict[str, Any]
Answer = Callable[[Asked], Coroutine[Any, Any, object]]


class Chat:
    """One conversation, and what its page is asked and shown."""

    def __init__(self, answer: Answer, user: User | None, language: str = "en-US") -> None:
        self.asked: list[Asked] = []
        self.events: list[tuple[str, Any]] = []
        self.choice: int | None = GO_ON
        self.may_choose = asyncio.Event()
        self.may_choose.set()
        self._answer = answer
        self.session = open_session(self._emit, self._call, user, language)

    async def _emit(self, event: str, data: Any) -> None:
        self.events.append((event, data))

    async def _call(self, event: str, data: Any, timeout: int) -> object:
        self.events.append((event, data))
        if event == "ask":
            self.events.append(("new_message", data["msg"]))
            await asyncio.sleep(0)
            await self.may_choose.wait()
            return None if self.choice is None else self._action(data["spec"]["keys"][self.choice])
        assert (event, data["name"]) == ("call_fn", "twodoor.token")
        self.asked.append(data["args"])
        return await self._answer(data["args"])

    @property
    def shown(self) -> list[str]:
        """What is left to see and to click of what was shown."""
        added = [data["id"] for name, data in self.events if name in ("new_message", "action")]
        removed = [data["id"] for name, data in self.events if name in ("delete_message", "remove_action")]
        return [each for each in added if each not in removed]

    @property
    def is_waiting(self) -> dict[str, bool]:
        """Whether the client of Chainlit still waits for an answer of each kind."""
        last = {name: number for number, (name, _) in enumerate(self.events)}
        return {kind: last.get(kind, -1) > last.get(f"clear_{kind}", -1) for kind in ("ask", "call_fn")}

    def _action(self, action_id: str) -> Any:
        return next(data for name, data in self.events if name == "action" and data["id"] == action_id)

    @property
    def texts(self) -> list[str]:
        return [data["output"] for name, data in self.events if name in ("new_message", "update_message")]

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        return run_in(self.session, work)


def a_page_with(entra: Entra, changes: Changes | None = None) -> Answer:
    """Posts a token, and hands on what it is answered."""

    async def answer(asked: Asked) -> object:
        response = await exchange(entra.token(changes), **{QUESTION: asked["question"]})
        assert cookies_of(response) == []
        refused = "unavailable" if response.status_code >= 500 else "token_rejected"
        return response.json() if response.status_code == 200 else {"refused": refused}

    return answer


def saying(answer: object) -> Answer:
    async def say(_: Asked) -> object:
        return answer

    return say


async def silence(_: Asked) -> object:
    raise SocketTimeoutError


def adele() -> User:
    return User(identifier=IDENTIFIER, metadata={**METADATA})


def somebody_else() -> User:
    return User(identifier=f"entra:{TENANT}:{OTHER_OBJECT}", metadata={**METADATA})


async def come_back(chat: Chat, environ: dict[str, str]) -> None:
    """By a new socket, which names the session."""
    socket_id = f"later-socket-{id(chat)}"
    await connect(socket_id, environ, {"sessionId": chat.session.id, "clientType": "webapp"})
    assert WebsocketSession.require(socket_id) is chat.session


def refuses_once(entra: Entra, number: int, **more: object) -> None:
    """Entra ID refuses the next request, and no other."""

    def refuse(_: dict[str, str]) -> tuple[int, object]:
        entra.token_answer = entra.issue
        return 400, {"error": "invalid_grant", "error_codes": [number], **more}

    entra.token_answer = refuse


async def refusal_of(asked: Any) -> OnBehalfOfError:
    with pytest.raises(OnBehalfOfError) as raised:
        await asked
    assert "eyJ" not in f"{raised.value} {vars(raised.value)}"
    return raised.value


def set_up(entra: Entra, **options: object) -> Auth:
    return start(entra, secret=SECRET, **options)


async def test_a_callback_gets_a_token_for_the_token_that_its_user_has_signed_in_with(entra: Entra) -> None:
    auth = set_up(entra)
    token = entra.token()
    await exchange(token)
    chat = Chat(silence, adele())
    graph = await chat.run(auth.token("User.Read"))
    assert (graph.token, repr(graph).count("eyJ")) == ("eyJ-of-graph-1", 0)
    assert entra.forms[0]["assertion"] == token
    assert await chat.run(auth.token("User.Read")) == graph
    assert (len(entra.forms), chat.asked) == (1, [])


async def test_a_worker_that_has_no_token_asks_the_page_for_one_without_a_session_of_its_own(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(a_page_with(entra), adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    assert [set(each) for each in chat.asked] == [{"question", "user"}]
    assert chat.asked[0]["user"] == adele().identifier
    assert entra.forms[0]["assertion"] == entra.minted[-1]


async def test_when_the_token_has_expired_the_page_is_asked_for_another(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(a_page_with(entra, {"exp": int(time()) + 10_000}), adele())
    await chat.run(auth.token("User.Read"))
    in_two_hours = time() + 7_200
    monkeypatch.setattr("twodoor.tokens.kept_tokens.time", lambda: in_two_hours)
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-2"
    assert len(chat.asked) == 1


async def test_a_page_that_is_signed_in_as_somebody_else_asks_its_user_on_a_click(entra: Entra) -> None:
    auth = set_up(entra)
    post = a_page_with(entra)

    async def answer(asked: Asked) -> object:
        return await post(asked) if "button" in asked else {"refused": "account_mismatch"}

    chat = Chat(answer, adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    assert ["button" in each for each in chat.asked] == [False, True]


async def test_a_user_who_chooses_another_account_gets_a_refusal_and_no_other_question(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(saying({"refused": "account_mismatch"}), adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert len(chat.asked) == 2


async def test_several_calls_at_once_share_one_question(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(a_page_with(entra), adele())
    tokens = await asyncio.gather(*[chat.run(auth.token("User.Read")) for _ in range(5)])
    assert {each.token for each in tokens} == {"eyJ-of-graph-1"}
    assert len(chat.asked) == 1


async def test_a_call_that_is_cancelled_takes_no_question_from_the_others(entra: Entra) -> None:
    auth = set_up(entra)
    may_answer = asyncio.Event()
    answer = a_page_with(entra)

    async def late(asked: Asked) -> object:
        await may_answer.wait()
        return await answer(asked)

    chat = Chat(late, adele())
    stopped, other = chat.run(auth.token("User.Read")), chat.run(auth.token("User.Read"))
    while not chat.asked:
        await asyncio.sleep(0)
    stopped.cancel()
    may_answer.set()
    assert (await other).token == "eyJ-of-graph-1"
    assert len(chat.asked) == 1


async def test_a_question_that_nobody_waits_for_is_taken_back(entra: Entra) -> None:
    auth = set_up(entra)
    ended = asyncio.Event()

    async def forever(_: Asked) -> object:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.set()

    chat = Chat(forever, adele())
    stopped = chat.run(auth.token("User.Read"))
    while not chat.asked:
        await asyncio.sleep(0)
    stopped.cancel()
    await asyncio.wait_for(ended.wait(), 10)


@pytest.mark.parametrize("steps", range(4))
async def test_who_asks_again_after_that_is_not_cancelled_with_it(entra: Entra, steps: int) -> None:
    """Nor who does so at once, as after a deadline of `asyncio.timeout`."""
    auth = set_up(entra)
    post = a_page_with(entra)

    async def answer_the_second(asked: Asked) -> object:
        return await (post(asked) if len(chat.asked) == 2 else asyncio.Event().wait())

    chat = Chat(answer_the_second, adele())
    stopped = chat.run(auth.token("User.Read"))
    while not chat.asked:
        await asyncio.sleep(0)
    stopped.cancel()
    for _ in range(steps):
        await asyncio.sleep(0)
    await asyncio.wait([later := chat.run(auth.token("User.Read"))])
    assert not later.cancelled()
    assert later.result().token == "eyJ-of-graph-1"


async def test_a_page_that_does_not_answer_is_no_loop(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(silence, adele())
    error = await refusal_of(chat.run(auth.token("User.Read")))
    assert (error.code, len(chat.asked)) == ("temporarily_unavailable", 1)


@pytest.mark.parametrize("answer", ["no dict", {}, {"sealed": "gAAAA"}, {"sealed": 7}, {"refused": "unsupported"}])
async def test_whatever_a_page_answers_nothing_comes_of_it_but_a_refusal(entra: Entra, answer: object) -> None:
    auth = set_up(entra)
    chat = Chat(saying(answer), adele())
    error = await refusal_of(chat.run(auth.token("User.Read")))
    assert error.code in ("sign_in_required", "temporarily_unavailable")
    assert len(chat.asked) == 1


async def test_an_answer_to_another_question_is_none(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    auth = set_up(entra)
    answer = a_page_with(entra)
    chat = Chat(lambda asked: answer({**asked, "question": "x" * 22}), adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "temporarily_unavailable"
    assert entra.forms == []
    assert "An answer cannot be opened" in warnings_in(caplog)


async def test_an_answer_of_a_worker_with_another_secret_is_told_in_the_log(
    entra: Entra, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = set_up(entra)
    answer = a_page_with(entra)

    async def answer_of_another_worker(asked: Asked) -> object:
        with monkeypatch.context() as worker:
            worker.setenv("CHAINLIT_AUTH_SECRET", "another secret of tests, 32 bytes")
            return await answer(asked)

    chat = Chat(answer_of_another_worker, adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "temporarily_unavailable"
    assert "Give all workers the same CHAINLIT_AUTH_SECRET and the same time" in warnings_in(caplog)
    assert "gAAAA" not in caplog.text


async def test_a_token_of_somebody_else_is_never_used(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    auth = set_up(entra)
    chat = Chat(a_page_with(entra, {"oid": OTHER_OBJECT}), adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert entra.forms == []
    assert "of another user than that of the session" in warnings_in(caplog)


async def test_two_sessions_speak_for_their_own_users(entra: Entra) -> None:
    auth = set_up(entra)
    tokens = {oid: entra.token({"oid": oid}) for oid in (OBJECT, OTHER_OBJECT)}
    chats = {OBJECT: Chat(silence, adele()), OTHER_OBJECT: Chat(silence, somebody_else())}
    for token in tokens.values():
        await exchange(token)
    await asyncio.gather(*[chat.run(auth.token("User.Read")) for chat in chats.values()])
    assert {form["assertion"] for form in entra.forms} == set(tokens.values())
    entra.forms.clear()
    await chats[OBJECT].run(auth.token("Mail.Read"))
    assert entra.forms[0]["assertion"] == tokens[OBJECT]


async def test_a_consent_that_is_missing_is_asked_for_by_a_button(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)
    chat = Chat(a_page_with(entra), adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    (asked,) = chat.asked
    button = next(data["id"] for name, data in chat.events if name == "action" and data["label"] == "Continue")
    assert (asked["scopes"], asked["button"]) == (["User.Read"], button)
    assert any("your permission: User.Read" in text for text in chat.texts)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("de-AT", "Weiter"),
        ("fr", "Continuer"),
        ("es-MX", "Continuar"),
        ("pt-BR", "Continuar"),
        ("ja", "続行"),
        ("zh-CN", "继续"),
        ("fi-FI", "Continue"),
    ],
)
async def test_the_button_speaks_the_language_of_the_browser(entra: Entra, language: str, label: str) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)
    chat = Chat(a_page_with(entra), adele(), language)
    await chat.run(auth.token("User.Read"))
    assert label in [data["label"] for name, data in chat.events if name == "action"]
    assert any("User.Read" in text for text in chat.texts)


async def test_a_conversation_that_begins_with_a_button_is_named_by_what_the_user_has_read(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)
    chat = Chat(a_page_with(entra), adele(), "de-AT")
    await chat.run(auth.token("User.Read"))
    assert [data["interaction"] for name, data in chat.events if name == "first_interaction"] == ["Weiter"]


@pytest.mark.parametrize(
    ("refused", "code"), [("unsupported", "consent_required"), ("unavailable", "temporarily_unavailable")]
)
async def test_a_button_that_the_page_has_no_use_for_is_taken_back(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, refused: str, code: str
) -> None:
    monkeypatch.setattr("twodoor.chainlit.page_questions.CLICK_DEADLINE_S", 0)
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)
    chat = Chat(saying({"refused": refused}), adele())
    chat.may_choose.clear()
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == code
    assert chat.texts != [] and chat.shown == []
    assert chat.is_waiting == {"ask": False, "call_fn": False}


async def test_a_token_that_is_here_before_the_click_is_noted_ends_no_conversation(entra: Entra) -> None:
    """Chainlit stores a conversation when its first button is clicked, which takes a while."""
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)
    post = a_page_with(entra)

    async def answer(asked: Asked) -> object:
        answered = await post(asked)
        asyncio.get_running_loop().call_later(0.01, chat.may_choose.set)
        return answered

    chat = Chat(answer, adele())
    chat.may_choose.clear()
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    assert "first_interaction" in dict(chat.events) and "delete_message" not in dict(chat.events)


async def test_a_button_that_nobody_waits_for_is_taken_back(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)

    async def forever(_: Asked) -> object:
        return await asyncio.Event().wait()

    chat = Chat(forever, adele())
    chat.may_choose.clear()
    stopped = chat.run(auth.token("User.Read"))
    await until(lambda: bool(chat.asked and chat.texts))
    stopped.cancel()
    await until(lambda: chat.shown == [])
    await until(lambda: chat.is_waiting == {"ask": False, "call_fn": False})


async def test_a_question_that_is_asked_again_after_that_has_a_button_of_its_own(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    entra.token_answer = lambda _: (400, {"error": "invalid_grant", "error_codes": [65001]})

    async def forever(_: Asked) -> object:
        return await asyncio.Event().wait()

    chat = Chat(forever, adele())
    chat.may_choose.clear()
    stopped = chat.run(auth.token("User.Read"))
    await until(lambda: bool(chat.asked and chat.texts))
    stopped.cancel()
    chat.choice = NOT_NOW
    later = chat.run(auth.token("User.Read"))
    await until(lambda: len(chat.asked) == 2)
    assert len({each["button"] for each in chat.asked}) == 2
    chat.may_choose.set()
    assert (await refusal_of(later)).code == "consent_required"
    assert chat.is_waiting == {"ask": False, "call_fn": False}


@pytest.mark.parametrize("choice", [NOT_NOW, None])
async def test_who_declines_is_asked_once(entra: Entra, choice: int | None) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 65001)

    async def forever(_: Asked) -> object:
        return await asyncio.Event().wait()

    chat = Chat(forever, adele())
    chat.choice = choice
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "consent_required"
    assert len(chat.asked) == 1


async def test_a_consent_without_effect_is_not_asked_for_again(entra: Entra) -> None:
    auth = set_up(entra)
    entra.token_answer = lambda _: (400, {"error": "invalid_grant", "error_codes": [65001]})
    await exchange(entra.token())
    chat = Chat(a_page_with(entra), adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "consent_required"
    assert len(chat.asked) == 1


async def test_what_entra_id_wants_of_the_user_the_page_gets_by_itself_where_it_can(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 50079, claims=CLAIMS)
    chat = Chat(a_page_with(entra), adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    (asked,) = chat.asked
    assert json.loads(asked["claims"]) == json.loads(CLAIMS)
    assert "button" not in asked and chat.texts == []


async def test_and_by_a_button_where_it_cannot(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 50079, claims=CLAIMS)
    post = a_page_with(entra)

    async def answer(asked: Asked) -> object:
        return await post(asked) if "button" in asked else {"refused": "sign_in_required"}

    chat = Chat(answer, adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    assert ["button" in each for each in chat.asked] == [False, True]


async def test_the_challenge_of_an_api_is_passed_on(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, adele())
    await chat.run(auth.token("User.Read", claims=CLAIMS))
    assert "acrs" in entra.forms[0]["claims"]


async def test_a_token_that_entra_id_takes_no_more_is_replaced_by_a_new_one(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 50173)
    chat = Chat(a_page_with(entra), adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"
    assert chat.asked[0]["renew"] is True


async def test_what_a_server_has_done_wrong_asks_nobody(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    refuses_once(entra, 7000215)
    chat = Chat(silence, adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "config_invalid"
    assert chat.asked == []


async def test_outside_of_a_session_it_says_so(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    auth = set_up(entra)
    assert (await refusal_of(auth.token("User.Read"))).code == "config_invalid"
    assert "in a callback of a Chainlit session" in caplog.text


@pytest.mark.parametrize("is_kept", [True, False])
async def test_in_an_event_loop_of_its_own_it_says_what_to_call_instead(
    entra: Entra, caplog: pytest.LogCaptureFixture, is_kept: bool
) -> None:
    auth = set_up(entra)
    chat = Chat(a_page_with(entra), adele())
    if is_kept:
        await exchange(entra.token())

    async def tool() -> TokenOnBehalf:
        return await asyncio.to_thread(lambda: asyncio.run(auth.token("User.Read")))

    assert (await refusal_of(chat.run(tool()))).code == "config_invalid"
    assert "cl.run_sync(auth.token(…))" in caplog.text


async def test_in_a_thread_it_is_run_sync(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(a_page_with(entra), adele())

    async def tool() -> TokenOnBehalf:
        return await asyncio.to_thread(lambda: cl.run_sync(auth.token("User.Read")))

    assert (await chat.run(tool())).token == "eyJ-of-graph-1"


async def test_without_a_credential_it_says_so(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    auth = start(entra)
    assert (await refusal_of(auth.token("User.Read"))).code == "config_invalid"
    assert "Give setup() a `secret`" in caplog.text


@pytest.mark.parametrize(
    "identifier",
    ["adele@contoso.example", f"entra:{TENANT}", f"{IDENTIFIER}:x", f"entra:{TENANT}:{OBJECT.upper()}", ""],
)
async def test_a_user_who_is_none_of_entra_id_has_no_token(entra: Entra, identifier: str) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, User(identifier=identifier, metadata={**METADATA}))
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert chat.asked == []


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"provider": "credentials"},
        {**METADATA, "provider": "github"},
        {"provider": "entra"},
        {**METADATA, "client": TENANT},
    ],
)
async def test_who_signs_in_by_another_way_speaks_for_nobody_of_entra_id_whatever_their_name(
    entra: Entra, metadata: dict[str, str]
) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, User(identifier=IDENTIFIER, metadata=metadata))
    # A data layer gives the user that it has stored, of another sign-in.
    chat.session.user = adele()
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert (entra.forms, chat.asked) == ([], [])


async def test_a_data_layer_that_stores_no_metadata_takes_no_token_from_its_user(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, adele())
    chat.session.user = PersistedUser(id="1", createdAt="", identifier=IDENTIFIER, metadata={})
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_who_opens_the_session_of_another_user_gets_nothing_on_their_behalf(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, adele())
    try:
        await come_back(chat, environ_of(somebody_else()))
    except ConnectionRefusedError:  # by Chainlit itself, from 2.10.1 on
        chat.session.environ = environ_of(somebody_else())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert (entra.forms, chat.asked) == ([], [])
    assert "by a socket of another user" in warnings_in(caplog)


async def test_nor_while_its_page_is_asked(entra: Entra) -> None:
    auth = set_up(entra)
    post = a_page_with(entra)

    async def answer(asked: Asked) -> object:
        answered = await post(asked)
        chat.session.environ = environ_of(somebody_else())
        return answered

    chat = Chat(answer, adele())
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert entra.forms == []


async def test_a_session_that_was_never_signed_or_by_somebody_else_has_no_user(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    for token, environ in ((None, environ_of(adele())), (create_jwt(adele()), {}), (create_jwt(adele())[:-2], None)):
        chat = Chat(silence, adele())
        chat.session.token = token
        chat.session.environ = chat.session.environ if environ is None else environ
        assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    monkeypatch.setenv("CHAINLIT_AUTH_SECRET", "another secret of tests, 32 bytes")
    chat = Chat(silence, adele())
    monkeypatch.undo()
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"
    assert entra.forms == []


async def test_a_user_comes_back_with_a_session_that_the_page_has_renewed(entra: Entra) -> None:
    """By the names that the browser has its cookies by."""
    auth = set_up(entra)
    chat = Chat(silence, adele())
    seen: list[str] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        seen.append(Headers(scope=scope)["cookie"])
        await PlainTextResponse("")(scope, receive, send)

    renewed = await session_of(entra)
    await behind(note, SOCKET, {"Cookie": f"{SESSION}={renewed}; access_token=of-a-sibling-domain"})
    await come_back(chat, {"HTTP_COOKIE": seen[0]})
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_a_large_session_counts_as_any_other(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    session = create_jwt(User(identifier=IDENTIFIER, metadata={**METADATA, "notes": "x" * 3000}))
    chat = Chat(silence, adele())
    await come_back(chat, {"HTTP_COOKIE": f"access_token_0={session[:3000]}; access_token_1={session[3000:]}"})
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_a_conversation_may_outlast_the_cookie_that_it_began_with(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    monkeypatch.setattr(config.project, "user_session_timeout", -60)
    chat = Chat(silence, adele())
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_who_comes_back_without_a_session_is_let_in_no_more_and_changes_nothing(entra: Entra) -> None:
    auth = set_up(entra)
    await exchange(entra.token())
    chat = Chat(silence, adele())
    with pytest.raises(ConnectionRefusedError):
        await come_back(chat, {})
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_a_session_without_a_page_is_not_asked(entra: Entra) -> None:
    auth = set_up(entra)
    token = context_var.set(init_http_context(user=adele(), auth_token=create_jwt(adele())))
    assert (await refusal_of(auth.token("User.Read"))).code == "sign_in_required"
    await exchange(entra.token())
    assert (await auth.token("User.Read")).token == "eyJ-of-graph-1"
    context_var.reset(token)


async def test_after_a_logout_nothing_is_left_of_the_user(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(silence, adele())
    async with page() as client:
        await client.post("/auth/header", json={}, headers={"Authorization": f"Bearer {entra.token()}"})
        await chat.run(auth.token("User.Read"))
        assert client.cookies.get(SESSION)
        await client.post("/logout")
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "temporarily_unavailable"


@pytest.mark.parametrize(("metadata", "is_left"), [(METADATA, False), ({**METADATA, "provider": "credentials"}, True)])
async def test_a_logout_counts_when_its_session_has_expired_and_only_of_who_signed_in_by_twodoor(
    entra: Entra, metadata: dict[str, Any], is_left: bool
) -> None:
    auth = set_up(entra)
    chat = Chat(silence, adele())
    await exchange(entra.token())
    claims = {"identifier": IDENTIFIER, "display_name": None, "metadata": metadata, "exp": int(time()) - 60}
    session = jwt.encode(claims, get_jwt_secret(), algorithm="HS256")
    async with page(Cookie=f"{SESSION}={session}") as client:
        await client.post("/logout")
    asked = chat.run(auth.token("User.Read"))
    if is_left:
        assert (await asked).token == "eyJ-of-graph-1"
    else:
        assert (await refusal_of(asked)).code == "temporarily_unavailable"


async def test_a_logout_with_a_session_that_somebody_made_up_takes_nothing_from_anybody(entra: Entra) -> None:
    auth = set_up(entra)
    chat = Chat(silence, adele())
    await exchange(entra.token())
    async with page(Cookie=f"{SESSION}=made.up.session") as client:
        await client.post("/logout")
    assert (await chat.run(auth.token("User.Read"))).token == "eyJ-of-graph-1"


async def test_who_may_come_in_no_more_gets_nothing_in_a_session_that_is_left(entra: Entra) -> None:
    auth = set_up(entra, roles=["Chat.User"])
    chat = Chat(a_page_with(entra, {"roles": []}), adele())
    await exchange(entra.token({"roles": ["Chat.User"]}))
    await chat.run(auth.token("User.Read"))
    await exchange(entra.token({"roles": []}))
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "sign_in_required"


async def test_who_is_never_let_in_gets_nothing_in_a_session_that_is_left(entra: Entra) -> None:
    def fail(_: Identity) -> None:
        raise ConnectionError

    auth = set_up(entra, user=fail)
    chat = Chat(a_page_with(entra), adele())
    for _ in range(2):
        assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "temporarily_unavailable"
    assert entra.forms == []


async def test_while_the_app_decides_there_is_no_token(entra: Entra) -> None:
    is_asked, may_decide = asyncio.Event(), asyncio.Event()

    async def decide(_: Identity) -> None:
        is_asked.set()
        await may_decide.wait()

    auth = set_up(entra, user=decide)
    chat = Chat(silence, adele())
    signing_in = asyncio.ensure_future(exchange(entra.token()))
    await is_asked.wait()
    assert (await refusal_of(chat.run(auth.token("User.Read")))).code == "temporarily_unavailable"
    may_decide.set()
    assert ((await signing_in).status_code, entra.forms) == (403, [])


async def test_who_is_let_in_speaks_for_themselves_with_the_token_of_that_sign_in(entra: Entra) -> None:
    auth = set_up(entra, user=lambda _: {})
    token = entra.token()
    await exchange(token)
    await Chat(silence, adele()).run(auth.token("User.Read"))
    assert entra.forms[0]["assertion"] == token


@pytest.mark.parametrize(
    ("changes", "status"), [({}, 200), ({"aud": "another"}, 401), ({"roles": []}, 403), ({"exp": 1}, 401)]
)
async def test_a_posted_token_passes_the_same_checks_and_begins_no_session(
    entra: Entra, changes: Changes, status: int
) -> None:
    set_up(entra, roles=["Chat.User"])
    answer = await exchange(entra.token({"roles": ["Chat.User"], **changes}), **{QUESTION: "q" * 22})
    assert (answer.status_code, cookies_of(answer), answer.headers["cache-control"]) == (status, [], "no-store")
    assert ("sealed" in answer.json()) == (status == 200)
    assert "eyJ" not in answer.text


async def test_a_page_of_another_origin_gets_no_answer_to_a_question(entra: Entra) -> None:
    set_up(entra)
    async with page(Origin="https://evil.example") as client:
        answer = await client.post(
            "/auth/header", headers={"Authorization": f"Bearer {entra.token()}", QUESTION: "q" * 22}
        )
    assert answer.status_code == 403


@pytest.mark.parametrize("question", ["", "q" * 21, "q" * 23, "a question with words"])
async def test_what_is_no_question_is_a_sign_in(entra: Entra, question: str) -> None:
    set_up(entra)
    answer = await exchange(entra.token(), **{QUESTION: question})
    assert (answer.status_code, answer.json(), len(cookies_of(answer)) > 0) == (200, {"success": True}, True)


async def test_without_a_credential_a_question_is_a_sign_in_too(entra: Entra) -> None:
    start(entra)
    answer = await exchange(entra.token(), **{QUESTION: "q" * 22})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


@pytest.mark.parametrize("credential", [{"secret": ""}, {"secret": "a", "assertion": "b"}, {"certificate": {}}])
def test_a_wrong_credential_is_named_and_not_shown(credential: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`(secret|certificate)`"):
        setup(client_id="c1111111-2222-4333-8444-555555555555", tenants=[TENANT], **credential)


async def test_nothing_of_a_token_is_in_any_log(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "twodoor")
    auth = set_up(entra)
    chat = Chat(a_page_with(entra), adele())
    await chat.run(auth.token("User.Read"))
    assert "gAAAA" not in caplog.text and SECRET not in caplog.text
