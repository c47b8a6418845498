import json
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.reporting.exchanges import FULL, LEAST, SHORT, ExchangeView, inert, limit, views


def view(exchange: dict[str, Any], shown: int = FULL) -> ExchangeView:
    return views(CaseRecord(samples.entry("A", "x"), (), (exchange,)), shown)[0]


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


@pytest.mark.parametrize("body", ["[" * 3000, "{oops", "plain", '{"a": 1}\n'])
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
    assert limit("failed", 10_000) == limit("error", 1) == FULL
    assert limit("passed", 10) == SHORT
    assert limit("passed", 3_000) < SHORT
    assert limit("passed", 10**6) == LEAST


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("simple", "simple"),
        ("été\n\t", "été\n\t"),
        ("a\x1bb", "a␛b"),
        ("a\x7fb", "a␡b"),
        ("a\u202eb", "a[U+202E]b"),
        ("\ud800", "[U+D800]"),
        ("\x9b", "[U+009B]"),
    ],
)
def test_what_would_act_is_made_visible(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_what_prepared_the_ground_is_told_apart() -> None:
    records = ({"exchange": 0, "supporting": True}, {"exchange": 1})
    case = CaseRecord(samples.entry("A", "x"), records, (samples.exchange(), samples.exchange()))
    assert [seen.supporting for seen in views(case, FULL)] == [True, False]
