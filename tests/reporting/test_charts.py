import re

import dossier_samples as samples
import pytest

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.reporting.charts import MAX_BARS, ROW, WIDTH, paths, timeline, waterfall
from mes_conformity.reporting.exchanges import views
from mes_conformity.reporting.model import Report


def bars(path: str) -> list[tuple[int, int, int]]:
    """(left, top, width) of each bar."""
    found = re.findall(r"M(\d+) (\d+)h(\d+)v\d+h-(\d+)z", path)
    assert all(width == back for _left, _top, width, back in found)
    return [(int(left), int(top), int(width)) for left, top, width, _back in found]


def test_the_timeline_tells_each_suite_its_time(report: Report) -> None:
    found = timeline(report)
    assert found is not None
    played = [entry for entry in report.run["cases"] if entry["outcome"] != "skipped"]
    assert found.total_ms == sum(entry["duration_ms"] for entry in played)
    assert [lane.suite for lane in found.lanes] == list(dict.fromkeys(entry["suite"] for entry in played))
    assert sum(lane.cases for lane in found.lanes) == len(played)
    for lane in found.lanes:
        drawn = [bar for _tone, path in lane.paths for bar in bars(path)]
        assert len(drawn) == lane.cases
        assert min(left for left, _top, _width in drawn) == round(WIDTH * lane.start_ms / found.total_ms)


def test_the_tone_of_a_bar_is_that_of_its_case(report: Report) -> None:
    found = timeline(report)
    assert found is not None
    tones = {lane.suite: {tone for tone, _path in lane.paths} for lane in found.lanes}
    assert tones["measures-artefacts"] == {"good", "bad"}
    assert tones["measures-read"] == {"good", "warn"}


@pytest.mark.parametrize(("start", "length"), [(0, 0.001), (999.9, 0.1), (1000, 0), (0, 1000)])
def test_a_bar_is_seen_and_inside(start: float, length: float) -> None:
    ((_tone, path),) = paths([(start, length, 0, "good")], 1000)
    ((left, _top, width),) = bars(path)
    assert width >= 2
    assert left >= 0
    assert left + width <= WIDTH


def _case(*times: float) -> CaseRecord:
    exchanges = tuple({**samples.exchange(), "time": time} for time in times)
    return CaseRecord(samples.entry("A", "x"), ({"exchange": 0, "supporting": True},), exchanges)


def test_a_waterfall_puts_the_exchanges_end_to_end() -> None:
    found = dict(waterfall(views(_case(10, 30))))
    assert bars(found["mute"]) == [(0, 2, 250)]
    assert bars(found["accent"]) == [(250, ROW + 2, 750)]


@pytest.mark.parametrize("times", [(), (5,), (0, 0), (1,) * (MAX_BARS + 1)])
def test_there_is_no_waterfall_of_nothing(times: tuple[float, ...]) -> None:
    assert waterfall(views(_case(*times))) == ()
