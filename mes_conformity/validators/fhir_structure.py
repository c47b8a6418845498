"""The base structure of a FHIR resource: elements, cardinalities, types, as the library `fhir.resources` models them.

The library has no plain R4 (4.0.1): its models are those of R4B (4.3.0). For the resources that are exchanged here
(Bundle, Observation, Device, DocumentReference, List, Binary, Appointment, Schedule, Slot, Patient, Practitioner,
Organization) the two have the same elements: R4B changed evidence, the definition of medicines and subscriptions only
(HL7 FHIR R4B, « R4B explanation »); of these, what R4 has is said not to be checked, what R4 has not is refused. The
library takes numbers and booleans that are written as texts (`"true"`): these are found here, by the table of types.
What is not checked, and is not said to hold: invariants, and codes against their bindings.
Loading it costs half a second: it happens only when a resource is judged by this rule.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.fhir_tables import elements, is_known
from mes_conformity.validators.fhir_versions import ELSEWHERE, OF_R4_ONLY, SINCE_R4B
from mes_conformity.validators.finding import Notes, RuleInfo, Steps
from mes_conformity.validators.reading import items, mapping, shown

STRUCTURE: Final = "fhir/structure"
VERSION: Final = "fhir/version"
NOT_CHECKED: Final = "fhir/not-checked"

RULES: Final[Mapping[str, RuleInfo]] = {
    STRUCTURE: RuleInfo(
        both("la ressource a la structure de base de HL7 FHIR R4"),
        both("corrigez l'élément nommé : son nom, son type ou sa cardinalité"),
        "HL7 FHIR R4, definition of the resource (models of fhir.resources, R4B)",
        "published",
    ),
    VERSION: RuleInfo(
        both("la ressource est écrite en FHIR R4 (4.0.1), pas dans une autre version"),
        both("écrivez la ressource en FHIR 4.0.1"),
        "HL7 FHIR R4; list of changes of HL7 FHIR R4 and R5 (resource by resource)",
        "published",
    ),
    NOT_CHECKED: RuleInfo(
        both("la structure de base de la ressource est connue du vérificateur"),
        both("faites valider cette ressource par un validateur FHIR R4"),
        "mes-conformity",
        "assumption",
    ),
}
"""The rules of base FHIR by id. A finding names one of them."""

_ABSENT: Final = ("missing", "model_field_validation.missing")
_EXCESS: Final = "extra_forbidden"
_MISSHAPEN: Final = ("list_type", "model_type", "dict_type", "model_validation_format", "json_invalid")
_DEEPEST: Final = 8
_DEEPEST_ELEMENT: Final = 60
_NOT_TEXT: Final = ("boolean", "integer", "unsignedInt", "positiveInt", "decimal")


def judge_structure(data: Any, notes: Notes) -> None:
    """Note what the base definition of the resource does not allow, with its place."""
    carried = list(_resources(data, ()))
    foreign = {place: element for steps, resource in carried for place, element in _foreign(resource, steps)}
    for place, (element, version) in foreign.items():
        message = both(
            "{element} n'existe pas en R4 : c'est un élément de FHIR {version}", element=element, version=version
        )
        notes.add(VERSION, place, message, expected="FHIR 4.0.1", obtained=version)
    unread = [(steps, str(resource.get("resourceType"))) for steps, resource in carried if not _is_modelled(resource)]
    for steps, kind in unread:
        _note_unread((*steps, "resourceType"), kind, notes)
    if unread:
        return  # the library cannot say more of a document that holds a type it does not know
    loose = dict(_loose(data, str(data["resourceType"]), ()))
    for steps, value in loose.items():
        words = both("{path} est écrit comme un texte : FHIR y veut un nombre ou un booléen", path=str(steps[-1]))
        notes.add(STRUCTURE, steps, words, obtained=shown(value))
    for steps, kind, why, obtained in _faults(data):
        if steps not in foreign and steps not in loose:
            told = _message(kind, str(steps[-1]) if steps else str(data["resourceType"]), why)
            notes.add(STRUCTURE, steps, told, obtained=shown(obtained))


def _note_unread(steps: Steps, kind: str, notes: Notes) -> None:
    if kind in OF_R4_ONLY:
        message = both("la structure de base de {kind} n'a pas été vérifiée", kind=kind)
        notes.add(NOT_CHECKED, steps, message, severity="information", obtained=kind, unjudged=(STRUCTURE, VERSION))
    elif kind in SINCE_R4B:
        message = both("{element} n'existe pas en R4 : c'est un élément de FHIR {version}", element=kind, version="R4B")
        notes.add(VERSION, steps, message, expected="FHIR 4.0.1", obtained="R4B")
    else:
        message = both("ce type de ressource n'existe pas en FHIR R4")
        notes.add(STRUCTURE, steps, message, obtained=shown(None if kind == "None" else kind))


def _is_modelled(resource: Mapping[str, Any]) -> bool:
    kind = resource.get("resourceType")
    return isinstance(kind, str) and kind not in OF_R4_ONLY | SINCE_R4B and _model(resource) is not None


def _resources(data: Any, steps: Steps) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    """The resource and those that it carries, each with its place; what is no object at all is one without a type."""
    resource = mapping(data)
    yield steps, resource
    if len(steps) < _DEEPEST:
        for index, entry in enumerate(items(resource.get("entry"))):
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield from _resources(entry["resource"], (*steps, "entry", index, "resource"))
        for index, inner in enumerate(items(resource.get("contained"))):
            if isinstance(inner, dict):
                yield from _resources(inner, (*steps, "contained", index))


def _foreign(resource: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, tuple[str, str]]]:
    """The elements of another version in one resource."""
    kind = str(resource.get("resourceType"))
    for name, version in ELSEWHERE.get(kind, {}).items():
        if name in resource:
            yield (*steps, name), (f"{kind}.{name}", version)


def _model(resource: Mapping[str, Any]) -> Any:
    """The model of the type of a resource, None where there is none."""
    from fhir.resources.R4B import get_fhir_model_class

    try:
        return get_fhir_model_class(str(resource.get("resourceType")))
    except (KeyError, ValueError, ImportError, AttributeError):
        return None


def _faults(data: Mapping[str, Any]) -> Iterator[tuple[Steps, str, str, Any]]:
    """Place, kind and words of each fault, as the library tells them."""
    from pydantic import ValidationError

    try:
        _model(data).model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            place = tuple(fault["loc"])
            yield place[:-1] if place[-1:] == ("root",) else place, fault["type"], fault["msg"], fault["input"]
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        yield (), "unreadable", type(error).__name__, None


def _loose(value: Any, kind: str, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Each text in the place of a number or a boolean, by the table of types; what the table does not know is left."""
    if kind == "Resource":
        kind = str(mapping(value).get("resourceType"))
    if not isinstance(value, dict) or not is_known(kind) or len(steps) > _DEEPEST_ELEMENT:
        return
    known = elements(kind)
    for name, item in value.items():
        element = known.get(name)
        if element is None or isinstance(item, list) != element.repeated:
            continue
        for place, single in _each(item, (*steps, name)):
            if not element.primitive:
                yield from _loose(single, element.kind, place)
            elif element.kind in _NOT_TEXT and isinstance(single, str):
                yield place, single


def _each(item: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(item, list):
        yield from (((*steps, index), single) for index, single in enumerate(item))
    else:
        yield steps, item


def _message(kind: str, element: str, why: str) -> Text:
    if kind in _ABSENT:
        return both("l'élément obligatoire {path} manque (FHIR R4)", path=element)
    if kind == _EXCESS:
        return both("l'élément {path} n'existe pas ici en FHIR R4", path=element)
    if kind in _MISSHAPEN:
        return both("{path} n'a pas la forme que FHIR lui donne en JSON", path=element)
    reason = why.removeprefix("Value error, ")
    return both("la valeur de {path} n'est pas admise en FHIR R4 ({why})", path=element, why=reason)
