import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier import container, documents
from mes_conformity.foundation.errors import InvalidInput

CASE = "cases/MES-W-01/case.json"


def code(sealed: bytes, path: str, change: Callable[[Any], None]) -> str:
    files = dict(container.unpack(sealed))
    data = json.loads(files[path])
    change(data)
    files[path] = json.dumps(data).encode()
    with pytest.raises(InvalidInput) as caught:
        documents.read(files)
    return caught.value.code


def test_cases_come_in_the_order_of_the_run(sealed: bytes) -> None:
    read = documents.read(container.unpack(sealed))
    assert [case.entry["id"] for case in read.cases] == [case["id"] for case in read.run["cases"]]


def test_folders_and_artefacts_are_found(sealed: bytes) -> None:
    read = documents.read(container.unpack(sealed))
    assert read.folder("evidence") == {"tls.txt": b"TLS 1.3, TLS_AES_256_GCM_SHA384\n"}
    assert list(read.artefacts().values()) == [read.files["artefacts/glycemie.json"]]


def test_a_record_that_names_no_exchange_is_refused(sealed: bytes) -> None:
    assert code(sealed, CASE, lambda data: data["records"][0].update(exchange=9)) == "DOS014"


def test_a_case_in_the_folder_of_another_is_refused(sealed: bytes) -> None:
    assert code(sealed, CASE, lambda data: data["case"].update(id="OTHER")) == "DOS014"


def test_a_case_written_twice_is_refused(sealed: bytes) -> None:
    assert code(sealed, "run.json", lambda data: data["cases"].append(data["cases"][0])) == "DOS014"


def test_a_case_outside_of_the_run_is_refused(sealed: bytes) -> None:
    assert code(sealed, "run.json", lambda data: data["cases"].pop()) == "DOS014"


def test_a_case_that_is_not_there_is_refused(sealed: bytes) -> None:
    files = {path: data for path, data in container.unpack(sealed).items() if path != CASE}
    with pytest.raises(InvalidInput) as caught:
        documents.read(files)
    assert caught.value.code == "DOS010"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["log"]["entries"][0].pop("request"),
        lambda data: data["log"]["entries"][0].update(response=7),
        lambda data: data["log"]["entries"][0]["request"].update(headers=[{"name": 1}]),
        lambda data: data["log"]["entries"][0]["response"].update(headers=[7]),
        lambda data: data["log"]["entries"][0]["response"].update(headers=7),
        lambda data: data["log"].update(entries={}),
        lambda data: data["log"]["entries"][0]["response"]["content"].update(text=7),
        lambda data: data["log"]["entries"][0]["request"]["postData"].update(text=None),
        lambda data: data["log"]["entries"][0].update(_failure="timeout"),
    ],
)
def test_exchanges_that_are_none_are_refused(sealed: bytes, change: Callable[[Any], None]) -> None:
    assert code(sealed, "cases/MES-W-01/exchanges.har", change) == "DOS014"


def test_a_dossier_may_hold_tests_only(sealed: bytes) -> None:
    files = {p: d for p, d in container.unpack(sealed).items() if p not in ("assessment.yaml", "attestation.json")}
    read = documents.read(files)
    assert read.assessment is None
    assert read.attestation is None


def test_an_exchange_that_was_swapped_since_its_record_is_named(tmp_path: Path) -> None:
    """The chain of a case, written as each exchange was recorded, must be that of its exchanges."""
    from mes_conformity.harness import har

    sealed = samples.dossier(tmp_path)
    path = "cases/MES-W-01/exchanges.har"
    raw = har.dump(samples.har([samples.exchange(), samples.exchange(201)]))
    case = samples.changed(sealed, "cases/MES-W-01/case.json", lambda data: data.update(chain=har.links(raw)))
    files = {**container.unpack(sealed), "cases/MES-W-01/case.json": case, path: raw}
    assert documents.read(files)
    swapped = har.dump(samples.har([samples.exchange(), samples.exchange(500)]))
    with pytest.raises(InvalidInput) as caught:
        documents.read({**files, path: swapped})
    assert caught.value.code == "DOS027"
    assert "2" in str(caught.value)
