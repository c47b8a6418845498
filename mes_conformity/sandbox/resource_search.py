"""Searching resources by the parameters that a contract lists (HL7 FHIR R4, §3.1.1).

A comma is an « or », a repetition an « and ». A parameter that the contract does not list is refused: a filter left
out would show more than was asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.access import Subject, contract_refusal
from mes_conformity.sandbox.answers import fhir, refuse
from mes_conformity.sandbox.fhir_dates import interval
from mes_conformity.sandbox.resources import body_of, held, media_type
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract

Fields = Mapping[str, list[str]]
Span = tuple[float, float]
_PAGING = frozenset({"_count", "_offset", "_format"})
_INCLUDE = "_include"
_MAX_OFFSET = 1_000_000
_ALTERNATIVES = 20
_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Search:
    """A valid search: each filter is a row of the contract and the text asked for."""

    kind: str
    filters: tuple[tuple[Mapping[str, str], str], ...]
    count: int
    offset: int
    parameters: tuple[tuple[str, str], ...]
    includes: frozenset[str] = frozenset()

    def finds(self, resource: Mapping[str, Any]) -> bool:
        """Whether a resource meets every filter."""
        return all(_meets(resource, row, value) for row, value in self.filters)


async def fields_of(request: Request) -> dict[str, list[str]]:
    """The parameters of a GET, or of the form of a `POST …/_search` (§3.1.1.1). Raises Refusal, TooLarge, Malformed."""
    fields = incoming.pairs(request.scope["query_string"])
    if request.method == "POST":
        raw = await incoming.body(request, incoming.FORM_LIMIT)
        if media_type(request) != "application/x-www-form-urlencoded":
            raise refuse(415, "not-supported", "The body must be application/x-www-form-urlencoded")
        form = incoming.pairs(raw)
        if "_format" in form:
            raise refuse(400, "not-supported", "_format stands in the address, or Accept is used")
        for name, values in form.items():
            fields.setdefault(name, []).extend(values)
    if "access_token" in fields:  # RFC 6750, §5.3: an address is logged everywhere
        raise refuse(400, "security", "The access_token must not travel in the address")
    return fields


def persons(contract: Contract, fields: Fields) -> list[Subject]:
    """Whom a search is about. Raises Refusal 400: a search without a person, or one that is not written sys|value."""
    found = []
    for name in contract.get("patient_parameters_accepted"):
        for value in fields.get(name, []):
            system, pipe, identifier = value.partition("|")
            if not pipe:
                raise refuse(400, "invalid", f"{name} must be written <AssignAuth>|<idPe>")
            found.append(Subject(system, identifier))
    if not found:
        raise contract_refusal(contract, "parameter_missing", name=contract.get("patient_parameter"))
    return found


def search_of(
    world: World, contract: Contract, kind: str, fields: Fields, prefix: str = "", *, of_person: bool = True
) -> Search:
    """The search that the parameters ask for, among those of `<prefix>search_parameters`. Raises Refusal 400.

    `of_person`: whether the parameters that name a person, read by `persons`, have their place.
    """
    aside = {*_PAGING, _INCLUDE, *(contract.get("patient_parameters_accepted") if of_person else ())}
    rows = {row["name"]: row for row in contract.get(f"{prefix}search_parameters")}
    filters = []
    for name, values in fields.items():
        if name in aside:
            continue
        if name not in rows:
            raise contract_refusal(contract, "parameter_unknown", name=name[:40])
        for value in values:
            _check_value(rows[name], value)
            if f"{kind}.{name}" not in world.behaviour.filters_ignored:
                filters.append((rows[name], value))
    if "parameter_missing" not in world.behaviour.ignored_errors:
        for name in contract.get(f"{prefix}required_parameters"):
            if not any(fields.get(name, [])):
                raise contract_refusal(contract, "parameter_missing", name=name)
    default = int(contract.get("count_default"))
    count = _integer(fields, "_count", default, 1, 10**9)
    maximum = int(contract.get("count_max"))
    if count > maximum and "page_too_large" not in world.behaviour.ignored_errors:
        raise contract_refusal(contract, "page_too_large", maximum=maximum, actual=count)
    return Search(
        kind,
        tuple(filters),
        count if world.behaviour.count_applied else default,
        _integer(fields, "_offset", 0, 0, _MAX_OFFSET),
        tuple((name, value) for name, values in fields.items() for value in values),
        _includes(contract, fields, prefix),
    )


def _includes(contract: Contract, fields: Fields, prefix: str) -> frozenset[str]:
    """What a search asks beside the matches (§3.1.1.5.4). Raises Refusal 400 for what the contract does not list."""
    known = contract.get(f"{prefix}includes") if contract.has(f"{prefix}includes") else []
    asked = fields.get(_INCLUDE, [])
    for value in asked:
        if value not in known:
            raise contract_refusal(contract, "parameter_unknown", name=f"_include={value[:40]}")
    return frozenset(asked)


def _integer(fields: Fields, name: str, default: int, low: int, high: int) -> int:
    values = fields.get(name, [str(default)])
    value = values[0]
    right = value.isascii() and value.isdigit() and len(value) <= 10 and low <= int(value) <= high
    if len(values) > 1 or not right:
        raise refuse(400, "invalid", f"The parameter {name} must be an integer from {low} to {high}, once")
    return int(value)


def _check_value(row: Mapping[str, str], value: str) -> None:
    parts = value.split(",")
    if not value or len(parts) > _ALTERNATIVES:
        raise refuse(400, "invalid", f"The parameter {row['name']} has no value, or too many")
    if row["type"] in ("date", "period"):
        for part in parts:
            if _comparison(part) is None:
                raise refuse(
                    400, "invalid", f"{row['name']} must be a FHIR date, with eq, ne, ge, gt, le, lt, sa or eb"
                )


def _comparison(value: str) -> tuple[str, Span] | None:
    prefix = value[:2] if value[:2].isalpha() else "eq"
    span = interval(value.removeprefix(prefix) if value[:2].isalpha() else value)
    return (prefix, span) if span is not None and prefix in _COMPARE else None


# HL7 FHIR R4, §3.1.1.4.7: the range of the resource against the range of the parameter.
_COMPARE: Mapping[str, Callable[[Span, Span], bool]] = {
    "eq": lambda held, asked: asked[0] <= held[0] and held[1] <= asked[1],
    "ne": lambda held, asked: not (asked[0] <= held[0] and held[1] <= asked[1]),
    "gt": lambda held, asked: held[1] > asked[1],
    "lt": lambda held, asked: held[0] < asked[0],
    "ge": lambda held, asked: held[1] >= asked[0],
    "le": lambda held, asked: held[0] <= asked[1],
    "sa": lambda held, asked: held[0] > asked[1],
    "eb": lambda held, asked: held[1] < asked[0],
}


def _meets(resource: Mapping[str, Any], row: Mapping[str, str], asked: str) -> bool:
    holders = [resource]
    if "extension" in row:
        holders = [item for item in values_at(resource, ["extension"]) if item.get("url") == row["extension"]]
    paths = [path.strip().split(".") for path in row["path"].split("|")]
    values = [value for holder in holders for path in paths for value in values_at(holder, path)]
    if row["type"] in _MATCH:
        return any(_MATCH[row["type"]](value, part) for part in asked.split(",") for value in values)
    spans = [span for value in values if (span := _span(value, row["type"])) is not None]
    wanted = [found for part in asked.split(",") if (found := _comparison(part)) is not None]
    return any(_COMPARE[prefix](span, around) for prefix, around in wanted for span in spans)


def values_at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every value at a path, lists opened."""
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from values_at(value.get(path[0]), path[1:])


def _is_token(value: Any, asked: str) -> bool:
    """`code`, `system|code`, `|code`, `system|` against a code, Coding, CodeableConcept or Identifier (§3.1.1.4.10)."""
    if isinstance(value, Mapping) and isinstance(value.get("coding"), list):
        return any(_is_token(coding, asked) for coding in value["coding"])
    if isinstance(value, Mapping):
        system, code = value.get("system"), value.get("code", value.get("value"))
    else:
        system, code = None, value
    if isinstance(code, bool):
        code = str(code).lower()
    wanted, pipe, text = asked.rpartition("|")
    if pipe and system != (wanted or None) and isinstance(value, Mapping):
        return False
    return text == code or (bool(pipe) and not text and system == wanted)


def _is_reference(value: Any, asked: str) -> bool:
    """`[id]`, `[type]/[id]` or an address (§3.1.1.4.13)."""
    reference = value.get("reference") if isinstance(value, Mapping) else None
    return isinstance(reference, str) and f"/{reference}".endswith(f"/{asked}")


def _is_text(value: Any, asked: str) -> bool:
    """The beginning of a text, whatever its case (§3.1.1.4.8)."""
    return isinstance(value, str) and value.casefold().startswith(asked.casefold())


_MATCH: Mapping[str, Callable[[Any, str], bool]] = {
    "token": _is_token,
    "reference": _is_reference,
    "string": _is_text,
}


def _span(value: Any, kind: str) -> Span | None:
    if kind == "date":
        return interval(value) if isinstance(value, str) else None
    if not isinstance(value, Mapping):
        return None
    start, end = (interval(text) if isinstance(text := value.get(name), str) else None for name in ("start", "end"))
    return start[0] if start else -_EVER, end[1] if end else _EVER


def matches(world: World, search: Search, idpe: str) -> list[dict[str, Any]]:
    """What a person holds that a search finds, oldest first."""
    return [resource for row in held(world, search.kind, idpe) if search.finds(resource := body_of(row))]


def searchset(
    world: World,
    contract: Contract,
    search: Search,
    found: Sequence[Mapping[str, Any]],
    included: Callable[[Sequence[Mapping[str, Any]]], Iterable[Mapping[str, Any]]] = lambda _page: (),
) -> Response:
    """The page of a search: 200 and a Bundle (HL7 FHIR R4, §3.1.1.4.8). `included` gives what comes with a page."""
    if not found and world.behaviour.nothing_found_answers:
        raise refuse(world.behaviour.nothing_found_answers, "not-found", "Nothing was found")
    offset = search.offset if world.behaviour.offset_applied else 0
    page = found[offset * search.count : (offset + 1) * search.count]
    base = f"{world.url}{contract.get('fhir_path')}"
    entries = [_entry(base, item, "match") for item in page] + [
        _entry(base, item, "include") for item in (included(page) if world.behaviour.include_applied else ())
    ]
    return fhir(
        {
            "resourceType": "Bundle",
            "id": world.env.new_id(),
            "meta": {"lastUpdated": world.instant()},
            "type": "searchset",
            "total": len(found) if world.behaviour.total_of_all_pages else len(page),
            "link": _links(world, f"{base}/{search.kind}", search, len(found)),
            **({"entry": entries} if entries else {}),
        }
    )


def _entry(base: str, resource: Mapping[str, Any], mode: str) -> dict[str, Any]:
    address = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": address, "resource": resource, "search": {"mode": mode}}


def _links(world: World, base: str, search: Search, total: int) -> list[dict[str, str]]:
    pages = [("self", search.offset)] if world.behaviour.self_link else []
    if (search.offset + 1) * search.count < total and world.behaviour.next_link:
        pages.append(("next", search.offset + 1))
    if search.offset > 0 and world.behaviour.previous_link:
        pages.append(("previous", search.offset - 1))
    kept = [pair for pair in search.parameters if pair[0] not in _PAGING]
    return [
        {"relation": name, "url": f"{base}?{_query([*kept, ('_count', search.count), ('_offset', page)])}"}
        for name, page in pages
    ]


def _query(parameters: Sequence[tuple[str, Any]]) -> str:
    return urlencode(parameters, quote_via=quote)
