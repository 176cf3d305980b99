"""Tokens on behalf of users, by the real msal at an authority on loopback: the rules of `createOnBehalfOf`."""

from __future__ import annotations

import asyncio
import json
import logging
import pprint
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from time import time
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from entra import CLIENT, KEY, OBJECT, OTHER_KEY, OTHER_TENANT, TENANT, Changes, Entra
from fastapi import FastAPI
from places import ROOT

import twodoor.on_behalf_of.create as create
from twodoor import AppIdentity, Identity, Verifier, create_verifier, refusal, threads
from twodoor.on_behalf_of import OnBehalfOf, OnBehalfOfError, create_on_behalf_of
from twodoor.on_behalf_of import cache as caches
from twodoor.on_behalf_of.refusals import MISTAKES, NO_CONSENT, OF_THE_APP

pytestmark = pytest.mark.anyio

SECRET = "the secret of these tests, and of nothing else"
CLAIMS = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})


def verifier_of(entra: Entra) -> Verifier:
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url, keep_tokens=True)


async def set_up(entra: Entra, changes: Changes | None = None, **proof: Any) -> tuple[OnBehalfOf, Identity, Verifier]:
    verifier = verifier_of(entra)
    made = create_on_behalf_of(verifier=verifier, client_id=CLIENT, **(proof or {"secret": SECRET}))
    return made, await verifier.verify(entra.token(changes)), verifier


def refuses(
    number: int, error: str = "invalid_grant", **more: object
) -> Callable[[dict[str, str]], tuple[int, object]]:
    text = f"AADSTS{number}: what Entra ID says eyJ"
    return lambda _: (400, {"error": error, "error_description": text, "error_codes": [number], **more})


async def refusal_of(asked: Any) -> OnBehalfOfError:
    """What it is refused with, which shows nothing that it must not."""
    with pytest.raises(OnBehalfOfError) as raised:
        await asked
    error = raised.value
    answer = re.sub(r'claims="[^"]+"', "", str(error.headers))
    shown = "".join(traceback.format_exception(error)) + repr(error) + str(error) + answer + error.remedy
    assert "eyJ" not in shown and SECRET not in shown and "PRIVATE KEY" not in shown
    assert error.__cause__ is None and error.__context__ is None
    frame = error.__traceback__
    while frame is not None:
        if "twodoor" in frame.tb_frame.f_code.co_filename and "tests" not in frame.tb_frame.f_code.co_filename:
            assert "eyJ" not in pprint.pformat(frame.tb_frame.f_locals)
        frame = frame.tb_next
    return error


@pytest.fixture(autouse=True)
def no_token_in_the_log_of_msal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_it_asks_in_the_name_of_the_user_for_the_token_that_was_verified(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    graph = await on_behalf_of.token(user, ["User.Read"])
    assert graph.token == "eyJ-of-graph-1"
    assert time() + 3_500 < graph.expires_at <= time() + 3_600
    (form,) = entra.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (form["requested_token_use"], form["assertion"]) == ("on_behalf_of", entra.minted[0])
    assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
    assert "User.Read" in form["scope"].split()
    assert entra.asked[-1] == f"/{TENANT}/oauth2/v2.0/token"
    assert "eyJ" not in repr(graph)


async def test_it_comes_from_the_cache_for_the_same_user_scopes_and_token(entra: Entra) -> None:
    on_behalf_of, user, verifier = await set_up(entra)
    first = await on_behalf_of.token(user, ["User.Read", "Mail.Read"])
    assert await on_behalf_of.token(user, ["Mail.Read", "User.Read"]) == first
    assert await on_behalf_of.token(replace(user), ("User.Read", "Mail.Read")) == first
    assert len(entra.forms) == 1
    await on_behalf_of.token(user, ["Mail.Read"])
    strong = await verifier.verify(entra.token({"acrs": ["c1"]}))
    await on_behalf_of.token(strong, ["User.Read", "Mail.Read"])
    other = await verifier.verify(entra.token({"oid": "a0000000-0000-4000-8000-000000000002"}))
    await on_behalf_of.token(other, ["User.Read", "Mail.Read"])
    assert [form["assertion"] for form in entra.forms] == [entra.minted[0], entra.minted[0], *entra.minted[1:]]


async def test_one_that_is_about_to_expire_is_asked_for_anew(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    first = await on_behalf_of.token(user, ["User.Read"])
    for before, asked in ((301, 1), (299, 2)):
        monkeypatch.setattr(caches, "time", lambda before=before: first.expires_at - before)
        await on_behalf_of.token(user, ["User.Read"])
        assert len(entra.forms) == asked


async def test_many_calls_at_once_share_one_request(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    tokens = await asyncio.gather(*(on_behalf_of.token(user, ["User.Read"]) for _ in range(50)))
    assert (len({each.token for each in tokens}), len(entra.forms)) == (1, 1)
    entra.token_answer = refuses(65001)
    refused = await asyncio.gather(
        *(on_behalf_of.token(user, ["Mail.Read"]) for _ in range(50)), return_exceptions=True
    )
    assert (len({id(each) for each in refused}), len(entra.forms)) == (50, 2)
    assert on_behalf_of._flights == {}


def test_loops_of_their_own_share_one_request_and_the_cache(entra: Entra) -> None:
    verifier = verifier_of(entra)
    on_behalf_of = create_on_behalf_of(verifier=verifier, client_id=CLIENT, secret=SECRET)

    async def ask() -> str:
        return (await on_behalf_of.token(user, ["User.Read"])).token

    user = asyncio.run(verifier.verify(entra.token()))
    assert {asyncio.run(ask()) for _ in range(3)} == {"eyJ-of-graph-1"}


async def test_a_cancelled_call_takes_nothing_from_the_others(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    entra.may_answer.clear()
    one, other = (asyncio.create_task(on_behalf_of.token(user, ["User.Read"])) for _ in range(2))
    await asyncio.to_thread(entra.was_asked.wait, 10)
    one.cancel()
    entra.may_answer.set()
    assert (await other).token == "eyJ-of-graph-1" and one.cancelled()


async def test_a_session_of_the_same_user_takes_the_last_token(entra: Entra) -> None:
    on_behalf_of, user, verifier = await set_up(entra)
    await verifier.verify(entra.token({"uti": "later"}))
    session = Identity(user.key, 0.0, user.tenant_id, user.object_id)
    await on_behalf_of.token(session, ["User.Read"])
    assert entra.forms[0]["assertion"] == entra.minted[1]


async def test_a_claims_challenge_of_the_api_is_passed_on_and_asks_anew(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    await on_behalf_of.token(user, ["User.Read"])
    second = await on_behalf_of.token(user, ["User.Read"], claims=CLAIMS)
    assert json.loads(entra.forms[1]["claims"]) == json.loads(CLAIMS)
    assert second.token == "eyJ-of-graph-2" and await on_behalf_of.token(user, ["User.Read"]) == second


async def test_a_user_who_is_forgotten_gets_nothing_until_the_next_token(entra: Entra) -> None:
    on_behalf_of, user, verifier = await set_up(entra)
    await on_behalf_of.token(user, ["User.Read"])
    await on_behalf_of.forget(user)
    assert (await refusal_of(on_behalf_of.token(user, ["User.Read"]))).code == "sign_in_required"
    same = await verifier.verify(entra.minted[0])
    assert (await on_behalf_of.token(same, ["User.Read"])).token == "eyJ-of-graph-2"


async def test_a_call_that_is_under_way_keeps_nothing_of_a_user_who_is_forgotten(entra: Entra) -> None:
    on_behalf_of, user, verifier = await set_up(entra)
    entra.may_answer.clear()
    asked = asyncio.create_task(on_behalf_of.token(user, ["User.Read"]))
    await asyncio.to_thread(entra.was_asked.wait, 10)
    await on_behalf_of.forget(user)
    entra.may_answer.set()
    await asked
    assert on_behalf_of._cache.find(caches.name_of(user.key, ["User.Read"], entra.minted[0])) is None
    same = await verifier.verify(entra.minted[0])
    await on_behalf_of.token(same, ["User.Read"])
    assert len(entra.forms) == 2


async def test_a_refusal_is_not_kept_so_that_a_consent_helps_at_once(entra: Entra) -> None:
    """msal itself gives the same answer to the same request for a minute."""
    on_behalf_of, user, _ = await set_up(entra)
    entra.token_answer = refuses(65001, suberror="consent_required")
    error = await refusal_of(on_behalf_of.token(user, ["User.Read", "Mail.Read"]))
    assert (error.code, error.status, error.aadsts) == ("consent_required", 403, 65001)
    assert refusal.of(error) == refusal.consent(["User.Read", "Mail.Read"])
    entra.token_answer = entra.issue
    assert (await on_behalf_of.token(user, ["User.Read", "Mail.Read"])).token == "eyJ-of-graph-1"


async def test_a_claims_challenge_of_entra_id_travels_to_the_page(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    entra.token_answer = refuses(50079, "interaction_required", claims=CLAIMS)
    error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    assert (error.code, error.status) == ("insufficient_claims", 401)
    assert refusal.of(error) == refusal.challenge(CLAIMS)


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (refuses(50173), "sign_in_required", 401),
        (refuses(50076, "interaction_required"), "sign_in_required", 401),
        (refuses(50076, "interaction_required", claims="no JSON"), "sign_in_required", 401),
        (refuses(90094), "consent_required", 403),
        (refuses(7000215, "invalid_client"), "config_invalid", 500),
        (refuses(1, "unauthorized_client"), "config_invalid", 500),
        (refuses(1, "something_new"), "temporarily_unavailable", 503),
        (lambda _: (400, {}), "temporarily_unavailable", 503),
        (lambda _: (400, b"<html>eyJ"), "temporarily_unavailable", 503),
        (lambda _: (200, b"eyJ"), "temporarily_unavailable", 503),
        (lambda _: (200, [1]), "temporarily_unavailable", 503),
        (lambda _: (200, {"access_token": 7, "expires_in": 3600}), "temporarily_unavailable", 503),
        (lambda _: (200, {"access_token": "eyJ", "expires_in": None}), "temporarily_unavailable", 503),
        (lambda _: (200, b" " * 1_000_001), "temporarily_unavailable", 503),
        (lambda _: (429, {}), "temporarily_unavailable", 503),
        (lambda _: (503, {}), "temporarily_unavailable", 503),
        (lambda _: (307, {}), "temporarily_unavailable", 503),
        (lambda _: (302, {}), "temporarily_unavailable", 503),
    ],
)
async def test_what_entra_id_answers_is_told_by_a_code_and_no_text_of_it(
    entra: Entra, caplog: pytest.LogCaptureFixture, answer: Any, code: str, status: int
) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    entra.token_answer = answer
    error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    assert (error.code, error.status) == (code, status)
    refused = refusal.of(error)
    assert refused is not None and (refused.status, refused.code, refused.headers) == (status, code, error.headers)
    assert refused.retry == (status in (401, 503))
    # Nothing follows a redirect, and nothing holds up the next call.
    assert "/elsewhere" not in entra.asked
    entra.token_answer = entra.issue
    assert (await on_behalf_of.token(user, ["User.Read"])).token == "eyJ-of-graph-1"


async def test_where_entra_id_hangs_there_is_an_answer_in_time_and_nobody_joins_what_hangs(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    monkeypatch.setattr(create, "DEADLINE_S", 0.05)
    entra.may_answer.clear()
    error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    assert (error.code, error.headers) == ("temporarily_unavailable", {"Retry-After": "5"})
    monkeypatch.undo()
    entra.may_answer.set()
    assert (await on_behalf_of.token(user, ["User.Read"])).token.startswith("eyJ-of-graph-")
    assert len(entra.forms) == 2


async def test_at_most_so_many_requests_are_under_way_at_once_and_one_counts_until_its_thread_ends(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "MOST_AT_ONCE", 2)
    on_behalf_of, user, _ = await set_up(entra)
    entra.may_answer.clear()
    with monkeypatch.context() as patch:
        patch.setattr(create, "DEADLINE_S", 0.05)
        for scope in ("User.Read", "Mail.Read"):
            assert (await refusal_of(on_behalf_of.token(user, [scope]))).code == "temporarily_unavailable"
    under_way = [each for each in threading.enumerate() if each.name == "twodoor-on-behalf-of"]
    error = await refusal_of(on_behalf_of.token(user, ["Files.Read"]))
    assert (error.code, error.status) == ("temporarily_unavailable", 503)
    assert error.remedy == "Too many requests to Entra ID are under way. Try again later."
    entra.may_answer.set()
    for each in under_way:
        await asyncio.to_thread(each.join, 10)
    assert (await on_behalf_of.token(user, ["Files.Read"])).token.startswith("eyJ-of-graph-")
    assert len(entra.forms) == 3


async def test_a_thread_that_cannot_start_takes_no_room(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "MOST_AT_ONCE", 1)
    on_behalf_of, user, _ = await set_up(entra)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threads.Thread, "start", start)
        for _ in range(2):
            error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
            assert (error.code, error.remedy) == ("temporarily_unavailable", "Try again later.")
    assert (await on_behalf_of.token(user, ["User.Read"])).token == "eyJ-of-graph-1"


async def test_where_nobody_is_at_the_address_the_server_says_to_come_back(entra: Entra) -> None:
    verifier = verifier_of(entra)
    user = await verifier.verify(entra.token())
    object.__setattr__(verifier._settings, "authority", "http://localhost:1")
    made = create_on_behalf_of(verifier=verifier, client_id=CLIENT, secret=SECRET)
    assert (await refusal_of(made.token(user, ["User.Read"]))).code == "temporarily_unavailable"


@pytest.mark.parametrize("variable", ["MSAL_FORCE_REGION", "REGION_NAME"])
async def test_the_secret_goes_to_the_authority_whatever_the_environment_says(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "westeurope")
    on_behalf_of, user, _ = await set_up(entra)
    assert (await on_behalf_of.token(user, ["User.Read"])).token == "eyJ-of-graph-1"
    assert len(entra.forms) == 1


def certificate_of(key: rsa.RSAPrivateKey) -> dict[str, str]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private = key.private_bytes(serialization.Encoding.PEM, *form).decode()
    return {"private_key": private, "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode()}


async def test_by_a_certificate_it_signs_who_it_is(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra, certificate=certificate_of(KEY))
    await on_behalf_of.token(user, ["User.Read"])
    (form,) = entra.forms
    assert "client_secret" not in form
    audience = f"{entra.url.replace('http:', 'https:')}/{TENANT}/oauth2/v2.0/token"
    claims = jwt.decode(form["client_assertion"], KEY.public_key(), algorithms=["PS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)


@pytest.mark.parametrize("kind", ["text", "function", "async function"])
async def test_by_a_client_assertion_it_is_made_anew_for_each_request(entra: Entra, kind: str) -> None:
    made: list[str] = []

    def make() -> str:
        made.append(f"assertion-{len(made) + 1}")
        return made[-1]

    async def make_later() -> str:
        await asyncio.sleep(0)
        return make()

    given: Any = {"text": "assertion-1", "function": make, "async function": make_later}[kind]
    on_behalf_of, user, _ = await set_up(entra, assertion=given)
    for scope in ("User.Read", "Mail.Read"):
        await on_behalf_of.token(user, [scope])
    expected = ["assertion-1", "assertion-1" if kind == "text" else "assertion-2"]
    assert [form["client_assertion"] for form in entra.forms] == expected
    assert entra.forms[0]["client_assertion_type"].endswith("jwt-bearer")


@pytest.mark.parametrize("kind", ["function", "async function"])
@pytest.mark.parametrize("raised", [FileNotFoundError("eyJ"), SystemExit("eyJ"), asyncio.CancelledError("eyJ")])
async def test_an_assertion_that_fails_is_a_mistake_of_the_server_that_ends_nothing(
    entra: Entra, caplog: pytest.LogCaptureFixture, kind: str, raised: BaseException
) -> None:
    def fail() -> str:
        raise raised

    async def fail_later() -> str:
        await asyncio.sleep(0)
        raise raised

    on_behalf_of, user, _ = await set_up(entra, assertion=fail if kind == "function" else fail_later)
    error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    remedy = f"`assertion` failed ({type(raised).__name__}). Correct what makes `assertion`."
    assert (error.code, error.status, error.remedy) == ("config_invalid", 500, remedy)
    said = [each.getMessage() for each in caplog.records if each.name == "twodoor.on_behalf_of"]
    assert said == [f"A server made a mistake (config_invalid). {remedy}"]
    assert entra.forms == []


async def test_a_call_that_is_cancelled_while_its_assertion_is_made_is_cancelled(entra: Entra) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def make() -> str:
        begun.set()
        may_end.wait(10)
        return "assertion-1"

    on_behalf_of, user, _ = await set_up(entra, assertion=make)
    asked = asyncio.create_task(on_behalf_of.token(user, ["User.Read"]))
    await asyncio.to_thread(begun.wait, 10)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    may_end.set()
    assert (await on_behalf_of.token(user, ["User.Read"])).token == "eyJ-of-graph-1"


async def test_msal_that_is_not_installed_is_named_with_how_to_install_it(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    monkeypatch.setitem(sys.modules, "msal", None)
    error = await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    assert error.code == "config_invalid" and 'pip install "twodoor[on-behalf-of]"' in error.remedy


USER = Identity(f"entra:{TENANT}:{OBJECT}", 1.0, TENANT, OBJECT)


@pytest.mark.parametrize(
    ("user", "scopes", "claims"),
    [
        (None, ["User.Read"], None),
        (AppIdentity(CLIENT, TENANT, (), 1.0), ["User.Read"], None),
        (replace(USER, key="entra:a:b"), ["User.Read"], None),
        (replace(USER, tenant_id=OTHER_TENANT), ["User.Read"], None),
        (replace(USER, object_id=f"{OBJECT}/.."), ["User.Read"], None),
        (USER, [], None),
        (USER, "User.Read", None),
        (USER, ["User.Read Mail.Read"], None),
        (USER, ['User"Read'], None),
        (USER, ["User.Read", "offline_access"], None),
        (USER, ["User.Read"], "no JSON"),
        (USER, ["User.Read"], {"access_token": {}}),
    ],
)
async def test_a_call_that_makes_no_sense_is_a_mistake_of_the_server_and_asks_nobody(
    entra: Entra, user: Any, scopes: Any, claims: Any
) -> None:
    on_behalf_of, _, _ = await set_up(entra)
    assert (await refusal_of(on_behalf_of.token(user, scopes, claims=claims))).code == "config_invalid"
    assert entra.forms == []


async def test_a_mistake_is_in_the_log_with_its_remedy_once_in_a_minute(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    entra.token_answer = refuses(7000222, "invalid_client")
    for _ in range(3):
        await refusal_of(on_behalf_of.token(user, ["User.Read"]))
    said = [each for each in caplog.records if each.name == "twodoor.on_behalf_of"]
    assert [(each.levelno, each.getMessage()) for each in said] == [
        (
            logging.ERROR,
            "A server made a mistake (config_invalid (AADSTS7000222)). The secret has expired. Make a new one in the "
            "app registration, and give its value in `secret`.",
        )
    ]


async def test_the_cache_is_bounded(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "MOST_USERS", 2)
    on_behalf_of, _, verifier = await set_up(entra)
    users = [
        await verifier.verify(entra.token({"oid": f"a0000000-0000-4000-8000-00000000000{number}"}))
        for number in range(3)
    ]
    for user in users:
        await on_behalf_of.token(user, ["User.Read"])
    assert [*on_behalf_of._cache._of_users] == [each.key for each in users[1:]]


async def test_nothing_that_can_be_listed_shows_a_token_or_a_secret(entra: Entra) -> None:
    on_behalf_of, user, _ = await set_up(entra)
    await on_behalf_of.token(user, ["User.Read"])
    shown = [on_behalf_of, on_behalf_of._settings, on_behalf_of._cache, on_behalf_of._cache._of_users, user]
    for each in (*shown, vars(on_behalf_of)):
        assert not re.search(r"eyJ|the secret", repr(each) + pprint.pformat(each))


async def test_fastapi_answers_what_is_missing_of_the_user(entra: Entra) -> None:
    import httpx

    from twodoor.fastapi import answer_refusals

    on_behalf_of, user, _ = await set_up(entra)
    entra.token_answer = refuses(65001)
    app = FastAPI()
    answer_refusals(app)

    @app.get("/")
    async def root() -> str:
        return (await on_behalf_of.token(user, ["User.Read"])).token

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://api.example.com") as client:
        response = await client.get("/")
    assert (response.status_code, response.json()) == (403, {"code": "consent_required"})
    assert 'scopes="User.Read", proposedAction="consent"' in response.headers["www-authenticate"]


PAIR = certificate_of(OTHER_KEY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"client_id": OTHER_TENANT}, "`client_id` must be that of the verifier, for example"),
        ({"client_id": None}, "`client_id` must be"),
        ({"secret": None}, "give exactly one of them"),
        ({"assertion": "x"}, "give exactly one of them"),
        ({"secret": " "}, "`secret` must be the value of a client secret"),
        ({"secret": 7}, "`secret` must be"),
        ({"secret": None, "assertion": 7}, "`assertion` must be a client assertion, or a function"),
        ({"secret": None, "certificate": {**PAIR, "private_key": SECRET}}, "`certificate` must be"),
        ({"secret": None, "certificate": {**PAIR, "certificate": ""}}, "`certificate` must be"),
        ({"secret": None, "certificate": {"private_key": PAIR["private_key"]}}, "`certificate` must be"),
        ({"secret": None, "certificate": {**certificate_of(KEY), "private_key": PAIR["private_key"]}}, "that very key"),
        ({"secret": None, "certificate": "x"}, "`certificate` must be"),
    ],
)
def test_each_option_is_checked_and_no_error_shows_a_secret(changes: dict[str, Any], message: str) -> None:
    verifier = create_verifier(client_id=CLIENT, tenants=[TENANT], keep_tokens=True)
    with pytest.raises(ValueError, match=message) as raised:
        create_on_behalf_of(**{"verifier": verifier, "client_id": CLIENT, "secret": SECRET, **changes})
    shown = "".join(traceback.format_exception(raised.value))
    assert SECRET not in shown.replace(repr(SECRET), "") and "PRIVATE KEY" not in str(raised.value)


@pytest.mark.parametrize("verifier", [None, "x", object()])
def test_the_verifier_has_to_keep_tokens(verifier: Any) -> None:
    for each in (verifier, create_verifier(client_id=CLIENT, tenants=[TENANT])):
        with pytest.raises(ValueError, match="`verifier` must be a verifier that keeps tokens"):
            create_on_behalf_of(verifier=each, client_id=CLIENT, secret=SECRET)


def test_the_mistakes_are_those_of_typescript_in_the_same_words() -> None:
    source = (ROOT / "src" / "server" / "on-behalf-of" / "refusals.ts").read_text("utf-8")
    _, _, table = source.partition("const mistakes")
    table, _, rest = table.partition("\n]\n")
    rows = re.findall(r"\[([\d, ]+)\],\s*'([^']+)'", table)
    theirs = [
        (tuple(int(each) for each in numbers.split(",")), text.replace("clientId", "client_id"))
        for numbers, text in rows
    ]
    assert theirs == [*MISTAKES] and len(theirs) >= 10
    (numbers,) = re.findall(r"const NO_CONSENT = \[([\d, ]+)\]", source)
    assert tuple(int(each) for each in numbers.split(",")) == NO_CONSENT
    (names,) = re.findall(r"const OF_THE_APP = \[([^\]]+)\]", rest)
    assert tuple(re.findall(r"'(\w+)'", names)) == OF_THE_APP
