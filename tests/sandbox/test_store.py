"""What a database of an earlier day still gives, and when what is written is kept."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.sandbox.database import NotKept
from mes_conformity.sandbox.store import Store

_BEFORE = """create table pairings (
    id text primary key, login text not null, client_id text not null, idpe text not null, status text not null,
    read text not null, write text not null, unique (login, client_id));
insert into pairings values ('p', 'sacha', 'c', 'i', 'ACTIVE', 'granted', 'refused');"""


def test_a_pairing_kept_before_the_other_consents_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    before = sqlite3.connect(path)
    before.executescript(_BEFORE)
    before.close()
    store = Store(path)
    pairing = store.pairing("p")
    store.close()
    assert pairing is not None
    assert (pairing["read"], pairing["write"], pairing.get("version")) == ("granted", "refused", None)


def test_what_a_pairing_holds_besides_its_columns_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "new.db")
    pairing = {
        "id": "p", "login": "sacha", "client_id": "c", "idpe": "i", "status": "ACTIVE", "read": "granted",
        "write": "granted", "documents_read": "refused", "minor": True,
    }  # fmt: skip
    store.put_pairing(pairing)
    assert store.pairings_of("sacha") == [pairing]
    assert store.pairings_of("camille") == []
    store.close()


_APPOINTMENT = """create table resources (
    seq integer primary key, id text not null, type text not null, idpe text not null, code text, effective real,
    identifier text, device text, body text not null, unique (type, id));
insert into resources (id, type, idpe, body) values
    ('r', 'Appointment', 'i', '{"identifier": [{"system": "s", "value": "1"}, {"value": "2"}, {"system": "s"}]}'),
    ('d', 'Device', 'i', '{"identifier": [{"system": "s", "value": "1"}]}');"""


def test_an_appointment_kept_before_its_names_is_found_by_each(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    before = sqlite3.connect(path)
    before.executescript(_APPOINTMENT)
    before.close()
    for _ in range(2):
        store = Store(path)
        found = [[row["id"] for row in store.named("Appointment", "i", [name])] for name in ("s|1", "|2", "s|2")]
        store.close()
        assert found == [["r"], ["r"], []]


def _commits(store: Store) -> list[str]:
    """The statements that keep what was written, as they come."""
    seen: list[str] = []
    assert store._database is not None
    store._database.set_trace_callback(lambda text: seen.append(text) if text == "commit" else None)
    return seen


def test_those_who_wait_together_share_one_commit(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    commits = _commits(store)

    async def write(login: str) -> None:
        store.put_user(login, {})
        await store.settled()

    async def write_all() -> None:
        await asyncio.gather(*(write(f"personne-{number}") for number in range(8)))

    asyncio.run(write_all())
    assert len(commits) == 1
    with contextlib.closing(sqlite3.connect(tmp_path / "etat.sqlite")) as other:
        assert other.execute("select count(*) from users").fetchone() == (8,)
    asyncio.run(store.settled())  # nothing to wait for
    assert len(commits) == 1
    store.close()


def test_nobody_is_told_that_it_is_kept_when_it_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    store.settle()
    assert store._database is not None
    store._database.execute("pragma max_page_count = 1")  # a full disk

    async def write() -> None:
        for number in range(50):
            store.put_user(f"personne-{number}", {"texte": "x" * 4096})
        await store.settled()

    with pytest.raises(NotKept, match="full"):
        asyncio.run(write())
    store.close()


class _Broken:
    """A connection to a disk that takes nothing when asked `statement`."""

    def __init__(self, connection: sqlite3.Connection, statement: str) -> None:
        self._connection, self._statement = connection, statement

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        if statement.startswith(self._statement):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise error
        return self._connection.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_a_commit_that_fails_fails_for_all_who_wait(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    assert store._database is not None
    store._database = cast(sqlite3.Connection, _Broken(store._database, "commit"))

    async def write(login: str) -> None:
        store.put_user(login, {})
        await store.settled()

    async def write_both() -> list[BaseException | None]:
        return await asyncio.gather(write("a"), write("b"), return_exceptions=True)

    outcomes = asyncio.run(write_both())
    assert [type(outcome) for outcome in outcomes] == [NotKept] * 2
    assert store.user("a") is None
    store.close()


def test_a_write_that_fails_fails_for_those_who_wait_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    assert store._database is not None
    store._database = cast(sqlite3.Connection, _Broken(store._database, "delete"))

    async def first() -> None:
        store.put_user("a", {})
        await store.settled()

    async def second() -> None:
        store.drop_request("b")

    async def both() -> list[BaseException | None]:
        return await asyncio.gather(first(), second(), return_exceptions=True)

    outcomes = asyncio.run(both())
    assert [type(outcome) for outcome in outcomes] == [NotKept] * 2
    assert store.user("a") is None
    store.close()


def test_a_statement_that_is_wrong_is_not_the_fault_of_the_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store._one("select * from inconnue")
    store.close()


@pytest.mark.parametrize(
    "tables",
    ["create table clients (a)", "create table users (a)", "create table users (login, body); create table autres (a)"],
)
def test_the_database_of_another_program_is_refused_and_left_as_it_was(tmp_path: Path, tables: str) -> None:
    path = tmp_path / "autre.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.executescript(tables)
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="SBX003") as caught:
        Store(path)
    assert caught.value.obtained == {"fr": "la base d'un autre programme", "en": "the database of another program"}
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_work_that_fails_leaves_the_work_of_others(tmp_path: Path) -> None:
    store = Store(tmp_path / "etat.sqlite")
    store.put_user("avant", {})

    def fail() -> None:
        with store.transaction():
            store.put_user("pendant", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    store.close()
    again = Store(tmp_path / "etat.sqlite")
    assert again.user("avant") is not None
    assert again.user("pendant") is None
    again.close()
