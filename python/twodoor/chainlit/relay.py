"""How a token of the page comes to the worker that has asked for it.

The page posts it to `/auth/header`, as at a sign-in, and any worker may get that request. So the one that gets it
checks the token and answers with it encrypted, by a key that all workers derive from CHAINLIT_AUTH_SECRET; the page
hands that on to the worker that has asked, through Chainlit's socket. Neither the page nor its scripts can open it, and
it is good for one question.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import Final

from chainlit.auth.jwt import get_jwt_secret
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

QUESTION_HEADER: Final = b"x-twodoor-question"
_LIFETIME_S: Final = 60
"""From one worker by way of the page to another."""
_KEY_PURPOSE: Final = b"twodoor.chainlit relay 1"

_question = re.compile(r"[\w-]{22}", re.ASCII)


def new_question() -> str:
    """The name of a question to a page: random, and used once."""
    return secrets.token_urlsafe(16)


def is_question(value: str) -> bool:
    return _question.fullmatch(value) is not None


def sealed(token: str, question: str) -> str:
    text = json.dumps({"question": question, "token": token})
    return _fernet().encrypt(text.encode()).decode()


def opened(text: object, question: str) -> str | None:
    """The token that answers this question. `None` for anything else."""
    if not isinstance(text, str):
        return None
    try:
        content = json.loads(_fernet().decrypt(text, ttl=_LIFETIME_S))
    except (InvalidToken, ValueError):
        return None
    if not secrets.compare_digest(content["question"], question):
        return None
    token: str = content["token"]
    return token


def _fernet() -> Fernet:
    """Derived each time, as Chainlit reads its secret each time."""
    secret = get_jwt_secret() or ""
    if not secret:
        raise RuntimeError("CHAINLIT_AUTH_SECRET is not set.")
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_KEY_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
