"""The state of a sandbox in SQLite, in memory or in a file.

Tokens and codes are kept as SHA-256 digests: the file opens nothing. Times are seconds since 1970 (sandbox clock).
All calls come from the server's thread, one at a time. What is written waits in one open transaction until `settled`,
which the server awaits before it answers anybody: callers that come together share the wait for the disk.
"""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from mes_conformity.sandbox.database import NAMES, NotKept, of_the_disk, opened

_PAIRING = ("id", "login", "client_id", "idpe", "status", "read", "write")

Row = Mapping[str, Any]


def digest(secret: str) -> str:
    """What is kept of a token or code."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _whole(row: Row | None) -> Row | None:
    """A pairing with what its JSON column holds beside the others."""
    if row is None:
        return None
    return {**{name: value for name, value in row.items() if name != "more"}, **json.loads(row["more"])}


class Store:
    """One database. Raises InvalidInput `SBX003` where the file is no database of a sandbox or cannot be written;
    every later call raises NotKept where the disk fails."""

    def __init__(self, path: Path | None = None) -> None:
        self._settling: asyncio.Future[None] | None = None
        self._database: sqlite3.Connection | None = opened(path)

    def close(self) -> None:
        """Give the file back. May be called twice."""
        with suppress(NotKept):  # nobody was told that it was
            self.settle()
        if self._database is not None:
            self._database.close()
            self._database = None

    def settle(self) -> None:
        """Keep what was written so far, on the disk where there is one."""
        if self._database is not None and self._database.in_transaction:
            self._execute("commit")

    async def settled(self) -> None:
        """Wait until what was written so far is kept: once for all those who wait."""
        if self._database is None or not self._database.in_transaction:
            return
        if self._settling is None:
            loop = asyncio.get_running_loop()
            self._settling = loop.create_future()
            loop.call_soon(self._settle_all, self._settling)
        await asyncio.shield(self._settling)

    def _settle_all(self, waited_for: "asyncio.Future[None]") -> None:
        if waited_for.done():  # the disk failed in between
            return
        self._settling = None
        try:
            self.settle()
        except NotKept as error:
            waited_for.set_exception(error)
        else:
            waited_for.set_result(None)

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Raises NotKept where the disk fails; what everybody wrote since the last commit is then forgotten, and
        those who wait for it are told."""
        assert self._database is not None
        try:
            return self._database.execute(statement, values)
        except sqlite3.DatabaseError as error:
            if not of_the_disk(error):
                raise
            if self._database.in_transaction:
                self._database.execute("rollback")
            waiting, self._settling = self._settling, None
            if waiting is not None:
                waiting.set_exception(NotKept(str(error)))
            raise NotKept(str(error)) from None

    def _write(self, statement: str, values: Sequence[Any] = ()) -> int:
        assert self._database is not None
        if not self._database.in_transaction:
            self._execute("begin immediate")
        with closing(self._execute(statement, values)) as cursor:
            return cursor.rowcount

    def _one(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        with closing(self._execute(statement, values)) as cursor:
            row = cursor.fetchone()
        return None if row is None else dict(row)

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        with closing(self._execute(statement, values)) as cursor:
            return [dict(row) for row in cursor.fetchall()]

    def begin(self) -> None:
        """Start a piece of work: what follows is kept whole by `commit` or not at all by `rollback`."""
        self._write("savepoint work")

    def commit(self) -> None:
        """Keep what was written since `begin`."""
        self._write("release work")

    def rollback(self) -> None:
        """Forget what was written since `begin`."""
        self._write("rollback to work")
        self._write("release work")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What happens inside is kept whole, or not at all."""
        self.begin()
        try:
            yield
        except NotKept:  # everything is forgotten already
            raise
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def empty(self) -> None:
        """Forget everything."""
        self.begin()
        for name in NAMES:
            self._write(f"delete from {name}")  # noqa: S608 - names of the constant above
        self.commit()

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        counted = {}
        for name in NAMES:
            row = self._one(f"select count(*) as n from {name}")  # noqa: S608 - names of the constant above
            counted[name] = int(row["n"]) if row else 0
        return counted

    # users

    def put_user(self, login: str, body: Mapping[str, Any]) -> None:
        """Add a citizen, or change one."""
        self._write("insert or replace into users values (?, ?)", (login, json.dumps(body)))

    def user(self, login: str) -> dict[str, Any] | None:
        """The citizen of this login."""
        row = self._one("select body from users where login = ?", (login,))
        return None if row is None else dict(json.loads(row["body"]))

    def users(self) -> list[dict[str, Any]]:
        """Every citizen, in order of arrival."""
        return [dict(json.loads(row["body"])) for row in self._all("select body from users order by rowid")]

    # pairings

    def put_pairing(self, pairing: Mapping[str, Any]) -> None:
        """Add the pairing of a citizen with a client, or change the one they have.

        `read` and `write` are the consents about measures; whatever else the mapping holds is kept as JSON.
        """
        more = {name: value for name, value in pairing.items() if name not in _PAIRING}
        self._write(
            "insert or replace into pairings (id, login, client_id, idpe, status, read, write, more) values "
            "(?, ?, ?, ?, ?, ?, ?, ?)",
            [*(pairing[name] for name in _PAIRING), json.dumps(more)],
        )

    def pairing(self, pairing_id: str) -> Row | None:
        """The pairing of this id."""
        return _whole(self._one("select * from pairings where id = ?", (pairing_id,)))

    def pairing_of(self, login: str, client_id: str) -> Row | None:
        """The pairing of a citizen with a client."""
        return _whole(self._one("select * from pairings where login = ? and client_id = ?", (login, client_id)))

    def pairings_of(self, login: str) -> list[Row]:
        """Every pairing of a citizen, by client."""
        rows = self._all("select * from pairings where login = ? order by client_id", (login,))
        return [whole for row in rows if (whole := _whole(row)) is not None]

    # authorization requests and codes

    def put_request(self, request_id: str, body: Mapping[str, Any], expires: float) -> None:
        """Keep a demand while the person reads the page."""
        self._write("insert into requests values (?, ?, ?, 0)", (request_id, json.dumps(body), expires))

    def request(self, request_id: str) -> dict[str, Any] | None:
        """`{body, expires, tries}` of a pending demand."""
        row = self._one("select body, expires, tries from requests where id = ?", (request_id,))
        return None if row is None else {**row, "body": json.loads(row["body"])}

    def change_request(self, request_id: str, body: Mapping[str, Any]) -> None:
        """Keep what the person has answered so far."""
        self._write("update requests set body = ? where id = ?", (json.dumps(body), request_id))

    def try_request(self, request_id: str) -> None:
        """Count one failed signing in."""
        self._write("update requests set tries = tries + 1 where id = ?", (request_id,))

    def drop_request(self, request_id: str) -> None:
        """A demand is answered once."""
        self._write("delete from requests where id = ?", (request_id,))

    def put_code(self, code: str, pairing: str, family: str, body: Mapping[str, Any], expires: float) -> None:
        """Keep an authorization code."""
        self._write(
            "insert into codes (digest, pairing, family, body, expires) values (?, ?, ?, ?, ?)",
            (digest(code), pairing, family, json.dumps(body), expires),
        )

    def code(self, code: str) -> dict[str, Any] | None:
        """`{pairing, family, body, expires, used}` of a code."""
        row = self._one("select pairing, family, body, expires, used from codes where digest = ?", (digest(code),))
        return None if row is None else {**row, "body": json.loads(row["body"])}

    def use_code(self, code: str) -> None:
        """Mark a code as exchanged."""
        self._write("update codes set used = 1 where digest = ?", (digest(code),))

    # tokens

    def put_token(self, token: str, kind: str, pairing: str, family: str, scope: str, expires: float) -> None:
        """Keep an access or refresh token of a family (all that came from one consent)."""
        self._write(
            "insert into tokens (digest, kind, pairing, family, scope, expires) values (?, ?, ?, ?, ?, ?)",
            (digest(token), kind, pairing, family, scope, expires),
        )

    def token(self, token: str) -> Row | None:
        """`{kind, pairing, family, scope, expires, state}`; state: live, used (rotated), revoked."""
        return self._one(
            "select kind, pairing, family, scope, expires, state from tokens where digest = ?", (digest(token),)
        )

    def mark_token(self, token: str, state: str) -> None:
        """Change the state of one token."""
        self._write("update tokens set state = ? where digest = ?", (state, digest(token)))

    def revoke_family(self, family: str) -> None:
        """End all that came from one consent."""
        self._write("update tokens set state = 'revoked' where family = ?", (family,))

    def revoke_pairing(self, pairing: str) -> None:
        """End every token of a pairing."""
        self._write("update tokens set state = 'revoked' where pairing = ?", (pairing,))

    # resources

    def put_resource(self, row: Mapping[str, Any]) -> None:
        """Keep a resource: `{id, type, idpe, code, effective, identifier, device, body (JSON text)}`."""
        self._write(
            "insert into resources (id, type, idpe, code, effective, identifier, device, body) values "
            "(:id, :type, :idpe, :code, :effective, :identifier, :device, :body)",
            row,  # type: ignore[arg-type]
        )

    def resource(self, kind: str, resource_id: str) -> Row | None:
        """A resource by its address."""
        return self._one("select * from resources where type = ? and id = ?", (kind, resource_id))

    def device(self, idpe: str, identifier: str) -> Row | None:
        """The device of a person by `system|value`."""
        return self._one(
            "select * from resources where type = 'Device' and idpe = ? and identifier = ?", (idpe, identifier)
        )

    def of_person(self, kind: str, idpe: str | None) -> list[Row]:
        """The resources of a type that a person holds, oldest first; everybody's where `idpe` is None."""
        if idpe is None:
            return self._all("select * from resources where type = ? order by seq", (kind,))
        return self._all("select * from resources where type = ? and idpe = ? order by seq", (kind, idpe))

    def identified(self, kind: str, idpe: str, identifier: str) -> list[Row]:
        """The resources of a person that carry an identifier (`system|value`)."""
        return self._all(
            "select * from resources where type = ? and idpe = ? and identifier = ? order by seq",
            (kind, idpe, identifier),
        )

    def name(self, kind: str, idpe: str, resource_id: str, names: Iterable[str]) -> None:
        """Let a resource that may have several identifiers be found by each of these, and by no other."""
        self._write("delete from names where type = ? and id = ?", (kind, resource_id))
        for name in names:
            self._write("insert into names values (?, ?, ?, ?)", (kind, idpe, name, resource_id))

    def named(self, kind: str, idpe: str, names: Iterable[str]) -> list[Row]:
        """The resources of a person that carry one of these identifiers, oldest first."""
        return self._all(
            "select * from resources where type = ? and id in (select id from names where type = ? and idpe = ? and "
            "name in (select value from json_each(?))) order by seq",
            (kind, kind, idpe, json.dumps(list(names))),
        )

    def change_resource(self, kind: str, resource_id: str, identifier: str | None, body: str) -> None:
        """Put another version in the place of a resource."""
        self._write(
            "update resources set identifier = ?, body = ? where type = ? and id = ?",
            (identifier, body, kind, resource_id),
        )

    def search(self, where: Mapping[str, Any], *, newest_first: bool, limit: int, offset: int) -> tuple[int, list[Row]]:
        """Observations that meet every condition: `(how many in all, the rows of the page)`.

        `where` may hold `idpe`, `witness` (an owner who is always included), `code`, `low`, `high` (inclusive),
        `above`, `below` (exclusive).
        """
        conditions, values = _conditions(where)
        direction = "desc" if newest_first else "asc"
        clause = f"from resources where type = 'Observation' and {conditions}"
        count = self._one(f"select count(*) as n {clause}", values)
        rows = self._all(
            f"select id, idpe, device, body {clause} order by idpe = ? desc, effective {direction}, seq {direction} "
            "limit ? offset ?",
            (*values, where.get("witness", ""), limit, offset),
        )
        return (count["n"] if count else 0), rows


_COMPARISONS = {"idpe": "idpe = ?", "code": "code = ?", "low": "effective >= ?", "high": "effective <= ?"}
_COMPARISONS |= {"above": "effective > ?", "below": "effective < ?"}


def _conditions(where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    present = [name for name in _COMPARISONS if name in where]
    text = " and ".join(_COMPARISONS[name] for name in present) or "1"
    values = [where[name] for name in present]
    if "witness" in where:
        code = " and code = ?" if "code" in where else ""
        text = f"(({text}) or (idpe = ?{code}))"
        values += [where["witness"], *([where["code"]] if "code" in where else [])]
    return text, values
