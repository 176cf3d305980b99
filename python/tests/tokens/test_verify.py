"""Which tokens are taken, and whom they speak of."""

from __future__ import annotations

import hashlib
import hmac
import json
from time import time

import pytest
from chat import IDENTIFIER, METADATA, ORIGIN, exchange, headers_with, page, refusals, start
from cryptography.hazmat.primitives import serialization
from entra import (
    CLIENT,
    KEY,
    OBJECT,
    OTHER_KEY,
    OTHER_TENANT,
    PRODUCTION,
    TEAMS_WEB,
    TENANT,
    Changes,
    Entra,
    encoded,
    jwk_of,
)

from twodoor.chainlit import setup
from twodoor.tokens import MICROSOFT_CLIENTS

pytestmark = pytest.mark.anyio


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

    monkeypatch.setattr("twodoor.tokens.keys.download", download)
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


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(
    "changes", [{"tid": OTHER_TENANT}, {"aud": "another"}, {"scp": "User.Read"}, {"appid": "x", "azp": "x"}]
)
async def test_both_versions_are_held_to_the_same_rules(entra: Entra, changes: Changes, version: str) -> None:
    auth = start(entra)
    assert await auth.user(headers_with(entra.token(version=version)))
    assert not await auth.user(headers_with(entra.token(changes, version=version)))


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


@pytest.mark.parametrize(
    ("claim", "seconds", "is_let_in"),
    [("exp", -59, True), ("exp", -60, False), ("nbf", 60, True), ("nbf", 61, False)],
)
async def test_the_clocks_may_differ_by_a_minute(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, claim: str, seconds: int, is_let_in: bool
) -> None:
    now = int(time())
    monkeypatch.setattr("twodoor.tokens.claims.time", lambda: now)
    auth = start(entra)
    token = entra.token({"nbf": now, claim: now + seconds})
    assert bool(await auth.user(headers_with(token))) is is_let_in


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
