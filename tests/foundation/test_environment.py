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
