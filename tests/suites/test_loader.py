"""Reading suites: what is right becomes cases, what is wrong has a code, a line and a column."""

from pathlib import Path

import pytest
from suite_samples import CONTRACT, case_text, documents, library, suite_text

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.suites.loader import diagnose, from_documents, load_all, read_documents, shipped_root

GET = "- request: {method: GET, path: /x}\n  expect: {status: 200}"


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(raw)


def test_a_folder_becomes_a_library(tmp_path: Path) -> None:
    write(tmp_path, documents(case_text(GET)))
    made = load_all(tmp_path)
    assert [case.id for case in made.cases] == ["T-01"]
    assert list(made.contracts) == ["petit@1.0"]
    assert made.documents == read_documents(tmp_path)


def test_a_contract_of_the_program_is_lent_to_suites_that_name_it(tmp_path: Path) -> None:
    write(tmp_path, documents(case_text(GET), more="contracts: {pairing: mes-pairing@2.1.0}\n"))
    made = load_all(tmp_path)
    assert made.contracts.keys() == {"petit@1.0", "mes-pairing@2.1.0"}
    assert "contracts/mes-pairing-2.1.0.yaml" in made.documents


def test_a_contract_that_nobody_has_is_refused(tmp_path: Path) -> None:
    write(tmp_path, documents(case_text(GET), more="contracts: {pairing: ../secret@1}\n"))
    with pytest.raises(InvalidInput):
        load_all(tmp_path)


def test_a_case_inherits_from_its_suite() -> None:
    made = library(case_text(GET, more="needs: []"), case_text(GET, case_id="T-02"), more="needs: [paired_identity]\n")
    assert [case.needs for case in made.cases] == [(), ("paired_identity",)]
    assert made.case("T-02").contracts == {"contract": "petit@1.0"}
    assert made.case("T-02").obligation == "mandatory"
    assert not made.case("T-02").advisory


@pytest.mark.parametrize("obligation", ["recommended", "optional"])
def test_what_is_not_mandatory_refuses_nothing(obligation: str) -> None:
    (case,) = library(case_text(GET, more=f"obligation: {obligation}")).cases
    assert case.basis == "republished"
    assert case.advisory


def test_applicability_of_suite_and_case_both_hold() -> None:
    both = library(case_text(GET, more="applicability: {fact: b, is: true}"), more="applicability: {fact: a, is: 1}\n")
    assert len(both.cases[0].applicability) == 2


def test_the_digest_is_that_of_the_bytes() -> None:
    files = documents(case_text(GET))
    assert (
        from_documents(files).suites[0].sha256
        == __import__("hashlib").sha256(files["connection/essai.yaml"]).hexdigest()
    )


def test_unknown_ids_are_key_errors() -> None:
    made = library(case_text(GET))
    with pytest.raises(KeyError):
        made.case("T-99")
    with pytest.raises(KeyError):
        made.suite("other")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_all(tmp_path / "nowhere")
    assert caught.value.code == "SUI000"


def test_an_unknown_key_has_its_line_and_column() -> None:
    with pytest.raises(InvalidInput) as caught:
        library(case_text("- request: {method: GET, path: /x}\n  expect: {statuts: 200}"))
    assert caught.value.code == "SUI001"
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.location.file) == (17, "connection/essai.yaml")


def test_how_many_other_errors_is_told() -> None:
    bad = "- request: {method: FETCH, path: /x}\n  expect: {json: 1}"
    with pytest.raises(InvalidInput) as caught:
        library(case_text(bad))
    assert caught.value.hint is not None


def test_bad_yaml_is_told_as_such() -> None:
    with pytest.raises(InvalidInput) as caught:
        from_documents({"unit/a.yaml": b"a: [", "contracts/petit-1.0.yaml": CONTRACT})
    assert caught.value.code.startswith("YAM")


def test_fhirpath_that_does_not_parse_has_its_place() -> None:
    made = library(case_text("- request: {method: GET, path: /x}\n  expect: {fhirpath: ['Bundle.(']}"))
    with pytest.raises(InvalidInput) as caught:
        made.compile_all(made.cases)
    assert caught.value.code == "SUI010"
    assert caught.value.location is not None
    assert caught.value.location.line == 17


def test_fhirpath_that_parses_is_quiet() -> None:
    made = library(
        case_text("- request: {method: GET, path: /x}\n  expect: {fhirpath: [\"a = '${target.url}'\", 'b']}")
    )
    made.compile_all(made.cases)


def test_the_shipped_suites_are_read() -> None:
    made = load_all()
    assert shipped_root().is_dir()
    assert {suite.kind for suite in made.suites} >= {"unit", "connection"}
    assert all(case.steps for case in made.cases)


def test_two_suites_of_one_name_are_refused() -> None:
    files = {**documents(case_text(GET)), "unit/other.yaml": suite_text(case_text(GET, case_id="T-02"), kind="unit")}
    assert [fault.code for fault in diagnose(files)] == ["SUI002"]
