"""Replaying on a real Dask scheduler, on loopback."""

import importlib
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import cluster
from mes_conformity.dossier.many import found, replay_all
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Inconclusive, UsageError
from mes_conformity.reporting.render import embedded


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with two workers of one thread, each a process of its own."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with warnings.catch_warnings():  # a busy machine or a slow disk is told by warnings, and those are errors here
        warnings.simplefilter("ignore")
        started = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None, silence_logs=50
        )
    with started:
        yield started.scheduler_address


@pytest.fixture
def received(tmp_path: Path, env: Environment) -> Path:
    """Seven dossiers (more than two workers are sent at once): one forged, one that is none, one too big to be read."""
    raw = samples.dossier(tmp_path / "w", samples.real_run(tmp_path / "w", env), samples.SUITES)
    into = tmp_path / "received"
    into.mkdir()
    for name in "abcd":
        (into / f"{name}.mesdossier.zip").write_bytes(raw)
    forged = samples.reseal(raw, {"artefacts/glycemie.json": b'{"type": "batch"}'})
    (into / "e.mesdossier.zip").write_bytes(forged)
    (into / "f.mesdossier.zip").write_bytes(b"hello")
    with (into / "g.mesdossier.zip").open("wb") as stream:
        stream.truncate(257 * 1024 * 1024)
    return into


@pytest.mark.slow
def test_a_cluster_gives_the_table_of_the_workers(received: Path, scheduler: str) -> None:
    paths = found([received])
    there = replay_all(paths, redraw=embedded, scheduler=scheduler)
    assert there == replay_all(paths, redraw=embedded)
    assert [answer.get("error", {}).get("code") for answer in there] == [None] * 5 + ["DOS002", "STO004"]
    assert there[4]["findings"]


@pytest.mark.slow
def test_a_dossier_that_a_worker_cannot_replay_is_told(received: Path, scheduler: str) -> None:
    answers = replay_all(found([received / "a.mesdossier.zip"]), redraw=fails, scheduler=scheduler)
    assert answers[0]["error"]["code"] == "DOS036"
    assert "ZeroDivisionError" in answers[0]["error"]["message"]["fr"]


def fails(_documents: object) -> dict[str, bytes]:
    raise ZeroDivisionError


fails.__module__ = "__main__"  # sent by value: the workers do not know the tests


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_told(received: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr("mes_conformity.dossier.cluster._PATIENCE", "300ms")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(Inconclusive) as caught:
            replay_all(found([received]), scheduler=address)
    assert caught.value.code == "DOS035"


class Sent:
    """What a cluster was sent: never done, or given up."""

    def __init__(self, status: str) -> None:
        self.status = status

    def exception(self, timeout: str) -> None:
        if self.status == "pending":
            raise TimeoutError(timeout)


class Nodes:
    """A cluster whose nodes fall one after the other, then its scheduler."""

    def __init__(self, counts: list[int]) -> None:
        self.counts = counts

    def nthreads(self) -> dict[int, int]:
        if not self.counts:
            raise OSError
        return dict.fromkeys(range(self.counts.pop(0)), 1)


def test_a_cluster_that_nobody_works_for_any_more_is_not_awaited(received: Path) -> None:
    nodes = Nodes([1, 0, 0, 2, 0, 0])
    playing = cluster._Playing(nodes, "embedded", None)
    path = received / "a.mesdossier.zip"
    answer = playing.answer(path, Sent("pending"))
    assert nodes.counts == []
    assert answer["error"]["code"] == "DOS036"
    assert "0 worker" in answer["error"]["message"]["fr"]
    assert playing.answer(path, playing.sent(path)) == answer


def test_what_a_cluster_gave_up_is_told() -> None:
    answer = cluster._Playing(Nodes([]), "embedded", None).answer(Path("a"), Sent("cancelled"))
    assert "cancelled" in answer["error"]["message"]["fr"]


@pytest.mark.parametrize("address", ["", "foo", "tcp://", "tcp://127.0.0.1", "http://127.0.0.1:80", "inproc://1"])
def test_what_is_no_address_is_refused_at_once(received: Path, address: str) -> None:
    with pytest.raises(UsageError) as caught:
        replay_all(found([received]), scheduler=address)
    assert caught.value.code == "USE001"


def test_the_extra_that_is_missing_is_named(received: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("mes_conformity.dossier.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError) as caught:
        replay_all(found([received]), scheduler="tcp://127.0.0.1:1")
    assert caught.value.code == "DOS034"
