"""Judging a resource by the table of its profile, data of a contract: cardinalities, fixed values, bound codes.

A row names an element by its path (`content.attachment.title`) and says `min`, `max`, `array` (how FHIR JSON writes
it), `values` (those it may take), `codes` (a value set) with its `binding`, `url` (the extension it is about). An
element whose parent is missing is not told: the parent is. Sources: HL7 FHIR R4, §5.1.0.4 (cardinality), §4.1.5
(strength of bindings), §2.6.2 (arrays of JSON).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Notes, Severity, Steps
from mes_conformity.validators.reading import codings, items, mapping, shown, text

_STRENGTH: Mapping[str, Severity] = {"required": "error", "extensible": "error", "preferred": "warning"}


@dataclass(frozen=True, slots=True)
class Table:
    """A profile as a contract holds it; `rules` is the first part of the rules that its findings name."""

    name: str
    rows: Mapping[str, Any]
    rules: str
    codes: Contract | None

    @property
    def canonical(self) -> str:
        """The address of the profile."""
        return str(self.rows["canonical"])

    @property
    def resource(self) -> str:
        """The type of the resource."""
        return str(self.rows["resource"])


def table(contract: Contract, name: str, rules: str, codes: Contract | None = None) -> Table:
    """The profile `name` of `contract`; `codes` is the contract of value sets, None where codes are not judged."""
    return Table(name, contract.get(f"profiles.{name}"), rules, codes)


def claimed(data: Any, contract: Contract) -> str | None:
    """The name of the first profile of `contract` that `data` claims in `meta.profile`."""
    known = {rows["canonical"]: name for name, rows in contract.get("profiles").items()}
    for profile in items(mapping(mapping(data).get("meta")).get("profile")):
        if isinstance(profile, str) and profile in known:
            return str(known[profile])
    return None


def judge_profile(data: Mapping[str, Any], profile: Table, notes: Notes) -> None:
    """Note every row of `profile` that does not hold in `data`."""
    for row in profile.rows["elements"]:
        *above, name = row["path"].split(".")
        for steps, parent in _parents(data, above):
            _judge_row(row, profile, (*steps, name), parent.get(name), notes)


def _parents(data: Mapping[str, Any], above: list[str]) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    found: list[tuple[Steps, Mapping[str, Any]]] = [((), data)]
    for name in above:
        found = [
            (place, part)
            for steps, parent in found
            for place, part in occurrences(parent.get(name), (*steps, name))
            if isinstance(part, dict)
        ]
    yield from found


def occurrences(value: Any, steps: Steps) -> list[tuple[Steps, Any]]:
    """Each value of an element with its place; nothing, an empty text, object or list is no value (R4, §2.6.0.1)."""
    if isinstance(value, list):
        return [((*steps, index), item) for index, item in enumerate(value) if _says_something(item)]
    return [(steps, value)] if _says_something(value) else []


def _says_something(value: Any) -> bool:
    return value is not None and value != {} and value != [] and (not isinstance(value, str) or bool(value.strip()))


def _judge_row(row: Mapping[str, Any], profile: Table, steps: Steps, value: Any, notes: Notes) -> None:
    if value is not None and isinstance(value, list) != bool(row.get("array")):
        wanted = "[…]" if row.get("array") else "…"
        message = both("{path} n'a pas la forme que FHIR lui donne en JSON", path=row["path"])
        notes.add(
            f"{profile.rules}/structure", steps, message, expected=wanted, obtained=shown(value), error="element_excess"
        )
        return
    found = [(place, item) for place, item in occurrences(value, steps) if _is_meant(row, item)]
    _judge_count(row, profile, steps, len(found), notes)
    for place, item in found:
        _judge_value(row, profile, place, item, notes)
        _judge_codes(row, profile, place, item, notes)


def _is_meant(row: Mapping[str, Any], item: Any) -> bool:
    return "url" not in row or mapping(item).get("url") == row["url"]


def _judge_count(row: Mapping[str, Any], profile: Table, steps: Steps, number: int, notes: Notes) -> None:
    low, high = row.get("min", 0), row.get("max")
    named = f"{row['path']} ({row['url'].rpartition('/')[2]})" if "url" in row else row["path"]
    expected = f"{low}..{'*' if high is None else high}"
    rule = f"{profile.rules}/elements"
    if number < low:
        message = both("l'élément obligatoire {path} manque ({profile})", path=named, profile=profile.name)
        notes.add(rule, steps, message, expected=expected, obtained=str(number), error="element_missing")
    elif high is not None and number > high:
        message = both("l'élément {path} n'a pas sa place ou est répété ({profile})", path=named, profile=profile.name)
        notes.add(rule, steps, message, expected=expected, obtained=str(number), error="element_excess")


def _judge_value(row: Mapping[str, Any], profile: Table, steps: Steps, value: Any, notes: Notes) -> None:
    wanted = row.get("values")
    if wanted is not None and value not in wanted:
        message = both("{path} n'a pas la valeur que le profil fixe", path=row["path"])
        expected = " / ".join(map(str, wanted))
        notes.add(
            f"{profile.rules}/fixed", steps, message, expected=expected, obtained=shown(value), error="value_wrong"
        )


def _judge_codes(row: Mapping[str, Any], profile: Table, steps: Steps, value: Any, notes: Notes) -> None:
    """Some coding is in the value set. The code only is compared: the published examples write N in two systems."""
    if "codes" not in row or profile.codes is None:
        return
    known = {code for codes in profile.codes.get(row["codes"]).values() for code in codes}
    found = [code for _index, _system, code in codings(value) if code]
    if not known.isdisjoint(found):
        return
    message = both("{path} n'est pas un code du jeu de valeurs", path=row["path"])
    source = profile.codes.source(row["codes"]).split(",")[0]
    obtained = found[0] if found else shown(text(mapping(value).get("text")))
    notes.add(
        f"{profile.rules}/codes",
        steps,
        message,
        severity=_STRENGTH[row["binding"]],
        expected=source,
        obtained=obtained,
        error="code_unknown",
    )
