"""Coming back later: only where it is allowed, never for ever."""

from types import SimpleNamespace
from typing import Any

import pytest

from mes_conformity.harness.patience import Patience, may_judge
from mes_conformity.suites.evidence import Exchange, Failure, Request, Response


def exchange(status: int | None, retry_after: str | None = "1", method: str = "GET") -> Exchange:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    response = None if status is None else Response(status, headers)
    return Exchange(Request(method, "https://h/x"), response, None if response else Failure("reset", ""), "", 0)


@pytest.mark.parametrize(
    ("status", "retry_after", "method", "expected"),
    [
        (429, "1", "GET", 1.0),
        (429, "2", "POST", 2.0),
        (429, "0", "GET", 0.05),
        (503, "1", "GET", 1.0),
        (503, "1", "POST", None),
        (500, "1", "GET", None),
        (200, "1", "GET", None),
        (429, None, "GET", None),
        (429, "31", "GET", None),
        (429, "-1", "GET", None),
        (429, "99999999999", "GET", None),
        (429, "²", "GET", None),
        (429, "Sun, 22 Nov 2026 12:00:00 GMT", "GET", None),
        (None, None, "GET", None),
    ],
)
def test_how_long_is_waited(status: int | None, retry_after: str | None, method: str, expected: float | None) -> None:
    assert Patience(60).asked(exchange(status, retry_after, method)) == expected


def test_patience_has_an_end_for_the_whole_run() -> None:
    patience = Patience(5)
    waits = [patience.asked(exchange(429, "2")) for _ in range(4)]
    assert waits == [2.0, 2.0, None, None]


def step(*statuses: Any) -> Any:
    return SimpleNamespace(checks=[SimpleNamespace(kind="status", argument=item) for item in statuses])


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (step(429), True),
        (step([200, 429]), True),
        (step("$contract.status"), True),
        (step(), True),
        (step(200), False),
        (step([200, 201]), False),
    ],
)
def test_a_step_that_may_expect_the_refusal_judges_it(one: Any, expected: bool) -> None:
    assert may_judge(one, exchange(429)) is expected
