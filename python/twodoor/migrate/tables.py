"""The tables of Chainlit's two data layers for SQL: what is read of them and written to them.

Sources: docs.chainlit.io, "SQLAlchemy Data Layer"; chainlit/data/sql_alchemy.py and
chainlit/data/chainlit_data_layer.py of 2.9 to 2.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnClause, Connection, and_, column, delete, func, inspect, or_, select, table, update
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint

from .mistake import MigrationMistake
from .plan import Merge, Plan, Rename, StoredUser


@dataclass(frozen=True)
class Layout:
    users: str
    threads: str
    author: str | None
    """The column of a thread that repeats the identifier of its user, and decides who may open it."""

    @property
    def needed(self) -> dict[str, set[str]]:
        threads = {"id", "userId", *([self.author] if self.author else [])}
        return {self.users: {"id", "identifier", "createdAt"}, self.threads: threads}


_LAYOUTS: Final = (
    Layout("users", "threads", "userIdentifier"),  # SQLAlchemyDataLayer
    Layout("User", "Thread", None),  # ChainlitDataLayer
)


class Tables:
    """Of one layout, in a transaction."""

    def __init__(self, connection: Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._users = table(layout.users, column("id"), column("identifier"), column("createdAt"))
        columns: list[ColumnClause[Any]] = [column(name) for name in ("userId", layout.author) if name]
        self._threads = table(layout.threads, *columns)

    def read(self, *, locks: bool) -> list[StoredUser]:
        """locks: whether nobody may begin a thread of a user until the end of the transaction: it would go with the
        user who is removed. SQLite locks all of the file anyway."""
        users, threads = self._users.c, self._threads.c
        counts = select(threads.userId, func.count()).group_by(threads.userId)
        numbers = {row[0]: row[1] for row in self._connection.execute(counts)}
        own = select(users.id, users.identifier, users.createdAt)
        rows = self._connection.execute(own.with_for_update() if locks else own)
        return [StoredUser(id, identifier, str(at or ""), numbers.get(id, 0)) for id, identifier, at in rows]

    def write(self, plan: Plan) -> None:
        """Raises MigrationMistake if a user who is to be removed has more than threads."""
        if plan.merges:
            self._expect_no_other_references()
        for rename in plan.renames:
            self._rename(rename)
        for merge in plan.merges:
            self._merge(merge)

    def _rename(self, rename: Rename) -> None:
        statement = update(self._users).where(self._users.c.id == rename.user.id).values(identifier=rename.key)
        self._connection.execute(statement)
        self._give_threads(rename.user, rename.user.id, rename.key)

    def _merge(self, merge: Merge) -> None:
        self._give_threads(merge.user, merge.into.id, merge.key)
        self._connection.execute(delete(self._users).where(self._users.c.id == merge.user.id))

    def _give_threads(self, user: StoredUser, new_id: object, key: str) -> None:
        threads, author = self._threads.c, self._layout.author
        values: dict[str, object] = {"userId": new_id}
        own = threads.userId == user.id
        if author is not None:
            values[author] = key
            own = or_(own, and_(threads.userId.is_(None), threads[author] == user.identifier))
        self._connection.execute(update(self._threads).where(own).values(values))

    def _expect_no_other_references(self) -> None:
        """A table of the app's own could lose lines with the user, in whatever schema it is."""
        inspector = inspect(self._connection)
        own_schema = inspector.default_schema_name
        for schema in inspector.get_schema_names():
            for name in inspector.get_table_names(schema=schema):
                is_own = (schema, name) == (own_schema, self._layout.threads)
                if not is_own and self._is_referred_to_in(inspector.get_foreign_keys(name, schema=schema), own_schema):
                    shown = name if schema == own_schema else f"{schema}.{name}"
                    raise MigrationMistake(
                        f"Nobody is merged, because the table {shown!r} refers to {self._layout.users!r} too."
                    )

    def _is_referred_to_in(self, keys: Sequence[ReflectedForeignKeyConstraint], own_schema: str | None) -> bool:
        """PostgreSQL leaves out the schema of a table that is found without."""
        users = [(schema, self._layout.users) for schema in (None, own_schema)]
        return any((each["referred_schema"], each["referred_table"]) in users for each in keys)


def tables_in(connection: Connection) -> Sequence[Tables]:
    """Raises MigrationMistake if there are none of Chainlit's."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())

    def has(name: str, columns: set[str]) -> bool:
        return name in names and columns <= {each["name"] for each in inspector.get_columns(name)}

    found = [layout for layout in _LAYOUTS if all(has(name, columns) for name, columns in layout.needed.items())]
    if not found:
        known = " nor ".join(f"{layout.users!r} and {layout.threads!r}" for layout in _LAYOUTS)
        raise MigrationMistake(
            f"The database has no tables of Chainlit: neither {known}, with the columns of its data layers."
        )
    return [Tables(connection, layout) for layout in found]
