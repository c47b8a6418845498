"""The SQLite database of a sandbox: its tables, and how a file that holds them, or shall, is opened."""

import sqlite3
from contextlib import closing
from pathlib import Path

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both

_TABLES = """
create table if not exists users (login text primary key, body text not null);
create table if not exists pairings (
    id text primary key, login text not null, client_id text not null, idpe text not null, status text not null,
    read text not null, write text not null, more text not null default '{}', unique (login, client_id));
create table if not exists requests (id text primary key, body text not null, expires real not null, tries integer);
create table if not exists codes (
    digest text primary key, pairing text not null, family text not null, body text not null, expires real not null,
    used integer not null default 0);
create table if not exists tokens (
    digest text primary key, kind text not null, pairing text not null, family text not null, scope text not null,
    expires real not null, state text not null default 'live');
create index if not exists tokens_family on tokens (family);
create index if not exists tokens_pairing on tokens (pairing);
create table if not exists resources (
    seq integer primary key, id text not null, type text not null, idpe text not null, code text, effective real,
    identifier text, device text, body text not null, unique (type, id));
create index if not exists resources_search on resources (idpe, type, code, effective);
create index if not exists resources_identified on resources (idpe, type, identifier);
create table if not exists names (
    type text not null, idpe text not null, name text not null, id text not null,
    primary key (type, idpe, name, id)) without rowid;
create index if not exists names_of on names (type, id);
"""
_NAME_THOSE_OF_BEFORE = """
insert into names select distinct 'Appointment', idpe,
    coalesce(json_extract(item.value, '$.system'), '') || '|' || json_extract(item.value, '$.value'), resources.id
from resources, json_each(resources.body, '$.identifier') as item
where resources.type = 'Appointment' and json_extract(item.value, '$.value') is not null
"""
NAMES = ("users", "pairings", "requests", "codes", "tokens", "resources", "names")


class NotKept(Exception):
    """The disk takes no more, or is gone: what was being written is forgotten. The text is that of SQLite."""


class _Foreign(Exception):
    """The tables are not ours."""


_OF_THE_DISK = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip


def of_the_disk(error: sqlite3.Error) -> bool:
    """Whether the file is to blame, and no statement of ours."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DISK  # the rest of the code is a detail


def opened(path: Path | None) -> sqlite3.Connection:
    """The database in a file, made or completed where it has to be; in memory without one. Raises InvalidInput
    `SBX003` for a file that is no database of a sandbox, and leaves it as it was, or that cannot be written."""
    try:
        database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    try:
        _prepare(database, durable=path is not None)
    except sqlite3.Error as error:
        database.close()
        raise unusable(path, error) from None
    except _Foreign:
        database.close()
        raise unusable(path, both("la base d'un autre programme")) from None
    return database


def unusable(path: Path | None, obtained: Text | Exception) -> InvalidInput:
    """What a user is told of a file that cannot hold the state."""
    return InvalidInput(
        "SBX003",
        both("la base du bac à sable ne peut pas être ouverte"),
        location=Location(str(path)),
        obtained=str(obtained) if isinstance(obtained, Exception) else obtained,
        hint=both("choisissez un autre fichier avec --database, ou retirez l'option"),
    )


def _prepare(database: sqlite3.Connection, *, durable: bool) -> None:
    database.row_factory = sqlite3.Row
    present = {row["name"] for row in database.execute("select name from sqlite_master where type = 'table'")}
    foreign = {name for name in present if name not in NAMES and not name.startswith("sqlite_")}
    if foreign or _others(database, present):
        raise _Foreign
    if durable:  # readers never wait, and what was confirmed survives a power cut
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")
    database.executescript(_TABLES)
    if "names" not in present:
        database.execute(_NAME_THOSE_OF_BEFORE)
    if "more" not in _columns(database, "pairings"):  # of before
        database.execute("alter table pairings add column more text not null default '{}'")


def _others(database: sqlite3.Connection, present: set[str]) -> bool:
    """Whether a table has one of our names but not our columns."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.row_factory = sqlite3.Row
        fresh.executescript(_TABLES)
        return any(_columns(fresh, name) - _columns(database, name) - {"more"} for name in present & set(NAMES))


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row["name"] for row in database.execute(f"pragma table_info({table})")}
