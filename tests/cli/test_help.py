"""`help`: generated from what it speaks of."""

from typing import Any

import pytest

from mes_conformity.foundation.exit_codes import ExitCode


def test_every_exit_code_is_told_with_its_meaning(run: Any) -> None:
    told = run("help", "exit-codes", "--format", "json").json()["exit_codes"]
    assert {(one["name"], one["code"]) for one in told} == {(code.name, int(code)) for code in ExitCode}
    assert all(one["meaning"]["fr"] and one["meaning"]["en"] for one in told)


@pytest.mark.parametrize("topic", ["exit-codes", "environment", "formats", "accessibility"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_topic_fits_80_columns(run: Any, topic: str, lang: str) -> None:
    result = run("help", topic, lang=lang)
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= (95 if topic == "accessibility" else 80)
