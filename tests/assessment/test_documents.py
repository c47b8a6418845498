"""Reading what people and version control do to a file."""

from dataclasses import replace

import pytest

from mes_conformity.assessment import documents
from mes_conformity.assessment.model import (
    Action,
    Answer,
    Assessment,
    Evidence,
    FactAnswer,
    Finding,
    Provenance,
    SetAside,
    TestRun,
    Waiver,
)
from mes_conformity.foundation import schemas
from mes_conformity.foundation.errors import Conflict, InvalidInput
from mes_conformity.foundation.yaml_documents import dump

AT = "2026-11-01T08:00:00Z"


def full(assessment: Assessment) -> Assessment:
    piece = Evidence("e1", "Pièce", AT, path="evidence/a.txt", sha256="0" * 64, size=0, media_type="text/plain")
    answer = Answer("conform", Provenance("person", AT), evidence=(piece,), comment="note")
    return replace(
        assessment,
        title="Titre",
        facts={"exchange": FactAnswer("write", Provenance("person", AT, confirmed=True))},
        answers={"hds": answer},
        test_runs=(TestRun("r1", "reports/runs/r1/run.json", "1" * 64, outcomes={"hds": "passed"}),),
        findings=(Finding("f1", "hds", "observation", {"fr": "Remarque", "en": "Remark"}, "open", "self"),),
        waivers=(Waiver("w1", "hds", "une bonne raison", "2027-01-01"),),
        actions=(Action("a1", "hds", "Faire", "to_do"),),
        set_aside={"mesures": SetAside("not_asked", answer)},
        set_aside_facts={"measures": FactAnswer(True, Provenance("person", AT))},
    )


def test_the_model_and_the_data_say_the_same(assessment: Assessment) -> None:
    whole = full(assessment)
    data = documents.to_data(whole)
    assert schemas.errors(data, documents.SCHEMA) == []
    assert documents.from_data(data) == whole
    read = documents.read_versioned(dump(data).encode(), "a.yaml", documents.SCHEMA)
    assert documents.from_data(read.data) == whole


def test_merge_marks_are_named_with_their_line() -> None:
    source = b"schema_version: 1\n<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"
    with pytest.raises(InvalidInput) as caught:
        documents.read_versioned(source, "assessment.yaml", documents.SCHEMA)
    assert caught.value.code == "WSP004"
    assert caught.value.location is not None
    assert caught.value.location.line == 2


def test_a_newer_format_is_a_conflict(assessment: Assessment) -> None:
    data = {**documents.to_data(assessment), "schema_version": 2, "unknown": True}
    with pytest.raises(Conflict) as caught:
        documents.read_versioned(dump(data).encode(), "assessment.yaml", documents.SCHEMA)
    assert caught.value.code == "WSP003"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state: draft", "state: brouillon"),
        ("answers: {}", "answers: {hds: oui}"),
        ("answers: {}", "answers: {hds: {status: conform}}"),
        ("answers: {}", "responses: {}"),
        ("schema_version: 1", "schema_version: true"),
    ],
)
def test_nonsense_has_a_line(assessment: Assessment, old: str, new: str) -> None:
    source = dump(documents.to_data(assessment)).replace(old, new)
    assert new in source
    with pytest.raises(InvalidInput) as caught:
        documents.read_versioned(source.encode(), "assessment.yaml", documents.SCHEMA)
    assert caught.value.code == "SCH001"
    assert caught.value.location is not None
    assert caught.value.location.line


@pytest.mark.parametrize("path", ["evidence/../x", "evidence/..", "/etc/passwd", "evidence/a/b", "evidence\\x"])
def test_a_path_that_leaves_the_evidence_folder_is_refused(assessment: Assessment, path: str) -> None:
    data = documents.to_data(full(assessment))
    data["answers"]["hds"]["evidence"][0]["path"] = path
    assert schemas.errors(data, documents.SCHEMA)
