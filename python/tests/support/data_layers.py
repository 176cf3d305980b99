"""Chainlit's own data layers for SQL, unmodified, on databases of the tests' own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

from chainlit.types import Pagination, ThreadFilter
from chainlit.user import User

if TYPE_CHECKING:
    from chainlit.data.base import BaseDataLayer

T = TypeVar("T")
Kind = Literal["SQLAlchemyDataLayer", "ChainlitDataLayer"]

# What docs.chainlit.io tells people to create, as far as users and threads are concerned.
_STEPS = 'CREATE TABLE steps ("id" {id} PRIMARY KEY, "name" TEXT, "type" TEXT, "threadId" {id}, "parentId" {id}, \
"streaming" BOOLEAN, "waitForAnswer" BOOLEAN, "isError" BOOLEAN, "metadata" {json}, "tags" {list}, "input" TEXT, \
"output" TEXT, "createdAt" TEXT, "start" TEXT, "end" TEXT, "generation" {json}, "showInput" TEXT, "language" TEXT)'
_ELEMENTS = (
    'CREATE TABLE elements ("id" {id} PRIMARY KEY, "threadId" {id}, "type" TEXT, "url" TEXT, "chainlitKey" TEXT, \
"name" TEXT, "display" TEXT, "objectKey" TEXT, "size" TEXT, "page" INT, "language" TEXT, "forId" {id}, "mime" TEXT, \
"props" {json})'
)
_SQLALCHEMY = [
    'CREATE TABLE users ("id" {id} PRIMARY KEY, "identifier" TEXT NOT NULL UNIQUE, "metadata" {json} NOT NULL, \
"createdAt" TEXT)',
    'CREATE TABLE threads ("id" {id} PRIMARY KEY, "createdAt" TEXT, "name" TEXT, "userId" {id} REFERENCES users("id") \
ON DELETE CASCADE, "userIdentifier" TEXT, "tags" {list}, "metadata" {json})',
    _STEPS,
    _ELEMENTS,
    'CREATE TABLE feedbacks ("id" {id} PRIMARY KEY, "forId" {id}, "threadId" {id}, "value" INT, "comment" TEXT)',
]
_CHAINLIT = [
    'CREATE TABLE "User" ("id" TEXT PRIMARY KEY, "createdAt" TIMESTAMP NOT NULL, "updatedAt" TIMESTAMP NOT NULL, \
"metadata" JSONB NOT NULL, "identifier" TEXT NOT NULL UNIQUE)',
    'CREATE TABLE "Thread" ("id" TEXT PRIMARY KEY, "createdAt" TIMESTAMP DEFAULT now(), "updatedAt" TIMESTAMP DEFAULT \
now(), "deletedAt" TIMESTAMP, "name" TEXT, "metadata" JSONB, "tags" TEXT[], "userId" TEXT REFERENCES "User"("id") \
ON DELETE SET NULL ON UPDATE CASCADE)',
    'CREATE TABLE "Step" ("id" TEXT PRIMARY KEY, "threadId" TEXT, "startTime" TIMESTAMP)',
]
_POSTGRESQL = {"id": "UUID", "json": "JSONB", "list": "TEXT[]"}
_SQLITE = {"id": "TEXT", "json": "TEXT", "list": "TEXT"}


@dataclass(frozen=True)
class Store:
    """A database, and the layer of Chainlit that an app has on it."""

    kind: Kind
    url: str
    """As the app has it."""

    def create(self) -> None:
        statements = _CHAINLIT if self.kind == "ChainlitDataLayer" else _SQLALCHEMY
        types = _SQLITE if self.is_sqlite else _POSTGRESQL
        self.execute(*(each.format_map(types) for each in statements))

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """What the last one finds."""
        if self.is_sqlite:
            with sqlite3.connect(self.url.partition(":///")[2]) as connection:
                return [connection.execute(each).fetchall() for each in statements][-1]
        return asyncio.run(_in_postgresql(self.url.replace("+asyncpg", ""), statements))

    def ask(self, question: Callable[[BaseDataLayer], Awaitable[T]]) -> T:
        async def ask() -> T:
            layer = self._layer()
            try:
                return await question(layer)
            finally:
                await layer.close()

        return asyncio.run(ask())

    def _layer(self) -> BaseDataLayer:
        if self.kind == "ChainlitDataLayer":
            from chainlit.data.chainlit_data_layer import ChainlitDataLayer

            return ChainlitDataLayer(self.url)
        from chainlit.data.sql_alchemy import SQLAlchemyDataLayer

        return SQLAlchemyDataLayer(self.url)

    def sign_in(self, identifier: str) -> str:
        """As a login does it. The id of the user."""
        user = self.ask(lambda layer: layer.create_user(User(identifier=identifier)))
        assert user is not None
        return user.id

    def begin_thread(self, identifier: str) -> str:
        """The id of the thread."""
        user_id, thread_id = self.sign_in(identifier), str(uuid4())
        self.ask(lambda layer: layer.update_thread(thread_id, name="a thread", user_id=user_id))
        return thread_id

    def threads_of(self, identifier: str) -> set[str]:
        """As Chainlit shows them beside the chat to that user, who may open each of them."""

        async def listed(layer: BaseDataLayer) -> set[str]:
            user = await layer.get_user(identifier)
            if user is None:
                return set()
            page = await layer.list_threads(Pagination(first=50), ThreadFilter(userId=user.id))
            for thread in page.data:
                assert await layer.get_thread_author(thread["id"]) == identifier
            return {thread["id"] for thread in page.data}

        return self.ask(listed)

    def identifiers(self) -> set[str]:
        table = '"User"' if self.kind == "ChainlitDataLayer" else "users"
        return {identifier for (identifier,) in self.execute(f"SELECT identifier FROM {table}")}


async def _in_postgresql(url: str, statements: tuple[str, ...]) -> list[tuple[Any, ...]]:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in [await connection.fetch(each) for each in statements][-1]]
    finally:
        await connection.close()
