"""What an expert checks first, each point from the dossier alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mes_conformity.dossier import build, review, signing
from mes_conformity.dossier.keys import Signer
from mes_conformity.dossier.verify import Dossier, verify_bytes
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.yaml_documents import dump
from mes_conformity.referencing.admissibility import Point, checklist, counts
from mes_conformity.reporting.model import draw

TODAY = date(2026, 11, 22)
Told = dict[str, Point]


@pytest.fixture(scope="module")
def samples() -> ModuleType:
    import dossier_samples

    return dossier_samples


@pytest.fixture(scope="module")
def catalogue() -> Any:
    from mes_conformity.catalogue.loader import load_shipped

    return load_shipped()


@pytest.fixture(scope="module")
def whole(samples: ModuleType, catalogue: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dossier with the catalogue of the program, every mandatory requirement answered or none."""
    root = tmp_path_factory.mktemp("whole")
    folder = samples.write_workspace(root)
    return build.assemble(build.attest(build.collect(root, folder, catalogue, {})), {}, {})


def opened(raw: bytes) -> Dossier:
    dossier = verify_bytes(raw, "d.mesdossier.zip").dossier
    assert dossier is not None
    return dossier


def points(dossier: Dossier, today: date = TODAY) -> Told:
    return {point.id: point for point in checklist(dossier, draw(dossier.documents), review.examine(dossier), today)}


@pytest.fixture
def changed(samples: ModuleType, whole: bytes) -> Callable[..., Told]:
    """The points of the dossier after changes to its run and its assessment."""

    def make(run: Callable[[Any], None] | None = None, assessment: Callable[[Any], None] | None = None) -> Told:
        files: dict[str, bytes | None] = {}
        if run is not None:
            files["run.json"] = samples.changed(whole, "run.json", run)
        if assessment is not None:
            data = samples.assessment()
            assessment(data)
            files["assessment.yaml"] = dump(data).encode()
        return points(opened(samples.reseal(whole, files)))

    return make


def test_every_point_has_a_reason_and_what_it_stands_on(whole: bytes) -> None:
    found = points(opened(whole))
    assert len(found) == 15
    for point in found.values():
        for text in (point.title, point.reason, point.source):
            assert text["fr"]
            assert text["en"]
        assert point.grade in ("official", "published", "derived")
    assert sum(counts(found.values()).values()) == 15
    assert set(found["whole"].to_json()) == {"id", "title", "state", "reason", "source", "grade"}


def test_a_dossier_that_disagrees_with_itself_is_not_whole(whole: bytes, changed: Callable[..., Told]) -> None:
    assert points(opened(whole))["whole"].state == "ok"
    told = changed(run=lambda run: run["summary"].update(passed=99))["whole"]
    assert told.state == "not_ok"
    assert "DOS021" in told.reason["fr"]


@pytest.fixture
def real(samples: ModuleType, tmp_path: Path, env: Environment) -> bytes:
    """A dossier that was really played, with its suites in it."""
    return bytes(samples.dossier(tmp_path, samples.real_run(tmp_path, env), samples.SUITES))


def test_the_cases_are_judged_again(samples: ModuleType, whole: bytes, real: bytes) -> None:
    assert points(opened(whole))["replayed"].state == "unknown"
    assert points(opened(real))["replayed"].state == "ok"
    forged = samples.reseal(real, {"artefacts/glycemie.json": b'{"type": "batch"}'})
    told = points(opened(forged))["replayed"]
    assert told.state == "not_ok"
    assert "PET-01" in told.reason["fr"]


def test_suites_are_held_against_those_of_the_program(samples: ModuleType, whole: bytes, real: bytes) -> None:
    from mes_conformity.dossier.replay import shipped

    assert points(opened(whole))["suites"].state == "unknown"
    told = points(opened(real))["suites"]
    assert told.state == "unknown"
    assert "unit/petite.yaml" in told.reason["fr"]
    ours = {f"suites/{name}": data for name, data in shipped().items()}
    assert points(opened(samples.reseal(real, {**ours, "suites/unit/petite.yaml": None})))["suites"].state == "ok"


def test_reports_are_held_against_their_documents(samples: ModuleType, real: bytes) -> None:
    from mes_conformity.reporting.render import embedded

    dossier = opened(samples.reseal(real, {"report/index.html": b"<p>Tout est conforme.</p>"}))
    drawn = draw(dossier.documents)
    told = checklist(dossier, drawn, review.examine(dossier), TODAY, embedded)[0]
    assert (told.id, told.state) == ("whole", "not_ok")
    assert "DOS026" in told.reason["fr"]


def test_a_signature_is_held_against_those_accepted(whole: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    dossier = opened(signing.sign(whole, Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))))
    assert dossier.signature is not None
    assert points(opened(whole))["signed"].state == "not_ok"
    assert points(dossier)["signed"].state == "unknown"
    for trusted, state in ((True, "ok"), (False, "not_ok")):
        held = replace(dossier, signature=replace(dossier.signature, trusted=trusted))
        assert points(held)["signed"].state == state


def test_the_product_is_named(whole: bytes, changed: Callable[..., Told]) -> None:
    assert "Glyco Suivi" in points(opened(whole))["identified"].reason["fr"]
    told = changed(run=lambda run: run["service"].update(version=None))["identified"]
    assert (told.state, told.reason["en"]) == ("not_ok", "missing: version")


def test_an_attestation_is_there(samples: ModuleType, whole: bytes) -> None:
    assert points(opened(whole))["attested"].state == "ok"
    without = samples.reseal(whole, {"attestation.json": None})
    assert points(opened(without))["attested"].state == "not_ok"


@pytest.mark.parametrize(
    ("pinned", "state"),
    [
        (None, "not_ok"),
        ({"id": "mes-referencement", "version": "2.0.0"}, "ok"),
        ({"id": "mes-referencement", "version": "1.0.0"}, "not_ok"),
        ({"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}, "not_ok"),
        ({"id": "liste-de-l-editeur", "version": "1", "sha256": "0" * 64}, "unknown"),
    ],
    ids=["none", "latest", "older", "another content", "another list"],
)
def test_the_catalogue_is_a_known_one(changed: Callable[..., Told], pinned: Any, state: str) -> None:
    from mes_conformity.catalogue.loader import load_shipped

    if pinned is not None and "sha256" not in pinned:
        pinned = {**pinned, "sha256": load_shipped(pinned["id"], pinned["version"]).sha256}
    assert changed(run=lambda run: run.update(catalogue=pinned))["catalogue"].state == state


def test_each_mandatory_requirement_is_answered(
    samples: ModuleType, catalogue: Any, whole: bytes, changed: Callable[..., Told], sealed_without: Dossier
) -> None:
    told = points(opened(whole))["answered"]
    assert told.state == "not_ok"
    assert "(+" in told.reason["fr"]

    def answers(data: Any) -> None:
        for item in catalogue.requirements:
            data["answers"].setdefault(item.id, samples.answer("non_conform"))

    assert changed(assessment=answers)["answered"].state == "ok"
    assert points(opened(samples.reseal(whole, {"assessment.yaml": None})))["answered"].state == "not_ok"
    assert points(sealed_without)["answered"].state == "unknown"


@pytest.fixture(scope="module")
def sealed_without(samples: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """A dossier that embeds no catalogue."""
    return opened(samples.dossier(tmp_path_factory.mktemp("without")))


def needed(catalogue: Any) -> Any:
    """A requirement that asks for a piece where it is met, and applies to the sample service."""
    from mes_conformity.assessment.scoring import in_force

    for item in in_force(catalogue, {"data_exchange": "read_write"}):
        needs = [need for need in item.evidence if "conform" in need.required_for and need.kind != "test_run"]
        if len(item.evidence) == len(needs) == 1:
            return item, needs[0]
    raise AssertionError


def test_the_evidence_asked_for_is_there(
    samples: ModuleType, catalogue: Any, changed: Callable[..., Told], sealed_without: Dossier
) -> None:
    item, need = needed(catalogue)
    piece = {"id": "p", "title": "Pièce", "satisfies": need.id, "added_at": "2026-11-20T09:00:00Z"}
    inside = {"path": "evidence/tls.txt", "sha256": samples.sha(samples.EVIDENCE), "size": len(samples.EVIDENCE)}

    def only(evidence: list[Any]) -> Callable[[Any], None]:
        answers = {item.id: samples.answer("conform", evidence=evidence)}
        return lambda data: data.update(answers=answers)

    absent = changed(assessment=only([]))["evidence"]
    assert absent.state == "not_ok"
    assert item.id in absent.reason["fr"]
    assert changed(assessment=only([{**piece, "href": "https://exemple.fr/p"}]))["evidence"].state == "unknown"
    held = {**piece, **inside, "media_type": "text/plain"}
    assert changed(assessment=only([held]))["evidence"].state == "ok"
    assert points(sealed_without)["evidence"].state == "unknown"


def test_a_run_asked_for_as_evidence_has_passed(samples: ModuleType, whole: bytes) -> None:
    path = "catalogue/echange-donnees.yaml"
    listed = (
        opened(whole).files[path].replace(b"kind: test_run\n", b"kind: test_run\n        required_for: [conform]\n")
    )

    def told(outcome: str) -> Point:
        data = samples.assessment()
        data["answers"] = {"x-ech-appariement": samples.answer("conform")}
        run = {"id": "r", "path": "reports/runs/r/run.json", "sha256": "0" * 64}
        data["test_runs"] = [{**run, "outcomes": {"x-ech-appariement": outcome}}]
        files = {path: listed, "assessment.yaml": dump(data).encode()}
        return points(opened(samples.reseal(whole, files)))["evidence"]

    failed = told("failed")
    assert (failed.state, "x-ech-appariement" in failed.reason["fr"]) == ("not_ok", True)
    assert told("passed").state == "ok"


@pytest.mark.parametrize(
    ("end", "state"),
    [("2026-11-21", "not_ok"), ("2026-11-22", "ok"), (None, "unknown")],
    ids=["over", "today", "undated"],
)
def test_evidence_has_not_expired(
    samples: ModuleType, catalogue: Any, changed: Callable[..., Told], end: str | None, state: str
) -> None:
    item, _need = needed(catalogue)
    piece = {"id": "p", "title": "Pièce", "href": "https://exemple.fr/p", "added_at": "2026-11-20T09:00:00Z"}
    dated = piece if end is None else {**piece, "valid_until": end}

    def only(data: Any) -> None:
        data["answers"] = {item.id: samples.answer("conform", evidence=[dated])}

    assert changed(assessment=only)["validity"].state == state


def test_a_partial_run_is_named(samples: ModuleType, whole: bytes, tmp_path: Path, env: Environment) -> None:
    assert points(opened(whole))["complete"].state == "unknown"
    real = opened(samples.dossier(tmp_path, samples.real_run(tmp_path, env), samples.SUITES))
    assert points(real)["complete"].state == "ok"
    more = samples.SUITE.replace(b"PET-0", b"PLU-0").replace(b"petite", b"plus")
    wider = opened(samples.reseal(real.raw, {"suites/unit/plus.yaml": more}))
    told = points(wider)["complete"]
    assert told.state == "not_ok"
    assert "PLU-01" in told.reason["fr"]


@pytest.mark.parametrize(
    ("target", "state"),
    [
        ({"name": "embedded", "url": "https://127.0.0.1", "kind": "embedded"}, "not_ok"),
        ({"name": "bac", "url": "https://exemple.fr", "kind": "workspace"}, "ok"),
        ({"name": None, "url": None, "kind": "url"}, "not_ok"),
        (None, "not_ok"),
    ],
    ids=["sandbox", "named", "nameless", "none"],
)
def test_connection_tests_were_run_on_a_named_target(changed: Callable[..., Told], target: Any, state: str) -> None:
    assert changed(run=lambda run: run["run"].update(target=target))["target"].state == state


def test_a_service_that_exchanges_nothing_has_no_target(changed: Callable[..., Told]) -> None:
    told = changed(assessment=lambda data: data["facts"]["data_exchange"].update(value="none"))
    assert told["target"].state == "not_applicable"


def test_what_the_tests_say_of_the_service(whole: bytes, changed: Callable[..., Told]) -> None:
    refused = points(opened(whole))["verdict"]
    assert refused.state == "not_ok"
    assert "MES-U-02" in refused.reason["fr"]

    def settled(*left: str) -> Callable[[Any], None]:
        def change(run: Any) -> None:
            for case in run["cases"]:
                case["outcome"] = case["outcome"] if case["id"] in left else "passed"

        return change

    assert changed(run=settled("MES-R-09"))["verdict"].state == "unknown"
    assert changed(run=settled())["verdict"].state == "ok"


def test_contradictions_are_named(whole: bytes, changed: Callable[..., Told]) -> None:
    told = points(opened(whole))["contradictions"]
    assert told.state == "not_ok"
    assert "x-ech-mesures-codes" in told.reason["fr"]
    assert changed(assessment=lambda data: data.update(answers={}))["contradictions"].state == "ok"


def test_what_was_asked_before_was_answered(samples: ModuleType, whole: bytes) -> None:
    import review_samples

    dossier = opened(whole)
    asked = review_samples.asks(dossier)
    answered = review_samples.answers(dossier, (asked,))
    assert points(dossier)["review"].state == "not_applicable"

    def carrying(**files: bytes) -> Point:
        named = {f"review/{name[1:]}.mesaddendum.json": raw for name, raw in files.items()}
        return points(opened(samples.reseal(whole, named)))["review"]

    left = carrying(_01=asked.raw)
    assert (left.state, left.reason["fr"]) == ("not_ok", "sans réponse : 1.1, 1.2")
    assert carrying(_01=asked.raw, _02=answered.raw).state == "ok"
    assert "REV001" in carrying(_01=b"{}").reason["fr"]
