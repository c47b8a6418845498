"""Measures as a service sends them: the transaction bundle, its Observation and its Device.

Every fault is told, not the first only. Nothing here raises for the content of an artefact, whatever it is.
"""

from collections.abc import Collection, Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.device import judge_device_id, judge_device_resource, judge_if_none_exist
from mes_conformity.validators.finding import Finding, Notes
from mes_conformity.validators.measure_rules import RULES
from mes_conformity.validators.observation import judge_observation_resource
from mes_conformity.validators.reading import items, mapping, shown, text

__all__ = ["RULES", "judge_bundle", "judge_device", "judge_observation"]

_ACCEPTED = ("Observation", "Device")
Entry = tuple[int, Mapping[str, Any]]


def judge_bundle(
    data: Any, contract: Contract, *, solution_oid: str | None = None, assign_auth: str | None = None
) -> list[Finding]:
    """Every fault of a bundle that writes one measure.

    `solution_oid` and `assign_auth` are compared with the bundle where they are known. Sources: API Mesures 1.5.2,
    §2.2.1 to §2.2.8; ans.fhir.fr.mesures 3.1.0.
    """
    notes = Notes(RULES)
    bundle = mapping(data)
    if bundle.get("resourceType") != "Bundle":
        message = both("ce n'est pas un Bundle FHIR")
        obtained = shown(bundle.get("resourceType", data))
        notes.add(
            "measures/bundle", ("resourceType",), message, expected="Bundle", obtained=obtained, error="no_bundle"
        )
        return notes.findings
    wanted = contract.get("bundle_type")
    if bundle.get("type") != wanted:
        message = both("le Bundle n'est pas une transaction")
        notes.add("measures/transaction", ("type",), message, expected=wanted, obtained=shown(bundle.get("type")))
    entries = [(index, mapping(entry)) for index, entry in enumerate(items(bundle.get("entry")))]
    for index, entry in entries:
        _judge_request(entry, notes.within("entry", index))
    observations, devices = (_of_type(kind, entries) for kind in _ACCEPTED)
    _judge_counts(observations, devices, notes)
    known = {f"Device/{entry['resource'].get('id')}": None for _index, entry in devices}
    for index, entry in observations:
        inner = notes.within("entry", index, "resource")
        _judge_full_url(entry, notes.within("entry", index))
        judge_observation_resource(entry["resource"], contract, inner, solution_oid, assign_auth)
        _judge_link(entry["resource"], known, inner)
    for index, entry in devices:
        inner = notes.within("entry", index)
        judge_if_none_exist(mapping(entry.get("request")), entry["resource"], contract, inner.within("request"))
        judge_device_id(entry["resource"], inner.within("resource"))
        judge_device_resource(entry["resource"], contract, inner.within("resource"), solution_oid)
    return notes.findings


def judge_observation(
    data: Any, contract: Contract, *, solution_oid: str | None = None, assign_auth: str | None = None
) -> list[Finding]:
    """Every fault of an Observation on its own, its link to a Device apart."""
    notes = Notes(RULES)
    if _is_type(data, "Observation", notes):
        judge_observation_resource(data, contract, notes, solution_oid, assign_auth)
    return notes.findings


def judge_device(data: Any, contract: Contract, *, solution_oid: str | None = None) -> list[Finding]:
    """Every fault of a Device on its own, its conditional creation apart."""
    notes = Notes(RULES)
    if _is_type(data, "Device", notes):
        judge_device_id(data, notes)
        judge_device_resource(data, contract, notes, solution_oid)
    return notes.findings


def _is_type(data: Any, wanted: str, notes: Notes) -> bool:
    found = mapping(data).get("resourceType")
    if found != wanted:
        message = both("ce n'est pas la ressource attendue")
        notes.add("measures/resource", ("resourceType",), message, expected=wanted, obtained=shown(found))
    return bool(found == wanted)


def _of_type(kind: str, entries: list[Entry]) -> list[Entry]:
    return [(index, entry) for index, entry in entries if mapping(entry.get("resource")).get("resourceType") == kind]


def _judge_request(entry: Mapping[str, Any], notes: Notes) -> None:
    """Only Observation and Device, by POST, each to its own type (API Mesures 1.5.2, §2.2.2 and §2.2.8)."""
    kind = mapping(entry.get("resource")).get("resourceType")
    request = mapping(entry.get("request"))
    method, url = request.get("method"), request.get("url")
    if kind not in _ACCEPTED:
        message = both("cette ressource n'est pas acceptée : seules Observation et Device le sont")
        steps = ("resource", "resourceType")
        _refuse(notes, steps, message, " / ".join(_ACCEPTED), kind)
    elif text(method) is None:
        message = both("la requête de l'entrée n'a pas de méthode")
        notes.add("measures/request", ("request", "method"), message, expected="POST", obtained=shown(method))
    elif method != "POST":
        _refuse(
            notes, ("request", "method"), both("cette méthode n'est pas acceptée : seule POST l'est"), "POST", method
        )
    if kind in _ACCEPTED and url != kind:
        message = both("l'adresse de la requête n'est pas le type de la ressource")
        notes.add("measures/request", ("request", "url"), message, expected=kind, obtained=shown(url))


def _refuse(notes: Notes, steps: tuple[str, ...], message: Mapping[str, str], expected: str, obtained: Any) -> None:
    notes.add(
        "measures/accepted-resources",
        steps,
        message,
        expected=expected,
        obtained=shown(obtained),
        error="resource_not_acceptable",
    )


def _judge_counts(observations: list[Entry], devices: list[Entry], notes: Notes) -> None:
    if len(observations) != 1:
        message = both("le Bundle doit contenir une Observation, et une seule")
        obtained = str(len(observations))
        notes.add(
            "measures/one-observation", ("entry",), message, expected="1", obtained=obtained, error="one_observation"
        )
    if len(devices) > 1:
        message = both("le Bundle contient plusieurs Device")
        notes.add("measures/one-device", ("entry", devices[1][0]), message, expected="0..1", obtained=str(len(devices)))


def _judge_full_url(entry: Mapping[str, Any], notes: Notes) -> None:
    if text(entry.get("fullUrl")) is None:
        message = both("l'entrée de l'Observation n'a pas de fullUrl")
        expected = "urn:uuid:<uuid>"
        notes.add("measures/full-url", ("fullUrl",), message, expected=expected, obtained=shown(entry.get("fullUrl")))


def _judge_link(observation: Mapping[str, Any], known: Collection[str], notes: Notes) -> None:
    """The Observation refers to the Device of its bundle, and to nothing else (API Mesures 1.5.2, §2.2.1, §2.2.3)."""
    reference = mapping(observation.get("device")).get("reference")
    steps = ("device", "reference")
    if text(reference) is None:
        if known or "device" in observation:
            message = both("l'Observation ne désigne pas le Device qui l'a prise")
            expected, obtained = "Device/<uuid>", shown(reference)
            notes.add(
                "measures/device-reference",
                steps,
                message,
                expected=expected,
                obtained=obtained,
                error="device_reference_missing",
            )
        return
    if reference not in known:
        message = both("l'Observation désigne un Device qui n'est pas dans le Bundle")
        wanted = next(iter(known), "Device/<uuid>")
        notes.add(
            "measures/device-reference",
            steps,
            message,
            expected=shown(wanted),
            obtained=shown(reference),
            error="device_reference_unlinked",
        )
