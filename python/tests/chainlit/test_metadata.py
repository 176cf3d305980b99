"""What the app has noted of a user at the sign-in, in the callbacks of a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import chainlit.auth
import chainlit.server
import pytest
from chainlit.auth import create_jwt, get_current_user
from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.session import WebsocketSession
from chainlit.user import User
from chat import IDENTIFIER, METADATA, headers_with, open_session, run_in, session_of, start
from data_layers import Store
from entra import TENANT, Entra

from twodoor import Identity
from twodoor.chainlit import Auth

pytestmark = pytest.mark.anyio


async def nowhere(*_: object) -> None: ...


def note_roles(identity: Identity) -> dict[str, Any]:
    return {"roles": list(identity.roles)}


async def in_a_callback(auth: Auth, session: WebsocketSession) -> object:
    async def ask() -> object:
        return auth.metadata()

    return await run_in(session, ask())


@pytest.fixture
async def shared_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SQLAlchemyDataLayer]:
    """Of several apps, in which another one has noted that the user is an administrator, there."""
    store = Store("SQLAlchemyDataLayer", f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}")
    store.create()
    layer = SQLAlchemyDataLayer(store.url)
    monkeypatch.setattr(chainlit.auth, "get_data_layer", lambda: layer)
    await layer.create_user(User(identifier=IDENTIFIER, metadata={"roles": ["Admin"], "client": TENANT}))
    yield layer
    await layer.close()


async def test_a_callback_sees_what_the_app_noted_and_not_what_the_database_has(
    entra: Entra, shared_database: SQLAlchemyDataLayer
) -> None:
    auth = start(entra, user=note_roles)
    user = await auth.user(headers_with(entra.token({"roles": ["Chat.User"]})))
    assert user is not None
    session = open_session(nowhere, nowhere, user)
    session.user = await get_current_user(session.token)
    assert session.user is not None and session.user.metadata["roles"] == ["Admin"]
    assert await in_a_callback(auth, session) == {"roles": ["Chat.User"]}


async def test_it_is_that_of_the_last_sign_in(entra: Entra) -> None:
    auth = start(entra, user=note_roles)
    session = open_session(nowhere, nowhere, await auth.user(headers_with(entra.token({"roles": ["Chat.User"]}))))
    assert session.token is not None
    later = await session_of(entra, {"roles": ["Chat.Guest"]})
    chainlit.server.app.state.twodoor.sockets.renew(session.token, later)
    assert await in_a_callback(auth, session) == {"roles": ["Chat.Guest"]}


@pytest.mark.parametrize("metadata", [{"roles": ["Admin"]}, {**METADATA, "client": TENANT, "roles": ["Admin"]}])
async def test_who_did_not_sign_in_here_has_none(entra: Entra, metadata: dict[str, Any]) -> None:
    auth = start(entra, user=note_roles)
    session = open_session(nowhere, nowhere, User(identifier=IDENTIFIER, metadata=metadata))
    assert await in_a_callback(auth, session) == {}


async def test_a_socket_of_another_user_changes_nothing(entra: Entra) -> None:
    auth = start(entra, user=note_roles)
    session = open_session(nowhere, nowhere, await auth.user(headers_with(entra.token({"roles": ["Chat.User"]}))))
    other = User(identifier=f"{IDENTIFIER[:-1]}2", metadata={**METADATA, "roles": ["Admin"]})
    session.environ = {"HTTP_COOKIE": f"access_token={create_jwt(other)}"}
    assert await in_a_callback(auth, session) == {}
