"""HAR and back: nothing that a verdict looks at is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.harness.har import from_entry, to_entry, to_log
from mes_conformity.suites.evidence import FAILURES, Exchange, Failure, Request, Response, Tls

HEADERS = st.lists(st.tuples(st.sampled_from(["A", "Content-Type", "x-y"]), st.text(max_size=10)), max_size=3).map(
    tuple
)
REQUESTS = st.builds(
    Request, st.sampled_from(["GET", "POST"]), st.just("https://h/a?b=c"), HEADERS, st.binary(max_size=20)
)
RESPONSES = st.builds(Response, st.integers(100, 599), HEADERS, st.binary(max_size=20))
TLS = st.none() | st.just(Tls("1.3", "X", True))


@given(REQUESTS, RESPONSES, TLS)
def test_an_answer_comes_back(request: Request, response: Response, tls: Tls | None) -> None:
    exchange = Exchange(request, response, None, "2026-11-22T12:00:00Z", 7, tls)
    assert from_entry(to_entry(exchange)) == exchange


@given(REQUESTS, st.sampled_from(FAILURES))
def test_a_failure_comes_back(request: Request, kind: str) -> None:
    exchange = Exchange(request, None, Failure(kind, "why"), "2026-11-22T12:00:00Z", 7)
    assert from_entry(to_entry(exchange)) == exchange


def test_a_log_is_har_1_2() -> None:
    exchange = Exchange(Request("GET", "http://[bad"), Response(299, (("Location", "x"),), b"{}"), None, "", 1)
    log = to_log([exchange], "mes-conformity", "1")["log"]
    assert log["version"] == "1.2"
    assert log["entries"][0]["response"]["statusText"] == ""
    assert log["entries"][0]["response"]["redirectURL"] == "x"
    assert log["entries"][0]["request"]["queryString"] == []


def test_a_body_that_is_not_base64_is_refused() -> None:
    entry = to_entry(Exchange(Request("POST", "http://h/", (), b"\xff"), Response(200), None, "", 1))
    entry["request"]["postData"]["text"] = "***"
    with pytest.raises(ValueError, match="base64"):
        from_entry(entry)


def test_another_shape_is_refused() -> None:
    with pytest.raises(LookupError):
        from_entry({"request": {}})


def test_the_chain_names_where_a_record_was_touched() -> None:
    from mes_conformity.harness import har

    entries = [{"n": 1, "text": "a\nb"}, {"n": 2}, {"n": 3}]
    raw = har.dump({"log": {"version": "1.2", "creator": {}, "entries": entries}})
    assert json.loads(raw)["log"]["entries"] == entries
    links = har.links(raw)
    assert len(links) == 3
    touched = har.links(raw.replace(b'"n":2', b'"n":4'))
    assert [one == other for one, other in zip(links, touched, strict=True)] == [True, False, False]
    assert har.links(b"") == []
