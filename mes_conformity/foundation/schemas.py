"""JSON Schema: the one contract of every file format. The only module that imports jsonschema.

Schemas stand in `requirements_catalogue/schemas/<name>.schema.json`, so that an editor can point at them.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from mes_conformity.foundation import shapes
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.resources import root
from mes_conformity.foundation.yaml_documents import Document

Pointer = tuple[str | int, ...]


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    path = root("requirements_catalogue") / "schemas" / f"{name}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    # Formats are ignored unless a checker is given.
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def errors(data: Any, schema: str) -> list[tuple[Pointer, Text]]:
    """What is wrong with `data`: (pointer, message) of every fault, in document order."""
    if shapes.holds(data, schema):
        return []
    found = [fault for error in _validator(schema).iter_errors(data) for fault in _explain(error)]
    # jsonschema raises one error per missing key, and each of them tells all the missing keys: once is enough.
    once = {(pointer, message["fr"]): (pointer, message) for pointer, message, _names_key in found}
    return sorted(once.values(), key=lambda fault: _order(fault[0]))


def _order(pointer: Pointer) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, step, "") if isinstance(step, int) else (1, 0, step) for step in pointer)


def diagnose(document: Document, schema: str) -> list[Diagnostic]:
    """What is wrong with `document`, each fault with its line and column (code `SCH001`)."""
    faults = errors(document.data, schema)
    return [Diagnostic("SCH001", "error", message, document.locate(pointer)) for pointer, message in faults]


def require(document: Document, schema: str) -> None:
    """Raise InvalidInput `SCH001` for the first fault of `document`; nothing when it is valid."""
    faults = diagnose(document, schema)
    if faults:
        first = faults[0]
        more = both("et {count} autre(s) erreur(s) dans ce fichier", count=len(faults) - 1) if faults[1:] else None
        raise InvalidInput(first.code, first.message, location=first.location, hint=more)


def _explain(error: Any) -> Iterator[tuple[Pointer, Text, bool]]:
    """One readable fault per jsonschema error; `oneOf` and `anyOf` are told by their closest branch."""
    pointer: Pointer = tuple(error.absolute_path)
    if error.validator in ("oneOf", "anyOf") and error.context:
        yield from _closest_branch(error)
    elif error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        for key in error.instance:
            if key not in known and not patterns:
                yield (*pointer, key), _unknown_key(key, list(known)), True
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield pointer, both("la clé « {key} » manque", key=key), False
    else:
        yield pointer, _message(error), False


def _closest_branch(error: Any) -> Iterator[tuple[Pointer, Text, bool]]:
    """The branch with the deepest fault is the one the author meant; ties are told as a whole."""
    branches: dict[int, list[Any]] = {}
    for child in error.context:
        branches.setdefault(child.schema_path[0], []).append(child)
    best = max(branches.values(), key=lambda faults: max(len(fault.absolute_path) for fault in faults))
    depth = max(len(fault.absolute_path) for fault in best)
    if depth > len(error.absolute_path):
        for fault in best:
            yield from _explain(fault)
        return
    shapes = sorted({"+".join(branch["required"]) for branch in error.validator_value if "required" in branch})
    message = both("cette valeur n'a aucune des formes attendues")
    if shapes:
        message = both("cette valeur n'a aucune des formes attendues : {shapes}", shapes=" | ".join(shapes))
    yield tuple(error.absolute_path), message, False


def _unknown_key(key: str, known: Sequence[str]) -> Text:
    import difflib

    close = difflib.get_close_matches(key, known, 1)
    if close:
        return both("clé inconnue « {key} » : vouliez-vous « {close} » ?", key=key, close=close[0])
    return both("clé inconnue « {key} »", key=key)


_TYPES = {
    "object": both("un ensemble de clés"),
    "array": both("une liste"),
    "string": both("un texte"),
    "integer": both("un nombre entier"),
    "number": both("un nombre"),
    "boolean": both("true ou false"),
    "null": both("rien"),
}


def _message(error: Any) -> Text:
    value = _short(error.instance)
    match error.validator:
        case "type":
            names = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            wanted = {lang: " / ".join(_TYPES[name][lang] for name in names) for lang in ("fr", "en")}
            return both("{wanted} attendu, {value} obtenu", wanted=wanted, value=value)
        case "enum":
            choices = ", ".join(map(str, error.validator_value))
            return both("valeur {value} inconnue ; attendu : {choices}", value=value, choices=choices)
        case "const":
            return both("{wanted} attendu, {value} obtenu", wanted=error.validator_value, value=value)
        case "pattern":
            return both("{value} n'a pas la forme attendue ({pattern})", value=value, pattern=error.validator_value)
        case "format":
            return both("{value} n'est pas au format « {format} »", value=value, format=error.validator_value)
        case "minLength" | "minItems" | "minProperties":
            return both("trop court : au moins {minimum}", minimum=error.validator_value)
        case "maxLength" | "maxItems" | "maxProperties":
            return both("trop long : au plus {maximum}", maximum=error.validator_value)
        case "minimum" | "maximum":
            return both("{value} est hors des bornes ({bound})", value=value, bound=error.validator_value)
        case "uniqueItems":
            return both("une valeur est répétée dans la liste")
    return both("valeur refusée par la règle « {rule} » du schéma", rule=error.validator)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
