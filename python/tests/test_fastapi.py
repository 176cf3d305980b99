"""The identity as a dependency of FastAPI, from the same verifier."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any

import httpx
import pytest
from chat import IDENTIFIER, refusals
from entra import CLIENT, OTHER_TENANT, TENANT, Entra
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from fastapi.requests import HTTPConnection

from twodoor import Identity, TokenRefusedError, create_verifier
from twodoor import require_auth as guarded_by
from twodoor.fastapi import answer_refusals, identity_by, require_auth

pytestmark = pytest.mark.anyio


async def ask(entra: Entra, *authorization: str) -> httpx.Response:
    identity = identity_by(create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url))
    app = FastAPI()

    async def me(user: Annotated[Identity, Depends(identity)]) -> dict[str, str]:
        return {"key": user.key, "tenant": user.tenant_id}

    me.__annotations__["user"] = Annotated[Identity, Depends(identity)]
    app.get("/me")(me)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        return await client.get("/me", headers=[("Authorization", each) for each in authorization])


async def test_a_token_gives_the_identity(entra: Entra) -> None:
    response = await ask(entra, f"Bearer {entra.token()}")
    assert (response.status_code, response.json()) == (200, {"key": IDENTIFIER, "tenant": TENANT})


@pytest.mark.parametrize(
    ("changes", "status", "code", "error"),
    [
        ({"exp": 1}, 401, "token_expired", "invalid_token"),
        ({"tid": OTHER_TENANT}, 401, "wrong_tenant", "invalid_token"),
        ({"azp": OTHER_TENANT}, 403, "wrong_client", "insufficient_scope"),
        ({"scp": "User.Read"}, 403, "wrong_scope", "insufficient_scope"),
    ],
)
async def test_a_token_is_refused_as_in_typescript(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: dict[str, object], status: int, code: str, error: str
) -> None:
    response = await ask(entra, f"Bearer {entra.token(changes)}")
    assert response.status_code == status
    assert response.json() == {"detail": {"code": code, "retry": code == "token_expired"}}
    challenge = f'Bearer realm="api", error="{error}", error_description="{code}"'
    assert response.headers["www-authenticate"] == challenge
    assert f"({code})" in refusals(caplog)
    assert {each.name for each in caplog.records if "is refused" in each.message} == {"twodoor.fastapi"}


async def test_without_a_token_only_the_scheme_is_told(entra: Entra) -> None:
    for authorization in ([], ["Basic YTpi"]):
        response = await ask(entra, *authorization)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer realm="api"')


async def test_of_two_headers_none_counts(entra: Entra) -> None:
    response = await ask(entra, f"Bearer {entra.token()}", "Bearer a.b.c")
    assert (response.status_code, response.json()["detail"]["code"]) == (400, "request_malformed")


async def test_an_outage_of_the_keys_is_told_as_such(entra: Entra) -> None:
    entra.status = 500
    response = await ask(entra, f"Bearer {entra.token()}")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


async def test_a_route_asks_for_scopes_and_roles_and_for_an_authentication_context(entra: Entra) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    app = FastAPI()
    routes = {"/role": {"roles": ["Admin"]}, "/scope": {"scopes": ["other"]}, "/context": {"acrs": "c1"}}
    for path, wanted in routes.items():
        app.get(path, dependencies=[Depends(require_auth(verifier, **wanted))])(lambda: {})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as client:

        async def outcome(path: str, changes: dict[str, object]) -> tuple[int, str]:
            response = await client.get(path, headers={"Authorization": f"Bearer {entra.token(changes)}"})
            return response.status_code, response.headers.get("www-authenticate", "")[20:52]

        assert await outcome("/role", {"roles": ["Admin"]}) == (200, "")
        assert await outcome("/role", {}) == (403, 'error="insufficient_scope", erro')
        assert await outcome("/scope", {}) == (403, 'error="insufficient_scope", erro')
        assert await outcome("/context", {"acrs": ["c1"]}) == (200, "")
        assert await outcome("/context", {}) == (401, 'error="insufficient_claims", cla')


async def test_an_optional_route_knows_who_asks_and_who_does_not(entra: Entra) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)
    who = require_auth(verifier, optional=True)
    app = FastAPI()

    @app.get("/")
    async def root(caller=Depends(who)) -> dict[str, str]:  # noqa: B008
        return {"key": "nobody" if caller is None else caller.key}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        assert (await client.get("/")).json() == {"key": "nobody"}
        headers = {"Authorization": f"Bearer {entra.token()}"}
        assert (await client.get("/", headers=headers)).json() == {"key": IDENTIFIER}
        assert (await client.get("/", headers={"Authorization": "Bearer a.b.c"})).status_code == 401


async def test_a_refusal_that_a_handler_raises_is_answered_where_the_app_says_so() -> None:
    app = FastAPI()
    answer_refusals(app)

    @app.get("/")
    async def root() -> None:
        raise TokenRefusedError("insufficient_claims", "for the log", claims='{"access_token":{}}')

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        response = await client.get("/")
    assert (response.status_code, response.json()) == (401, {"code": "insufficient_claims"})
    assert response.headers["www-authenticate"] == (
        'Bearer realm="api", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="'
    )


@pytest.mark.parametrize("case", ["valid", "none", "expired"])
async def test_a_websocket_is_refused_before_it_opens(entra: Entra, case: str) -> None:
    app = FastAPI()
    who = require_auth(create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url))

    @app.websocket("/")
    async def talk(socket: WebSocket, user: Any = Depends(who)) -> None:  # noqa: B008
        await socket.accept()
        await socket.close(reason=user.key)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append({name: message.get(name) for name in ("type", "code", "reason")})

    sent: list[dict[str, Any]] = []
    token = entra.token({"exp": 1} if case == "expired" else None)
    headers = [] if case == "none" else [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": headers, "subprotocols": []}
    await app(scope, receive, send)
    if case == "valid":
        assert [each["type"] for each in sent] == ["websocket.accept", "websocket.close"]
        assert sent[1]["reason"] == IDENTIFIER
        return
    code = {"none": "token_missing", "expired": "token_expired"}[case]
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": code}]


@pytest.mark.parametrize("place", ["mounted", "behind a guard"])
@pytest.mark.parametrize("of_its_own", [True, False])
async def test_an_app_that_is_mounted_or_behind_a_guard_answers_refusals_where_it_says_so_itself(
    entra: Entra, place: str, of_its_own: bool
) -> None:
    api, app = FastAPI(), FastAPI()
    answer_refusals(app)
    if of_its_own:
        answer_refusals(api)

    @api.get("/")
    async def root() -> None:
        raise TokenRefusedError("insufficient_claims", claims='{"access_token":{}}')

    guard = guarded_by(create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url))
    app.mount("/api", api if place == "mounted" else guard.asgi(api))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as client:
        response = await client.get("/api/", headers={"Authorization": f"Bearer {entra.token()}"})
    assert response.status_code == (401 if of_its_own else 500)


@pytest.mark.parametrize("token", ["Bearer a.b.c", "Bearer eyJ.eyJ.eyJ"])
async def test_a_refusal_has_the_token_in_no_frame_of_its_traceback(entra: Entra, token: str) -> None:
    who = identity_by(create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url))
    with pytest.raises(HTTPException) as raised:
        await who(HTTPConnection({"type": "http", "headers": [(b"authorization", token.encode())]}))
    error: BaseException | None = raised.value
    while error is not None:
        frame = error.__traceback__
        while frame is not None:
            if "tests" not in frame.tb_frame.f_code.co_filename:
                assert token[7:] not in repr(frame.tb_frame.f_locals)
            frame = frame.tb_next
        error = error.__context__
