"""Sample documents and appointments: what a conforming service would send, with a fictional identity.

The official documents of these APIs were not read: samples follow the profiles that the contracts `mes-documents` and
`mes-agenda` hold (ans.fhir.fr.pdsm 3.1.1, pdsm-simplified-publish; HL7 FHIR R4, Appointment; GAP 3.0.0). The author
and custodian of a document are the service itself (« Service numérique référencé », code SNR of JDV_J02 and J04).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.validators.attachments import sha1

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

CONTENT: Final = "Compte rendu fictif : rien ici ne concerne une personne réelle."
"""What a sample document says, unless the suite says otherwise."""

_DATE: Final = "2026-03-15T08:30:00+01:00"
_START, _END = "2026-12-01T09:00:00+01:00", "2026-12-01T09:30:00+01:00"
_SNR: Final = {"system": "urn:oid:1.2.250.1.213.1.1.4.6", "code": "SNR", "display": "Service numérique référencé"}
_LOINC: Final = "http://loinc.org"
_CLASSES: Final = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
_CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


@dataclass(frozen=True, slots=True)
class DocumentWish:
    """What a suite asks of a document. `replaces` is the id of the document replaced."""

    title: str = "Compte rendu fictif du 15 mars"
    type: str = "11488-4"
    category: str = "10"
    period_start: str = "2026-03-15T08:00:00+01:00"
    confidentiality: str = "N"
    content: str = CONTENT
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class AppointmentWish:
    """What a suite asks of an appointment; an empty `start` or `end` leaves it out."""

    status: str = "booked"
    start: str = _START
    end: str = _END
    identifier: str = ""
    reason: str = ""


def document(
    contract: Contract, wish: DocumentWish, identity: Mapping[str, Any], solution_oid: str, new_id: Callable[[], str]
) -> dict[str, Any]:
    """A DocumentReference with its content inline (ITI-105), and what it holds.

    Gives `{document, content, data, size, hash, media_type, master_identifier, title, type, category}`;
    `master_identifier` is `system|value`, as a search writes it.
    """
    raw = wish.content.encode()
    unique = f"urn:uuid:{new_id()}"
    attachment = {
        "contentType": "text/plain",
        "language": contract.get("language"),
        "data": base64.b64encode(raw).decode(),
        "size": len(raw),
        "hash": sha1(raw),
        "title": wish.title,
        "creation": _DATE,
    }
    return {
        "document": _reference(contract, wish, identity, solution_oid, unique, attachment),
        "content": wish.content,
        "data": attachment["data"],
        "size": len(raw),
        "hash": attachment["hash"],
        "media_type": attachment["contentType"],
        "master_identifier": f"{contract.get('master_identifier_system')}|{unique}",
        "title": wish.title,
        "type": wish.type,
        "category": wish.category,
    }


def _reference(
    contract: Contract,
    wish: DocumentWish,
    identity: Mapping[str, Any],
    solution_oid: str,
    unique: str,
    attachment: Mapping[str, Any],
) -> dict[str, Any]:
    service = {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{solution_oid}"}}
    resource: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [contract.get(f"profiles.{contract.get('write_profile')}.canonical")]},
        "masterIdentifier": {"system": contract.get("master_identifier_system"), "value": unique},
        "status": "current",
        "type": {"coding": [{"system": _LOINC, "code": wish.type}]},
        "category": [{"coding": [{"system": _CLASSES, "code": wish.category}]}],
        "subject": _person(identity),
        "date": _DATE,
        "author": [{**service, "type": "Device"}],
        "custodian": {**service, "type": "Organization"},
        "securityLabel": [{"coding": [{"system": _CONFIDENTIALITY, "code": wish.confidentiality}]}],
        "content": [{"attachment": attachment}],
        "context": {
            "period": {"start": wish.period_start},
            "facilityType": {"coding": [dict(_SNR)]},
            "practiceSetting": {"coding": [dict(_SNR)]},
        },
    }
    if wish.replaces:
        target = {"reference": f"DocumentReference/{wish.replaces}"}
        resource["relatesTo"] = [{"code": contract.get("replaces_code"), "target": target}]
    return resource


def _person(identity: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Patient", "identifier": {"system": identity["assign_auth"], "value": identity["idpe"]}}


def submission(
    contract: Contract, wish: DocumentWish, identity: Mapping[str, Any], solution_oid: str, new_id: Callable[[], str]
) -> dict[str, Any]:
    """The same document as a submission (ITI-65): submission set, document, content. Gives `{bundle, …}`."""
    sample = document(contract, wish, identity, solution_oid, new_id)
    names = {kind: f"urn:uuid:{new_id()}" for kind in ("List", "DocumentReference", "Binary")}
    service = {"reference": "#service"}
    contained: list[dict[str, Any]] = [
        {"resourceType": "Organization", "id": "service", "name": "Service fictif"},
        {"resourceType": "Patient", "id": "titulaire", "identifier": [_person(identity)["identifier"]]},
    ]
    attachment = {**sample["document"]["content"][0]["attachment"], "url": names["Binary"]}
    del attachment["data"]
    form = {"system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"}
    reference = {
        **sample["document"],
        "meta": {"profile": [contract.get("profiles.comprehensive.canonical")]},
        "contained": contained,
        "author": [service],
        "custodian": service,
        "content": [{"attachment": attachment, "format": {**form, "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient"}}],
        "context": {**sample["document"]["context"], "sourcePatientInfo": {"reference": "#titulaire"}},
    }
    binary = {"resourceType": "Binary", "contentType": sample["media_type"], "data": sample["data"]}
    resources = (_submission_set(contract, sample, contained, names), reference, binary)
    entries = [
        {
            "fullUrl": names[item["resourceType"]],
            "resource": item,
            "request": {"method": "POST", "url": item["resourceType"]},
        }
        for item in resources
    ]
    profile = contract.get(f"profiles.{contract.get('bundle_profile')}.canonical")
    bundle = {"resourceType": "Bundle", "meta": {"profile": [profile]}, "type": "transaction", "entry": entries}
    return {**sample, "bundle": bundle}


def _submission_set(
    contract: Contract, sample: Mapping[str, Any], contained: list[dict[str, Any]], names: Mapping[str, str]
) -> dict[str, Any]:
    mhd = "https://profiles.ihe.net/ITI/MHD"
    coding = {"system": f"{mhd}/CodeSystem/MHDlistTypes", "code": "submissionset"}
    return {
        "resourceType": "List",
        "meta": {"profile": [contract.get("profiles.submission_set.canonical")]},
        "contained": contained,
        "extension": [
            {
                "url": f"{mhd}/StructureDefinition/ihe-designationType",
                "valueCodeableConcept": {"coding": [{"system": _CLASSES, "code": sample["category"]}]},
            },
            {
                "url": f"{mhd}/StructureDefinition/ihe-sourceId",
                "valueIdentifier": {"system": "urn:ietf:rfc:3986", "value": names["List"]},
            },
        ],
        "status": "current",
        "mode": "working",
        "code": {"coding": [coding]},
        "subject": sample["document"]["subject"],
        "date": _DATE,
        "source": {"reference": "#service"},
        "entry": [{"item": {"reference": names["DocumentReference"]}}],
    }


def appointment(
    contract: Contract, wish: AppointmentWish, identity: Mapping[str, Any], solution_oid: str, new_id: Callable[[], str]
) -> dict[str, Any]:
    """An Appointment of the person with a fictional professional.

    Gives `{appointment, identifier, status, start, end}`; `identifier` is `system|value`, as a condition writes it.
    """
    system, value = f"urn:oid:{solution_oid}.7", wish.identifier or new_id()
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "meta": {"profile": [contract.get("profiles.appointment.canonical")]},
        "identifier": [{"system": system, "value": value}],
        "status": wish.status,
        "description": "Rendez-vous fictif",
        "start": wish.start,
        "end": wish.end,
        "created": _DATE,
        "participant": [
            {"actor": _person(identity), "status": "accepted"},
            {"actor": {"type": "Practitioner", "display": "Professionnel fictif"}, "status": "accepted"},
        ],
    }
    if wish.reason:
        system_of_reasons = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
        resource["cancelationReason"] = {"coding": [{"system": system_of_reasons, "code": wish.reason}]}
    kept = {name: item for name, item in resource.items() if item}
    return {
        "appointment": kept,
        "identifier": f"{system}|{value}",
        "status": wish.status,
        "start": wish.start,
        "end": wish.end,
    }
