"""The order of play and the threads: dependencies kept, what changes the target alone, nothing lost on the way."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.harness.scheduling import changes_the_target, drive, in_order
from mes_conformity.suites.action_names import ACTION_NAMES
from mes_conformity.suites.loader import load_all

JOBS = pytest.mark.parametrize("jobs", [1, 4])


def item(name: str, *after: str, action: str | None = None, path: str = "/x") -> Any:
    step = SimpleNamespace(action=action, request=None if action else {"path": path})
    return SimpleNamespace(case=SimpleNamespace(id=name, after=after, steps=(step,)))


def played(items: list[Any], jobs: int, work: Callable[[str], object] = lambda _name: None) -> list[str]:
    ended: list[str] = []
    known = {one.case.id for one in items}

    def prepare(one: Any) -> Callable[[], str]:
        assert known & set(one.case.after) <= set(ended), "what it stands on is over"

        def play() -> str:
            work(one.case.id)
            return str(one.case.id)

        return play

    drive(items, jobs, prepare, lambda _one, name: ended.append(name), lambda: None)
    return ended


@JOBS
def test_everything_is_played_once_after_what_it_stands_on(jobs: int) -> None:
    items = [item("a"), item("b", "a"), item("c", "b"), item("d"), item("e", "a", "elsewhere")]
    assert sorted(played(items, jobs)) == ["a", "b", "c", "d", "e"]


@given(st.integers(1, 8), st.lists(st.sets(st.integers(0, 14), max_size=3), max_size=15), st.sets(st.integers(0, 14)))
def test_any_plan_comes_to_its_end(jobs: int, links: list[set[int]], alone: set[int]) -> None:
    items = [
        item(str(number), *(str(other) for other in after if other < number),
             action="advance_clock" if number in alone else None)
        for number, after in enumerate(links)
    ]  # fmt: skip
    order = in_order(items)
    assert sorted(played(order, jobs), key=int) == [str(number) for number in range(len(links))]


def test_cases_run_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=10)
    played([item(name) for name in "abcd"], 4, lambda _name: meeting.wait())


def test_what_changes_the_target_runs_alone() -> None:
    running: list[str] = []
    seen: list[int] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        with lock:
            running.append(name)
            if name.startswith("clock"):
                seen.append(len(running))
        with lock:
            running.remove(name)

    names = [item(f"case-{number}") for number in range(12)]
    clocks = [item(f"clock-{number}", action="advance_clock") for number in range(3)]
    played(in_order([*clocks, *names]), 4, work)
    assert seen == [1, 1, 1]


def test_what_changes_the_target_comes_last_and_drags_what_stands_on_it() -> None:
    items = [item("a", action="set_service_status"), item("b", "a"), item("c"), item("d", path="$target.control_url/x")]
    assert [one.case.id for one in in_order(items)] == ["c", "a", "b", "d"]


@pytest.mark.parametrize("path", ["/_sandbox/clock", "$target.control_url/faults", "${target.control_url}/x"])
def test_a_request_to_the_control_interface_changes_the_target(path: str) -> None:
    assert changes_the_target(item("a", path=path).case)
    assert not changes_the_target(item("a", path="/fhir").case)


def test_every_action_that_commands_the_target_says_whether_it_must_be_alone() -> None:
    """One identity only: the others of the run do not see it."""
    shared = {name for name, declared in ACTION_NAMES.items() if declared.control and not declared.alone}
    assert shared == {"set_consent", "new_user"}


def test_the_shipped_suites_have_few_cases_that_run_alone() -> None:
    cases = [case for case in load_all().cases if case.kind == "connection"]
    assert 0 < sum(map(changes_the_target, cases)) < len(cases) / 5


@JOBS
def test_an_error_is_raised_once_what_was_done_is_concluded(jobs: int) -> None:
    interrupted: list[bool] = []
    ended: list[str] = []

    def prepare(one: Any) -> Callable[[], str]:
        def work() -> str:
            if one.case.id == "b":
                raise ValueError("b")
            return str(one.case.id)

        return work

    with pytest.raises(ValueError, match="b"):
        drive(
            [item("a"), item("b", "a"), item("c", "b")],
            jobs,
            prepare,
            lambda _one, name: ended.append(name),
            lambda: interrupted.append(True),
        )
    assert ended == ["a"]
    assert interrupted == ([] if jobs == 1 else [True])


def test_what_was_under_way_at_an_interruption_is_kept_where_it_ends() -> None:
    stopping, started = threading.Event(), threading.Event()
    ended: list[str] = []

    def prepare(one: Any) -> Callable[[], str]:
        def work() -> str:
            if one.case.id == "long":
                started.set()
                stopping.wait(10)
            else:
                started.wait(10)
            return str(one.case.id)

        return work

    def conclude(_one: Any, name: str) -> None:
        ended.append(name)
        if name == "short":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive([item("long"), item("short"), item("later", "short")], 2, prepare, conclude, stopping.set)
    assert ended == ["short", "long"]
