"""What a database of an earlier day still gives."""

import sqlite3
from pathlib import Path

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
