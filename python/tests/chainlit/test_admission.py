"""Who of those with a good token may come in, and what the app notes of them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from chat import IDENTIFIER, ME, METADATA, cookies_of, exchange, headers_with, page, refusals, start, warnings_in
from entra import CLIENT, Entra

from twodoor import Identity
from twodoor.chainlit import setup
from twodoor.tokens import TokenRefusedError

pytestmark = pytest.mark.anyio
ROLE = "Chat.User"


async def test_with_roles_a_user_needs_one_of_them(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra, roles=["Chat.Admin", ROLE])
    assert (await exchange(entra.token({"roles": ["Other", ROLE]}))).status_code == 200
    for roles in (..., [], ["chat.user"], ["Chat.User.Guest"], ROLE):
        answer = await exchange(entra.token({"roles": roles}))
        assert (answer.status_code, answer.json()) == (403, {"detail": "credentialssignin"})
        assert cookies_of(answer) == []
    assert "`roles` has none of Chat.Admin, Chat.User, which is asked for here. uti=a-uti-of-tests" in refusals(caplog)


async def test_a_bad_token_is_no_user_who_may_not_come_in(entra: Entra) -> None:
    start(entra, roles=[ROLE])
    assert (await exchange(entra.token({"aud": "another"}))).status_code == 401


async def test_the_app_gets_the_identity_and_fills_the_metadata(entra: Entra) -> None:
    seen: list[Identity] = []

    async def note(identity: Identity) -> dict[str, object]:
        seen.append(identity)
        return {"department": identity.claims["department"], "groups": identity.groups}

    auth = start(entra, user=note)
    user = await auth.user(headers_with(entra.token({"department": "Sales", "groups": ["g1"], "roles": [ROLE]})))
    assert user is not None and user.identifier == IDENTIFIER
    assert user.metadata == {**METADATA, "department": "Sales", "groups": ("g1",)}
    assert (seen[0].key, seen[0].roles) == (IDENTIFIER, (ROLE,))


async def test_the_app_refuses_with_none(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra, user=lambda identity: {} if identity.username == "adele@contoso.example" else None)
    assert (await exchange(entra.token({"preferred_username": "adele@contoso.example"}))).status_code == 200
    assert (await exchange(entra.token())).status_code == 403
    assert "`user` of setup() gave None." in warnings_in(caplog)


async def test_the_app_is_asked_about_good_tokens_with_a_role_alone(entra: Entra) -> None:
    asked: list[Identity] = []
    start(entra, roles=[ROLE], user=lambda identity: asked.append(identity) or {})
    for changes in ({"aud": "another"}, {"roles": ["Other"]}, {"exp": 1}):
        await exchange(entra.token(changes))
    assert asked == []


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (True, "it gave bool."),
        ("entra:somebody", "it gave str."),
        ({"provider": "mine"}, "'provider' is a name of twodoor's."),
        ({"client": "another"}, "'client' is a name of twodoor's."),
        ({"since": object()}, "it is no JSON, which Chainlit keeps it as."),
        ({"share": math.nan}, "it is no JSON, which Chainlit keeps it as."),
    ],
)
async def test_what_is_no_metadata_lets_nobody_in(
    entra: Entra, caplog: pytest.LogCaptureFixture, made: Any, told: str
) -> None:
    start(entra, user=lambda _: made)
    answer = await exchange(entra.token())
    assert (answer.status_code, cookies_of(answer)) == (403, [])
    assert told in warnings_in(caplog)


@pytest.mark.parametrize(
    "error", [ConnectionError("here is a password"), TokenRefusedError("wrong_role", "here is a password")]
)
async def test_where_the_app_fails_the_page_tries_again(
    entra: Entra, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(_: Identity) -> None:
        raise error

    start(entra, user=fail)
    answer = await exchange(entra.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert f"`user` of setup() failed ({type(error).__name__})" in warnings_in(caplog)
    assert "password" not in caplog.text


async def test_metadata_is_in_the_session_and_at_the_page_as_it_is(entra: Entra) -> None:
    start(entra, user=lambda _: {"plan": "gold"})
    async with page() as client:
        await client.post("/auth/header", json={}, headers={"Authorization": f"Bearer {entra.token()}"})
        user = (await client.get("/user")).json()
    assert user["metadata"] == {**METADATA, "plan": "gold"}
    assert "eyJ" not in json.dumps(user)


@pytest.mark.parametrize("options", [{"roles": [ROLE]}, {"user": lambda _: {}}])
async def test_by_chainlits_own_oauth_nobody_comes_in_because_it_has_no_claims(
    entra: Entra, azure: object, caplog: pytest.LogCaptureFixture, options: dict[str, object]
) -> None:
    auth = start(entra, **options)
    assert auth.oauth_user("azure-ad", ME) is None
    assert "`roles` and `user` of setup() need the claims of a token" in warnings_in(caplog)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"roles": "Chat.User"}, r"`roles` must be a list of app roles, for example \['Admin'\]"),
        ({"roles": []}, "`roles` must be"),
        ({"user": {}}, "`user` must be a function of the identity, not dict."),
        ({"roles": [ROLE], "page": {"browser": "chainlit-oauth"}}, "`roles` and `user` must be left out with"),
        ({"user": print, "page": {"browser": "chainlit-oauth"}}, "`roles` and `user` must be left out with"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        setup(client_id=CLIENT, tenants=["11111111-2222-4333-8444-555555555555"], **options)
