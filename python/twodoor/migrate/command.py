"""What a person writes and sees."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy import Connection

from ..guids import is_guid
from .database import Database
from .mistake import MigrationMistake
from .plan import Plan, StoredUser, plan_for
from .tables import tables_in
from .users_file import read_users

_MISTAKE: Final = 2
_DESCRIPTION: Final = """\
Renames the users of Chainlit's data layers to entra:<tenant id>:<object id>, with their threads.
Shows what it would do; --apply does it, in one transaction. It can be repeated."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise MigrationMistake(f"{message[:1].upper()}{message[1:]}; --help explains it.")


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0, or 2 if there is something to change first."""
    try:
        for line in _run(arguments):
            print(line)
    except MigrationMistake as mistake:
        print(mistake, file=sys.stderr)
        return _MISTAKE
    return 0


def _parser() -> ArgumentParser:
    parser = _Parser("python -m twodoor.migrate", description=_DESCRIPTION, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=Path, required=True, metavar="FILE", help="CSV: who is who")
    parser.add_argument("--tenant", metavar="ID", help="the tenant of lines that name none")
    parser.add_argument("--database", metavar="URL", help="as the app has it; default: DATABASE_URL")
    parser.add_argument("--merge", action="store_true", help="put users together who are the same person")
    parser.add_argument("--apply", action="store_true", help="do it")
    return parser


def _run(arguments: Sequence[str]) -> Iterator[str]:
    options = _parser().parse_args(arguments)
    if options.tenant is not None and not is_guid(options.tenant):
        raise MigrationMistake(f"--tenant must be the ID of the tenant, which is a GUID, not {options.tenant!r}.")
    url: str = options.database or os.environ.get("DATABASE_URL", "")
    if not url:
        raise MigrationMistake("Name the database with --database, or in DATABASE_URL.")
    keys = read_users(options.users, options.tenant)
    database = Database(url)

    def work(connection: Connection) -> list[Plan]:
        plans = []
        for tables in tables_in(connection):
            plan = plan_for(tables.read(locks=options.apply), keys)
            if options.apply:
                _expect_clear(plan, merges=options.merge)
                tables.write(plan)
            plans.append(plan)
        return plans

    plans = database.in_one_transaction(work, writes=options.apply)
    yield f"In {database.place}:"
    for plan in plans:
        yield from _lines_of(plan)
    for plan in plans:
        _expect_clear(plan, merges=options.merge)
    yield "Done." if options.apply else "Nothing is written yet: --apply does it."


def _expect_clear(plan: Plan, *, merges: bool) -> None:
    if plan.ambiguous:
        names = ", ".join(user.identifier for user in plan.ambiguous)
        raise MigrationMistake(f"Nothing is written, because the file names several people for {names}.")
    if plan.merges and not merges:
        names = ", ".join(merge.user.identifier for merge in plan.merges)
        raise MigrationMistake(
            f"Nothing is written, because {names} would be put together with others: --merge does it."
        )


def _lines_of(plan: Plan) -> Iterator[str]:
    for rename in plan.renames:
        yield f"  {_named(rename.user)} becomes {rename.key}"
    for merge in plan.merges:
        yield f"  {_named(merge.user)} is put together with {merge.into.identifier} as {merge.key}"
    for user in plan.ambiguous:
        yield f"  {_named(user)} could be several people in the file"
    for user in plan.unknown:
        yield f"  {_named(user)} stays, because the file does not name them"
    counts = f"{len(plan.renames)} renamed, {len(plan.merges)} put together, {len(plan.unknown)} left"
    yield f"  {counts}, {len(plan.finished)} named so already"


def _named(user: StoredUser) -> str:
    return f"{user.identifier} ({user.threads} thread{'' if user.threads == 1 else 's'})"
