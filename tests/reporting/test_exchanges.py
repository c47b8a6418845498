import json
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.reporting.exchanges import COMPACT_FROM, FULL, SHORT, ExchangeView, Level, level, views


def view(exchange: dict[str, Any], shown: int = FULL) -> ExchangeView:
    return views(CaseRecord(samples.entry("A", "x"), (), (exchange,)), Level(shown))[0]


def test_request_and_response_stand_side_by_side() -> None:
    seen = view(samples.exchange(201))
    assert seen.line.startswith("POST https://")
    assert seen.answer == "201"
    assert seen.response is not None
    assert seen.response.headers == (("Content-Type", "application/fhir+json"),)


def test_json_on_one_line_is_laid_out() -> None:
    seen = view(samples.exchange(body='{"a":{"b":"é"}}'))
    assert seen.response is not None
    assert seen.response.body.text == json.dumps({"a": {"b": "é"}}, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("body", ["[" * 3000, "{oops", "plain", '{"a": 1}\n', '{"a":"\\ud800"}'])
def test_what_is_no_json_stays_as_it_came(body: str) -> None:
    seen = view(samples.exchange(body=body))
    assert seen.response is not None
    assert seen.response.body.text == body


def test_a_long_body_is_cut_and_accounted_for() -> None:
    seen = view(samples.exchange(body="é" * 10_000), 100)
    assert seen.response is not None
    body = seen.response.body
    assert body.cut
    assert (len(body.text), body.size) == (100, 20_000)
    assert body.digest == samples.sha(("é" * 10_000).encode())


@pytest.mark.parametrize("text", ["AAEC", "%%%"])
def test_a_binary_body_is_not_shown(text: str) -> None:
    exchange = samples.exchange()
    exchange["response"]["content"] = {"size": 3, "text": text, "encoding": "base64"}
    body = view(exchange).response.body  # type: ignore[union-attr]
    assert body.binary
    assert body.text == ""
    assert body.size == 3


def test_no_answer_says_why() -> None:
    exchange = samples.exchange(0) | {"_failure": {"kind": "timeout", "detail": "10 s"}}
    seen = view(exchange)
    assert seen.response is None
    assert seen.failure == "timeout — 10 s"


def test_a_request_may_have_no_body() -> None:
    exchange = samples.exchange()
    del exchange["request"]["postData"]
    assert view(exchange).request.body.text == ""


def test_what_failed_is_shown_in_full_and_the_rest_shorter() -> None:
    assert level(True, 10).characters == FULL
    assert level(False, 10) == Level(SHORT)


def test_the_more_there_are_the_less_of_each_is_shown() -> None:
    for explained in (True, False):
        shown = [level(explained, count).characters for count in (1, 500, 5_000, 10**6)]
        assert shown == sorted(shown, reverse=True)
        assert shown[-1] > 0
    assert not level(False, COMPACT_FROM).compact
    assert level(False, COMPACT_FROM + 1).compact
    assert not level(True, 10**6).compact


def test_the_request_is_also_a_command() -> None:
    seen = view(samples.exchange())
    assert seen.curl is not None
    assert seen.curl.startswith("curl \\\n  -H 'Content-Type: application/fhir+json'")
    assert seen.body_file is None


def test_a_body_too_long_for_a_line_is_read_from_a_file() -> None:
    exchange = samples.exchange()
    exchange["request"]["postData"]["text"] = "x" * 100_000
    seen = view(exchange)
    assert seen.body_file == "A-1.body"
    assert seen.curl is not None
    assert "'@A-1.body'" in seen.curl


def test_a_heading_has_the_path_alone() -> None:
    exchange = samples.exchange()
    exchange["request"]["url"] = "https://x.example/fhir/Observation?code=1"
    assert view(exchange).target == "POST /fhir/Observation"
    exchange["request"]["url"] = "http://["
    assert view(exchange).target == "POST http://["


def test_what_prepared_the_ground_is_told_apart() -> None:
    records = ({"exchange": 0, "supporting": True}, {"exchange": 1})
    case = CaseRecord(samples.entry("A", "x"), records, (samples.exchange(), samples.exchange()))
    assert [seen.supporting for seen in views(case)] == [True, False]
    assert [seen.compact for seen in views(case)] == [True, False]
