"""A dossier made of a filtered run says which cases were not run."""

from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import consistency, container, scope
from mes_conformity.dossier.verify import verify_bytes
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput


def built(root: Path, env: Environment, expression: str = "") -> bytes:
    """A dossier of the cases of the small suite that `expression` chooses."""
    from mes_conformity.harness import engine
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.harness.selection import Selection
    from mes_conformity.suites.loader import from_documents

    samples.write_workspace(root)
    named = (samples.SERVICE[key] for key in ("publisher", "product", "version", "platform", "solution_oid"))
    artefact = Artefact("artefacts/glycemie.json", "measure-bundle", samples.BUNDLE)
    service = engine.Service(*named, {}, (artefact,))
    result = engine.run(from_documents(samples.SUITES), Selection(expression), service, env, root=root)
    assert result.folder is not None
    return samples.dossier(root, result.folder, samples.SUITES)


def manifest(raw: bytes) -> dict[str, object]:
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    return dict(dossier.manifest.data)


def test_a_whole_run_left_nothing_out(tmp_path: Path, env: Environment) -> None:
    assert manifest(built(tmp_path, env))["not_run"] == []


def test_a_filtered_run_says_what_it_left_out(tmp_path: Path, env: Environment) -> None:
    raw = built(tmp_path, env, "PET-02")
    assert manifest(raw)["not_run"] == ["PET-01", "PET-03"]
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    assert scope.not_run(dossier.documents) == ("PET-01", "PET-03")
    assert consistency.check(dossier) == []


def test_a_manifest_that_hides_it_is_seen(tmp_path: Path, env: Environment) -> None:
    dossier = verify_bytes(samples.reseal(built(tmp_path, env, "PET-02"), {}), "x").dossier
    assert dossier is not None
    assert dossier.manifest.data["not_run"] == []
    assert [finding.code for finding in consistency.check(dossier)] == ["DOS022"]


def test_without_suites_nothing_can_be_told(sealed: bytes) -> None:
    dossier = verify_bytes(sealed, "x").dossier
    assert dossier is not None
    assert scope.not_run(dossier.documents) == ()
    assert "suites/unit" not in " ".join(container.unpack(sealed))


def test_suites_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        scope.absent({"cases": []}, {"unit/x.yaml": b"x: 1\n"})
    assert caught.value.code == "DOS028"
