"""Who may come in, in any framework: the same rules as `requireAuth` of `twodoor/server`."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from typing import Any

import httpx
import pytest
from chat import IDENTIFIER, refusals
from entra import CLIENT, TENANT, Changes, Entra

from twodoor import (
    AppIdentity,
    CallerVerifier,
    Identity,
    TokenRefusedError,
    create_verifier,
    identity_in,
    refusal,
    require_auth,
)

pytestmark = pytest.mark.anyio

DAEMON = "70000000-0000-4000-8000-000000000007"
ROLE = "access_as_application"
OF_APP: Changes = {"azp": DAEMON, "idtyp": "app", "scp": ..., "roles": [ROLE]}


def verifier_of(entra: Entra) -> CallerVerifier:
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url, daemons={"roles": [ROLE]})


async def outcome_of(entra: Entra, changes: Changes | None, **options: Any) -> object:
    """The key of the user, or the refusal. changes: `None` for a request without a token."""
    guard = require_auth(verifier_of(entra), **options)
    given = [] if changes is None else [f"Bearer {entra.token(changes)}"]
    try:
        caller = await guard.caller(*given)
    except TokenRefusedError as refused:
        return refused.status, refused.code, refused.headers.get("WWW-Authenticate")
    return caller.app_id if isinstance(caller, AppIdentity) else getattr(caller, "key", "nobody")


def insufficient(code: str) -> tuple[int, str, str]:
    return 403, code, f'Bearer realm="api", error="insufficient_scope", error_description="{code}"'


@pytest.mark.parametrize(
    ("options", "changes", "expected"),
    [
        ({}, {}, IDENTIFIER),
        ({"scopes": ["other", "access_as_user"]}, {}, IDENTIFIER),
        ({"scopes": ["other"]}, {}, insufficient("wrong_scope")),
        ({"scopes": ["access_as_use"]}, {}, insufficient("wrong_scope")),
        ({"roles": ["Reader", "Admin"]}, {"roles": ["Admin"]}, IDENTIFIER),
        ({"roles": ["Admin"]}, {"roles": ["Adm"]}, insufficient("wrong_role")),
        ({"roles": ["Admin"]}, {}, insufficient("wrong_role")),
        ({"roles": ["Admin"]}, {"roles": "Admin"}, insufficient("wrong_role")),
        ({"scopes": ["access_as_user"], "roles": ["Admin"]}, {}, insufficient("wrong_role")),
        ({"acrs": "c1"}, {"acrs": ["c1"]}, IDENTIFIER),
    ],
)
async def test_a_guard_asks_for_what_it_says(
    entra: Entra, options: dict[str, Any], changes: Changes, expected: object
) -> None:
    assert await outcome_of(entra, changes, **options) == expected


@pytest.mark.parametrize("acrs", [..., ["c11"], ["C1"], "c1", [], ["c1", 1], {"c1": 1}])
async def test_a_guard_for_an_authentication_context_asks_the_page_for_a_token_with_it(
    entra: Entra, acrs: object
) -> None:
    status, code, challenge = await outcome_of(entra, {"acrs": acrs}, acrs="c1")  # type: ignore[misc]
    assert (status, code) == (401, "insufficient_claims")
    start, end = 'Bearer realm="api", error="insufficient_claims", claims="', '"'
    assert challenge.startswith(start) and challenge.endswith(end)
    claims = base64.b64decode(challenge[len(start) : -len(end)], validate=True)
    # As TypeScript writes it, to the letter.
    assert claims == b'{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


async def test_a_guard_that_is_optional_lets_nobody_in_as_nobody_and_refuses_a_wrong_token(entra: Entra) -> None:
    assert await outcome_of(entra, None, optional=True) == "nobody"
    assert await outcome_of(entra, {}, optional=True) == IDENTIFIER
    expired = await outcome_of(entra, {"exp": 1}, optional=True)
    challenge = 'Bearer realm="api", error="invalid_token", error_description="token_expired"'
    assert expired == (401, "token_expired", challenge)
    assert await outcome_of(entra, None) == (401, "token_missing", 'Bearer realm="api"')
    with pytest.raises(TokenRefusedError) as refused:
        await require_auth(verifier_of(entra), optional=True).caller("Bearer ")
    assert refused.value.code == "request_malformed"


async def test_apps_on_their_own_are_let_in_where_the_guard_says_so_and_asked_for_the_roles(entra: Entra) -> None:
    assert (await outcome_of(entra, OF_APP))[1] == "not_an_access_token"  # type: ignore[index]
    assert await outcome_of(entra, OF_APP, daemons=True) == DAEMON
    assert await outcome_of(entra, OF_APP, daemons=True, scopes=["access_as_user"]) == DAEMON
    assert await outcome_of(entra, OF_APP, daemons=True, roles=["Admin"]) == insufficient("wrong_role")
    assert await outcome_of(entra, {"scp": "access_as_user"}, daemons=True, scopes=["x"]) == insufficient("wrong_scope")


async def test_the_log_hears_why_without_the_token(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    await outcome_of(entra, {}, roles=["Admin"])
    reason = "`roles` has none of Admin, which is asked for here."
    assert f"A request is refused (wrong_role): {reason} uti=" in refusals(caplog)
    with pytest.raises(TokenRefusedError):
        await require_auth(verifier_of(entra), roles=["Admin"]).caller(
            f"Bearer {entra.token()}", log=logging.getLogger("twodoor.own")
        )
    said = [each.name for each in caplog.records if "is refused" in each.getMessage()]
    assert said == ["twodoor.guard", "twodoor.own"]


class Own:
    """A verifier of one's own."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    async def verify(self, token: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer == "hangs":
            await asyncio.sleep(3_600)
        return self.answer


class LooksLikeOne:
    key = "entra:t:o"
    scopes = ("access_as_user",)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"key": "entra:t:o"},
        LooksLikeOne(),
        AppIdentity(DAEMON, TENANT, (), 1.0),
        Identity(7, 1.0),  # type: ignore[arg-type]
        ValueError("eyJ"),
        "hangs",
    ],
    ids=["nobody", "a dict", "something alike", "an app", "no key", "an error", "nothing in time"],
)
async def test_nobody_comes_in_where_the_verifier_of_the_app_gives(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twodoor.guard._VERIFICATION_DEADLINE_S", 0.01)
    with pytest.raises(TokenRefusedError) as refused:
        await require_auth(Own(answer)).caller("Bearer a.b.c")  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.status) == ("temporarily_unavailable", 503)


async def test_a_guard_goes_by_its_options_as_they_were_when_it_was_made(entra: Entra) -> None:
    roles = ["Admin"]
    guard = require_auth(verifier_of(entra), roles=roles)
    roles.append("Reader")
    with pytest.raises(TokenRefusedError):
        await guard.caller(f"Bearer {entra.token({'roles': ['Reader']})}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scopes": []}, "`scopes` must be a list of names as in `scp`, for example"),
        ({"scopes": "access_as_user"}, "`scopes` must be a list"),
        ({"scopes": ["api://x/access_as_user"]}, r"`scopes\[0\]` must be a list of names as in `scp`"),
        ({"roles": [""]}, r"`roles\[0\]` must be a list of app roles, for example 'Admin'"),
        ({"roles": []}, "`roles` must be"),
        ({"acrs": " "}, "`acrs` must be an authentication context, for example 'c1'"),
        ({"acrs": ["c1"]}, "`acrs` must be an authentication context"),
        ({"acrs": "c1", "daemons": True}, "`acrs` must be left out with `daemons`"),
        ({"optional": "no"}, "`optional` must be True or False"),
        ({"daemons": 1}, "`daemons` must be True or False"),
    ],
)
def test_each_option_is_checked(options: dict[str, Any], message: str) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], daemons={"roles": [ROLE]})
    with pytest.raises(ValueError, match=message):
        require_auth(verifier, **options)


def test_the_verifier_is_checked() -> None:
    with pytest.raises(ValueError, match="`verifier` must be a verifier, for example create_verifier"):
        require_auth("no verifier")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="`daemons` must be left out, or the verifier made with `daemons` too"):
        require_auth(create_verifier(client_id=CLIENT, tenants=[TENANT]), daemons=True)  # type: ignore[call-overload]


async def api(scope: Any, receive: Any, send: Any) -> None:
    caller = identity_in(scope)
    body = json.dumps({"key": getattr(caller, "key", "nobody")}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def ask(app: Any, *authorization: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        return await client.get("/", headers=[("Authorization", each) for each in authorization])


async def test_an_asgi_app_behind_a_guard_gets_only_requests_that_may_come_in(entra: Entra) -> None:
    guarded = require_auth(verifier_of(entra), roles=["Admin"]).asgi(api)
    response = await ask(guarded, f"Bearer {entra.token({'roles': ['Admin']})}")
    assert (response.status_code, response.json()) == (200, {"key": IDENTIFIER})
    refused = await ask(guarded, f"Bearer {entra.token()}")
    assert (refused.status_code, refused.json()) == (403, {"code": "wrong_role"})
    assert refused.headers["www-authenticate"].endswith('error="insufficient_scope", error_description="wrong_role"')
    assert (await ask(guarded)).headers["www-authenticate"] == 'Bearer realm="api"'
    assert (await ask(guarded, "Bearer a.b.c", "Bearer a.b.c")).status_code == 400
    optional = require_auth(verifier_of(entra), optional=True).asgi(api)
    assert (await ask(optional)).json() == {"key": "nobody"}


async def test_a_refusal_that_an_asgi_app_raises_is_the_answer_unless_it_has_begun_one(entra: Entra) -> None:
    token = f"Bearer {entra.token()}"

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise error

    guarded = require_auth(verifier_of(entra)).asgi(failing)
    error: Exception = TokenRefusedError("insufficient_claims", claims='{"access_token":{}}')
    response = await ask(guarded, token)
    assert (response.status_code, response.json()) == (401, {"code": "insufficient_claims"})
    error = KeyError("of the app")
    with pytest.raises(KeyError):
        await ask(guarded, token)

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise TokenRefusedError("wrong_role")

    with pytest.raises(TokenRefusedError):
        await ask(require_auth(verifier_of(entra)).asgi(late), token)


async def test_a_websocket_is_refused_before_it_opens_and_lifespan_passes(entra: Entra) -> None:
    seen: list[str] = []
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = require_auth(verifier_of(entra)).asgi(app)
    await guarded({"type": "lifespan"}, receive, send)
    await guarded({"type": "websocket", "headers": []}, receive, send)
    assert (seen, sent) == (["lifespan"], [{"type": "websocket.close", "code": 1008, "reason": "token_missing"}])
    await guarded(
        {"type": "websocket", "headers": [(b"authorization", f"Bearer {entra.token()}".encode())]}, receive, send
    )
    assert seen == ["lifespan", "websocket"]


def test_what_came_through_no_guard_has_no_identity() -> None:
    with pytest.raises(LookupError, match="through no guard"):
        identity_in({"type": "http"})


async def test_a_text_of_a_verifier_of_the_app_is_no_list_of_letters() -> None:
    user = Identity("entra:t:o", 1.0, roles="R", scopes="S")  # type: ignore[arg-type]
    for wanted in ({"roles": ["R"]}, {"scopes": ["S"]}):
        with pytest.raises(TokenRefusedError) as refused:
            await require_auth(Own(user), **wanted).caller("Bearer a.b.c")  # type: ignore[call-overload]
        assert refused.value.status == 403


@pytest.mark.parametrize("door", ["guard", "header"])
async def test_a_refusal_has_the_token_in_no_frame_of_its_traceback(entra: Entra, door: str) -> None:
    verifier = verifier_of(entra)
    header = f"Bearer {entra.token({'aud': 'api://other'})}"
    asked = require_auth(verifier).caller(header) if door == "guard" else verifier.verify_header(header)
    with pytest.raises(TokenRefusedError) as raised:
        await asked
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    frame = raised.value.__traceback__
    while frame is not None:
        if "tests" not in frame.tb_frame.f_code.co_filename:
            assert "eyJ" not in repr(frame.tb_frame.f_locals)
        frame = frame.tb_next


async def test_a_code_that_nobody_knows_is_a_check_that_has_failed() -> None:
    injected = 'bad"\r\nX-Evil: 1'

    class Own(CallerVerifier):
        def __init__(self) -> None: ...

        async def verify(self, token: object) -> Identity:
            raise TokenRefusedError(injected)

    with pytest.raises(TokenRefusedError) as raised:
        await require_auth(Own()).caller("Bearer a.b.c")
    assert (raised.value.code, raised.value.status) == ("temporarily_unavailable", 503)
    answer = refusal.of(TokenRefusedError(injected))
    assert answer is not None and answer.code == "temporarily_unavailable"
    assert "Evil" not in str(dict(answer.headers))
