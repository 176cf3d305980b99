"""`python -m twodoor.migrate`, on databases that the unmodified data layers of Chainlit have filled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
from data_layers import Kind, Store
from places import ROOT
from postgresql import PASSWORD, USER, find_programs, running_server

from twodoor.migrate.command import main

TENANT = "11111111-2222-4333-8444-555555555555"
ADELE = "aaaaaaaa-2222-4333-8444-555555555555"
ALEX = "bbbbbbbb-2222-4333-8444-555555555555"
ADELE_KEY = f"entra:{TENANT}:{ADELE}"
ALEX_KEY = f"entra:{TENANT}:{ALEX}"
USERS = f"""identifier,tenant,object id
adele@contoso.com,{TENANT},{ADELE}
adele.vance@contoso.com,{TENANT},{ADELE}
alex@contoso.com,{TENANT},{ALEX}
nobody@contoso.com,{TENANT},{uuid4()}
"""

PROGRAMS = find_programs()
STORES: list[tuple[str, Kind]] = [("sqlite", "SQLAlchemyDataLayer")]
if PROGRAMS:
    STORES += [("postgresql", "SQLAlchemyDataLayer"), ("postgresql", "ChainlitDataLayer")]


with_schemas = pytest.mark.parametrize("store", [each for each in STORES if each[0] == "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    assert PROGRAMS is not None
    with running_server(PROGRAMS) as address:
        yield address


@pytest.fixture(params=STORES, ids=[f"{kind} on {database}" for database, kind in STORES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    database, kind = request.param
    if database == "sqlite":
        store = Store(kind, f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}")
    else:
        store = postgresql_store(request.getfixturevalue("server"), kind)
    store.create()
    return store


def postgresql_store(address: str, kind: Kind) -> Store:
    """On a database of its own."""
    name = f"chat_{uuid4().hex}"
    Store(kind, f"postgresql://{USER}:{PASSWORD}@{address}/postgres").execute(f"CREATE DATABASE {name}")
    scheme = "postgresql+asyncpg" if kind == "SQLAlchemyDataLayer" else "postgresql"
    return Store(kind, f"{scheme}://{USER}:{PASSWORD}@{address}/{name}")


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


def migrate(folder: Path, url: str, *more: str, users: str = USERS) -> Ended:
    """In this process, which saves a second for each; an exception that is not caught fails the test."""
    (folder / "users.csv").write_text(users, "utf-8")
    out, err = StringIO(), StringIO()
    with patch.dict(os.environ, DATABASE_URL=url), redirect_stdout(out), redirect_stderr(err):
        code = main(["--users", str(folder / "users.csv"), *more])
    assert PASSWORD not in out.getvalue() + err.getvalue()
    return Ended(code, out.getvalue(), err.getvalue())


def run(folder: Path, *arguments: str, **variables: str) -> Ended:
    """As people run it."""
    command = [sys.executable, "-m", "twodoor.migrate", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def refusal(ended: Ended) -> str:
    """One sentence."""
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    return line


def test_a_user_keeps_the_threads_under_the_name_that_both_doors_give(store: Store, tmp_path: Path) -> None:
    threads = {store.begin_thread("Adele@contoso.com") for _ in range(2)}
    other = store.begin_thread("alex@contoso.com")
    unknown = store.begin_thread("megan@contoso.com")
    ended = migrate(tmp_path, store.url, "--apply")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"Adele@contoso.com (2 threads) becomes {ADELE_KEY}" in ended.stdout
    assert "megan@contoso.com (1 thread) stays, because the file does not name them" in ended.stdout
    assert ended.stdout.endswith("Done.\n")
    assert store.identifiers() == {ADELE_KEY, ALEX_KEY, "megan@contoso.com"}
    assert store.threads_of(ADELE_KEY) == threads
    assert store.threads_of(ALEX_KEY) == {other}
    assert store.threads_of("megan@contoso.com") == {unknown}


def test_a_dry_run_says_the_same_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    thread = store.begin_thread("adele@contoso.com")
    dry = migrate(tmp_path, store.url)
    assert (dry.returncode, dry.stderr) == (0, "")
    assert store.identifiers() == {"adele@contoso.com"}
    assert store.threads_of("adele@contoso.com") == {thread}
    assert "--apply" in dry.stdout
    done = migrate(tmp_path, store.url, "--apply")
    assert done.stdout.splitlines()[:-1] == dry.stdout.splitlines()[:-1]


def test_it_can_be_repeated(store: Store, tmp_path: Path) -> None:
    thread = store.begin_thread("adele@contoso.com")
    migrate(tmp_path, store.url, "--apply")
    again = migrate(tmp_path, store.url, "--apply")
    assert again.returncode == 0
    assert "0 renamed, 0 put together, 0 left, 1 named so already" in again.stdout
    assert store.threads_of(ADELE_KEY) == {thread}


def test_users_are_put_together_only_if_one_asks_for_it(store: Store, tmp_path: Path) -> None:
    names = ["adele@contoso.com", "adele.vance@contoso.com", "ADELE@contoso.com"]
    threads = {store.begin_thread(each) for each in names}
    for options in ([], ["--apply"]):
        ended = migrate(tmp_path, store.url, *options)
        assert refusal(ended).startswith("Nothing is written, because adele.vance@contoso.com, ADELE@contoso.com would")
    assert store.identifiers() == set(names)
    assert migrate(tmp_path, store.url, "--apply", "--merge").returncode == 0
    assert store.identifiers() == {ADELE_KEY}
    assert store.threads_of(ADELE_KEY) == threads


def test_who_has_signed_in_by_twodoor_already_gets_the_old_threads_too(store: Store, tmp_path: Path) -> None:
    old = store.begin_thread("adele@contoso.com")
    new = store.begin_thread(ADELE_KEY)
    assert "put together" in refusal(migrate(tmp_path, store.url, "--apply"))
    assert migrate(tmp_path, store.url, "--apply", "--merge").returncode == 0
    assert store.identifiers() == {ADELE_KEY}
    assert store.threads_of(ADELE_KEY) == {old, new}


def test_an_address_of_several_people_stops_it(store: Store, tmp_path: Path) -> None:
    store.begin_thread("adele@contoso.com")
    store.begin_thread("alex@contoso.com")
    users = f"{USERS}ADELE@contoso.com,{TENANT},{ALEX}\n"
    said = refusal(migrate(tmp_path, store.url, "--apply", "--merge", users=users))
    assert said == "Nothing is written, because the file names several people for adele@contoso.com."
    assert store.identifiers() == {"adele@contoso.com", "alex@contoso.com"}


def test_nobody_is_removed_whom_a_table_of_the_app_refers_to(store: Store, tmp_path: Path) -> None:
    users = '"User"' if store.kind == "ChainlitDataLayer" else "users"
    kind = "UUID" if not store.is_sqlite and store.kind == "SQLAlchemyDataLayer" else "TEXT"
    store.execute(f'CREATE TABLE bills (owner {kind} REFERENCES {users}("id") ON DELETE CASCADE)')
    for name in ("adele@contoso.com", "adele.vance@contoso.com"):
        store.begin_thread(name)
    assert "'bills' refers to" in refusal(migrate(tmp_path, store.url, "--apply", "--merge"))
    assert store.identifiers() == {"adele@contoso.com", "adele.vance@contoso.com"}


@with_schemas
@pytest.mark.parametrize("name", ["notes", "threads", "Thread"])
def test_nobody_is_removed_whom_a_table_in_another_schema_refers_to(store: Store, tmp_path: Path, name: str) -> None:
    """It need not be where the tables of Chainlit are looked for."""
    users = '"User"' if store.kind == "ChainlitDataLayer" else "users"
    kind = "UUID" if store.kind == "SQLAlchemyDataLayer" else "TEXT"
    for each in ("adele@contoso.com", "adele.vance@contoso.com"):
        store.begin_thread(each)
    store.execute(
        "CREATE SCHEMA crm",
        f'CREATE TABLE crm."{name}" (owner {kind} REFERENCES public.{users}("id") ON DELETE CASCADE)',
        f'INSERT INTO crm."{name}" SELECT "id" FROM public.{users}',
    )
    assert f"'crm.{name}' refers to" in refusal(migrate(tmp_path, store.url, "--apply", "--merge"))
    assert store.execute(f'SELECT count(*) FROM crm."{name}"') == [(2,)]


@with_schemas
def test_a_table_that_refers_to_other_users_is_in_nobodys_way(store: Store, tmp_path: Path) -> None:
    users = '"User"' if store.kind == "ChainlitDataLayer" else "users"
    store.execute(
        "CREATE SCHEMA crm",
        f'CREATE TABLE crm.{users} ("id" TEXT PRIMARY KEY)',
        f'CREATE TABLE crm.notes (owner TEXT REFERENCES crm.{users}("id"))',
    )
    for name in ("adele@contoso.com", "adele.vance@contoso.com"):
        store.begin_thread(name)
    assert migrate(tmp_path, store.url, "--apply", "--merge").returncode == 0
    assert store.identifiers() == {ADELE_KEY}


def test_what_fails_in_the_middle_leaves_everything_as_it_was(store: Store, tmp_path: Path) -> None:
    threads = {name: store.begin_thread(name) for name in ("adele@contoso.com", "alex@contoso.com")}
    table = '"User"' if store.kind == "ChainlitDataLayer" else "users"
    # The second one who is renamed breaks a rule of the app's own.
    if store.is_sqlite:
        store.execute(
            f"CREATE TRIGGER rule BEFORE UPDATE ON {table} WHEN NEW.identifier = '{ALEX_KEY}' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    else:
        store.execute(f"ALTER TABLE {table} ADD CONSTRAINT rule CHECK (identifier <> '{ALEX_KEY}')")
    assert "refused: " in refusal(migrate(tmp_path, store.url, "--apply"))
    assert store.identifiers() == set(threads)
    assert {name: store.threads_of(name) for name in threads} == {name: {each} for name, each in threads.items()}


def test_threads_without_a_user_follow_the_name_that_they_have(store: Store, tmp_path: Path) -> None:
    thread = store.begin_thread("adele@contoso.com")
    if store.kind == "SQLAlchemyDataLayer":  # the other layer has no name there
        store.execute('UPDATE threads SET "userId" = NULL')
    assert migrate(tmp_path, store.url, "--apply").returncode == 0
    assert store.threads_of(ADELE_KEY) == {thread}


EXPORTS = {
    "the Microsoft Entra admin center": "userPrincipalName,displayName,surname,mail,givenName,objectId,userType\n"
    f"adele@contoso.onmicrosoft.com,Adele Vance,Vance,adele@contoso.com,Adele,{ADELE},Member\n",
    "Get-MgUser": f'"Id","UserPrincipalName","Mail"\n"{ADELE.upper()}","adele@contoso.com",""\n',
    "a spreadsheet": f"\ufeffMail;Object ID\r\nadele@contoso.com;{ADELE}\r\n\r\n",
}


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Store:
    store = Store("SQLAlchemyDataLayer", f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}")
    store.create()
    return store


@pytest.mark.parametrize("users", EXPORTS.values(), ids=EXPORTS)
def test_it_reads_what_entra_id_exports(sqlite_store: Store, tmp_path: Path, users: str) -> None:
    thread = sqlite_store.begin_thread("adele@contoso.com")
    ended = migrate(tmp_path, sqlite_store.url, "--apply", "--tenant", TENANT.upper(), users=users)
    assert ended.returncode == 0, ended.stderr
    assert sqlite_store.threads_of(ADELE_KEY) == {thread}


NO_ID = f"identifier,tenant,object id\nadele@contoso.com,{TENANT},Adele\n"


@pytest.mark.parametrize(
    ("users", "said"),
    [
        ("", "users.csv must begin with the names of its columns, for example: identifier,tenant,object id"),
        ("name,age\n", "users.csv must begin with"),
        ("id,object id,mail\n", "users.csv must begin with"),
        (f"mail,id\nadele@contoso.com,{ADELE}\n", "users.csv has no column for the tenant: name it with --tenant."),
        (NO_ID, "users.csv, record 2, has no ID of the object, which is a GUID, but 'Adele'."),
        (NO_ID.replace(TENANT, "contoso.com"), "users.csv, record 2, has no ID of the tenant, which is a GUID"),
        (f"{USERS}megan@contoso.com\n", "users.csv, record 6, has 1 columns and not 3."),
        ('mail,id\n"adele', "users.csv has no column for the tenant"),
        (f'{USERS}"megan', "is no CSV: unexpected end of data."),
    ],
)
def test_a_file_that_it_cannot_read_is_refused_with_the_place(tmp_path: Path, users: str, said: str) -> None:
    assert said in refusal(migrate(tmp_path, f"sqlite:///{tmp_path / 'chat.db'}", users=users))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Name the database with --database, or in DATABASE_URL."),
        ("chat.db", "The URL of the database cannot be read; it must be like sqlite:///chat.db"),
        (f"mysql://u:{PASSWORD}@h/d", "The URL of the database must be like sqlite:///chat.db"),
        ("sqlite:///nowhere.db", "There is no file 'nowhere.db'."),
        ("sqlite://", "There is no file '.'."),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/chat", "The database chat at 127.0.0.1 refused: "),
        (f"postgresql+asyncpg://u:{PASSWORD}@127.0.0.1:1/chat", "The database chat at 127.0.0.1 refused: "),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:{PASSWORD}/chat", "The URL of the database cannot be read"),
        (f"postgresql://127.0.0.1:1/chat?user=u&password={PASSWORD}&sslmode=odd", "The database chat at 127.0.0.1"),
    ],
)
def test_a_database_that_is_not_there_is_a_sentence_without_the_password(tmp_path: Path, url: str, said: str) -> None:
    assert said in refusal(migrate(tmp_path, url))


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    store = Store("SQLAlchemyDataLayer", f"sqlite:///{tmp_path / 'other.db'}")
    store.execute("CREATE TABLE users (id TEXT, email TEXT)", "CREATE TABLE threads (id TEXT)")
    assert "The database has no tables of Chainlit" in refusal(migrate(tmp_path, store.url, "--apply"))


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_text("no database at all, but long enough to be looked at")
    assert "file is not a database" in refusal(migrate(tmp_path, f"sqlite:///{tmp_path / 'chat.db'}"))


@pytest.mark.parametrize("option", ["--aply", "--tenant=contoso.com"])
def test_an_option_that_nobody_knows_is_a_sentence(tmp_path: Path, option: str) -> None:
    assert option.partition("=")[0] in refusal(migrate(tmp_path, "sqlite://", option))


def test_people_run_it_as_a_module(sqlite_store: Store, tmp_path: Path) -> None:
    thread = sqlite_store.begin_thread("adele@contoso.com")
    (tmp_path / "users.csv").write_text(USERS)
    told = run(tmp_path, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "--merge" in told.stdout
    assert refusal(run(tmp_path, "--users", "nowhere.csv", "--database", "sqlite://")).startswith(
        "nowhere.csv cannot be"
    )
    ended = run(tmp_path, "--users", "users.csv", "--apply", DATABASE_URL=sqlite_store.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sqlite_store.threads_of(ADELE_KEY) == {thread}


def test_the_documented_commands_do_it(sqlite_store: Store, tmp_path: Path) -> None:
    thread = sqlite_store.begin_thread("adele@contoso.com")
    document = (ROOT / "docs" / "chainlit" / "migration.md").read_text("utf-8")
    commands = re.findall(r"^python -m twodoor\.migrate (.*)$", document, re.MULTILINE)
    (example,) = re.findall(r"^```csv\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    (tmp_path / "users.csv").write_text(example.replace("<tenant id>", TENANT).replace("<object id>", ADELE))
    kept = []
    for arguments in commands:
        ended = run(tmp_path, *arguments.replace("<tenant id>", TENANT).split(), DATABASE_URL=sqlite_store.url)
        assert (ended.returncode, ended.stderr) == (0, "")
        kept.append(sqlite_store.threads_of(ADELE_KEY))
    assert kept == [set(), {thread}]


def test_without_sqlalchemy_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError('none', name='sqlalchemy')")
    assert refusal(run(tmp_path, "--help")) == 'SQLAlchemy is not there: pip install "twodoor[migrate]"'


if PROGRAMS:

    def test_what_the_server_says_of_a_wrong_password_is_passed_on_without_it(tmp_path: Path, server: str) -> None:
        for scheme in ("postgresql", "postgresql+asyncpg"):
            ended = migrate(tmp_path, f"{scheme}://{USER}:{PASSWORD}x@{server}/postgres")
            assert f'refused: password authentication failed for user "{USER}".' in refusal(ended)
