"""A personal health device: profile, identifier, type and specialization."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation import patterns
from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Notes, Steps
from mes_conformity.validators.reading import codings, is_under, is_uuid, items, mapping, oid_of, shown, text


def judge_device_resource(data: Mapping[str, Any], contract: Contract, notes: Notes, solution_oid: str | None) -> None:
    """Judge a Device against the profile PhdDevice as MES asks for it.

    Sources: API Mesures 1.5.2, §2.1.2, §2.2.2.1, §2.2.3, §2.2.5; hl7.fhir.uv.phd 1.0.0, PhdDevice.
    """
    _judge_profile(data, contract, notes)
    _judge_identifier(data, contract, notes, solution_oid)
    _judge_type(data, contract, notes)
    _judge_specialization(data, contract, notes)


def judge_device_id(data: Mapping[str, Any], notes: Notes) -> None:
    """`Device.id` holds the bare UUID that the Observation refers to (API Mesures 1.5.2, §2.2.3)."""
    if not is_uuid(data.get("id")):
        message = both("l'identifiant du Device n'est pas un UUID seul")
        notes.add("measures/device-id", ("id",), message, expected="UUID", obtained=shown(data.get("id")))


def judge_if_none_exist(
    request: Mapping[str, Any], device: Mapping[str, Any], contract: Contract, notes: Notes
) -> None:
    """`ifNoneExist` is there, has the printed form and names an identifier of the device (API Mesures, §2.2.2.1)."""
    written = request.get("ifNoneExist")
    pattern = contract.get("if_none_exist_pattern")
    if not isinstance(written, str) or not patterns.whole(pattern, written):
        message = both("le Device n'a pas d'ifNoneExist valide")
        expected = "identifier=urn:oid:<OID>|<identifiant>"
        notes.add(
            "measures/if-none-exist",
            ("ifNoneExist",),
            message,
            expected=expected,
            obtained=shown(written),
            error="if_none_exist_invalid",
        )
        return
    known = [f"identifier={part.get('system')}|{part.get('value')}" for part in _identifiers(device)]
    if written not in known:
        message = both("ifNoneExist ne désigne aucun identifiant du Device")
        notes.add(
            "measures/if-none-exist-identifier",
            ("ifNoneExist",),
            message,
            expected=shown(" / ".join(known)),
            obtained=shown(written),
        )


def _identifiers(device: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [mapping(part) for part in items(device.get("identifier"))]


def _judge_profile(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    profiles = items(mapping(data.get("meta")).get("profile"))
    wanted = contract.get("device_profile")
    if not any(text(profile) for profile in profiles):
        message = both("le Device ne dit pas son profil")
        steps = ("meta", "profile")
        notes.add("measures/device-profile", steps, message, expected=wanted, error="profile_missing_device")
    elif wanted not in profiles:
        message = both("le profil du Device n'est pas PhdDevice")
        notes.add("measures/device-profile", ("meta", "profile"), message, expected=wanted, obtained=shown(profiles[0]))


def _judge_identifier(data: Mapping[str, Any], contract: Contract, notes: Notes, solution_oid: str | None) -> None:
    wanted = contract.get("device_identifier_type")
    found = [
        (index, part)
        for index, part in enumerate(_identifiers(data))
        if any((system, code) == (wanted["system"], wanted["code"]) for _i, system, code in codings(part.get("type")))
    ]
    if not found:
        message = both("le Device n'a pas d'identifiant système ({code})", code=wanted["code"])
        notes.add("measures/device-identifier", ("identifier",), message, expected=wanted["code"])
    for index, part in found:
        inner = notes.within("identifier", index)
        oid = oid_of(part.get("system"))
        if oid is None:
            message = both("l'autorité de l'identifiant du Device n'est pas un OID")
            obtained = shown(part.get("system"))
            inner.add("measures/device-identifier", ("system",), message, expected="urn:oid:…", obtained=obtained)
        elif solution_oid and not is_under(oid, solution_oid):
            message = both("l'OID du Device n'est pas un sous-OID de la solution")
            inner.add("measures/device-oid", ("system",), message, expected=f"{solution_oid}.…", obtained=oid)
        elif not solution_oid:
            note_unknown_solution("measures/device-oid", ("system",), oid, inner)
        if text(part.get("value")) is None:
            message = both("l'identifiant du Device n'a pas de valeur")
            inner.add("measures/device-identifier", ("value",), message, obtained=shown(part.get("value")))


def _judge_type(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    wanted = contract.get("device_type")
    found = [(system, code) for _index, system, code in codings(data.get("type"))]
    if (wanted["system"], wanted["code"]) not in found:
        message = both("le type du Device n'est pas « Personal Health Device »")
        obtained = shown(found[0][1]) if found else None
        notes.add("measures/device-type", ("type",), message, expected=wanted["code"], obtained=obtained)


def _judge_specialization(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    system, partition = contract.get("device_type.system"), contract.get("device_partition")
    parts = items(data.get("specialization"))
    if not parts:
        message = both("le Device ne dit pas ce qu'il sait mesurer (specialization)")
        notes.add("measures/device-specialization", ("specialization",), message, severity="warning")
    for index, part in enumerate(parts):
        found = [(one, code) for _i, one, code in codings(mapping(part).get("systemType"))]
        if not any(one == system and _partition(code) == partition for one, code in found):
            message = both(
                "ce code de spécialisation n'est pas un code MDC de la partition {partition}", partition=partition
            )
            steps = ("specialization", index, "systemType")
            obtained = shown(found[0][1]) if found else None
            notes.add("measures/device-specialization", steps, message, expected="5284xx", obtained=obtained)


def _partition(code: str | None) -> int | None:
    """`8 × 65536 + term` → 8; None for what is not a short decimal number."""
    return int(code) >> 16 if code and len(code) < 10 and code.isascii() and code.isdigit() else None


def note_unknown_solution(rule: str, steps: Steps, obtained: str, notes: Notes) -> None:
    """Say that `rule` was not judged: whose the OID `obtained` must be is not known."""
    message = both("l'OID de la solution n'est pas connu : donnez service.solution_oid dans mes-conformity.yaml")
    notes.add(
        rule, steps, message, severity="information", expected="solution_oid", obtained=obtained, unjudged=(rule,)
    )
