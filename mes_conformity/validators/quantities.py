"""The value of a measure: one quantity in the unit of the code, or the two components of a blood pressure."""

from collections.abc import Collection, Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Notes, Steps
from mes_conformity.validators.reading import codings, is_number, items, mapping, shown, text

_UNIT_RULES = {"pain": "measures/pain-unit", "steps": "measures/steps-unit"}


def judge_value(data: Mapping[str, Any], measure: Mapping[str, Any] | None, contract: Contract, notes: Notes) -> None:
    """Judge `valueQuantity` or `component`, by what the measure asks; `measure` is None for an unknown code.

    Sources: API Mesures 1.5.2, §2.2.7.1 and §2.2.8; ans.fhir.fr.mesures 3.1.0, value[x] and component of each profile;
    HL7 FHIR R4, Observation, invariant obs-6.
    """
    if measure is not None and "components" in measure:
        _judge_components(data, measure, contract, notes)
        return
    quantity = mapping(data.get("valueQuantity"))
    valued = _judge_number(quantity, ("valueQuantity",), notes)
    if measure is not None and quantity:
        _judge_unit(quantity, measure, contract, notes.within("valueQuantity"))
    if valued and "dataAbsentReason" in data:
        message = both("un motif d'absence accompagne une valeur : l'un exclut l'autre")
        notes.add("measures/data-absent", ("dataAbsentReason",), message)


def _judge_number(quantity: Mapping[str, Any], steps: Steps, notes: Notes) -> bool:
    value = quantity.get("value")
    if is_number(value):
        return True
    message = both("la mesure n'a pas de valeur numérique")
    notes.add(
        "measures/value",
        (*steps, "value"),
        message,
        expected="Quantity.value",
        obtained=shown(value),
        error="value_missing",
    )
    return False


def _judge_unit(quantity: Mapping[str, Any], measure: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    rule = _UNIT_RULES.get(measure["id"], "measures/unit")
    for key, wanted in (("system", contract.get("unit_system")), ("code", measure["unit_code"])):
        if quantity.get(key) != wanted:
            message = both("l'unité n'est pas celle de la mesure (UCUM)")
            notes.add(rule, (key,), message, expected=wanted, obtained=shown(quantity.get(key)))
    label = quantity.get("unit")
    if text(label) is None or (measure.get("unit_fixed") and label != measure["unit"]):
        message = both("le libellé de l'unité manque ou n'est pas celui du profil")
        notes.add(rule, ("unit",), message, expected=measure["unit"], obtained=shown(label))


def _judge_components(data: Mapping[str, Any], measure: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    for key in data:
        if key.startswith("value"):
            message = both("une pression artérielle n'a pas de value[x] : ses valeurs sont dans component")
            notes.add("measures/blood-pressure", (key,), message, expected="component", obtained=key)
    components = items(data.get("component"))
    systems = {measure["system"], *measure["alternative_systems"]}
    for wanted in measure["components"]:
        found = [index for index, part in enumerate(components) if _has_code(part, wanted["code"], systems)]
        _judge_count(found, wanted, notes)
        for index in found:
            quantity = mapping(mapping(components[index]).get("valueQuantity"))
            inner = notes.within("component", index)
            _judge_number(quantity, ("valueQuantity",), inner)
            if quantity:
                _judge_unit(quantity, measure, contract, inner.within("valueQuantity"))


def _judge_count(found: list[int], wanted: Mapping[str, Any], notes: Notes) -> None:
    if wanted["required"] and not found:
        message = both("le composant {code} de la pression artérielle manque", code=wanted["code"])
        notes.add("measures/blood-pressure", ("component",), message, expected=wanted["code"], error="value_missing")
    elif len(found) > 1:
        message = both("le composant {code} est présent plusieurs fois", code=wanted["code"])
        notes.add("measures/blood-pressure", ("component", found[1]), message, expected="1", obtained=str(len(found)))


def _has_code(component: Any, code: str, systems: Collection[str]) -> bool:
    written = codings(mapping(component).get("code"))
    return any(found == code and system in systems for _index, system, found in written)
