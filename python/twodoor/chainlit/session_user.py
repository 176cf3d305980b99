"""Whom a session of Chainlit is of.

Its `user` alone does not say it: a data layer puts there what it has stored, which any way of signing in can have made,
and Chainlit before 2.10.1 hands a session to whoever knows its name. So what Chainlit has signed at the sign-in counts:
that of the session, and that of the socket that it has now.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import jwt
from chainlit.auth import get_token_from_cookies
from chainlit.auth.jwt import get_jwt_secret
from chainlit.session import BaseSession, WebsocketSession
from starlette.requests import cookie_parser

from ..guids import GUID
from .admission import OWN_METADATA

_log: Final = logging.getLogger("twodoor.chainlit")

_TAKEN_OVER: Final = "A session gets no tokens on behalf of its user: it was opened again by a socket of another user."

_key = re.compile(rf"entra:({GUID}):({GUID})")


@dataclass(frozen=True)
class SessionUser:
    """For `OnBehalfOf`."""

    key: str
    tenant_id: str
    object_id: str


def user_of_session(session: BaseSession, client_id: str) -> SessionUser | None:
    """`None` for whoever did not sign in by twodoor with this client ID."""
    key = signed_key(session.token, client_id)
    if key is None or session.user is None or session.user.identifier != key:
        return None
    if isinstance(session, WebsocketSession) and signed_key(_session_of_socket(session), client_id) != key:
        _log.warning(_TAKEN_OVER)
        return None
    return user_named(key)


def user_named(key: str) -> SessionUser | None:
    found = _key.fullmatch(key)
    return None if found is None else SessionUser(key, *found.groups())


def _session_of_socket(session: WebsocketSession) -> str | None:
    """As Chainlit has read it when the socket was opened."""
    return get_token_from_cookies(cookie_parser(session.environ.get("HTTP_COOKIE", "")))


def signed_key(signed: str | None, client_id: str) -> str | None:
    """The `identifier` in what Chainlit has signed for twodoor. It may have expired: a conversation may outlast it."""
    try:
        user = _signed_claims(signed)
        identifier, metadata = user["identifier"], user["metadata"]
        is_own = (metadata["provider"], metadata["client"]) == ("entra", client_id)
    except Exception:  # whatever it is, it is no session
        return None
    return identifier if is_own and isinstance(identifier, str) else None


def metadata_of_session(session: BaseSession, later: Iterable[str], client_id: str) -> dict[str, Any]:
    """What the app has noted at the last sign-in.

    later: what has replaced the session of Chainlit's in its browser, the last first.
    """
    user = user_of_session(session, client_id)
    if user is None:
        return {}
    of_socket = [_session_of_socket(session)] if isinstance(session, WebsocketSession) else []
    known = (*later, *of_socket, session.token)  # of two within one second the first counts
    own = [_signed_claims(each) for each in known if signed_key(each, client_id) == user.key]
    last = max(own, key=lambda claims: float(claims["iat"]), default=None)
    return {} if last is None else {name: each for name, each in last["metadata"].items() if name not in OWN_METADATA}


def signed_end(signed: str | None) -> float | None:
    """When a session of Chainlit's ends, whoever has signed in there, in Unix time. `None`: it is none."""
    try:
        return float(_signed_claims(signed)["exp"])
    except Exception:  # as above
        return None


def _signed_claims(signed: str | None) -> dict[str, Any]:
    secret = get_jwt_secret()
    if not signed or not secret:
        raise ValueError("There is no session.")
    return jwt.decode(signed, secret, algorithms=["HS256"], options={"verify_exp": False})
