import json
from datetime import UTC, datetime
from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.catalogue.loader import load_shipped
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.dossier import build, container
from mes_conformity.dossier.verify import verify_bytes
from mes_conformity.foundation import schemas
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput
from mes_conformity.foundation.i18n import using
from mes_conformity.foundation.yaml_documents import dump


def refused(root: Path, folder: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        build.collect(root, folder, None, {})
    return caught.value


def test_the_same_inputs_give_the_same_bytes_elsewhere_and_in_another_language(tmp_path: Path) -> None:
    one = samples.dossier(tmp_path / "a")
    with using("en"):
        assert samples.dossier(tmp_path / "b") == one


def test_the_published_schemas_hold_what_is_written(sealed: bytes) -> None:
    files = container.unpack(sealed)
    for path, schema in (("dossier.json", "dossier-1"), ("run.json", "run-1"), ("attestation.json", "attestation-1")):
        assert schemas.errors(json.loads(files[path]), schema) == []
    for path in files:
        if path.endswith("case.json"):
            assert schemas.errors(json.loads(files[path]), "case-1") == []
        if path.endswith("exchanges.har"):
            assert schemas.errors(json.loads(files[path]), "exchanges-1") == []


def test_everything_that_was_declared_and_shown_is_there(sealed: bytes) -> None:
    files = set(container.unpack(sealed))
    assert {"assessment.yaml", "attestation.json", "run.json", "evidence/tls.txt", "artefacts/glycemie.json"} <= files
    assert {"report/index.html", "report/junit.xml", "dossier.json", "seal.json"} <= files
    assert {"cases/MES-W-01/case.json", "cases/MES-W-01/exchanges.har"} <= files


def test_the_date_is_that_of_the_last_input(sealed: bytes) -> None:
    assert json.loads(container.unpack(sealed)["dossier.json"])["created_at"] == "2026-11-22T11:59:07Z"


def test_source_date_epoch_dates_the_manifest_and_the_archive(tmp_path: Path) -> None:
    contents = build.collect(tmp_path, samples.write_workspace(tmp_path), None, {})
    seconds = int(datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC).timestamp())
    raw = build.assemble(contents, {}, {"SOURCE_DATE_EPOCH": str(seconds)})
    data = json.loads(container.unpack(raw)["dossier.json"])
    assert data["created_at"] == data["archive"]["moment"] == "2026-01-02T03:04:06Z"
    assert verify_bytes(raw, "x").verdict == "intact_unsigned"


@pytest.mark.parametrize("epoch", ["", "soon", "-1", "9" * 30, "²"])
def test_a_source_date_epoch_that_is_no_number_is_ignored(tmp_path: Path, epoch: str) -> None:
    contents = build.collect(tmp_path, samples.write_workspace(tmp_path), None, {})
    assert build.assemble(contents, {}, {"SOURCE_DATE_EPOCH": epoch}) == build.assemble(contents, {}, {})


def test_the_attestation_says_who_declares_what(sealed: bytes) -> None:
    attestation = json.loads(container.unpack(sealed)["attestation.json"])
    assert attestation["product"] == "Glyco Suivi"
    assert attestation["platform"] == "Android 15"
    assert attestation["signatory"] is None
    assert set(attestation["declares"]) == {"fr", "en"}


def test_without_a_run_there_is_nothing_to_seal(tmp_path: Path) -> None:
    error = refused(tmp_path, tmp_path / "none")
    assert error.code == "DOS016"
    assert error.hint is not None


def test_a_run_that_was_stopped_is_no_proof(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    run = json.loads((folder / "run.json").read_text())
    run["run"]["state"] = "interrupted"
    samples.write_json(folder / "run.json", run)
    assert refused(tmp_path, folder).code == "DOS018"


@pytest.mark.parametrize("name", ["artefacts/glycemie.json", "evidence/tls.txt"])
def test_a_file_that_changed_since_is_refused(tmp_path: Path, name: str) -> None:
    folder = samples.write_workspace(tmp_path)
    (tmp_path / name).write_bytes(b"other")
    error = refused(tmp_path, folder)
    assert error.code == "DOS017"
    assert error.location is not None
    assert error.location.file == name


@pytest.mark.parametrize("name", ["artefacts/glycemie.json", "evidence/tls.txt"])
def test_a_file_that_is_gone_is_refused(tmp_path: Path, name: str) -> None:
    folder = samples.write_workspace(tmp_path)
    (tmp_path / name).unlink()
    assert refused(tmp_path, folder).code == "DOS017"


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path / "w")
    (tmp_path / "secret").write_bytes(samples.EVIDENCE)
    (tmp_path / "w" / "evidence" / "tls.txt").unlink()
    (tmp_path / "w" / "evidence" / "tls.txt").symlink_to(tmp_path / "secret")
    assert refused(tmp_path / "w", folder).code == "DOS017"


def test_a_confidential_piece_stays_out(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    data = samples.assessment()
    data["answers"]["x-ech-tls"]["evidence"][0]["confidential"] = True
    (tmp_path / "assessment.yaml").write_text(dump(data))
    assert "evidence/tls.txt" not in build.collect(tmp_path, folder, None, {}).files


def test_a_dossier_without_answers_is_possible(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    (tmp_path / "assessment.yaml").unlink()
    (tmp_path / "journal.jsonl").write_text("{}\n")
    files = build.collect(tmp_path, folder, None, {}).files
    assert "assessment.yaml" not in files
    assert files["journal.jsonl"] == b"{}\n"


def test_artefacts_given_by_their_own_path_are_kept_by_name(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path / "w")
    outside = tmp_path / "elsewhere" / "glycemie.json"
    outside.parent.mkdir()
    outside.write_bytes(b"[]")
    run = json.loads((folder / "run.json").read_text())
    run["artefacts"].append({"path": str(outside), "kind": "measure-bundle", "sha256": samples.sha(b"[]"), "size": 2})
    samples.write_json(folder / "run.json", run)
    files = build.collect(tmp_path / "w", folder, None, {}).files
    assert files["artefacts/glycemie.json"] == samples.BUNDLE
    assert files[f"artefacts/{samples.sha(b'[]')[:12]}-glycemie.json"] == b"[]"


def conflict(root: Path, folder: Path, catalogue: Catalogue | None, suites: dict[str, bytes]) -> str:
    with pytest.raises(Conflict) as caught:
        build.collect(root, folder, catalogue, suites)
    return caught.value.code


def test_suites_that_changed_since_the_run_are_refused(tmp_path: Path, env: Environment) -> None:
    folder = samples.real_run(tmp_path, env)
    assert conflict(tmp_path, folder, None, {"unit/petite.yaml": b"other"}) == "DOS019"
    assert conflict(tmp_path, folder, None, {"unit/other.yaml": samples.SUITE}) == "DOS019"


def test_a_catalogue_that_changed_since_the_run_is_refused(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    run = json.loads((folder / "run.json").read_text())
    run["catalogue"] = {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}
    samples.write_json(folder / "run.json", run)
    assert conflict(tmp_path, folder, load_shipped(), {}) == "DOS019"


@pytest.mark.parametrize("name", ["artefacts/glycemie.json", "evidence/tls.txt"])
def test_a_private_key_is_never_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    folder = samples.write_workspace(tmp_path)
    monkeypatch.setattr(build, "_unchanged", lambda *_given: None)  # as if the run and the answers knew this content
    (tmp_path / name).write_text("-----BEGIN PRIVATE KEY-----\nFICTIF\n-----END PRIVATE KEY-----\n", encoding="utf-8")
    error = refused(tmp_path, folder)
    assert error.code == "DOS037"
