"""Reading measures: the modes « all » and « last » of the measures API 1.5.2, §2.3, and the read by address.

« all » wants both bounds of the date and pages (`_count`, `_offset` from 0); « last » wants `_sort=-date&_count=1` and
no date. Any other combination is refused with the text the specification prints.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.access import Subject, authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import fhir, refuse
from mes_conformity.sandbox.fhir_dates import interval
from mes_conformity.sandbox.identities import WITNESS
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

_REPEATABLE = {"date"}
_PARAMETERS = {"_sort", "_count", "_offset", "_include", "_format"}
_ETAG = 'W/"1"'  # nothing changes a measure: it has one version (RFC 9110, §8.8.3)
_MAX_OFFSET = 1_000_000
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")  # HL7 FHIR R4, §2.24.0.1, id
# HL7 FHIR R4, §3.1.1.4.7: which end of the interval a prefix compares, and how.
_PREFIXES = {"ge": ("low", 0), "gt": ("above", 1), "le": ("high", 1), "lt": ("below", 0)}


@dataclass(frozen=True, slots=True)
class Search:
    """A valid search. `dates` holds `low|above` and `high|below` in seconds; empty in mode « last »."""

    code: str
    dates: Mapping[str, float]
    count: int
    offset: int
    include: bool
    parameters: tuple[tuple[str, str], ...]

    @property
    def last(self) -> bool:
        """Whether this is the mode « last »."""
        return not self.dates


async def search(world: World, request: Request) -> Response:
    """`GET <search_path>`: 200 and a searchset. Raises Refusal (401, 400, 409, 403)."""
    who = caller(world, request)
    fields = incoming.pairs(request.scope["query_string"])
    if "access_token" in fields:  # RFC 6750, §5.3: an address is logged everywhere
        raise refuse(400, "security", "The access_token must not travel in the address")
    idpe = authorise(world, who, _subject(world, fields), "read")
    wanted = _search(world, fields, request.headers.get("prefer", ""))
    total, rows = _find(world, idpe, wanted)
    return fhir(_searchset(world, wanted, total, rows))


def _subject(world: World, fields: Mapping[str, list[str]]) -> list[Subject]:
    values = fields.get(world.measures.get("patient_parameter"), [])
    subjects = []
    for value in values:
        system, pipe, identifier = value.partition("|")
        if not pipe:
            raise refuse(400, "invalid", "The patient must be written <AssignAuth>|<idPe>")
        subjects.append(Subject(system, identifier))
    return subjects


def _check_known(world: World, fields: Mapping[str, list[str]], prefer: str) -> None:
    """What this server does not know is left aside, unless the caller says otherwise (HL7 FHIR R4, §3.1.1.1.2)."""
    if "handling=strict" not in prefer.replace(" ", "").lower():
        return
    known = {world.measures.get(f"{name}_parameter") for name in ("patient", "code", "date")} | _PARAMETERS
    for name in fields:
        if name not in known:
            raise refuse(400, "not-supported", f"The parameter {name[:40]} is not supported")


def _search(world: World, fields: Mapping[str, list[str]], prefer: str = "") -> Search:
    contract, ignored = world.measures, world.behaviour.ignored_errors
    patient, code_name, date_name = (contract.get(f"{name}_parameter") for name in ("patient", "code", "date"))
    _check_known(world, fields, prefer)
    for name, values in fields.items():
        if len(values) > 1 and name not in _REPEATABLE:
            raise refuse(400, "invalid", f"The parameter {name[:40]} is written more than once")
    for name in (patient, code_name):
        if not fields.get(name, [""])[0]:
            raise refuse(400, "required", f"The parameter {name} is mandatory")
    one = {name: values[0] for name, values in fields.items()}
    _check_mode(world, one, date_name)
    dates = _dates(world, fields.get(date_name, []))
    last = "_sort" in one and not dates
    count = _count(world, one)
    return Search(
        code=_code(world, one[code_name]),
        dates=dates if dates or last or "no_mode" not in ignored else {"low": 0.0},
        count=1 if last else count,
        offset=0 if last else _integer("_offset", one.get("_offset", "0"), 0, _MAX_OFFSET),
        include=_include(world, one.get("_include")),
        parameters=tuple((name, value) for name, values in fields.items() for value in values),
    )


def _check_mode(world: World, one: Mapping[str, str], date_name: str) -> None:
    contract, ignored = world.measures, world.behaviour.ignored_errors
    if "_sort" not in one:
        if date_name not in one and "no_mode" not in ignored:
            raise contract_refusal(contract, "no_mode")
        return
    if (date_name in one or "_offset" in one) and "modes_mixed" not in ignored:
        raise contract_refusal(contract, "modes_mixed")
    right = one["_sort"] == contract.get("sort_last") and one.get("_count") == "1"
    if not right and date_name not in one and "last_wrong" not in ignored:
        raise contract_refusal(contract, "last_wrong")


def _dates(world: World, values: Sequence[str]) -> dict[str, float]:
    """Both bounds, each once. A lone bound is no mode: « les deux bornes ou aucune » (§2.3.1.1)."""
    bounds: dict[str, float] = {}
    for value in values:
        name, end = _PREFIXES.get(value[:2], ("", 0))
        found = interval(value[2:])
        if not name or found is None:
            raise refuse(400, "invalid", "A date must be written ge|gt|le|lt followed by a FHIR date")
        if name in bounds:
            raise refuse(400, "invalid", "A bound of the date is written more than once")
        bounds[name] = found[end]
    lone = bounds and ({"low", "above"}.isdisjoint(bounds) or {"high", "below"}.isdisjoint(bounds))
    if lone and "no_mode" not in world.behaviour.ignored_errors:
        raise contract_refusal(world.measures, "no_mode")
    return bounds


def _code(world: World, value: str) -> str:
    system, pipe, code = value.rpartition("|")
    if not world.behaviour.code_filtered:
        return code
    measure = world.measures.measures_by_code.get(code)
    systems = [measure["system"], *measure.get("alternative_systems", ())] if measure else []
    if measure is None or (pipe and system not in systems):
        raise refuse(400, "code-invalid", "The code is not one of the measures of this API")
    return code


def _count(world: World, one: Mapping[str, str]) -> int:
    maximum = int(world.measures.get("count_max"))
    default = int(world.measures.get("count_default"))
    count = _integer("_count", one["_count"], 1, 10**9) if "_count" in one else default
    if count > maximum and "page_too_large" not in world.behaviour.ignored_errors:
        raise contract_refusal(world.measures, "page_too_large", maximum=maximum, actual=count)
    return count if world.behaviour.count_applied else default


def _integer(name: str, value: str, low: int, high: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and low <= int(value) <= high):
        raise refuse(400, "invalid", f"The parameter {name} must be an integer from {low} to {high}")
    return int(value)


def _include(world: World, value: str | None) -> bool:
    if value is not None and value not in world.measures.get("include_values"):
        raise refuse(400, "not-supported", "The only _include is Observation:device")
    asked = value is not None or not world.behaviour.include_only_on_demand
    return asked and world.behaviour.include_applied


def _find(world: World, idpe: str, wanted: Search) -> tuple[int, list[Row]]:
    behaviour = world.behaviour
    where: dict[str, Any] = {"idpe": idpe, "code": wanted.code, **wanted.dates}
    if not behaviour.patient_filtered:
        where["witness"] = WITNESS
    if not behaviour.code_filtered:
        del where["code"]
    if not behaviour.date_filtered:
        where = {name: value for name, value in where.items() if name not in wanted.dates}
    page = wanted.offset if behaviour.offset_applied else 0
    newest = behaviour.last_is_newest if wanted.last else True
    return world.store.search(where, newest_first=newest, limit=wanted.count, offset=page * wanted.count)


def _searchset(world: World, wanted: Search, total: int, rows: Sequence[Row]) -> dict[str, Any]:
    entries = [_entry(world, "Observation", row, "match") for row in rows]
    if wanted.include:
        named = dict.fromkeys((row["device"], row["idpe"]) for row in rows if row["device"])
        devices = [(world.store.resource("Device", device), owner) for device, owner in named]
        entries += [_entry(world, "Device", row, "include") for row, owner in devices if row and row["idpe"] == owner]
    total = min(total, 1) if wanted.last else total
    return {
        "resourceType": "Bundle",
        "id": world.env.new_id(),
        "meta": {"lastUpdated": world.instant()},
        "type": "searchset",
        "total": total if world.behaviour.total_of_all_pages else len(rows),
        "link": _links(world, wanted, total),
        **({"entry": entries} if entries else {}),
    }


def _entry(world: World, kind: str, row: Row, mode: str) -> dict[str, Any]:
    address = f"{world.url}{world.measures.get('fhir_path')}/{kind}/{row['id']}"
    return {"fullUrl": address, "resource": json.loads(row["body"]), "search": {"mode": mode}}


def _links(world: World, wanted: Search, total: int) -> list[dict[str, str]]:
    """HL7 FHIR R4, §3.1.1.4.8: `self` always; `next` and `previous` where there is such a page."""
    links = [("self", wanted.offset)] if world.behaviour.self_link else []
    if not wanted.last:
        if (wanted.offset + 1) * wanted.count < total and world.behaviour.next_link:
            links.append(("next", wanted.offset + 1))
        if wanted.offset > 0 and world.behaviour.previous_link:
            links.append(("previous", wanted.offset - 1))
    return [{"relation": name, "url": _address(world, wanted, page)} for name, page in links]


def _address(world: World, wanted: Search, page: int) -> str:
    parameters = [pair for pair in wanted.parameters if pair[0] not in {"_offset", "_count"}]
    parameters.append(("_count", str(wanted.count)))
    if not wanted.last:
        parameters.append(("_offset", str(page)))
    return f"{world.url}{world.measures.get('search_path')}?{urlencode(parameters, quote_via=quote)}"


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/<type>/<id>`: one's own resource, else 404: that another's exists is not told. 304 where the
    caller has it already (HL7 FHIR R4, §3.1.0.1.4)."""
    who = caller(world, request)
    idpe = authorise(world, who, [], "read")
    kind, identifier = request.path_params["kind"], request.path_params["id"]
    row = world.store.resource(kind, identifier) if _ID.fullmatch(identifier) else None
    mine = row is not None and (row["idpe"] == idpe or not world.behaviour.patient_filtered)
    if row is None or not mine or not world.behaviour.read_by_id:
        raise refuse(404, "not-found", "There is no such resource")
    headers = {"ETag": _ETAG, "Cache-Control": "no-store"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or _ETAG.removeprefix("W/") in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(row["body"].encode(), media_type="application/fhir+json; charset=utf-8", headers=headers)
