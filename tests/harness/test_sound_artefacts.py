"""The samples that come with the program: one at least of every kind, none with a real identity."""

from pathlib import Path

import pytest

from mes_conformity.harness import sound_artefacts
from mes_conformity.harness.grounds import Artefact
from mes_conformity.harness.redaction import refuse_production_identity
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import KINDS

ARTEFACTS = sound_artefacts.artefacts()
OF_EXAMPLES = {"measure-bundle", "measure-observation", "measure-device", "oidc-client"}


def test_every_kind_that_a_case_judges_has_a_sample_or_an_example() -> None:
    judged = {case.for_each for case in load_all().cases if case.kind == "unit"}
    assert judged <= {artefact.kind for artefact in ARTEFACTS} | OF_EXAMPLES
    assert {artefact.kind for artefact in ARTEFACTS} <= set(KINDS)


@pytest.mark.parametrize("artefact", ARTEFACTS, ids=lambda artefact: artefact.path)
def test_a_sample_holds_no_identity_of_production(artefact: Artefact) -> None:
    refuse_production_identity(artefact.raw.decode("latin-1"))


def test_the_service_of_the_samples_has_them_all() -> None:
    service = sound_artefacts.service()
    assert service.artefacts == ARTEFACTS
    assert service.solution_oid == sound_artefacts.SOLUTION_OID


def test_the_kind_of_a_sample_is_its_folder(tmp_path: Path) -> None:
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "b.json").write_bytes(b"{}")
    (tmp_path / "lisez-moi.txt").write_bytes(b"x")
    (found,) = sound_artefacts.artefacts(tmp_path)
    assert (found.path, found.kind, found.raw) == ("patient/b.json", "patient", b"{}")
