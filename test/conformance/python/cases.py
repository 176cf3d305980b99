"""Reads tokens.json as anybody else would, and makes the tokens: with nothing of what generates it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from time import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from half import Verify, verifier

FOLDER = Path(__file__).parent.parent
FILE = json.loads((FOLDER / "tokens.json").read_text("utf-8"))
KEYS = json.loads((FOLDER / "keys.json").read_text("utf-8"))
_NAMES = {"clientId": "client_id", "origins": "public_origin"}
"""Of options that have another name in Python."""


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    return {**FILE["verifier"], **case.get("verifier", {})}


@contextmanager
def verify_of(case: dict[str, Any]) -> Iterator[tuple[Verify, list[str]]]:
    """The verifier of a case, and what it asks of the authority."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        keys = case.get("keys", FILE["keys"])
        if str(request.url) == keys.get("location"):
            return httpx.Response(200, content=FILE["keys"]["body"].encode())
        headers = {"location": keys["location"]} if "location" in keys else {}
        return httpx.Response(keys["status"], headers=headers, content=keys["body"].encode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=httpx.MockTransport(answer)))
        options = {_NAMES.get(name, name): value for name, value in options_of(case).items()}
        yield verifier(**options, caller=case.get("caller", False)), asked


def token_of(case: dict[str, Any]) -> object:
    token = case["token"]
    if "finished" in token:
        return token["finished"]
    recipe = token["recipe"]
    header, claims = (encoded(filled_in(recipe[name]).encode()) for name in ("header", "claims"))
    signature = encoded(signed(f"{header}.{claims}".encode(), recipe["key"]))
    return recipe.get("form", "{header}.{claims}.{signature}").format(header=header, claims=claims, signature=signature)


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
