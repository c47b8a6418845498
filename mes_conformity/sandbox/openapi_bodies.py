"""The schemas of FHIR in the OpenAPI description: what is answered, from the table of structures; what may be sent,
from the profiles of the contracts.

A body to send shows the elements that its profile names, closed: other elements of FHIR R4 are taken as well, and are
left out here. Three rules no schema can tell: a reference names what is there, a digest and a size are those of the
content, an appointment ends after it begins.
"""

from collections.abc import Mapping
from typing import Any

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.control import AN_INSTANT
from mes_conformity.sandbox.openapi_schemas import NAME, Schema, closed, listed, opened, ref
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.fhir_tables import Element, elements

_LEFT_OUT = (
    "The elements that the profile names; other elements of FHIR R4 are taken as well. What no schema tells is refused "
    "with 422: an entry that names none of its lot, a size or hash that is not that of the content, an end before its "
    "start."
)
_ANSWERED = ("Appointment", "Binary", "Device", "DocumentReference", "List", "Observation", "Patient", "Practitioner",
             "Schedule", "Slot")  # fmt: skip
_INT: Schema = {"type": "integer", "maximum": 2**31 - 1}
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"
_BLANKS = r" \t\r\n"  # what \s means in the patterns of FHIR, which are those of XML Schema
_SIGN = f"[^{_BLANKS}{_CONTROLS}]"
_WORD: Schema = {"type": "string", "pattern": f"^[^{_CONTROLS}]*{_SIGN}[^{_CONTROLS}]*$"}
_CODE: Schema = {"type": "string", "pattern": f"^{_SIGN}+( {_SIGN}+)*$"}
_ADDRESS: Schema = {"type": "string", "pattern": f"^{_SIGN}+$"}
_PRIMITIVES: Mapping[str, Schema] = {
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": {**_INT, "minimum": -(2**31)},
    "unsignedInt": {**_INT, "minimum": 0},
    "positiveInt": {**_INT, "minimum": 1},
    "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    "code": _CODE,
    "instant": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T"},
    "dateTime": {"type": "string", "pattern": r"^[0-9]{4}"},
    "date": {"type": "string", "pattern": r"^[0-9]{4}"},
}
_OID: Schema = {"type": "string", "pattern": r"^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$"}
_UUID: Schema = {"type": "string", "pattern": r"^urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"}
_INSTANT: Schema = {"type": "string", "pattern": AN_INSTANT}
_BASE64 = r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"
# usual first bytes in whole groups of base64: %PDF-1, the markers of JPEG and of the two TIFF, {\rtf1
_STARTS: Mapping[str, str] = {
    "application/pdf": "JVBERi0x",
    "image/jpeg": "/9j/",
    "image/tiff": "(SUkqAAgA|TU0AKgAA)",
    "application/rtf": "e1xydGYx",
    "text/rtf": "e1xydGYx",
}
_DATA: Schema = {"type": "string", "maxLength": 400, "pattern": f"^{_BASE64}"}


def _said(**members: Schema) -> Schema:
    """An object with one of these members at least: FHIR wants none of them in particular."""
    return {**closed({}, members), "minProperties": 1}


_CODING = _said(system=_ADDRESS, code=_CODE, display=_WORD)
_CONCEPT = _said(coding=listed(_CODING, minItems=1), text=_WORD)
_IDENTIFIER = _said(system=_ADDRESS, value=_WORD)
_PLACE: Schema = {"type": "string", "pattern": f"^[^#{_BLANKS}{_CONTROLS}][^{_CONTROLS}]*$"}  # not one contained
_REFERENCE = _said(identifier=_IDENTIFIER, reference=_PLACE, display=_WORD)
_LEAVES: Mapping[str, Schema] = {
    "CodeableConcept": _CONCEPT,
    "Coding": _CODING,
    "Identifier": _IDENTIFIER,
    "Reference": _REFERENCE,
    "Period": _said(start=_INSTANT, end=_INSTANT),
    "instant": _INSTANT,
    "dateTime": _INSTANT,
    "string": _WORD,
    "code": _CODE,
    "unsignedInt": _PRIMITIVES["unsignedInt"],
    "base64Binary": _DATA,
    "url": _UUID,
}


def answered() -> dict[str, Schema]:
    """The schema of every type that an answer may hold, by its name; `OfAgenda` and `AnyResource` are choices."""
    found: dict[str, Schema] = {}
    wanted = [*_ANSWERED, "Element"]
    while wanted:
        kind = wanted.pop()
        if kind not in found and kind != "Resource":
            found[kind] = _structure(kind)
            wanted += [element.kind for element in elements(kind).values() if not element.primitive]
    return {
        **found,
        "AnyResource": {"anyOf": [ref(name) for name in _ANSWERED]},
        "OfAgenda": {"anyOf": [ref(name) for name in ("Slot", "Schedule", "Practitioner")]},
    }


def _structure(kind: str) -> Schema:
    known = elements(kind)
    own: dict[str, Schema] = {"resourceType": {"const": kind}} if "implicitRules" in known else {}
    properties = {name: _value(element) for name, element in known.items()}
    beside = {f"_{name}": True for name, element in known.items() if element.primitive}
    mandatory = [name for name, element in known.items() if element.mandatory and not element.primitive]
    return {
        "type": "object",
        "required": [*own, *mandatory],
        "properties": {**own, **properties, **beside},
        "additionalProperties": False,
    }


def _value(element: Element) -> Schema:
    if element.kind == "Resource":
        one: Schema = {"type": "object", "required": ["resourceType"]}
    else:
        one = _PRIMITIVES.get(element.kind, NAME) if element.primitive else ref(element.kind)
    if not element.repeated:
        return one
    return listed({"anyOf": [one, {"type": "null"}]} if element.primitive else one, minItems=1)


def sent() -> dict[str, Schema]:
    """The schema of every body that documents and appointments are sent in, by its name."""
    documents, agenda = contracts.documents(), contracts.agenda()
    return {
        "Submission": {"$comment": _LEFT_OUT, **_submission(documents)},
        "NewDocument": {"$comment": _LEFT_OUT, **_document(documents)},
        "NewAppointment": {"$comment": _LEFT_OUT, **_appointment(agenda, agenda.get("create_statuses"))},
        "ChangedAppointment": {"$comment": _LEFT_OUT, **_appointment(agenda, agenda.get("statuses"))},
        "JsonPatch": _json_patch(documents),
        "FhirPatch": _fhir_patch(documents),
    }


def profile(contract: Contract, name: str, special: Mapping[str, Schema], without: frozenset[str]) -> Schema:
    """A profile of a contract as a closed schema. `special`: path → schema where the table is not enough."""
    table = contract.get(f"profiles.{name}")
    rows = {row["path"]: row for row in table["elements"] if row.get("max") != 0 and row["path"] not in without}
    inside = _inside(rows, table["resource"], "", special)
    return {
        **inside,
        "required": ["resourceType", *inside["required"]],
        "properties": {"resourceType": {"const": table["resource"]}, **inside["properties"]},
    }


def _inside(rows: Mapping[str, Mapping[str, Any]], kind: str, above: str, special: Mapping[str, Schema]) -> Schema:
    own = {path: row for path, row in rows.items() if path.rpartition(".")[0] == above}
    required: dict[str, Schema] = {}
    optional: dict[str, Schema] = {}
    for path, row in own.items():
        element = elements(kind)[path.rpartition(".")[2]]
        one = special.get(path) or _one(rows, row, element, special)
        lengths = {"minItems": max(1, row.get("min", 0)), **({"maxItems": row["max"]} if row.get("max") else {})}
        (required if row.get("min") else optional)[element.name] = listed(one, **lengths) if element.repeated else one
    return closed(required, optional) if required else {**closed({}, optional), "minProperties": 1}


def _one(
    rows: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any], element: Element, special: Mapping[str, Schema]
) -> Schema:
    if "values" in row:
        return {"enum": row["values"]}
    if any(path.startswith(f"{row['path']}.") for path in rows):
        return _inside(rows, element.kind, row["path"], special)
    return _LEAVES[element.kind]


def _document(contract: Contract) -> Schema:
    unique = {"anyOf": [_OID, _UUID]}
    holder = closed({"reference": _PLACE})
    codes = sorted({code for group in contracts.codes().get("confidentiality").values() for code in group})
    label = closed({"coding": listed(closed({"system": _ADDRESS, "code": {"enum": codes}}), minItems=1)})
    special: dict[str, Schema] = {
        "masterIdentifier": closed({"system": {"const": contract.get("master_identifier_system")}, "value": unique}),
        "subject": {"anyOf": [holder, closed({"identifier": closed({"system": _OID, "value": _WORD})})]},
        "securityLabel": label,
        "content.attachment": {"anyOf": [_attachment(kind) for kind in contract.get("media_types")]},
    }
    return profile(contract, contract.get("write_profile"), special, frozenset({"relatesTo"}))


def _attachment(media_type: str) -> Schema:
    pattern = f"^{_STARTS.get(media_type, '')}{_BASE64}"
    data = {"type": "string", "minLength": 4, "maxLength": 400, "pattern": pattern}
    return closed({"contentType": {"const": media_type}, "data": data, "title": _WORD})


def _submission(contract: Contract) -> Schema:
    """A lot of documents (ITI-65): what its entries name in one another, no schema can tell."""
    name = contract.get("bundle_profile")
    inside = listed(closed({"resourceType": {"const": "Organization"}, "id": _CODE}, {"name": _WORD}), minItems=1)
    entries = [
        _entry(_submission_set(contract, inside)),
        _entry(_comprehensive(contract, inside)),
        _entry(closed({"resourceType": {"const": "Binary"}, "contentType": _CODE, "data": _DATA})),
    ]
    profiles = listed({"const": contract.get(f"profiles.{name}.canonical")}, minItems=1)
    return closed(
        {
            "resourceType": {"const": "Bundle"},
            "meta": closed({"profile": profiles}),
            "type": {"const": "transaction"},
            "entry": listed({"anyOf": entries}, minItems=2),
        }
    )


def _entry(resource: Schema) -> Schema:
    kind = resource["properties"]["resourceType"]
    return closed(
        {"fullUrl": _UUID, "resource": resource, "request": closed({"method": {"const": "POST"}, "url": kind})}
    )


def _submission_set(contract: Contract, inside: Schema) -> Schema:
    rows = [row for row in contract.get("profiles.submission_set.elements") if "url" in row]
    values = {
        "ihe-designationType": ("valueCodeableConcept", _CONCEPT),
        "ihe-sourceId": ("valueIdentifier", _IDENTIFIER),
    }
    extensions = [closed(dict([("url", {"const": row["url"]}), values[row["url"].rpartition("/")[2]]])) for row in rows]
    both_there = {"type": "array", "prefixItems": extensions, "items": False, "minItems": len(extensions)}
    base = profile(contract, "submission_set", {}, frozenset({"extension", "contained"}))
    return _more(base, {"extension": both_there, "contained": inside})


def _comprehensive(contract: Contract, inside: Schema) -> Schema:
    unique = closed({"system": {"const": contract.get("master_identifier_system")}, "value": _UUID})
    special: dict[str, Schema] = {"masterIdentifier": unique, "content.attachment.contentType": {
        "enum": contract.get("media_types")
    }}  # fmt: skip
    return _more(
        profile(contract, "comprehensive", special, frozenset({"contained", "relatesTo"})), {"contained": inside}
    )


def _more(base: Schema, required: Mapping[str, Schema]) -> Schema:
    return {
        **base,
        "required": [*base["required"], *required],
        "properties": {**base["properties"], **required},
    }


def _appointment(contract: Contract, statuses: list[str]) -> Schema:
    """An appointment with its times, or one that may have none (app-2, app-3); cancelled ones may say why (app-4)."""
    undated = [status for status in statuses if status in contract.get("undated_statuses")]
    special = {"participant": closed({"actor": _REFERENCE, "status": {"enum": contract.get("participant_statuses")}})}
    base = profile(contract, "appointment", special, frozenset({"start", "end", "cancelationReason", "slot"}))
    times = {"start": _INSTANT, "end": _INSTANT}
    return {"anyOf": [_with(base, statuses, times), _with(base, undated, {})]}


def _with(base: Schema, statuses: list[str], times: Mapping[str, Schema]) -> Schema:
    properties = {**base["properties"], "status": {"enum": statuses}, **times}
    return {**base, "required": [*base["required"], *times], "properties": properties}


def _json_patch(contract: Contract) -> Schema:
    """Operations of RFC 6902, which lets other members be (§4)."""
    status = {"enum": contract.get("patch_statuses")}
    change = {"enum": ["add", "replace"]}
    operations = [
        opened({"op": change, "path": {"const": "/status"}, "value": status}),
        opened({"op": {"const": "add"}, "path": {"const": "/securityLabel"}, "value": listed(_CONCEPT, minItems=1)}),
    ]
    return listed({"anyOf": operations}, minItems=1, maxItems=20)


def _fhir_patch(contract: Contract) -> Schema:
    """IHE MHD 4.2, IHE.MHD.Patch.Parameters."""
    path = contract.get("fhirpath_patch_elements")
    parts = [
        closed({"name": {"const": "path"}, "valueString": {"const": path["path"]}}),
        closed({"name": {"const": "type"}, "valueCode": {"const": path["type"]}}),
        closed({"name": {"const": "value"}, "valueCode": {"enum": contract.get("patch_statuses")}}),
    ]
    three = {"type": "array", "prefixItems": parts, "items": False, "minItems": 3, "maxItems": 3}
    operation = closed({"name": {"const": "operation"}, "part": three})
    return closed({"resourceType": {"const": "Parameters"}, "parameter": listed(operation, minItems=1, maxItems=20)})
