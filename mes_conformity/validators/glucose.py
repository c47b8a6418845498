"""Extensions of a measure, and the business rule of blood glucose: which kind asks for a moment, which for days."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Notes
from mes_conformity.validators.reading import codings, items, mapping, shown, text

_KINDS = ("moment", "days")


def judge_extensions(
    data: Mapping[str, Any], measure: Mapping[str, Any] | None, contract: Contract, notes: Notes
) -> None:
    """Judge the extensions `reason`, `moment` and `days`.

    Sources: API Mesures 1.5.2, §2.1.1 (canonicals) and §2.2.6 (table of the four kinds); JDV_J157, JDV_J164.
    """
    found = {name: _find(data, name, contract, notes) for name in ("reason", *_KINDS)}
    table = contract.get("glucose").get(measure["id"], {}) if measure is not None else {}
    for name in _KINDS:
        if name in table:
            _judge_presence(name, table[name], found[name], notes)
        for index, extension in found[name]:
            _judge_coding(name, extension, contract, notes.within("extension", index))


def _find(data: Mapping[str, Any], name: str, contract: Contract, notes: Notes) -> list[tuple[int, Mapping[str, Any]]]:
    """Index and content of each extension `name`, under its canonical or the older one."""
    current, older = contract.get(f"extensions.{name}"), contract.get(f"older_extensions.{name}")
    found = [
        (index, mapping(extension))
        for index, extension in enumerate(items(data.get("extension")))
        if mapping(extension).get("url") in (current, older)
    ]
    for index, extension in found:
        if extension["url"] == older:
            message = both("l'adresse de cette extension est celle d'une version plus ancienne")
            steps = ("extension", index, "url")
            notes.add(
                "measures/extension-current", steps, message, severity="warning", expected=current, obtained=older
            )
    if len(found) > 1:
        message = both("cette extension est présente plusieurs fois")
        notes.add("measures/extension-once", ("extension", found[1][0]), message, expected="0..1", obtained=current)
    return found


def _judge_presence(name: str, wanted: str, found: list[tuple[int, Mapping[str, Any]]], notes: Notes) -> None:
    rule = f"measures/glucose-{name}"
    if wanted == "required" and not any(_says_something(extension) for _index, extension in found):
        message = (
            both("cette glycémie doit donner le moment de la mesure")
            if name == "moment"
            else both("cette glycémie doit donner le nombre de jours")
        )
        steps = ("extension", found[0][0], "valueCodeableConcept") if found else ("extension",)
        notes.add(rule, steps, message, expected=f"extension.{name}", error=f"{name}_missing")
    elif wanted == "forbidden":
        for index, extension in found:
            message = (
                both("cette glycémie n'accepte pas le moment de la mesure")
                if name == "moment"
                else both("cette glycémie n'accepte pas le nombre de jours")
            )
            obtained = shown(extension.get("url"))
            notes.add(rule, ("extension", index), message, expected="∅", obtained=obtained, error=f"{name}_forbidden")


def _says_something(extension: Mapping[str, Any]) -> bool:
    concept = mapping(extension.get("valueCodeableConcept"))
    return text(concept.get("text")) is not None or any(code for _index, _system, code in codings(concept))


def _judge_coding(name: str, extension: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    """Only a warning: the guide binds no list to these extensions, and a free text is allowed for the moment."""
    leaf = "moments" if name == "moment" else "days"
    known = [row["code"] for row in contract.get(leaf)]
    for index, _system, code in codings(extension.get("valueCodeableConcept")):
        if code not in known:
            message = both("ce code n'est pas dans la liste publiée")
            steps = ("valueCodeableConcept", "coding", index, "code")
            notes.add(
                "measures/glucose-values",
                steps,
                message,
                severity="warning",
                expected=", ".join(known),
                obtained=shown(code),
            )
