"""A connection by the URL that the app has, for one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from .mistake import MigrationMistake

T = TypeVar("T")
Work = Callable[[Connection], T]

_EXAMPLE: Final = "sqlite:///chat.db or postgresql://user@host/database"


class Database:
    """Raises MigrationMistake if nobody knows the URL, which may hold a password: no error repeats it."""

    def __init__(self, url: str) -> None:
        try:
            self._url = make_url(url)
        except Exception:
            raise MigrationMistake(f"The URL of the database cannot be read; it must be like {_EXAMPLE}.") from None
        self._given = url
        if self._url.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
            raise MigrationMistake(f"The URL of the database must be like {_EXAMPLE}.")

    @property
    def place(self) -> str:
        """For people, without user and password."""
        database = self._url.database or ""
        return f"{database} at {self._url.host}" if self._url.host else database

    def in_one_transaction(self, work: Work[T], *, writes: bool) -> T:
        """Commits if `writes`, else takes everything back.

        Raises MigrationMistake if the database is not there or refuses.
        """
        try:
            if self._url.get_backend_name() == "sqlite":
                return _in_sqlite(self._url, work, writes=writes)
            return asyncio.run(_in_postgresql(self._engine(), work, writes=writes))
        except MigrationMistake:
            raise
        except ModuleNotFoundError as missing:
            raise MigrationMistake(f'{missing.name} is not there: pip install "twodoor[migrate]"') from None
        except Exception as error:
            raise MigrationMistake(f"The database {self.place} refused: {self._reason_of(error)}.") from None

    def _engine(self) -> AsyncEngine:
        if "+" in self._url.drivername:
            return create_async_engine(self._url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
        import asyncpg  # type: ignore[import-untyped]  # it has no types

        async def connect() -> Any:
            return await asyncpg.connect(self._given)  # which reads it as Chainlit's own layer does

        return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)

    def _reason_of(self, error: Exception) -> str:
        """What the server said, or the kind of error: drivers repeat parts of a URL that they cannot read."""
        said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        is_of_server = isinstance(error, (DBAPIError, OSError)) or hasattr(said, "sqlstate")
        lines = str(said).rpartition(">: ")[2].splitlines() if is_of_server else []
        reason = (lines[0] if lines else type(said).__name__).rstrip(".")
        password = str(self._url.password or "")
        return reason.replace(password, "***") if password else reason


def _in_sqlite(url: URL, work: Work[T], *, writes: bool) -> T:
    path = Path(url.database or "")
    if not path.is_file():  # sqlite would make one
        raise MigrationMistake(f"There is no file {str(path)!r}.")
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        if writes:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        return _worked(connection, work, writes=writes)


async def _in_postgresql(engine: AsyncEngine, work: Work[T], *, writes: bool) -> T:
    async with engine.connect() as connection:
        return await connection.run_sync(lambda each: _worked(each, work, writes=writes))


def _worked(connection: Connection, work: Work[T], *, writes: bool) -> T:
    result = work(connection)
    connection.commit() if writes else connection.rollback()
    return result
