"""twodoor_chainlit.py in front of the real Chainlit: `pytest test_twodoor_chainlit.py`, without a network."""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import logging
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

HERE = Path(__file__).parent
# Chainlit reads its settings when it is imported, from this folder, where it generates them.
FOLDER = tempfile.TemporaryDirectory(prefix="twodoor-chainlit-")
for name in [each for each in os.environ if each.startswith(("CHAINLIT_", "OAUTH_"))]:
    del os.environ[name]
os.environ.update(CHAINLIT_APP_ROOT=FOLDER.name, CHAINLIT_AUTH_SECRET="a secret of tests, 32 bytes or more")
sys.path.insert(0, str(HERE))

import chainlit as cl  # noqa: E402
import twodoor_chainlit  # noqa: E402
import uvicorn  # noqa: E402
from chainlit.config import config, load_module  # noqa: E402
from chainlit.server import app  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import HTMLResponse, Response  # noqa: E402
from starlette.routing import Route  # noqa: E402
from twodoor_chainlit import MICROSOFT_CLIENTS, Auth, setup  # noqa: E402

pytestmark = pytest.mark.anyio

assert config.project.allow_origins == ["*"]  # as generated, and as it stays
config.project.user_session_timeout = 28_800  # what docs/chainlit.md tells people to change

ORIGIN = "https://chat.example.com"
EVIL = "https://evil.example"
CLIENT = "c1111111-2222-4333-8444-555555555555"
TENANT = "11111111-2222-4333-8444-555555555555"
OTHER_TENANT = "22222222-2222-4333-8444-555555555555"
OBJECT = "a0000000-0000-4000-8000-000000000001"
IDENTIFIER = f"entra:{TENANT}:{OBJECT}"
TEAMS_WEB = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"
PRODUCTION = "https://login.microsoftonline.com"
EIGHT_HOURS_MS = 28_800_000
NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
METADATA = {"provider": "entra", "client": CLIENT}
SESSION = "__Host-access_token"

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Changes = dict[str, object]


def jwk_of(key: rsa.RSAPrivateKey, kid: str, **more: object) -> dict[str, object]:
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", **more}


class Entra:
    """Microsoft Entra ID as far as a server sees it: tokens, and keys on loopback."""

    def __init__(self) -> None:
        self.keys: list[dict[str, object]] = [jwk_of(KEY, "key-1")]
        self.status = 200
        self.body: bytes | None = None
        self.asked: list[str] = []
        self.minted: list[str] = []
        self.was_asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.was_asked.set()
        self.may_answer.wait(10)
        body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        handler.send_response(self.status)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def claims(self, changes: Changes | None = None, version: str = "2.0") -> dict[str, object]:
        now = int(time())
        claims: dict[str, object] = {"iat": now, "nbf": now, "exp": now + 3600, "tid": TENANT, "oid": OBJECT}
        claims |= {"sub": "a subject", "uti": "a-uti-of-tests", "name": "Adele Vance", "scp": "access_as_user"}
        if version == "2.0":
            claims |= {"iss": f"{self.url}/{TENANT}/v2.0", "aud": CLIENT, "azp": TEAMS_WEB, "ver": "2.0"}
        else:
            aud = f"api://chat.example.com/{CLIENT}"
            claims |= {"iss": f"{self.url}/{TENANT}/", "aud": aud, "appid": TEAMS_WEB, "ver": "1.0"}
        claims |= changes or {}
        return {name: value for name, value in claims.items() if value is not ...}

    def token(
        self,
        changes: Changes | None = None,
        *,
        version: str = "2.0",
        header: Changes | None = None,
        key: rsa.RSAPrivateKey = KEY,
    ) -> str:
        """A change to `...` takes the claim away. Signed by hand, since no library signs what tests need."""
        head = {"alg": "RS256", "typ": "JWT", "kid": "key-1"} | (header or {})
        return self.signed({k: v for k, v in head.items() if v is not ...}, self.claims(changes, version), key)

    def signed(self, head: object, claims: object, key: rsa.RSAPrivateKey = KEY) -> str:
        text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
        signature = jwt.algorithms.RSAAlgorithm(hashes.SHA256).sign(text.encode(), key)
        self.minted.append(f"{text}.{encoded(signature)}")
        return self.minted[-1]


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@contextmanager
def http_server(entra: Entra, context: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            entra.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://localhost:{server.server_address[1]}"
    finally:
        entra.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def entra() -> Iterator[Entra]:
    entra = Entra()
    with http_server(entra) as url:
        entra.url = url
        yield entra


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test changes of Chainlit's settings and callbacks does not reach the next one."""
    monkeypatch.setattr(config, "project", config.project.model_copy())
    for callback in ("header_auth_callback", "oauth_callback", "on_logout"):
        monkeypatch.setattr(config.code, callback, None)
    yield


@pytest.fixture(autouse=True)
def no_token_in_logs(entra: Entra, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Of every test: nothing of a token is in any log, not even a part of it."""
    caplog.set_level(logging.INFO)
    yield
    logged = "\n".join(logging.Formatter().format(record) for record in caplog.get_records("call"))
    parts = {part for token in entra.minted for part in token.split(".")[1:] if len(part) > 20}
    assert not [part for part in parts if part in logged]
    assert "eyJ" not in logged and "Bearer" not in logged.replace("not one Bearer token", "")


def start(entra: Entra, **options: object) -> Auth:
    """What an app.py does."""
    defaults = {"client_id": CLIENT, "tenants": [TENANT], "public_origin": ORIGIN, "authority": entra.url}
    auth = setup(**{**defaults, **options})

    @cl.header_auth_callback
    async def header_auth(headers):
        return await auth.user(headers)

    return auth


@asynccontextmanager
async def page(base: str = ORIGIN, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base} | headers) as client:
        yield client


async def exchange(token: str, **headers: str) -> httpx.Response:
    async with page() as client:
        return await client.post("/auth/header", json={}, headers={"Authorization": f"Bearer {token}", **headers})


def cookies_of(response: httpx.Response) -> list[str]:
    return response.headers.get_list("set-cookie")


def refusals(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(each.getMessage() for each in caplog.records if each.name == "twodoor.chainlit")


# The token


async def test_a_token_of_version_2_signs_in_whom_it_speaks_of(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        headers = {"Authorization": f"Bearer {entra.token()}"}
        assert (await client.post("/auth/header", json={}, headers=headers)).json() == {"success": True}
        user = (await client.get("/user")).json()
    assert user == {"identifier": IDENTIFIER, "display_name": "Adele Vance", "metadata": METADATA}


async def test_a_token_of_version_1_is_the_same_person(entra: Entra) -> None:
    auth = start(entra)
    token = entra.token({"name": ..., "unique_name": "adele@contoso.example"}, version="1.0")
    user = await auth.user(headers_with(token))
    assert user is not None
    assert (user.identifier, user.display_name) == (IDENTIFIER, "adele@contoso.example")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("client", [CLIENT, TEAMS_WEB], ids=["browser", "Teams"])
async def test_both_versions_pass_from_both_doors(entra: Entra, client: str, version: str) -> None:
    # What docs/chainlit.md prints, and where the keys of the tests are.
    auth = setup(client_id=CLIENT, tenants=[TENANT], public_origin=ORIGIN, authority=entra.url)
    token = entra.token({"appid" if version == "1.0" else "azp": client}, version=version)
    user = await auth.user(headers_with(token))
    assert user is not None and user.identifier == IDENTIFIER


async def test_version_1_tokens_of_microsofts_clouds_have_an_issuer_of_their_own(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def download(url: str) -> object:
        asked.append(url)
        return {"keys": entra.keys}

    monkeypatch.setattr(twodoor_chainlit, "_download", download)
    auth = start(entra, authority=PRODUCTION + "/")
    issuer = f"https://sts.windows.net/{TENANT}/"
    assert await auth.user(headers_with(entra.token({"iss": issuer}, version="1.0")))
    assert await auth.user(headers_with(entra.token({"iss": f"{PRODUCTION}/{TENANT}/v2.0"})))
    assert not await auth.user(headers_with(entra.token({"iss": f"{PRODUCTION}/{TENANT}/"}, version="1.0")))
    assert not await auth.user(headers_with(entra.token({"iss": issuer})))
    assert asked == [f"{PRODUCTION}/{TENANT}/discovery/v2.0/keys"]


@pytest.mark.parametrize("client", [CLIENT, *MICROSOFT_CLIENTS])
async def test_the_apps_own_client_and_those_of_microsoft_may_ask_for_tokens(entra: Entra, client: str) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token({"azp": client})))


@pytest.mark.parametrize("aud", [CLIENT, f"api://{CLIENT}", f"api://chat.example.com/{CLIENT}", "api://mine"])
async def test_a_token_is_for_this_app_by_each_of_its_names(entra: Entra, aud: str) -> None:
    auth = start(entra, audiences=["api://mine"])
    assert await auth.user(headers_with(entra.token({"aud": aud})))


AUDIENCES = json.loads((HERE.parent.parent / "test" / "audiences.json").read_text("utf-8"))
"""The server in TypeScript is held to the same: test/unit/server/audience.test.ts."""


def filled(aud: object) -> object:
    """The placeholders in an `aud` of the table, filled in."""
    text = json.dumps(aud).replace("<id without hyphens>", CLIENT.replace("-", ""))
    for name, value in {"<id>": CLIENT, "<ID>": CLIENT.upper(), "<other>": OTHER_TENANT}.items():
        text = text.replace(name, value)
    return json.loads(text)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("row", AUDIENCES["rows"], ids=[row["name"] for row in AUDIENCES["rows"]])
async def test_the_audience_is_held_to_the_same_table_as_in_typescript(
    entra: Entra, caplog: pytest.LogCaptureFixture, row: dict[str, object], version: str
) -> None:
    token = entra.token({"aud": filled(row["aud"])}, version=version)
    origins = AUDIENCES["origins"]
    for public_origin in (origins, ORIGIN, None):
        auth = start(entra, public_origin=public_origin)
        assert bool(await auth.user(headers_with(token))) is row["named"]
    auth = start(entra, tenants="any-organization", public_origin=origins)
    assert bool(await auth.user(headers_with(token))) is row["anyOrganization"]
    assert ("(wrong_audience)" in refusals(caplog)) is not (row["named"] and row["anyOrganization"])


async def test_where_any_organization_is_let_in_no_host_is_right_without_an_origin(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = start(entra, tenants="any-organization", public_origin=None)
    assert not await auth.user(headers_with(entra.token(version="1.0")))
    assert "`audiences`, or the origin in it in `public_origin`" in refusals(caplog)
    assert await auth.user(headers_with(entra.token({"aud": f"api://{CLIENT}"}, version="1.0")))


async def test_the_audiences_of_the_app_are_compared_exactly(entra: Entra) -> None:
    auth = start(entra, audiences=["https://contoso.com/App", f"api://{OTHER_TENANT}"])
    for aud, is_taken in [("https://contoso.com/App", True), ("https://contoso.com/app", False)]:
        assert bool(await auth.user(headers_with(entra.token({"aud": aud})))) is is_taken
    for aud, is_taken in [(f"api://{OTHER_TENANT}", True), (f"api://x.example/{OTHER_TENANT}", False)]:
        assert bool(await auth.user(headers_with(entra.token({"aud": aud})))) is is_taken


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"tid": OTHER_TENANT}, "`tenants`. If its users may come in, name it there."),
        ({"iss": "http://localhost:1/"}, "name it in `authority`."),
        ({"aud": "api://another"}, "If your Application ID URI is another one, name it in `audiences`. If not"),
        ({"azp": OTHER_TENANT}, "`clients`. If that client may call this app, name it there"),
        ({"scp": "Chat.Read"}, "give its name in `scopes`; if not, correct `data-scope`."),
        ({"scp": ...}, "Correct `data-scope`"),
    ],
)
async def test_a_refusal_is_in_the_log_with_what_to_change(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: Changes, remedy: str
) -> None:
    await start(entra).user(headers_with(entra.token(changes)))
    assert remedy in refusals(caplog)


NOW = int(time())
REFUSED: dict[str, tuple[Changes, str]] = {
    "no exp": ({"exp": ...}, "token_invalid"),
    "no nbf": ({"nbf": ...}, "token_invalid"),
    "no iat": ({"iat": ...}, "token_invalid"),
    "no oid": ({"oid": ...}, "token_invalid"),
    "no tid": ({"tid": ...}, "wrong_tenant"),
    "no iss": ({"iss": ...}, "wrong_issuer"),
    "no aud": ({"aud": ...}, "wrong_audience"),
    "no ver": ({"ver": ...}, "token_invalid"),
    "no scp": ({"scp": ...}, "not_an_access_token"),
    "no azp": ({"azp": ...}, "wrong_client"),
    "exp as a text": ({"exp": str(NOW + 3600)}, "token_invalid"),
    "exp as a truth": ({"exp": True}, "token_invalid"),
    "exp as no number": ({"exp": float("nan")}, "token_invalid"),
    "exp beyond all numbers": ({"exp": float("inf")}, "token_invalid"),
    "exp beyond all reason": ({"exp": 1e300}, "token_invalid"),
    "exp beyond all floats": ({"exp": 10**400}, "token_invalid"),
    "exp in milliseconds": ({"exp": (NOW + 3600) * 1000}, "token_invalid"),
    "exp before all time": ({"exp": -1}, "token_invalid"),
    "iat beyond all reason": ({"iat": 1e300}, "token_invalid"),
    "nbf as null": ({"nbf": None}, "token_invalid"),
    "a key to prove": ({"cnf": {"kid": "k"}}, "not_an_access_token"),
    "an empty proof": ({"cnf": None}, "not_an_access_token"),
    "expired": ({"exp": NOW - 3600}, "token_expired"),
    "not valid yet": ({"nbf": NOW + 3600}, "token_invalid"),
    "a future version": ({"ver": "3.0"}, "token_invalid"),
    "another tenant": ({"tid": OTHER_TENANT}, "wrong_tenant"),
    "a tenant in upper case": ({"tid": TENANT.upper().replace("1", "A")}, "wrong_tenant"),
    "a tenant that is none": ({"tid": "common"}, "wrong_tenant"),
    "tenants in a list": ({"tid": [TENANT]}, "wrong_tenant"),
    "the issuer of another tenant": ({"iss": f"{PRODUCTION}/{OTHER_TENANT}/v2.0"}, "wrong_issuer"),
    "the issuer of another authority": ({"iss": f"{PRODUCTION}/{TENANT}/v2.0"}, "wrong_issuer"),
    "another audience": ({"aud": "00000003-0000-0000-c000-000000000000"}, "wrong_audience"),
    "two audiences": ({"aud": [CLIENT]}, "wrong_audience"),
    "the audience as a prefix": ({"aud": f"{CLIENT}.evil.example"}, "wrong_audience"),
    "another client": ({"azp": OTHER_TENANT}, "wrong_client"),
    "the client of the other version": ({"azp": ..., "appid": TEAMS_WEB}, "wrong_client"),
    "another scope": ({"scp": "User.Read"}, "wrong_scope"),
    "a longer scope": ({"scp": "access_as_user_too not_access_as_user"}, "wrong_scope"),
    "an empty scope": ({"scp": " "}, "not_an_access_token"),
    "scopes in a list": ({"scp": ["access_as_user"]}, "not_an_access_token"),
    "an app on its own": ({"idtyp": "app"}, "not_an_access_token"),
    "an app on its own with roles": ({"scp": ..., "roles": ["access_as_user"]}, "not_an_access_token"),
    "an ID token": ({"nonce": "n"}, "not_an_access_token"),
    "an ID token of the hybrid flow": ({"c_hash": "h"}, "not_an_access_token"),
    "an object ID in upper case": ({"oid": OBJECT.upper()}, "token_invalid"),
    "an object ID that is none": ({"oid": "adele@contoso.example"}, "token_invalid"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_is_refused_with_the_reason_in_the_log(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: Changes, code: str
) -> None:
    start(entra)
    response = await exchange(entra.token(changes))
    assert (response.status_code, response.json()) == (401, {"detail": "credentialssignin"})
    assert cookies_of(response) == []
    assert f"({code})" in refusals(caplog) and "uti=a-uti-of-tests" in refusals(caplog)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(
    "changes", [{"tid": OTHER_TENANT}, {"aud": "another"}, {"scp": "User.Read"}, {"appid": "x", "azp": "x"}]
)
async def test_both_versions_are_held_to_the_same_rules(entra: Entra, changes: Changes, version: str) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token(version=version)))
    assert not await auth.user(headers_with(entra.token(changes, version=version)))


HEADERS: dict[str, tuple[Changes, str]] = {
    "alg: none": ({"alg": "none"}, "`alg` is not RS256."),
    "alg: HS256": ({"alg": "HS256"}, "`alg` is not RS256."),
    "alg: RS512": ({"alg": "RS512"}, "`alg` is not RS256."),
    "no alg": ({"alg": ...}, "`alg` is not RS256."),
    "a list of algs": ({"alg": ["RS256"]}, "`alg` is not RS256."),
    "no key ID": ({"kid": ...}, "The header names no key."),
    "an empty key ID": ({"kid": ""}, "The header names no key."),
    "a number for a key ID": ({"kid": 1}, "The header names no key."),
    "critical extensions": ({"crit": ["b64"], "b64": False}, "The header has critical extensions."),
    "another type": ({"typ": "logout+jwt"}, "`typ` is not JWT."),
}


@pytest.mark.parametrize(("header", "reason"), HEADERS.values(), ids=HEADERS.keys())
async def test_a_header_that_is_not_entras_is_refused_before_anything_is_fetched(
    entra: Entra, caplog: pytest.LogCaptureFixture, header: Changes, reason: str
) -> None:
    start(entra)
    assert (await exchange(entra.token(header=header))).status_code == 401
    assert f"(token_invalid): {reason}" in refusals(caplog) and entra.asked == []


async def test_a_key_that_the_token_brings_itself_is_not_used(entra: Entra) -> None:
    start(entra)
    header = {"jwk": jwk_of(OTHER_KEY, "key-1"), "jku": "http://localhost:1/keys", "x5u": "http://localhost:1/"}
    assert (await exchange(entra.token(header=header, key=OTHER_KEY))).status_code == 401
    assert (await exchange(entra.token(header=header))).status_code == 200


async def test_the_public_key_is_no_secret_to_sign_with(entra: Entra) -> None:
    start(entra)
    form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.PEM
    secret = KEY.public_key().public_bytes(encoding, form)
    for alg in ("HS256", "RS256"):
        head = encoded(json.dumps({"alg": alg, "typ": "JWT", "kid": "key-1"}).encode())
        text = f"{head}.{encoded(json.dumps(entra.claims()).encode())}"
        signature = encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())
        assert (await exchange(f"{text}.{signature}")).status_code == 401


async def test_a_token_that_was_changed_or_signed_by_another_key_is_refused(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = start(entra)
    head, _, signature = entra.token().split(".")
    claims = encoded(json.dumps(entra.claims({"name": "Mallory"})).encode())
    for token in (f"{head}.{claims}.{signature}", f"{head}.{claims}.AAAA", entra.token(key=OTHER_KEY)):
        assert not await auth.user(headers_with(token))
    assert refusals(caplog).count("The signature is wrong.") == 3


GARBAGE = {
    "no dots": "token",
    "an unsigned token": f"{encoded(b'{}')}.{encoded(b'{}')}.",
    "five parts": "a.b.c.d.e",
    "20 KB": f"{'a' * 10_000}.{'b' * 10_000}.c",
    "no base64": "a.a.a",
    "no JSON": f"{encoded(b'not JSON')}.{encoded(b'{}')}.aaaa",
    "no object": f"{encoded(b'[]')}.{encoded(b'{}')}.aaaa",
    "no claims": f"{encoded(json.dumps({'alg': 'RS256', 'kid': 'key-1'}).encode())}.{encoded(b'7')}.aaaa",
    "no text": f"{encoded(bytes([0xFF, 0xFE]))}.{encoded(b'{}')}.aaaa",
    "a pit of brackets": f"{encoded(b'[' * 6_000)}.{encoded(b'{}')}.aaaa",
    "two words": "a.b.c a.b.c",
    "a comma": "a.b.c,a.b.c",
}


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_refused_before_anything_is_fetched(
    entra: Entra, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    start(entra)
    assert (await exchange(token)).status_code == 401
    assert re.search(r"\((token|request)_malformed\)", refusals(caplog))
    assert entra.asked == []


@pytest.mark.parametrize("where", ["the header", "the claims", "a nested object"])
async def test_an_object_with_a_key_twice_is_refused(
    entra: Entra, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    start(entra)
    head, claims = json.dumps({"alg": "RS256", "kid": "key-1"}), json.dumps(entra.claims())
    if where == "the header":
        head = head[:-1] + ', "kid": "key-1"}'
    elif where == "the claims":
        claims = claims[:-1] + f', "oid": "{OBJECT}"}}'
    else:
        claims = claims[:-1] + ', "x": [{"y": 1, "y": 1}]}'
    text = f"{encoded(head.encode())}.{encoded(claims.encode())}"
    signature = jwt.algorithms.RSAAlgorithm(hashes.SHA256).sign(text.encode(), KEY)
    assert (await exchange(f"{text}.{encoded(signature)}")).status_code == 401
    assert "(token_malformed)" in refusals(caplog) and entra.asked == []


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_has_one_spelling(entra: Entra, caplog: pytest.LogCaptureFixture, part: int) -> None:
    auth = start(entra)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # A part that ends within a group of three bytes, so that its last letter has bits to spare.
    candidates = [entra.token({"pad": "x" * n}, header={"pad": "x" * n}) for n in range(3)]
    token = next(each for each in candidates if len(each.split(".")[part]) % 4 != 0)
    parts = token.split(".")
    last = letters.index(parts[part][-1])
    parts[part] = parts[part][:-1] + letters[last + 1]
    assert base64.urlsafe_b64decode(parts[part] + "==") == base64.urlsafe_b64decode(token.split(".")[part] + "==")
    assert await auth.user(headers_with(token))
    assert not await auth.user(headers_with(".".join(parts)))
    assert "(token_malformed): A part of the token is not base64url" in refusals(caplog)


@pytest.mark.parametrize("token", [42, b"a.b.c", ["a.b.c"], {"token": "a.b.c"}, 1.5])
async def test_what_is_no_text_is_no_token(entra: Entra, token: object) -> None:
    verifier = start(entra)._verifier
    with pytest.raises(twodoor_chainlit._Refused, match="not a text"):
        await verifier.verify(token)


@pytest.mark.parametrize("authorization", ["", "Basic YTpi", "bearer", "Bearertoken", "Bearer "])
async def test_without_a_token_nobody_signs_in(entra: Entra, authorization: str) -> None:
    start(entra)
    async with page() as client:
        assert (await client.post("/auth/header", json={})).status_code == 401
        response = await client.post("/auth/header", json={}, headers={"Authorization": authorization})
    assert response.status_code == 401


async def test_a_missing_token_is_no_warning_because_stock_chainlit_asks_without_one(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    start(entra)
    async with page() as client:
        await client.post("/auth/header", json={})
    (record,) = [each for each in caplog.records if each.name == "twodoor.chainlit"]
    assert (record.levelno, "(token_missing)" in record.getMessage()) == (logging.INFO, True)


async def test_of_two_authorization_headers_none_counts(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra)
    async with page() as client:
        pairs = [("Authorization", f"Bearer {entra.token()}"), ("Authorization", "Bearer a.b.c"), ("Origin", ORIGIN)]
        assert (await client.post("/auth/header", json={}, headers=pairs)).status_code == 401
    assert "(request_malformed)" in refusals(caplog)


async def test_what_the_log_tells_of_a_token_is_only_what_looks_like_its_ids(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = start(entra)
    await auth.user(headers_with(entra.token({"tid": OTHER_TENANT, "uti": "x\nforged line", "oid": "y" * 500})))
    assert "forged" not in refusals(caplog) and "yyy" not in refusals(caplog)


@pytest.mark.parametrize(
    ("changes", "is_let_in"),
    [({"exp": NOW - 59}, True), ({"exp": NOW - 60}, False), ({"nbf": NOW + 60}, True), ({"nbf": NOW + 61}, False)],
)
async def test_the_clocks_may_differ_by_a_minute(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, changes: Changes, is_let_in: bool
) -> None:
    monkeypatch.setattr(twodoor_chainlit, "time", lambda: NOW)
    auth = start(entra)
    assert bool(await auth.user(headers_with(entra.token(changes)))) is is_let_in


async def test_any_organization_means_no_personal_account(entra: Entra) -> None:
    auth = start(entra, tenants="any-organization")
    personal = "9188040d-6c67-4c5b-b112-36a304b66dad"

    def of(tenant: str) -> str:
        return entra.token({"tid": tenant, "iss": f"{entra.url}/{tenant}/v2.0"})

    user = await auth.user(headers_with(of(OTHER_TENANT)))
    assert user is not None and user.identifier == f"entra:{OTHER_TENANT}:{OBJECT}"
    assert not await auth.user(headers_with(of(personal)))
    assert not await auth.user(headers_with(of("..")))
    assert entra.asked == ["/organizations/discovery/v2.0/keys"]


async def test_a_mistake_in_the_check_itself_lets_nobody_in(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError(entra.minted[-1])

    monkeypatch.setattr(twodoor_chainlit, "_check_times", fail)
    start(entra)
    assert (await exchange(entra.token())).status_code == 503
    assert "(temporarily_unavailable): The check of the token failed (MemoryError)." in refusals(caplog)


def headers_with(token: str) -> twodoor_chainlit.Headers:
    return twodoor_chainlit.Headers({"authorization": f"Bearer {token}"})


# The keys


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of tests, in seconds: `clock[0] += 30`."""
    now = [1_000.0]
    monkeypatch.setattr(twodoor_chainlit, "monotonic", lambda: now[0])
    return now


async def test_fifty_tokens_at_once_cost_one_fetch(entra: Entra) -> None:
    auth = start(entra)
    users = await asyncio.gather(*(auth.user(headers_with(entra.token())) for _ in range(50)))
    assert all(users) and entra.asked == [f"/{TENANT}/discovery/v2.0/keys"]


async def test_made_up_key_ids_cost_one_fetch_in_thirty_seconds(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    for storm in (1, 2):
        storm_of = [entra.token(header={"kid": f"made-up-{i}"}) for i in range(40)]
        assert not any(await asyncio.gather(*(auth.user(headers_with(each)) for each in storm_of)))
        clock[0] += 29.9
        assert not await auth.user(headers_with(storm_of[0]))
        assert len(entra.asked) == storm
        clock[0] += 0.1


async def test_a_new_key_is_found_without_a_restart(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    entra.keys.append(jwk_of(OTHER_KEY, "key-2"))
    clock[0] += 30
    assert await auth.user(headers_with(entra.token(header={"kid": "key-2"}, key=OTHER_KEY)))


async def test_after_an_hour_keys_are_fetched_again_while_nobody_waits(entra: Entra, clock: list[float]) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    clock[0] += 3_600
    entra.may_answer.clear()
    assert await auth.user(headers_with(entra.token()))
    assert not pending_fetch(auth).done()
    entra.may_answer.set()
    await pending_fetch(auth)
    assert len(entra.asked) == 2


async def test_known_keys_outlive_an_outage_for_a_day_and_no_longer(entra: Entra, clock: list[float]) -> None:
    start(entra)
    assert (await exchange(entra.token())).status_code == 200
    entra.status = 500
    clock[0] += 86_399
    auth = app.state.twodoor
    assert (await exchange(entra.token())).status_code == 200
    await pending_fetch(auth)
    clock[0] += 5
    assert (await exchange(entra.token())).status_code == 503


OUTAGES: dict[str, dict[str, object]] = {
    "an error": {"status": 500},
    "a redirect": {"status": 302},
    "another document": {"body": b"<html>log in to the hotel</html>"},
    "JSON of another shape": {"body": b'{"keys": {}}'},
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys())
async def test_keys_that_cannot_be_had_are_an_outage_and_not_a_bad_token(
    entra: Entra, clock: list[float], caplog: pytest.LogCaptureFixture, outage: dict[str, object]
) -> None:
    start(entra)
    vars(entra).update(outage)
    response = await exchange(entra.token())
    assert (response.status_code, response.headers["retry-after"], cookies_of(response)) == (503, "5", [])
    assert "could not be fetched" in refusals(caplog) and "(keys_unavailable)" in refusals(caplog)
    assert (await exchange(entra.token())).status_code == 503
    assert len(entra.asked) == 1
    vars(entra).update(status=200, body=None)
    clock[0] += 5
    assert (await exchange(entra.token())).status_code == 200


async def test_an_authority_that_is_not_there_is_an_outage(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        entra.url = f"http://localhost:{unused.getsockname()[1]}"
        start(entra)
        assert (await exchange(entra.token())).status_code == 503
    assert "HTTPS_PROXY" in refusals(caplog)


async def test_an_authority_that_is_silent_holds_nothing_up(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(twodoor_chainlit, "_FETCH_DEADLINE_S", 0.05)
    start(entra)
    entra.may_answer.clear()
    assert (await exchange(entra.token())).status_code == 503
    assert "(TimeoutError)" in refusals(caplog)


async def test_the_event_loop_goes_on_while_keys_are_fetched(entra: Entra) -> None:
    start(entra)
    entra.may_answer.clear()
    waiting = asyncio.ensure_future(exchange(entra.token()))
    assert await asyncio.to_thread(entra.was_asked.wait, 10)
    async with page() as client:
        assert (await client.get("/auth/config")).status_code == 200
    assert not waiting.done()
    entra.may_answer.set()
    assert (await waiting).status_code == 200


async def test_who_goes_away_takes_the_keys_from_nobody(entra: Entra) -> None:
    auth = start(entra)
    entra.may_answer.clear()
    first, second = (asyncio.ensure_future(auth.user(headers_with(entra.token()))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    entra.may_answer.set()
    assert await second
    assert len(entra.asked) == 1


WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
FOREIGN: dict[str, dict[str, object]] = {
    "for encryption": jwk_of(KEY, "key-1", use="enc"),
    "for another algorithm": jwk_of(KEY, "key-1", alg="RS512"),
    "of another issuer": jwk_of(KEY, "key-1", issuer=f"{PRODUCTION}/{OTHER_TENANT}/v2.0"),
    "without an ID": {name: value for name, value in jwk_of(KEY, "").items() if name != "kid"},
    "that is no key": {"kid": "key-1", "kty": "RSA", "n": "!", "e": "AQAB"},
    "that is private": {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY)), "kid": "key-1"},
    "that is symmetric": {"kid": "key-1", "kty": "oct", "k": encoded(b"k" * 32)},
    "of an elliptic curve": {
        **json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())),
        "kid": "key-1",
    },
}


@pytest.mark.parametrize("jwk", [*FOREIGN.values(), "no object"], ids=[*FOREIGN.keys(), "that is no object"])
async def test_a_key_that_signs_no_tokens_of_this_tenant_is_left_out(
    entra: Entra, caplog: pytest.LogCaptureFixture, jwk: dict[str, object]
) -> None:
    auth = start(entra)
    entra.keys = [jwk, jwk_of(OTHER_KEY, "key-2")]
    assert not await auth.user(headers_with(entra.token()))
    assert "The authority has no key of that name." in refusals(caplog)
    assert await auth.user(headers_with(entra.token(header={"kid": "key-2"}, key=OTHER_KEY)))


async def test_a_key_that_is_too_short_is_left_out(entra: Entra) -> None:
    auth = start(entra)
    entra.keys = [jwk_of(WEAK_KEY, "key-1")]
    assert not await auth.user(headers_with(entra.token(key=WEAK_KEY)))


@pytest.mark.parametrize("issuer", ["{tenantid}", TENANT])
async def test_a_key_may_name_its_issuer(entra: Entra, issuer: str) -> None:
    auth = start(entra)
    entra.keys = [jwk_of(KEY, "key-1", issuer=f"{entra.url}/{issuer}/v2.0")]
    assert await auth.user(headers_with(entra.token()))


async def test_keys_come_through_the_proxy_of_the_environment(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, entra.url = entra.url, "http://entra.localhost:9"
    monkeypatch.setenv("HTTP_PROXY", proxy)
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    assert entra.asked == [f"{entra.url}/{TENANT}/discovery/v2.0/keys"]


async def test_keys_come_from_an_authority_with_a_certificate_of_ones_own(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_for("localhost", tmp_path / "localhost.pem"))
    with http_server(entra, context) as entra.url:
        start(entra)
        assert (await exchange(entra.token())).status_code == 503
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
        start(entra)
        assert (await exchange(entra.token())).status_code == 200


def certificate_for(host: str, file: Path) -> Path:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    tomorrow = now + datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number(), now, tomorrow)
    certificate = builder.add_extension(names, critical=False).sign(KEY, hashes.SHA256())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = KEY.private_bytes(encoding, form, serialization.NoEncryption())
    file.write_bytes(key + certificate.public_bytes(encoding))
    return file


def pending_fetch(auth: Auth) -> asyncio.Task[None]:
    (keys,) = auth._verifier._key_sets.values()
    assert keys._pending is not None
    return keys._pending


# The other door


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Chainlit's own provider, as OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT and OAUTH_AZURE_AD_TENANT_ID make it."""
    provider = twodoor_chainlit.get_oauth_provider("azure-ad")
    monkeypatch.setattr(provider, "token_url", f"{PRODUCTION}/{TENANT.upper()}/oauth2/v2.0/token")
    yield provider


ME = {"id": OBJECT.upper(), "displayName": "Adele Vance", "userPrincipalName": "adele@contoso.example"}


async def test_both_doors_lead_to_the_same_person(entra: Entra, azure: object) -> None:
    auth = start(entra)
    by_token = await auth.user(headers_with(entra.token()))
    assert auth.oauth_user("azure-ad", ME) == by_token


async def test_a_login_through_chainlits_oauth_keeps_the_refresh_token_out_of_the_session(
    entra: Entra, azure: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = start(entra)
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_{name}", TENANT)

    async def get_token(*_: object) -> str:
        return "an access token for Graph"

    async def get_user_info(_: object) -> tuple[dict[str, str], cl.User]:
        return ME, cl.User(identifier="adele@contoso.example", metadata={"refresh_token": "a refresh token"})

    monkeypatch.setattr(azure, "get_token", get_token)
    monkeypatch.setattr(azure, "get_user_info", get_user_info)

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user):
        return auth.oauth_user(provider_id, raw_user_data)

    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        client.cookies.set("__Host-oauth_state", "state")
        response = await client.get("/auth/oauth/azure-ad/callback?code=code&state=state")
        user = (await client.get("/user")).json()
    assert response.headers["location"] == "/login/callback?success=True"
    assert user == {"identifier": IDENTIFIER, "display_name": "Adele Vance", "metadata": METADATA}
    assert "SameSite=lax; " in cookies_of(response)[1] + "; " and "Secure" in cookies_of(response)[1]


OAUTH_MISTAKES: dict[str, tuple[Changes, str, dict[str, object], str]] = {
    "a provider that is not Entra": ({}, "github", ME, "oauth_providers"),
    "a provider that nobody knows": ({"oauth_providers": ["unheard-of"]}, "unheard-of", ME, "name the tenant in it"),
    "two tenants": ({"tenants": [TENANT, OTHER_TENANT]}, "azure-ad", ME, "exactly one tenant"),
    "any organization": ({"tenants": "any-organization"}, "azure-ad", ME, "exactly one tenant"),
    "a name for an ID": ({}, "azure-ad", {**ME, "id": "adele@contoso.example"}, "Microsoft Graph's /me"),
    "no ID": ({}, "azure-ad", {"displayName": "Adele Vance"}, "Microsoft Graph's /me"),
    "another tenant that signs": ({"tenants": [OTHER_TENANT]}, "azure-ad", ME, f"TENANT_ID={OTHER_TENANT}"),
    "common that signs": ({}, "azure-ad-hybrid", ME, "OAUTH_AZURE_AD_HYBRID_ENABLE_SINGLE_TENANT=true"),
}


@pytest.mark.parametrize(("options", "provider", "raw", "remedy"), OAUTH_MISTAKES.values(), ids=OAUTH_MISTAKES.keys())
async def test_oauth_lets_nobody_in_whose_tenant_is_not_certain(
    entra: Entra,
    azure: object,
    caplog: pytest.LogCaptureFixture,
    options: Changes,
    provider: str,
    raw: dict[str, object],
    remedy: str,
) -> None:
    assert start(entra, **options).oauth_user(provider, raw) is None
    assert remedy in refusals(caplog)


async def test_a_further_provider_of_the_tenant_may_be_named(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = twodoor_chainlit.get_oauth_provider("generic")
    monkeypatch.setattr(provider, "token_url", f"{entra.url}/{TENANT}/oauth2/v2.0/token")
    user = start(entra, oauth_providers=["generic"]).oauth_user("generic", ME)
    assert user is not None and user.identifier == IDENTIFIER


# The cookies

AWAY = "Max-Age=0; HttpOnly; Path=/"
PARTITIONED = "Secure; SameSite=None; Partitioned"
LAX = "Secure; SameSite=lax"
FRAMED = {"X-Twodoor-Context": "framed"}


async def test_a_framed_page_gets_a_cookie_of_its_own_jar(entra: Entra) -> None:
    start(entra)
    removal, cookie = cookies_of(await exchange(entra.token(), **FRAMED))
    assert re.fullmatch(rf"{SESSION}=eyJ[\w.-]+; HttpOnly; Max-Age=28800; Path=/; {PARTITIONED}", cookie)
    assert removal == f"{SESSION}=; {AWAY}; {LAX}"


@pytest.mark.parametrize("headers", [{}, {"X-Twodoor-Context": "top"}, {"X-Twodoor-Context": "framed, top"}])
async def test_any_other_page_keeps_the_cookie_lax(entra: Entra, headers: dict[str, str]) -> None:
    start(entra)
    removal, cookie = cookies_of(await exchange(entra.token(), **headers))
    assert re.fullmatch(rf"{SESSION}=eyJ[\w.-]+; HttpOnly; Max-Age=28800; Path=/; Secure; SameSite=lax", cookie)
    assert removal == f"{SESSION}=; {AWAY}; {PARTITIONED}"


@pytest.mark.parametrize(("context", "own", "other"), [("framed", PARTITIONED, LAX), ("top", LAX, PARTITIONED)])
async def test_logging_out_empties_the_jar_of_the_page(entra: Entra, context: str, own: str, other: str) -> None:
    start(entra)
    async with page() as client:
        client.cookies.set(SESSION, "session")
        response = await client.post("/logout", json={}, headers={"X-Twodoor-Context": context})
    removal, cookie = cookies_of(response)
    assert re.fullmatch(rf'{SESSION}=""; expires=[^;]+; Max-Age=0; Path=/; {own}', cookie)
    assert removal == f"{SESSION}=; {AWAY}; {other}"


async def test_every_chunk_of_a_large_cookie_is_of_the_same_jar(entra: Entra) -> None:
    auth = start(entra)

    @cl.header_auth_callback
    async def header_auth(headers):
        user = await auth.user(headers)
        user.metadata["roles"] = "r" * 6_000
        return user

    async with page(**FRAMED) as client:
        headers = {"Authorization": f"Bearer {entra.token()}"}
        response = await client.post("/auth/header", json={}, headers=headers)
        large = [each for each in cookies_of(response) if "eyJ" in each or re.match(rf"{SESSION}_\d=\w", each)]
        assert len(large) == 3 and all(each.endswith(PARTITIONED) for each in large)
        assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER

        start(entra)
        response = await client.post("/auth/header", json={}, headers=headers)
        deleted = [each for each in cookies_of(response) if re.match(rf'{SESSION}_\d=""', each)]
        assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
        assert len(deleted) == 3 and all(each.endswith(PARTITIONED) for each in deleted)

        deleted = [each for each in cookies_of(await client.post("/logout", json={})) if '=""' in each]
        assert len(deleted) == 1 and deleted[0].startswith(f"{SESSION}=") and deleted[0].endswith(PARTITIONED)


async def test_a_cookie_that_only_begins_like_the_session_is_left_alone(entra: Entra) -> None:
    start(entra)
    async with page(**FRAMED) as client:
        for name in ("access_token_hint", "access_tokens", "access_token_0x", SESSION):
            client.cookies.set(name, "value")
        cookies = cookies_of(await client.post("/logout", json={}))
    partitioned = [each for each in cookies if "Partitioned" in each]
    assert [each.split("=")[0] for each in partitioned] == [SESSION]


async def test_a_session_that_begins_with_chainlits_own_token_is_treated_the_same(entra: Entra) -> None:
    start(entra)
    session = cookies_of(await exchange(entra.token()))[1].split(";")[0].removeprefix(f"{SESSION}=")
    async with page(**FRAMED) as client:
        response = await client.post("/auth/jwt", headers={"Authorization": f"Bearer {session}"})
    assert response.status_code == 200 and cookies_of(response)[1].endswith(PARTITIONED)
    assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)


async def test_the_cookie_may_have_another_name(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainlit.auth.cookie._auth_cookie_name", "my.session")
    monkeypatch.setenv("CHAINLIT_AUTH_COOKIE_NAME", "my.session")
    start(entra)
    response = await exchange(entra.token(), **FRAMED)
    assert cookies_of(response)[1].startswith("__Host-my.session=eyJ") and cookies_of(response)[1].endswith(PARTITIONED)
    assert response.headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)


async def test_a_cookie_path_that_chainlit_only_deletes_by_does_not_keep_the_session(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainlit.auth.cookie._cookie_path", "/chat")
    start(entra)
    async with page() as client:
        client.cookies.set(SESSION, "session")
        cookies = cookies_of(await client.post("/logout", json={}))
    assert len(cookies) == 2 and all("; Path=/;" in each for each in cookies)


async def test_the_cookie_that_replicas_are_chosen_by_is_partitioned_too(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        framed = await client.post("/set-session-cookie", json={"session_id": "s"}, headers=FRAMED)
        top = await client.post("/set-session-cookie", json={"session_id": "s"})
    assert cookies_of(framed)[1] == f"X-Chainlit-Session-id=s; HttpOnly; Path=/; {PARTITIONED}"
    assert cookies_of(top)[1] == "X-Chainlit-Session-id=s; HttpOnly; Path=/; Secure; SameSite=lax"


@pytest.mark.parametrize(
    ("public_origin", "base", "origin", "is_secure"),
    [
        (ORIGIN, "http://10.0.0.5:8000", ORIGIN, True),
        (ORIGIN, "http://10.0.0.5:8000", None, True),
        ([ORIGIN, "http://localhost:8000"], "http://localhost:8000", "http://localhost:8000", False),
        ([ORIGIN, "http://localhost:8000"], "http://localhost:8000", None, False),
        ("http://localhost:8000", "http://localhost:8000", None, False),
        (None, "http://localhost:8000", "http://localhost:8000", False),
        (None, "http://chat.example.com", ORIGIN, True),
        (None, ORIGIN, None, True),
    ],
)
async def test_the_cookie_is_secure_wherever_people_come_by_https(
    entra: Entra, public_origin: object, base: str, origin: str | None, is_secure: bool
) -> None:
    start(entra, public_origin=public_origin)
    async with page(base) as client:
        del client.headers["origin"]
        headers = {"Authorization": f"Bearer {entra.token()}", **({"Origin": origin} if origin else {})}
        response = await client.post("/auth/header", json={}, headers=headers)
    assert (response.status_code, "Secure" in cookies_of(response)[1]) == (200, is_secure)


async def test_a_mistake_of_the_exchange_tells_no_lifetime(entra: Entra) -> None:
    start(entra)
    assert (await exchange(entra.token())).headers["x-twodoor-expires-in-ms"] == str(EIGHT_HOURS_MS)
    assert "x-twodoor-expires-in-ms" not in (await exchange("a.b.c")).headers


@pytest.mark.parametrize("path", ["/user", "/auth/config", "/auth/header"])
async def test_answers_about_people_are_not_stored(entra: Entra, path: str) -> None:
    start(entra)
    async with page() as client:
        method = "POST" if path == "/auth/header" else "GET"
        assert (await client.request(method, path)).headers.get_list("cache-control") == ["no-store"]


# Frames


async def test_the_hosts_of_microsoft_may_frame_the_app_and_nobody_else(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
        assert "content-security-policy" not in (await client.get("/auth/config")).headers
    assert policy == (
        "frame-ancestors 'self' https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com "
        "https://*.microsoft365.com https://*.office.com https://outlook.office365.com"
    )


async def test_other_hosts_may_be_named(entra: Entra) -> None:
    start(entra, frame_ancestors=["http://localhost:*"])
    async with page() as client:
        policy = (await client.get("/thread/x")).headers["content-security-policy"]
    assert policy == "frame-ancestors 'self' http://localhost:*"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("default-src 'self'; frame-ancestors 'none'", ["default-src 'self'; frame-ancestors 'none'"]),
        ("default-src 'self'", ["default-src 'self'", "frame-ancestors 'self' https://x.example"]),
    ],
)
async def test_a_policy_of_the_app_itself_stays(entra: Entra, given: str, expected: list[str]) -> None:
    auth = start(entra, frame_ancestors=["https://x.example"])

    async def answer(_: Request) -> Response:
        return HTMLResponse("page", headers={"Content-Security-Policy": given})

    response = await behind(auth, Starlette(routes=[Route("/", answer)]))
    assert response.headers.get_list("content-security-policy") == expected


async def behind(
    auth: Auth, inner: Starlette, path: str = "/", headers: dict[str, str] | None = None
) -> httpx.Response:
    async def outer(scope, receive, send):
        await auth.handle(inner, scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=outer), base_url=ORIGIN) as client:
        return await client.get(path, headers=headers)


# Origins

REFUSAL = {"code": "wrong_origin", "detail": "A page of this origin may not do that."}
SENDERS: dict[str, tuple[dict[str, str], bool]] = {
    "the app itself": ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, True),
    "the app in an old browser": ({"Origin": ORIGIN}, True),
    "a page that is listed": ({"Origin": "https://portal.example.com", "Sec-Fetch-Site": "same-site"}, True),
    "no browser": ({}, True),
    "the app without an Origin": ({"Sec-Fetch-Site": "same-origin"}, True),
    "the address bar": ({"Sec-Fetch-Site": "none"}, True),
    "another site": ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}, False),
    "another site that claims to be this one": ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, False),
    "a sandboxed page": ({"Origin": "null"}, False),
    "an empty Origin": ({"Origin": ""}, False),
    "a star": ({"Origin": "*"}, False),
    "another scheme": ({"Origin": "http://chat.example.com"}, False),
    "another port": ({"Origin": f"{ORIGIN}:8443"}, False),
    "a longer name": ({"Origin": f"{ORIGIN}.evil.example"}, False),
    "a shorter name": ({"Origin": "https://example.com"}, False),
    "a name that ends like it": ({"Origin": "https://evilchat.example.com"}, False),
    "two origins": ({"Origin": f"{ORIGIN}, {EVIL}"}, False),
    "another site without an Origin": ({"Sec-Fetch-Site": "cross-site"}, False),
    "the same site without an Origin": ({"Sec-Fetch-Site": "same-site"}, False),
}
SOCKET = "/ws/socket.io/?EIO=4&transport=polling"
REQUESTS = [("POST", "/auth/header"), ("POST", "/logout"), ("PUT", "/feedback"), ("DELETE", "/project/thread")]
REQUESTS += [("PATCH", "/anything"), ("GET", SOCKET), ("POST", SOCKET)]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize(("headers", "may_pass"), SENDERS.values(), ids=SENDERS.keys())
async def test_only_pages_that_may_can_change_anything(
    entra: Entra, method: str, path: str, headers: dict[str, str], may_pass: bool
) -> None:
    start(entra)
    config.project.allow_origins = ["*", "null", "https://portal.example.com"]
    async with page() as client:
        del client.headers["origin"]
        response = await client.request(method, path, headers=headers)
    assert (response.status_code == 403, response.text == json.dumps(REFUSAL)) == (not may_pass, not may_pass)


async def test_two_origin_headers_must_both_be_allowed(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        del client.headers["origin"]
        response = await client.post("/logout", headers=[("Origin", ORIGIN), ("Origin", EVIL)])
    assert response.status_code == 403


PORTAL = "https://portal.example.com"
CROSS = {"Sec-Fetch-Site": "cross-site"}
SIBLING = {"Sec-Fetch-Site": "same-site"}
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
NO_CORS = {**CROSS, "Sec-Fetch-Mode": "no-cors"}
IFRAME = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
OWN = {"Sec-Fetch-Site": "same-origin"}
HYBRID = "/auth/oauth/azure-ad-hybrid/callback"
FILE = "/project/file/x"
PASSES, AS_PAGE, DENIED = "passes", "passes as a page", "is refused"
POLICY: list[tuple[str, str, str, dict[str, str], str]] = [
    ("the app itself", "GET", "/user", {**OWN, **FETCH}, PASSES),
    ("the address bar, a bookmark", "GET", "/thread/x", {**NAVIGATION, "Sec-Fetch-Site": "none"}, PASSES),
    ("an old browser, or no browser", "GET", "/user", {}, PASSES),
    ("a monitor", "HEAD", "/", {}, PASSES),
    ("a bot framework", "POST", "/teams/events", {}, PASSES),
    # Reading from elsewhere.
    ("a neighbour in the same host", "GET", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a neighbour that wants threads", "POST", "/project/threads", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a neighbour that reads a thread", "GET", "/project/thread/x", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a sibling domain", "GET", "/user", {**SIBLING, **FETCH, "Origin": "https://www.example.com"}, DENIED),
    ("a sibling domain without an Origin", "GET", "/user", {**SIBLING, "Sec-Fetch-Mode": "no-cors"}, DENIED),
    ("an image elsewhere", "GET", FILE, {**NO_CORS, "Sec-Fetch-Dest": "image"}, DENIED),
    ("a script elsewhere", "GET", "/user", {**NO_CORS, "Sec-Fetch-Dest": "script"}, DENIED),
    ("a video elsewhere, by ranges", "GET", FILE, {**NO_CORS, "Sec-Fetch-Dest": "video", "Range": "bytes=0-"}, DENIED),
    ("a HEAD from elsewhere", "HEAD", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("the page, read from elsewhere", "GET", "/", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a sandboxed page", "GET", "/user", {**CROSS, **FETCH, "Origin": "null"}, DENIED),
    ("an old browser that says from where", "GET", "/user", {"Origin": EVIL}, DENIED),
    ("an old browser, sandboxed", "GET", "/user", {"Origin": "null"}, DENIED),
    ("a site that the browser has a new word for", "GET", "/user", {"Sec-Fetch-Site": "adjacent"}, DENIED),
    ("two words for the site", "GET", "/user", {"Sec-Fetch-Site": "same-origin, cross-site"}, DENIED),
    ("a preflight from elsewhere", "OPTIONS", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    # What is the same for everybody.
    ("custom_js elsewhere", "GET", "/public/x.js", {**NO_CORS, "Sec-Fetch-Dest": "script"}, PASSES),
    ("the Copilot widget elsewhere", "GET", "/copilot/index.js", {**NO_CORS, "Sec-Fetch-Dest": "script"}, PASSES),
    ("a font elsewhere, which CORS keeps", "GET", "/assets/x.woff", {**CROSS, **FETCH, "Origin": EVIL}, PASSES),
    ("a logo elsewhere", "GET", "/logo", {**NO_CORS, "Sec-Fetch-Dest": "image"}, PASSES),
    ("an avatar elsewhere", "HEAD", "/avatars/x", {**NO_CORS, "Sec-Fetch-Dest": "image"}, PASSES),
    ("a write to them", "POST", "/public/x.js", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("what only begins like them", "GET", "/publicity", {**NO_CORS, "Sec-Fetch-Dest": "image"}, DENIED),
    # Leading here: the top level.
    ("a link in a mail to a thread", "GET", "/thread/x", NAVIGATION, PASSES),
    ("a link to a file", "GET", FILE, NAVIGATION, PASSES),
    ("a link on a sibling domain", "GET", "/", {**NAVIGATION, **SIBLING}, PASSES),
    ("a link after a posted form", "GET", "/login/callback", {**NAVIGATION, "Origin": "null"}, PASSES),
    ("the way back from OAuth", "GET", "/auth/oauth/azure-ad/callback", NAVIGATION, PASSES),
    ("a form that is posted here", "POST", "/login", {**NAVIGATION, "Origin": EVIL}, DENIED),
    ("a form of a sandboxed page", "POST", "/logout", {**NAVIGATION, "Origin": "null"}, DENIED),
    ("a form without an Origin", "POST", "/logout", NAVIGATION, DENIED),
    ("a navigation to the socket", "GET", "/ws/socket.io/", NAVIGATION, DENIED),
    ("a fetch that names itself a document", "GET", "/user", {**NO_CORS, "Sec-Fetch-Dest": "document"}, DENIED),
    # Leading here: a frame.
    ("the host frames the page", "GET", "/", IFRAME, AS_PAGE),
    ("the host frames a thread", "GET", "/thread/x", IFRAME, AS_PAGE),
    ("an old element frames the page", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "frame"}, AS_PAGE),
    ("the app within its frame", "GET", "/thread/x", {**IFRAME, **OWN}, PASSES),
    ("a frame of what is a user's", "GET", "/user", IFRAME, DENIED),
    ("a frame of a file", "GET", FILE, IFRAME, DENIED),
    ("a sign-in in a frame", "GET", "/auth/oauth/azure-ad/callback", IFRAME, DENIED),
    ("an embedded page", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "embed"}, DENIED),
    ("a page as an object", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "object"}, DENIED),
    ("a form that is posted into a frame", "POST", "/", {**IFRAME, "Origin": EVIL}, DENIED),
    ("an old browser after a posted form", "GET", "/login/callback", {"Origin": "null"}, AS_PAGE),
    # Origins that are named.
    ("a page that is named", "GET", "/user", {**SIBLING, **FETCH, "Origin": PORTAL}, PASSES),
    ("its preflight", "OPTIONS", "/project/threads", {**SIBLING, **FETCH, "Origin": PORTAL}, PASSES),
    ("an image in it", "GET", FILE, {**SIBLING, "Sec-Fetch-Mode": "no-cors", "Referer": f"{PORTAL}/x"}, PASSES),
    ("an image in a page that is not", "GET", FILE, {**NO_CORS, "Referer": f"{EVIL}/{PORTAL}"}, DENIED),
    ("a longer name", "GET", FILE, {**NO_CORS, "Referer": f"{PORTAL}.evil.example/"}, DENIED),
    ("a form in it without an Origin", "POST", "/logout", {**SIBLING, "Referer": f"{PORTAL}/x"}, DENIED),
    ("another Origin than the Referer", "GET", FILE, {**CROSS, "Origin": EVIL, "Referer": f"{PORTAL}/"}, DENIED),
    # The socket.
    ("a socket of the app", "WEBSOCKET", "/ws/socket.io/", {**OWN, "Origin": ORIGIN}, PASSES),
    ("a socket of a neighbour", "WEBSOCKET", "/ws/socket.io/", {**CROSS, "Origin": EVIL}, DENIED),
    ("a poll of a neighbour", "GET", "/ws/socket.io/", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    # The answer that Entra ID has the browser post.
    ("Entra ID", "POST", HYBRID, {**NAVIGATION, "Origin": PRODUCTION}, PASSES),
    ("somebody in its name", "POST", HYBRID, {**NAVIGATION, "Origin": EVIL}, DENIED),
    ("nobody in its name", "POST", HYBRID, NAVIGATION, DENIED),
    ("the app in its name", "POST", HYBRID, {**OWN, "Origin": ORIGIN}, DENIED),
    ("Entra ID elsewhere", "POST", "/auth/oauth/azure-ad/callback", {**NAVIGATION, "Origin": PRODUCTION}, DENIED),
    ("Entra ID by PUT", "PUT", HYBRID, {**CROSS, "Origin": PRODUCTION}, DENIED),
    ("Entra ID below a path", "POST", f"/x{HYBRID}", {**NAVIGATION, "Origin": PRODUCTION}, DENIED),
]


def asked(method: str, path: str, headers: dict[str, str]) -> twodoor_chainlit._Asked:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    kind = {"type": "websocket"} if method == "WEBSOCKET" else {"type": "http", "method": method}
    return twodoor_chainlit._asked({**kind, "path": path, "headers": raw}, path)


@pytest.mark.parametrize(
    ("method", "path", "headers", "verdict"), [row[1:] for row in POLICY], ids=[row[0] for row in POLICY]
)
def test_who_may_ask_for_what(method: str, path: str, headers: dict[str, str], verdict: str) -> None:
    named = (ORIGIN, PORTAL)
    assert twodoor_chainlit._verdict(asked(method, path, headers), named.__contains__, PRODUCTION) == verdict


def test_without_the_hybrid_provider_entra_posts_nothing() -> None:
    answer = asked("POST", HYBRID, {**NAVIGATION, "Origin": PRODUCTION})
    assert twodoor_chainlit._verdict(answer, (ORIGIN,).__contains__, None) == "is refused"


NEIGHBOUR = {**CROSS, **FETCH, "Origin": EVIL}


@pytest.mark.parametrize("path", ["/user", "/project/translations", "/project/thread/x", "/auth/config", "/"])
async def test_a_neighbour_in_the_same_host_reads_nothing_with_the_cookie_of_the_user(entra: Entra, path: str) -> None:
    start(entra)
    async with page(**FRAMED) as client:
        await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}"})
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER
        response = await client.get(path, headers=NEIGHBOUR)
    assert (response.status_code, response.text) == (403, json.dumps(REFUSAL))
    assert cors_headers_of(response) == []


def cors_headers_of(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control-")]


async def test_no_header_lets_a_page_read_that_is_not_named(entra: Entra) -> None:
    start(entra)
    asks = {"Access-Control-Request-Method": "GET"}
    async with page() as client:
        shared = await client.get("/favicon", headers=NEIGHBOUR)
        preflight = await client.options("/user", headers={**NEIGHBOUR, **asks})
        navigation = await client.get("/", headers={**NAVIGATION, "Origin": "null"})
    assert (shared.status_code, preflight.status_code, navigation.status_code) == (200, 403, 200)
    assert [cors_headers_of(each) for each in (shared, preflight, navigation)] == [[], [], []]


async def test_a_page_that_is_named_reads_as_chainlit_lets_it(entra: Entra) -> None:
    start(entra)
    config.project.allow_origins = ["*", PORTAL]
    headers = {**SIBLING, **FETCH, "Origin": PORTAL}
    async with page() as client:
        answer = await client.get("/auth/config", headers=headers)
        preflight = await client.options("/user", headers={**headers, "Access-Control-Request-Method": "GET"})
    for each in (answer, preflight):
        assert (each.status_code, each.headers["access-control-allow-origin"]) == (200, PORTAL)
        assert each.headers["access-control-allow-credentials"] == "true"


async def test_a_frame_gets_a_page_or_what_leads_there_and_nothing_else(entra: Entra) -> None:
    auth = start(entra)

    async def answer(request: Request) -> Response:
        kind = request.query_params["kind"]
        if kind == "redirect":
            return Response(status_code=307, headers={"Location": "/"})
        return HTMLResponse("page") if kind == "page" else Response('{"secret": 1}', media_type="application/json")

    inner = Starlette(routes=[Route("/of-the-app", answer)])
    framed = [await behind(auth, inner, f"/of-the-app?kind={kind}", IFRAME) for kind in ("page", "data", "redirect")]
    html, data, redirect = framed
    assert (html.status_code, html.headers["content-security-policy"][:15]) == (200, "frame-ancestors")
    assert (data.status_code, data.text) == (403, json.dumps(REFUSAL))
    assert redirect.status_code == 307
    assert (await behind(auth, inner, "/of-the-app?kind=data", {})).status_code == 200


# Signing somebody in as somebody else


@pytest.fixture
def hybrid(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> Auth:
    """Chainlit's provider `azure-ad-hybrid`, which takes any code for Adele's."""
    provider = twodoor_chainlit.get_oauth_provider("azure-ad-hybrid")
    monkeypatch.setattr(provider, "token_url", f"{PRODUCTION}/{TENANT}/oauth2/v2.0/token")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_HYBRID_{name}", TENANT)

    async def get_token(*_: object) -> str:
        return "an access token for Graph"

    async def get_user_info(_: object) -> tuple[dict[str, str], cl.User]:
        return ME, cl.User(identifier="adele@contoso.example")

    monkeypatch.setattr(provider, "get_token", get_token)
    monkeypatch.setattr(provider, "get_user_info", get_user_info)
    auth = start(entra)

    @cl.oauth_callback
    async def oauth(provider_id, token, raw_user_data, default_user, id_token=None):
        return auth.oauth_user(provider_id, raw_user_data)

    return auth


async def test_the_answer_of_entra_signs_in_where_the_sign_in_began(hybrid: Auth, entra: Entra) -> None:
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        begun = await client.get("/auth/oauth/azure-ad-hybrid")
        state = dict(httpx.URL(begun.headers["location"]).params)["state"]
        name, value, attributes = re.fullmatch(r"([^=]+)=(.*?)(; .*)", cookies_of(begun)[0]).groups()
        assert (name, attributes) == ("__Host-oauth_state", "; HttpOnly; Max-Age=3600; Path=/; Secure; SameSite=None")
        assert value.strip('"') and cookies_of(begun)[1:] == []
        answer = {"code": "c", "id_token": "i", "state": state}
        response = await client.post(HYBRID, data=answer, headers={"Origin": entra.url})
        assert (response.status_code, response.headers["location"]) == (302, "/login/callback?success=True")
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER
        again = await client.post(HYBRID, data=answer, headers={"Origin": entra.url})
        assert again.headers["location"] == "../../../login?error=oauthSignin"


FORGED: dict[str, tuple[dict[str, str], str | None, str]] = {
    "posted by another site": ({"code": "c", "state": "s"}, EVIL, "__Host-oauth_state=s"),
    "posted by nobody": ({"code": "c", "state": "s"}, None, "__Host-oauth_state=s"),
    "of a sign-in that began elsewhere": ({"code": "c", "state": "t"}, "Entra ID", "__Host-oauth_state=s"),
    "of no sign-in": ({"code": "c", "state": "s"}, "Entra ID", ""),
    "without a state": ({"code": "c"}, "Entra ID", "__Host-oauth_state=s"),
    "with an empty state": ({"code": "c", "state": ""}, "Entra ID", "__Host-oauth_state="),
    "with a state that a sibling domain has planted": ({"code": "c", "state": "s"}, "Entra ID", "oauth_state=s"),
}


@pytest.mark.parametrize(("form", "origin", "cookie"), FORGED.values(), ids=FORGED.keys())
async def test_an_answer_of_the_hybrid_flow_that_is_forged_signs_nobody_in(
    hybrid: Auth, entra: Entra, form: dict[str, str], origin: str | None, cookie: str
) -> None:
    headers = {"Origin": entra.url if origin == "Entra ID" else origin} if origin else {}
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        response = await client.post(HYBRID, data=form, headers={"Cookie": cookie, **headers})
    assert response.status_code == (303 if origin == "Entra ID" else 403) and cookies_of(response) == []


async def test_a_form_of_another_kind_or_size_is_no_answer_of_entra(hybrid: Auth, entra: Entra) -> None:
    own = {"Cookie": "__Host-oauth_state=s", "Origin": entra.url}
    async with page(**NAVIGATION) as client:
        parts = await client.post(HYBRID, files={"code": (None, "c"), "state": (None, "s")}, headers=own)
        twice = await client.post(HYBRID, content="code=c&state=s&state=s", headers={**own, "Content-Type": FORM})
        long = await client.post(HYBRID, data={"code": "c" * 70_000, "state": "s"}, headers=own)
        good = await client.post(HYBRID, data={"code": "c", "state": "s"}, headers=own)
    assert [each.status_code for each in (parts, twice, long, good)] == [303, 303, 303, 302]


FORM = "application/x-www-form-urlencoded"


async def test_a_state_that_a_sibling_domain_has_planted_signs_nobody_in_by_get(
    hybrid: Auth, entra: Entra, azure: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "chainlit")  # 2.9 cannot format its own line about the state
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"OAUTH_AZURE_AD_{name}", TENANT)
    async with page(**NAVIGATION) as client:
        del client.headers["origin"]
        begun = await client.get("/auth/oauth/azure-ad")
        attributes = "HttpOnly; Max-Age=180; SameSite=lax; Path=/; Secure"
        assert re.fullmatch(rf"__Host-oauth_state=\S+; {attributes}", cookies_of(begun)[0])
        client.cookies.clear()
        for cookie in ("oauth_state=planted", "\u00a0__Host-oauth_state=planted"):
            header = [(b"cookie", cookie.encode("latin-1"))]
            response = await client.get("/auth/oauth/azure-ad/callback?code=c&state=planted", headers=header)
            # Chainlit before 2.11 answers 401.
            assert response.status_code == 401 or "error=oauthSignin" in response.headers["location"]
            assert SESSION not in "".join(cookies_of(response))


PLANTED: dict[str, tuple[str, bool]] = {
    "nothing": ("__Host-access_token={mine}", True),
    "by its plain name": ("access_token={theirs}", False),
    "by its plain name, before ours": ("access_token={theirs}; __Host-access_token={mine}", True),
    "by its plain name, after ours": ("__Host-access_token={mine}; access_token={theirs}", True),
    "in chunks": ("access_token_0={theirs}", False),
    "after a space that browsers keep": ("\u00a0__Host-access_token={theirs}", False),
    "after such a space, beside ours": ("__Host-access_token={mine}; \u00a0__Host-access_token={theirs}", True),
    "after a separator": ("\x1c__Host-access_token={theirs}", False),
    "before a space that browsers keep": ("__Host-access_token\u00a0={theirs}", False),
    "without a name": ("=__Host-access_token={theirs}", False),
    "in another case": ("__host-access_token={theirs}", False),
    "as a second one": ("__Host-access_token={mine}; __Host-access_token={theirs}", False),
    "the same twice": ("__Host-access_token={mine}; __Host-access_token={mine}", True),
}


@pytest.mark.parametrize(("cookie", "is_mine"), PLANTED.values(), ids=PLANTED.keys())
async def test_a_sibling_domain_cannot_plant_a_session(entra: Entra, cookie: str, is_mine: bool) -> None:
    start(entra)
    other = "b0000000-0000-4000-8000-000000000002"
    mine, theirs = await session_of(entra), await session_of(entra, {"oid": other})
    header = [(b"cookie", cookie.format(mine=mine, theirs=theirs).encode("latin-1"))]
    async with page() as client:
        response = await client.get("/user", headers=header)
    assert response.json().get("identifier") == (IDENTIFIER if is_mine else None)


async def session_of(entra: Entra, changes: Changes | None = None) -> str:
    return cookies_of(await exchange(entra.token(changes)))[1].split(";")[0].partition("=")[2]


async def test_on_this_machine_the_cookie_keeps_its_name(entra: Entra) -> None:
    start(entra, public_origin=None)
    async with page("http://localhost:8000") as client:
        response = await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}"})
        assert cookies_of(response)[1].startswith("access_token=eyJ")
        assert (await client.get("/user")).json()["identifier"] == IDENTIFIER


async def test_cookies_of_others_reach_chainlit_as_they_are(entra: Entra) -> None:
    auth = start(entra)
    cookies = [(b"Cookie", b"a=1; b=\"x y\""), (b"cookie", b"X-Chainlit-Session-id=s; =none; c")]
    scope = {"type": "http", "scheme": "https", "headers": cookies}
    assert auth._cookies_in(scope) == {"a": "1", "b": '"x y"', "X-Chainlit-Session-id": "s"}


async def test_a_session_of_another_app_with_the_same_secret_opens_nothing(entra: Entra) -> None:
    other = "c2222222-2222-4333-8444-555555555555"
    start(entra, client_id=other)
    theirs = await session_of(entra, {"aud": other})
    start(entra)
    mine = await session_of(entra)
    for session, status in ((mine, 200), (theirs, 401)):
        async with page() as client:
            by_cookie = await client.get("/user", headers={"Cookie": f"{SESSION}={session}"})
            by_header = await client.get("/user", headers={"Authorization": f"Bearer {session}"})
            begun = await client.post("/auth/jwt", headers={"Authorization": f"Bearer {session}"})
            quoted = await client.get("/user", headers={"Cookie": f'{SESSION}="{session}"'})
            chunks = f"{SESSION}_0={session[:50]}; {SESSION}_1={session[50:]}"
            in_chunks = await client.get("/user", headers={"Cookie": chunks})
        answers = (by_cookie, by_header, begun, quoted, in_chunks)
        assert [each.status_code for each in answers] == [status] * 5


@pytest.mark.parametrize(
    ("base", "origin", "may_pass"),
    [
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("http://[::1]:8000", "http://[::1]:8000", True),
        ("http://chat.example.com", "https://chat.example.com", True),
        ("http://localhost:8000", "http://localhost:9000", False),
        ("http://localhost:8000", "http://127.0.0.1:8000", False),
        ("http://rebound.evil.example:8000", "http://rebound.evil.example:8000", False),
        ("http://localhost:8000", "http://localhost:8000/path", False),
        ("http://localhost:8000", "null", False),
    ],
)
async def test_without_a_public_origin_the_page_must_be_of_where_it_asks(
    entra: Entra, base: str, origin: str, may_pass: bool
) -> None:
    start(entra, public_origin=None)
    async with page(base, Origin=origin) as client:
        assert ((await client.post("/logout")).status_code == 403) is not may_pass


async def test_behind_a_proxy_the_public_origin_counts_and_not_the_host(entra: Entra) -> None:
    start(entra)
    async with page("http://10.0.0.5:8000") as client:
        assert (await client.post("/logout", headers={"Origin": ORIGIN})).status_code == 200
        assert (await client.post("/logout")).status_code == 403


async def test_a_refusal_names_the_remedy_and_forges_no_log(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    start(entra)
    async with page() as client:
        await client.post("/logout", headers={"Origin": EVIL})
        await client.post("/log%0Aout", headers={"Origin": "https://a.example/eyJ?x"})
    first, second = refusals(caplog).splitlines()
    assert EVIL in first and "`public_origin`" in first and "'/logout'" in first
    assert "a malformed origin" in second


# The socket


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
    sockets, engines, cookies = [], [], []
    async with httpx.AsyncClient(base_url=base, headers={"Origin": ORIGIN}) as client:
        for name, oid in (("mine", OBJECT), ("theirs", f"{OBJECT[:-1]}2")):
            headers = {"Authorization": f"Bearer {entra.token({'oid': oid})}"}
            begun = await client.post("/auth/header", json={}, headers=headers)
            cookies.append(cookies_of(begun)[1].split(";")[0])
            client.cookies.clear()
            client.headers["Cookie"] = cookies[-1]
            engines.append(await open_engine(client))
            answer = await connect_by_polling(client, engines[-1], name)
            sockets.append(json.loads(answer.removeprefix("40"))["sid"])
        await client.post("/logout", headers={"Cookie": cookies[0]})
        assert (await client.get(f"{SOCKET}&sid={engines[0]}")).text.startswith("41")
    is_connected = twodoor_chainlit.chainlit.server.sio.manager.is_connected
    assert [is_connected(sid, "/") for sid in sockets] == [False, True]


async def test_a_logout_ends_the_sockets_of_the_sessions_before_it_too(served: tuple[str, int], entra: Entra) -> None:
    """The page renews its session in silence: the cookie is a new one, the socket is the old one."""
    base = f"http://127.0.0.1:{served[1]}"
    is_connected = twodoor_chainlit.chainlit.server.sio.manager.is_connected
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


async def open_engine(client: httpx.AsyncClient) -> str:
    return json.loads((await client.get(SOCKET)).text[1:])["sid"]


async def connect_by_polling(client: httpx.AsyncClient, sid: str | None = None, session_id: str = "s") -> str:
    sid = sid or await open_engine(client)
    auth = {"sessionId": session_id, "clientType": "webapp", "threadId": "", "userEnv": "{}", "chatProfile": ""}
    assert (await client.post(f"{SOCKET}&sid={sid}", content=f"40{json.dumps(auth)}")).text == "OK"
    return (await client.get(f"{SOCKET}&sid={sid}")).text


# Starting


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": "my app"}, r"`client_id` must be a GUID, for example '1+-.*, not 'my app'\."),
        ({"client_id": None}, r"`client_id` .*, not NoneType\."),
        ({"tenants": TENANT}, r"`tenants` must be a list of tenant GUIDs, or 'any-organization', for example \['1+-"),
        ({"tenants": []}, r"`tenants` .*, not \[\]\."),
        ({"tenants": ["common"]}, r"`tenants\[0\]` .*, not 'common'\."),
        ({"public_origin": "chat.example.com"}, r"`public_origin\[0\]` must be an https origin .*, for example 'http"),
        ({"public_origin": "http://chat.example.com"}, r"`public_origin\[0\]`"),
        ({"public_origin": "https://chat.example.com/chat"}, r"`public_origin\[0\]`"),
        ({"public_origin": "https://user:secret@chat.example.com"}, r"not '…chat.example.com'\."),
        ({"public_origin": "https://chat.example.com:443"}, r"`public_origin\[0\]`"),
        ({"public_origin": "*"}, r"`public_origin\[0\]`"),
        ({"public_origin": []}, r"`public_origin`"),
        ({"audiences": "api://mine"}, r"`audiences` must be a list of audiences, for example \['api://"),
        ({"audiences": [""]}, r"`audiences\[0\]`"),
        ({"scopes": []}, r"`scopes`"),
        ({"scopes": ["api://mine/access_as_user"]}, r"`scopes\[0\]` .*for example 'access_as_user'"),
        ({"clients": ["teams"]}, r"`clients\[0\]`"),
        ({"clients": []}, r"`clients`"),
        ({"authority": f"{PRODUCTION}/common"}, r"`authority` .*, for example 'https://login.microsoftonline.com'"),
        ({"authority": "http://login.example"}, r"`authority`"),
        ({"frame_ancestors": "https://a.example"}, r"`frame_ancestors`"),
        ({"frame_ancestors": ["https://a.example;script-src"]}, r"`frame_ancestors\[0\]`"),
        ({"frame_ancestors": ["https://a.example\r\nX: y"]}, r"`frame_ancestors\[0\]`"),
        ({"oauth_providers": [None]}, r"`oauth_providers\[0\]` .*'generic'.*, not NoneType"),
    ],
)
def test_a_wrong_argument_is_named_with_a_valid_example(entra: Entra, options: Changes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        start(entra, **options)


def test_the_star_of_chainlits_generated_settings_is_told_once_to_name_nobody(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chainlit.server.app", Starlette())
    for _ in range(2):
        start(entra)
    assert refusals(caplog).count('"*", which names nobody here') == 1 and warnings_in(caplog) == ""


def warnings_in(caplog: pytest.LogCaptureFixture) -> str:
    records = [each for each in caplog.records if each.name == "twodoor.chainlit" and each.levelno >= logging.WARNING]
    return "\n".join(each.getMessage() for each in records)


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("project.user_session_timeout", 1_296_000, "Sessions last 15.0 days, .* set user_session_timeout = 28800"),
        ("version", "2.13.0", "verified with Chainlit 2.9, 2.10, 2.11, 2.12, and this is 2.13.0"),
        ("version", "2.8.4", "this is 2.8.4"),
        ("samesite", "none", "CHAINLIT_COOKIE_SAMESITE=none .*: unset it"),
    ],
)
def test_a_risky_setting_is_a_warning_with_a_remedy(
    entra: Entra,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
    value: object,
    remedy: str,
) -> None:
    start(entra)
    assert warnings_in(caplog) == ""
    if setting == "version":
        monkeypatch.setattr(twodoor_chainlit, "chainlit_version", value)
    elif setting == "samesite":
        monkeypatch.setenv("CHAINLIT_COOKIE_SAMESITE", str(value))
    else:
        monkeypatch.setattr(config.project, setting.removeprefix("project."), value)
    start(entra)
    assert re.search(remedy.replace("[", r"\["), refusals(caplog))


APP = """
import chainlit as cl
from twodoor_chainlit import setup

auth = setup(client_id="{client}", tenants=["{tenant}"], public_origin="{origin}", authority="{authority}")

@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)

@cl.on_message
async def answer(message):
    pass
"""


def app_of(entra: Entra, **changes: str) -> str:
    return APP.format(**{"client": CLIENT, "tenant": TENANT, "origin": ORIGIN, "authority": entra.url, **changes})


async def test_a_reload_puts_the_newest_settings_in_place_and_nothing_twice(entra: Entra, tmp_path: Path) -> None:
    shutil.copy(HERE / "twodoor_chainlit.py", tmp_path)
    start(entra)
    registered = [each for each in app.user_middleware if "_Newest" in repr(each)]
    async with page() as client:
        for origin in (EVIL, ORIGIN, EVIL):
            (tmp_path / "app.py").write_text(app_of(entra, origin=origin))
            load_module(str(tmp_path / "app.py"), force_refresh=True)
            assert (await client.post("/logout")).status_code == (403 if origin == EVIL else 200)
        await client.post("/auth/header", headers={"Authorization": f"Bearer {entra.token()}", "Origin": EVIL})
    assert [each for each in app.user_middleware if "_Newest" in repr(each)] == registered
    assert len(registered) == 1
    assert entra.asked == [f"/{TENANT}/discovery/v2.0/keys"]


async def test_a_server_that_runs_already_gets_the_middleware_too(entra: Entra) -> None:
    auth = start(entra)
    late = Starlette(routes=[Route("/", lambda _: HTMLResponse("page"))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=late), base_url=ORIGIN) as client:
        assert "content-security-policy" not in (await client.get("/")).headers
        for _ in range(2):
            twodoor_chainlit._register(auth, late)
        assert len((await client.get("/")).headers.get_list("content-security-policy")) == 1


# Elsewhere than at the root, each in a process of its own: Chainlit's routes are fixed when it is imported.

PROBE = """
import json, os
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

{start}

def opens(headers):
    try:
        headers = {{"Upgrade": "websocket", **headers}}
        with client.websocket_connect("{base}/ws/socket.io/?EIO=4&transport=websocket", headers=headers):
            return True
    except WebSocketDisconnect:
        return False

client = TestClient(asgi, base_url="{origin}", headers={{"Origin": "{origin}"}})
evil = {{"Origin": "https://evil.example"}}
framed = {{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}}
headers = {{"Authorization": "Bearer " + os.environ["TOKEN"], "X-Twodoor-Context": "framed"}}
login = client.post("{base}/auth/header", json={{}}, headers=headers)
user = client.get("{base}/user")
polling = "{base}/ws/socket.io/?EIO=4&transport=polling"
print("RESULTS" + json.dumps({{
    "cookies": login.headers.get_list("set-cookie"),
    "login": [login.status_code, login.headers.get("x-twodoor-expires-in-ms"), login.headers.get("cache-control")],
    "user": [user.json().get("identifier"), user.headers.get("cache-control")],
    "framed by": client.get("{base}/").headers.get("content-security-policy", "")[:15],
    "logout from elsewhere": client.post("{base}/logout", headers=evil).status_code,
    "polling": [client.get(polling).status_code, client.get(polling, headers=evil).status_code],
    "socket": [opens({{}}), opens(evil)],
    "hybrid": client.post("{base}/auth/oauth/azure-ad-hybrid/callback", headers=evil).status_code,
    "read from elsewhere": [client.get("{base}" + path, headers=evil).status_code for path in ("/user", "/public/x")],
    "page in a frame": client.get("{base}/", headers={{**evil, **framed}}).status_code,
    "data in a frame": client.get("{base}/user", headers={{**evil, **framed}}).status_code,
}}))
"""

RUN = 'import os; from chainlit.config import config; config.run.root_path = os.environ.get("CHAINLIT_ROOT_PATH", "")\n'
RUN += 'from chainlit.config import load_module; from chainlit.server import app as asgi; load_module("app.py")'
MOUNT = 'from fastapi import FastAPI; from chainlit.utils import mount_chainlit; asgi = FastAPI(root_path="{}")\n'
MOUNT += 'mount_chainlit(asgi, "app.py", path="/chat")'
PLACES = {
    "chainlit run --root-path": (RUN, "/chat", {"CHAINLIT_ROOT_PATH": "/chat"}),
    "mount_chainlit": (MOUNT.format(""), "/chat", {}),
    "mount_chainlit in an app below a path": (MOUNT.format("/outer"), "/outer/chat", {}),
}


@pytest.mark.parametrize(("code", "base", "more"), PLACES.values(), ids=PLACES.keys())
def test_it_works_below_a_path(entra: Entra, tmp_path: Path, code: str, base: str, more: dict[str, str]) -> None:
    probe = PROBE.format(start=code, origin=ORIGIN, base=base)
    ended = in_a_folder(tmp_path, app_of(entra), ["-c", probe], TOKEN=entra.token(), **more)
    assert "RESULTS" in ended.stdout, ended.stdout + ended.stderr
    results = json.loads(ended.stdout.split("RESULTS")[1])
    removal, cookie = results.pop("cookies")
    assert "SameSite=lax" in removal and cookie.endswith(f"; Path=/; {PARTITIONED}")
    assert results == {
        "login": [200, str(EIGHT_HOURS_MS), "no-store"],
        "user": [IDENTIFIER, "no-store"],
        "framed by": "frame-ancestors",
        "logout from elsewhere": 403,
        "polling": [200, 403],
        "socket": [True, False],
        "hybrid": 403,
        "read from elsewhere": [403, 404],
        "page in a frame": 200,
        "data in a frame": 403,
    }


def in_a_folder(folder: Path, code: str, arguments: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    prepare(folder)
    (folder / "app.py").write_text(code)
    command = [sys.executable, *arguments]
    variables = environment(folder, **more)
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120)


def prepare(folder: Path) -> None:
    shutil.copy(HERE / "twodoor_chainlit.py", folder)
    shutil.copytree(HERE / ".chainlit", folder / ".chainlit", ignore=shutil.ignore_patterns("translations"))


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "CHAINLIT_APP_ROOT": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **more}


# The example itself


def test_the_example_runs_and_lets_people_in(entra: Entra, tmp_path: Path) -> None:
    settings = {"ENTRA_CLIENT_ID": CLIENT, "ENTRA_TENANT_ID": TENANT, "ENTRA_AUTHORITY": entra.url}
    with running_example(tmp_path, **settings) as base:
        headers = {"Authorization": f"Bearer {entra.token()}", "Origin": base}
        with httpx.Client(base_url=base) as client:
            assert client.post("/auth/header", json={}, headers=headers).status_code == 200
            assert client.get("/user").json()["identifier"] == IDENTIFIER
            assert client.get("/auth/config").json()["oauthProviders"] == []
            assert 'src="/public/twodoor.chainlit.js" defer data-client-id=' in client.get("/").text


def test_the_example_offers_chainlits_oauth_where_it_is_configured(entra: Entra, tmp_path: Path) -> None:
    settings = {"ENTRA_CLIENT_ID": CLIENT, "ENTRA_TENANT_ID": TENANT, "ENTRA_AUTHORITY": entra.url}
    settings |= {f"OAUTH_AZURE_AD_{name}": TENANT for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID")}
    with running_example(tmp_path, OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT="true", **settings) as base:
        assert httpx.get(f"{base}/auth/config").json()["oauthProviders"] == ["azure-ad"]


def test_the_variables_of_chainlit_decide_which_tenant_signs(entra: Entra, tmp_path: Path) -> None:
    code = app_of(entra) + f'\nprint("USER", auth.oauth_user("azure-ad", {ME!r}))'
    variables = {f"OAUTH_AZURE_AD_{name}": TENANT for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID")}
    (tmp_path / "common").mkdir()
    (tmp_path / "single").mkdir()
    common = in_a_folder(tmp_path / "common", code, ["app.py"], **variables)
    single = in_a_folder(tmp_path / "single", code, ["app.py"], **variables, OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT="true")
    assert "USER None" in common.stdout and "OAUTH_AZURE_AD_ENABLE_SINGLE_TENANT=true" in common.stdout + common.stderr
    assert IDENTIFIER in single.stdout


@contextmanager
def running_example(folder: Path, **more: str) -> Iterator[str]:
    """The app.py of this folder, run as people run it, until it has said where it is."""
    prepare(folder)
    shutil.copy(HERE / "app.py", folder)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "chainlit", "run", "app.py", "--headless", "--port", str(port)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, cwd=folder, env=environment(folder, **more), **streams)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Your app is available" in line:
                break
        else:
            pytest.fail(said)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


UVICORN = "/usr/lib/python3/site-packages/uvicorn/__main__.py"


@pytest.mark.parametrize(
    ("argv", "concurrency", "is_child", "is_told"),
    [
        ([UVICORN, "main:app", "--workers", "2"], None, True, True),
        ([UVICORN, "main:app", "--workers=4"], None, True, True),
        ([UVICORN, "main:app"], "2", True, True),
        (["/usr/bin/gunicorn", "main:app", "-w", "3"], None, False, True),
        (["/usr/bin/gunicorn", "main:app"], "2", False, True),
        ([UVICORN, "main:app", "--workers", "1"], "2", True, False),
        ([UVICORN, "main:app", "--reload"], None, True, False),
        (["/usr/bin/gunicorn", "main:app"], None, False, False),
        (["/usr/bin/chainlit", "run", "app.py", "-w"], "4", False, False),
    ],
)
def test_several_workers_are_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    argv: list[str],
    concurrency: str | None,
    is_child: bool,
    is_told: bool,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(twodoor_chainlit, "parent_process", lambda: object() if is_child else None)
    monkeypatch.setenv("WEB_CONCURRENCY", concurrency or "")
    twodoor_chainlit._check_chainlit(is_first=False)
    assert ("several workers" in refusals(caplog)) == is_told
    assert ('transports = ["websocket"]' in refusals(caplog) and "sticky sessions" in refusals(caplog)) == is_told


def test_several_workers_without_polling_are_right(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gunicorn", "main:app", "-w", "3"])
    monkeypatch.setattr(config.project, "transports", ["websocket"])
    twodoor_chainlit._check_chainlit(is_first=False)
    assert "workers" not in refusals(caplog)
