import copy
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier.differences import compare
from mes_conformity.dossier.verify import Dossier, verify_bytes
from mes_conformity.foundation.yaml_documents import dump


def opened(raw: bytes) -> Dossier:
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    return dossier


def second(sealed: bytes) -> bytes:
    """The dossier some weeks later: one case fixed, one worse, one gone, one new, one with another reason."""
    changes: dict[str, bytes | None] = {}
    cases = copy.deepcopy(samples.entries())
    by_id: dict[str, Any] = {case["id"]: case for case in cases}
    by_id["MES-U-02"].update(outcome="passed", checks=[samples.check("rules")])
    by_id["MES-W-01"].update(outcome="failed", checks=[samples.check("status", "failed")])
    by_id["APP-04"]["checks"] = [samples.check("json", "failed", "autre attente")]
    by_id["APP-05"].update(id="APP-06", folder="cases/APP-06")
    for case in cases:
        document = {"schema_version": 1, "case": case, "records": []}
        changes[f"{case['folder']}/case.json"] = samples.json.dumps(document).encode()
        changes[f"{case['folder']}/exchanges.har"] = None
    changes["cases/APP-05/case.json"] = changes["cases/APP-05/exchanges.har"] = None
    run = samples.run_document(cases)
    run["service"] = {**run["service"], "version": "2.5.0"}
    run["catalogue"] = {"id": "mes-referencement", "version": "2.0.0", "sha256": "1" * 64}
    run["suites"][0]["sha256"] = "2" * 64
    changes["run.json"] = samples.json.dumps(run).encode()
    answers = samples.assessment()
    answers["answers"]["x-ech-jetons"] = samples.answer("conform")
    answers["facts"] = {}
    changes["assessment.yaml"] = dump(answers).encode()
    changes["evidence/tls.txt"] = b"TLS 1.3 encore\n"
    changes["evidence/plus.txt"] = b"x"
    return samples.reseal(sealed, changes)


@pytest.fixture(scope="module")
def diff(sealed: bytes) -> dict[str, Any]:
    return compare(opened(sealed), opened(second(sealed)))


def test_a_dossier_does_not_differ_from_itself(sealed: bytes) -> None:
    same = compare(opened(sealed), opened(sealed))
    assert not any(same["cases"].values())
    assert not any(same["evidence"].values())
    assert same["answers"] == same["facts"] == same["suites"] == same["service"] == []
    assert same["catalogue"]["changed"] is False


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("fixed", ["MES-U-02"]),
        ("worse", ["MES-W-01"]),
        ("new", ["APP-06"]),
        ("gone", ["APP-05"]),
        ("changed", ["APP-04"]),
    ],
)
def test_each_change_of_a_case_stands_apart(diff: dict[str, Any], kind: str, expected: list[str]) -> None:
    assert [item["id"] for item in diff["cases"][kind]] == expected


def test_evidence_answers_facts_service_and_judges(diff: dict[str, Any]) -> None:
    assert diff["evidence"] == {"added": ["evidence/plus.txt"], "removed": [], "changed": ["evidence/tls.txt"]}
    assert [(item["id"], item["now"]["status"]) for item in diff["answers"]] == [("x-ech-jetons", "conform")]
    assert [item["id"] for item in diff["facts"]] == ["data_exchange"]
    assert [item["id"] for item in diff["service"]] == ["version"]
    assert len(diff["suites"]) == 1


def test_another_catalogue_is_told(diff: dict[str, Any]) -> None:
    assert diff["catalogue"]["changed"] is True
    assert diff["catalogue"]["now"]["version"] == "2.0.0"


def test_requirements_are_compared_where_catalogues_are_embedded(tmp_path: Path, sealed: bytes) -> None:
    from mes_conformity.catalogue.loader import load_shipped

    catalogue = {f"catalogue/{name}": data for name, data in load_shipped().documents.items()}
    changed = dict(catalogue)
    name = next(name for name, data in catalogue.items() if b"obligation: mandatory" in data)
    changed[name] = catalogue[name].replace(b"obligation: mandatory", b"obligation: optional", 1)
    found = compare(opened(samples.reseal(sealed, catalogue)), opened(samples.reseal(sealed, changed)))
    assert len(found["catalogue"]["requirements"]) == 1
