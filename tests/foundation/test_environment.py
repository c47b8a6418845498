"""The environment as an object."""

import re

import pytest

from mes_conformity.foundation.environment import Environment


def test_the_instant_is_in_utc_to_the_second(env: Environment) -> None:
    assert env.now() == "2026-11-22T12:00:00Z"
    assert env.today() == "2026-11-22"


def test_the_real_one_has_a_clock_and_identifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    real = Environment.system()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", real.now())
    assert real.new_id() != real.new_id()
    assert len(real.random_bytes(16)) == 16


def test_source_date_epoch_fixes_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert Environment.system().now() == "1970-01-01T00:00:00Z"


def test_a_seed_draws_the_same_again(env: Environment) -> None:
    one, other = env.seeded("7"), env.seeded("7")
    drawn = [one.new_id(), one.random_bytes(8), one.new_id()]
    assert drawn == [other.new_id(), other.random_bytes(8), other.new_id()]
    assert len(set(drawn)) == 3
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one.new_id())
    assert env.seeded("8").new_id() != drawn[0]
    assert one.now() == env.now()
