"""What is no token, or can be read in two ways."""

from __future__ import annotations

import base64
import json
import re

import jwt
import pytest
from chat import exchange, headers_with, refusals, start
from cryptography.hazmat.primitives import hashes
from entra import KEY, OBJECT, Changes, Entra, encoded

from twodoor.tokens import TokenRefusedError

pytestmark = pytest.mark.anyio

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


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
async def test_a_number_that_json_does_not_have_is_refused(
    entra: Entra, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    start(entra)
    assert (await exchange(entra.token({"exp": float(number)}))).status_code == 401
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
    verifier = start(entra)._entrance._verifier
    with pytest.raises(TokenRefusedError, match="not a text"):
        await verifier.verify(token)
