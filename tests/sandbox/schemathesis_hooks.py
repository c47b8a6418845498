"""What schemathesis is told of the description: who is paired (SANDBOX_PERSON, `<AssignAuth>|<idPe>`), or no search and
no measure would be let through. Bodies in XML are left out, since no JSON Schema can tell them; so are wrong forms that
its own encoding makes right (a member that is empty is not written), and cases that it misnames."""

import os
from typing import Any

import schemathesis

FORM = "application/x-www-form-urlencoded"
PATIENT = {"subject.identifier", "patient.identifier"}


@schemathesis.hook
def before_load_schema(context: object, raw_schema: dict[str, Any]) -> None:
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            operation.get("requestBody", {}).get("content", {}).pop("application/fhir+xml", None)
    person = os.environ["SANDBOX_PERSON"]
    _name_in_searches(raw_schema, person)
    system, _, value = person.partition("|")
    subject = {"identifier": {"system": f"urn:oid:{system}", "value": value}}
    for name in ("Measure", "Submission", "NewDocument"):
        _name_in_bodies(raw_schema["components"]["schemas"][name], {"const": subject})


def _name_in_searches(node: Any, person: str) -> None:
    """The patient of every search, in a parameter or in a form."""
    if isinstance(node, dict):
        if "schema" in node and node.get("name") in PATIENT:
            node["schema"] = {"const": person}
        properties = node.get("properties")
        for name in PATIENT & set(properties if isinstance(properties, dict) else ()):
            node["properties"][name] = {"const": person}
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _name_in_searches(child, person)


def _name_in_bodies(node: Any, subject: dict[str, Any]) -> None:
    if isinstance(node, dict) and isinstance(node.get("properties"), dict) and "subject" in node["properties"]:
        node["properties"]["subject"] = subject
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _name_in_bodies(child, subject)


@schemathesis.hook
def filter_case(context: object, case: Any) -> bool:
    fields = case.body.values() if case.media_type == FORM and isinstance(case.body, dict) else ()
    return all(value not in ({}, []) for value in fields) and not _misnamed(case)


def _misnamed(case: Any) -> bool:
    """A case that is called right though one of its parts was made wrong (a header of a pattern: the number 0)."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return False
    return any(component.mode.is_negative for component in case.meta.components.values())
