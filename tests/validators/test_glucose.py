"""The table of the four kinds of blood glucose (API Mesures 1.5.2, §2.2.6)."""

from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding

Judge = Callable[[Any], list[Finding]]
_TABLE = {
    "glucose": ("required", "forbidden"),
    "interstitial-glucose": ("forbidden", "required"),
    "hba1c": ("forbidden", "forbidden"),
    "glucose-management-index": ("forbidden", "required"),
}


def _expected(rule: str, name: str, present: bool) -> set[str]:
    if rule == "required":
        return set() if present else {f"{name}_missing"}
    return {f"{name}_forbidden"} if present else set()


@pytest.mark.parametrize("days", [False, True])
@pytest.mark.parametrize("moment", [False, True])
@pytest.mark.parametrize("kind", _TABLE)
def test_each_kind_asks_for_its_extensions_and_refuses_the_others(
    glucose: Any, contract: Contract, kind: str, moment: bool, days: bool, errors: Judge
) -> None:
    row = contract.measures[kind]
    observation = glucose["entry"][0]["resource"]
    observation["code"]["coding"] = [{"system": row["system"], "code": row["code"]}]
    observation["valueQuantity"].update(unit=row["unit"], code=row["unit_code"])
    observation["extension"] = [
        {"url": contract.get(f"extensions.{name}"), "valueCodeableConcept": {"coding": [{"code": code}]}}
        for name, code, wanted in (("moment", "53049-3", moment), ("days", "GEN-276", days))
        if wanted
    ]
    rules = _TABLE[kind]
    assert {finding.error for finding in errors(glucose)} == {
        *_expected(rules[0], "moment", moment),
        *_expected(rules[1], "days", days),
    }


def test_the_comment_is_always_optional(glucose: Any, errors: Judge) -> None:
    del glucose["entry"][0]["resource"]["extension"][0]
    assert errors(glucose) == []


def test_the_moment_may_be_a_free_text(glucose: Any, errors: Judge, warnings: Judge) -> None:
    glucose["entry"][0]["resource"]["extension"][1]["valueCodeableConcept"] = {"text": "au réveil"}
    assert errors(glucose) + warnings(glucose) == []


def test_a_moment_that_says_nothing_is_missing(glucose: Any, errors: Judge) -> None:
    glucose["entry"][0]["resource"]["extension"][1]["valueCodeableConcept"] = {"coding": []}
    (finding,) = errors(glucose)
    assert finding.error == "moment_missing"
    assert finding.pointer == "/entry/0/resource/extension/1/valueCodeableConcept"


def test_a_code_outside_the_published_list_is_a_warning(glucose: Any, errors: Judge, warnings: Judge) -> None:
    glucose["entry"][0]["resource"]["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] = "LA9999-9"
    assert errors(glucose) == []
    assert [finding.rule for finding in warnings(glucose)] == ["measures/glucose-values"]


def test_an_older_address_counts_with_a_warning(
    glucose: Any, contract: Contract, errors: Judge, warnings: Judge
) -> None:
    glucose["entry"][0]["resource"]["extension"][1]["url"] = contract.get("older_extensions.moment")
    assert errors(glucose) == []
    assert [finding.rule for finding in warnings(glucose)] == ["measures/extension-current"]


def test_an_extension_is_there_once(glucose: Any, errors: Judge) -> None:
    extensions = glucose["entry"][0]["resource"]["extension"]
    extensions.append(extensions[1])
    assert [finding.pointer for finding in errors(glucose)] == ["/entry/0/resource/extension/2"]


def test_an_extension_of_someone_else_is_left_alone(glucose: Any, errors: Judge, warnings: Judge) -> None:
    glucose["entry"][0]["resource"]["extension"].append({"url": "https://exemple.invalid/e", "valueString": "x"})
    assert errors(glucose) + warnings(glucose) == []
