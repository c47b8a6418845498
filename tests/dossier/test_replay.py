from collections.abc import Callable
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.dossier.archive import read_bytes
from mes_conformity.dossier.replay import replay, shipped
from mes_conformity.dossier.verify import verify_bytes
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.reporting.render import embedded


@pytest.fixture
def real(tmp_path: Path, env: Environment) -> bytes:
    return samples.dossier(tmp_path, samples.real_run(tmp_path, env), samples.SUITES)


def again(raw: bytes, suites: Any = "embedded") -> dict[str, Any]:
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    return replay(dossier, suites)


def case(answer: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in answer["cases"] if item["id"] == name)
    return found


def edited(raw: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """The dossier with the same change in the case's folder and in the run."""
    path = f"cases/{name}/case.json"
    data = samples.changed(raw, path, lambda data: change(data["case"]))

    def in_run(run: Any) -> None:
        for entry in run["cases"]:
            if entry["id"] == name:
                change(entry)

    return samples.reseal(raw, {path: data, "run.json": samples.changed(raw, "run.json", in_run)})


def test_a_real_run_is_confirmed(real: bytes) -> None:
    answer = again(real)
    assert answer["summary"] == {"confirmed": 3, "differs": 0, "error": 0}
    assert answer["findings"] == []


def test_the_sample_holds_every_kind_of_outcome(real: bytes) -> None:
    assert [item["then"] for item in again(real)["cases"]] == ["passed", "failed", "skipped"]


def test_a_failure_made_a_success_differs(real: bytes) -> None:
    def embellish(entry: Any) -> None:
        entry.update(outcome="passed", reason=None)
        entry["checks"][0].update(outcome="passed", obtained="urn:uuid:1")

    found = case(again(edited(real, "PET-02", embellish)), "PET-02")
    assert (found["verdict"], found["then"], found["now"]) == ("differs", "passed", "failed")
    difference = found["differences"][0]
    assert difference["check"] == "equals"
    assert difference["expected"] == "urn:uuid:1"
    assert difference["obtained_then"] == "passed : urn:uuid:1"
    assert difference["obtained_now"].startswith("failed")


def test_an_outcome_alone_that_changed_differs(real: bytes) -> None:
    found = case(again(edited(real, "PET-01", lambda entry: entry.update(outcome="failed"))), "PET-01")
    assert found["verdict"] == "differs"
    assert found["differences"][0]["check"] == "outcome"


def test_a_check_that_disappeared_differs(real: bytes) -> None:
    found = case(again(edited(real, "PET-01", lambda entry: entry.update(checks=[]))), "PET-01")
    assert found["differences"][0]["obtained_then"] == "∅"


def test_a_softer_basis_differs(real: bytes) -> None:
    found = case(again(edited(real, "PET-01", lambda entry: entry.update(basis="draft", advisory=True))), "PET-01")
    assert {item["check"] for item in found["differences"]} == {"basis", "advisory"}


def test_a_case_said_not_to_apply_while_it_does_differs(real: bytes) -> None:
    raw = samples.reseal(real, {"run.json": samples.changed(real, "run.json", lambda run: run["facts"].clear())})
    assert case(again(raw), "PET-03")["verdict"] == "differs"


def test_a_prerequisite_is_taken_as_told(real: bytes) -> None:
    raw = edited(real, "PET-03", lambda entry: entry["reason"].update(code="prerequisite_missing"))
    assert case(again(raw), "PET-03")["verdict"] == "confirmed"


def test_another_artefact_differs(real: bytes) -> None:
    raw = samples.reseal(real, {"artefacts/glycemie.json": b'{"type": "batch"}'})
    assert case(again(raw), "PET-01")["verdict"] == "differs"


def test_a_case_that_the_suites_do_not_have_is_an_error(real: bytes) -> None:
    other = samples.SUITE.replace(b"PET-01", b"PET-99")
    found = case(again(samples.reseal(real, {"suites/unit/petite.yaml": other})), "PET-01")
    assert found["verdict"] == "error"
    assert found["message"]["en"]


def with_action(raw: bytes, action: Any) -> bytes:
    """The dossier with the preparation of PET-01 replaced."""
    path = "cases/PET-01/case.json"
    record = {"iteration": 0, "step": 0, "kind": "use", "action": action}
    return samples.reseal(raw, {path: samples.changed(raw, path, lambda data: data["records"].insert(0, record))})


def test_records_that_make_no_sense_are_an_error(real: bytes) -> None:
    found = case(again(with_action(real, {"name": "context", "inputs": {}, "result": 7})), "PET-01")
    assert found["verdict"] == "error"
    assert "TypeError" in found["message"]["fr"]


def test_suites_that_cannot_be_read_are_refused(real: bytes) -> None:
    with pytest.raises(InvalidInput):
        again(samples.reseal(real, {"suites/unit/petite.yaml": b"a: ["}))


def test_suites_that_are_not_those_of_the_program_are_named(real: bytes) -> None:
    contract = "contracts/mes-measures-1.5.2.yaml"
    files = {f"suites/{contract}": shipped()[contract]}
    assert again(samples.reseal(real, files))["foreign_suites"] == ["unit/petite.yaml"]
    weaker = {f"suites/{contract}": files[f"suites/{contract}"] + b"# \n"}
    assert again(samples.reseal(real, weaker))["foreign_suites"] == [contract, "unit/petite.yaml"]


def test_reports_are_compared_where_they_can_be(real: bytes) -> None:
    assert not again(real)["reports_compared"]
    dossier = read_bytes(real, "d")
    assert replay(dossier, redraw=embedded)["reports_compared"]


def test_installed_suites_judge_their_own_cases_only(real: bytes) -> None:
    assert again(real, "installed")["summary"]["error"] == 3


NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(["context", "artefact", "paired_identity", "x"]), value=NONSENSE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_record_holds_there_is_an_answer(real: bytes, name: str, value: Any) -> None:
    raw = with_action(real, {"name": name, "inputs": {}, "result": value})
    assert case(again(raw), "PET-01")["verdict"] in ("confirmed", "differs", "error")
