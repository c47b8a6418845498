from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier.many import found, one, replay_all
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.reporting.render import embedded


@pytest.fixture
def folder(tmp_path: Path, env: Environment) -> Path:
    """Two sound dossiers, one forged, one that is none."""
    raw = samples.dossier(tmp_path / "w", samples.real_run(tmp_path / "w", env), samples.SUITES)
    into = tmp_path / "received"
    (into / "sub").mkdir(parents=True)
    (into / "a.mesdossier.zip").write_bytes(raw)
    (into / "sub" / "b.mesdossier.zip").write_bytes(raw)
    forged = samples.reseal(raw, {"artefacts/glycemie.json": b'{"type": "batch"}'})
    (into / "c.mesdossier.zip").write_bytes(forged)
    (into / "d.mesdossier.zip").write_bytes(b"hello")
    (into / "notes.txt").write_text("x")
    return into


def test_a_folder_is_searched(folder: Path) -> None:
    names = [path.name for path in found([folder, folder / "a.mesdossier.zip"])]
    assert names == [f"{letter}.mesdossier.zip" for letter in "acdb"]


def test_a_folder_without_dossiers_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        found([tmp_path])
    assert caught.value.code == "DOS001"


def test_one_that_is_refused_does_not_stop_the_others(folder: Path) -> None:
    seen: list[str] = []
    answers = replay_all(found([folder]), redraw=embedded, progress=lambda answer: seen.append(answer["path"]))
    assert [answer["summary"]["confirmed"] for answer in answers] == [3, 2, 0, 3]
    assert "DOS033" in {finding["code"] for finding in answers[1]["findings"]}
    assert answers[2]["error"]["code"] == "DOS002"
    assert answers[2]["error"]["exit_code"] == 3
    assert len(seen) == 4


@pytest.mark.slow
def test_workers_give_the_same_answers(folder: Path) -> None:
    paths = found([folder])
    assert replay_all(paths, redraw=embedded, workers=2) == replay_all(paths, redraw=embedded)


def test_a_dossier_of_the_first_version_is_replayed() -> None:
    path = Path(__file__).parent / "data" / "format-1-first.mesdossier.zip"
    answer = one(path, "embedded", None)
    assert answer["summary"] == {"confirmed": 3, "differs": 0, "error": 0}
