"""The journal keeps no value that could be a secret or a datum of someone."""

from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.sandbox.journal import LIMIT, Journal, entry


def test_unknown_values_are_hidden_and_harmless_ones_kept() -> None:
    kept = entry("t", "GET", "/fhir/Observation", b"code=1&patient=secret", [(b"Accept", b"x"), (b"X-Api", b"secret")])
    assert kept["query"] == "code=1&patient=***"
    assert kept["headers"] == {"accept": "x", "x-api": "***"}


def test_a_code_of_authorization_is_hidden() -> None:
    assert entry("t", "GET", "/authorize", b"code=secret&state=secret", [])["query"] == "code=***&state=***"


def test_a_query_with_too_many_fields_is_hidden_whole() -> None:
    assert entry("t", "GET", "/", b"&".join([b"a=1"] * 100), [])["query"] == "***"


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_any_bytes_are_kept_as_text(query: bytes, header: bytes) -> None:
    kept = entry("t", "GET", "/x", query, [(header, header)])
    assert isinstance(kept["query"], str)
    assert len(kept["headers"]) == 1


def test_memory_is_bounded() -> None:
    journal = Journal()
    for number in range(LIMIT + 5):
        journal.add({"n": number})
    assert len(journal.to_json()) == LIMIT
    assert journal.to_json()[0] == {"n": 5}
