"""The cases of tokens.json against the Python half, as test/unit/conformance/tokens.test.ts has them for TypeScript."""

from __future__ import annotations

import base64
import json
import re
from functools import cache, partial
from pathlib import Path
from time import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from half import verifier

FOLDER = Path(__file__).parent.parent
FILE = json.loads((FOLDER / "tokens.json").read_text("utf-8"))
KEYS = json.loads((FOLDER / "keys.json").read_text("utf-8"))
OPTIONS = {"clientId": "client_id", "origins": "public_origin"}
"""The names that differ in Python."""
DEFAULT_AUTHORITY = "https://login.microsoftonline.com"

BEHIND: dict[str, str] = {}
"""By number, why the Python half still fails a case. Strict: whoever mends it takes it out here."""

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def token_of(case: dict[str, Any]) -> object:
    token = case["token"]
    if "finished" in token:
        return token["finished"]
    recipe = token["recipe"]
    header, claims = (encoded(filled_in(recipe[name]).encode()) for name in ("header", "claims"))
    signature = encoded(signed(f"{header}.{claims}".encode(), recipe["key"]))
    return recipe.get("form", "{header}.{claims}.{signature}").format(
        header=header, claims=claims, signature=signature
    )


def filled_in(text: str) -> str:
    now = int(time())
    text = re.sub(r'"<now([+-]\d+)>"', lambda match: str(now + int(match[1])), text)
    return re.sub(r"<(.)\*(\d+)>", lambda match: match[1] * int(match[2]), text)


@cache
def private_key(name: str) -> Any:
    return jwt.algorithms.RSAAlgorithm(hashes.SHA256).from_jwk(json.dumps(KEYS[name]))


def signed(text: bytes, key: str) -> bytes:
    return bytes(private_key(key).sign(text, padding.PKCS1v15(), hashes.SHA256()))


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def parameter_of(case: dict[str, Any]) -> Any:
    number = case["number"]
    marks = [pytest.mark.xfail(reason=BEHIND[number], strict=True)] if number in BEHIND else []
    return pytest.param(case, id=f"{number}: {case['sentence']}", marks=marks)


@pytest.mark.parametrize("case", map(parameter_of, FILE["cases"]))
async def test_token(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        keys = case.get("keys", FILE["keys"])
        if str(request.url) == keys.get("location"):
            return httpx.Response(200, content=FILE["keys"]["body"].encode())
        headers = {"location": keys["location"]} if "location" in keys else {}
        return httpx.Response(keys["status"], headers=headers, content=keys["body"].encode())

    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=httpx.MockTransport(answer)))
    options = {**FILE["verifier"], **case.get("verifier", {})}
    verify = verifier(**{OPTIONS.get(name, name): value for name, value in options.items()})
    try:
        result = f"accepted {await verify(token_of(case))}"
    except Exception as error:
        result = getattr(error, "code", None) or repr(error)
    accepted = f"accepted {case.get('identity', FILE['identity'])}"
    assert result == (accepted if case["expected"] == "accepted" else case["expected"])
    authority = re.escape(options.get("authority", DEFAULT_AUTHORITY))
    for url in asked:
        assert re.fullmatch(rf"{authority}/([a-f\d-]+|organizations)/discovery/v2\.0/keys", url)
