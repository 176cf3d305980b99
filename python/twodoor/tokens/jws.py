"""The token as a text: a JWT that can be read in one way only, signed with RS256 (RFC 7515, RFC 8725)."""

from __future__ import annotations

import base64
import json
import re
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .identity import Claims
from .refusal import TokenRefusedError

LONGEST_TOKEN: Final = 16_384
"""Headers of servers and proxies hold less than this anyway."""

WHERE_TO_CORRECT: Final = "correct the scope that the page asks for (`data-scope` in Chainlit)"
WHICH_TO_SEND: Final = f"It must be for a scope of this app, and only Graph checks Graph's tokens: {WHERE_TO_CORRECT}."

_MAX_DEPTH: Final = 100
"""So deep may objects and lists be in one another."""

_form = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_type = re.compile(r"(?:at\+)?jwt", re.IGNORECASE | re.ASCII)
_signatures = jwt.PyJWS(algorithms=["RS256"])


def check_form(token: object) -> str:
    if token is None or token == "":
        raise TokenRefusedError("token_missing", "There is no token.")
    if not isinstance(token, str):
        raise TokenRefusedError("token_malformed", "The token is not a text.")
    if len(token) > LONGEST_TOKEN:
        raise TokenRefusedError("token_malformed", "The token is longer than 16 KB.")
    if not _form.fullmatch(token):
        raise TokenRefusedError("token_malformed", f"The token is not a signed JWT. {WHICH_TO_SEND}")
    return token


def check_spelling(token: str) -> None:
    """The last letter of base64url can have bits that decode to nothing: then one token has several spellings."""
    for part in token.split("."):
        try:
            is_canonical = base64.urlsafe_b64encode(_decoded(part)).rstrip(b"=") == part.encode()
        except ValueError:
            is_canonical = False
        if not is_canonical:
            raise TokenRefusedError("token_malformed", "A part of the token is not base64url as RFC 7515 spells it.")


def check_header(token: str) -> str:
    """The ID of the key that is said to have signed."""
    header = read_header(token)
    if header.get("alg") != "RS256":
        raise TokenRefusedError("token_invalid", "`alg` is not RS256.")
    if "crit" in header or "b64" in header:
        raise TokenRefusedError("token_invalid", "The header has critical extensions.")
    if "typ" in header and not _type.fullmatch(str(header["typ"])):
        raise TokenRefusedError("token_invalid", "`typ` is not JWT.")
    kid = header.get("kid")
    if not isinstance(kid, str) or kid == "":
        raise TokenRefusedError("token_invalid", "The header names no key.")
    return kid


def check_signature(token: str, key: RSAPublicKey) -> None:
    try:
        _signatures.decode(token, key, algorithms=["RS256"])
    except Exception:  # whatever the library makes of it, it is not signed by that key
        raise TokenRefusedError("token_invalid", f"The signature is wrong. {WHICH_TO_SEND}") from None


def read_header(token: str) -> Claims:
    return _read_part(token, 0, "header")


def read_claims(token: str) -> Claims:
    """Not checked yet: anybody can have written them."""
    return _read_part(token, 1, "claims")


def _read_part(token: str, index: int, name: str) -> Claims:
    try:
        text = _decoded(token.split(".")[index]).decode()
        decoded: object = json.loads(text, object_pairs_hook=_object_of, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, IndexError):
        decoded = None
    if not isinstance(decoded, dict) or _is_too_deep(decoded):
        raise TokenRefusedError("token_malformed", f"The {name} of the token cannot be read as one JSON object.")
    return decoded


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a key that is there twice one reader takes the first and another the last (RFC 8259 §4): nobody knows."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice")
    return made


def _refuse_constant(name: str) -> object:
    """NaN and Infinity, which Python takes, are no JSON (RFC 8259 §6)."""
    raise ValueError(name)


def _is_too_deep(value: object) -> bool:
    """Where a parser that calls itself ends depends on the version of Python. The same depth as in TypeScript."""
    level: list[object] = [value]
    for _ in range(_MAX_DEPTH):
        inside = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [member for members in inside for member in members]
    return any(isinstance(each, (dict, list)) for each in level)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
