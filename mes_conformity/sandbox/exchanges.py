"""The exchanges beside measures: their routes, and what `/metadata` says each is worth.

None of the official documents of these APIs was read: each route says which published guide it follows, and that Mon
espace santé may do otherwise.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import agenda, contracts, documents, documents_read, lists, patient, slots, submissions
from mes_conformity.sandbox.surface import Handler
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract

Route = tuple[str, str, Handler]


def routes(base: str) -> list[Route]:
    """Path, method and handler of each route, under the FHIR base."""
    return [
        (f"{base}/{documents.KIND}", "POST", documents.create),
        (f"{base}/{documents.KIND}", "GET", documents_read.search),
        (f"{base}/{documents.KIND}/_search", "POST", documents_read.search),
        (f"{base}/{documents.KIND}", "PATCH", documents.update),
        (f"{base}/{documents.KIND}/{{id}}", "PATCH", documents.update),
        (f"{base}/{documents.KIND}/{{id}}", "GET", documents_read.read),
        (f"{base}/Binary/{{id}}", "GET", documents_read.content),
        (f"{base}/{lists.KIND}", "GET", lists.search),
        (f"{base}/{lists.KIND}/_search", "POST", lists.search),
        (f"{base}/{lists.KIND}/{{id}}", "GET", lists.read),
        (f"{base}/{agenda.KIND}", "POST", agenda.create),
        (f"{base}/{agenda.KIND}", "PUT", agenda.update),
        (f"{base}/{agenda.KIND}/{{id}}", "PUT", agenda.update),
        (f"{base}/{agenda.KIND}", "GET", agenda.search),
        (f"{base}/{agenda.KIND}/_search", "POST", agenda.search),
        (f"{base}/{agenda.KIND}/{{id}}", "GET", agenda.read),
        (f"{base}/{slots.KIND}", "GET", slots.search),
        (f"{base}/{slots.KIND}/_search", "POST", slots.search),
        (f"{base}/{slots.KIND}/{{id}}", "GET", slots.read),
        (f"{base}/{slots.SCHEDULE}", "GET", slots.search_schedules),
        (f"{base}/{slots.SCHEDULE}/_search", "POST", slots.search_schedules),
        (f"{base}/{slots.SCHEDULE}/{{id}}", "GET", slots.read),
        (f"{base}/Practitioner/{{id}}", "GET", slots.read),
        (f"{base}/Patient", "GET", patient.search),
    ]


async def write(world: World, request: Request) -> Response:
    """`POST <fhir_path>`: a submission of documents (ITI-65) or, as ever, a measure (API Mesures 1.5.2)."""
    return await submissions.write(world, request)


def resources(world: World) -> list[dict[str, Any]]:
    """The resources of the CapabilityStatement (HL7 FHIR R4, CapabilityStatement.rest.resource)."""
    of_documents, of_agenda = contracts.documents(), contracts.agenda()
    return [
        _documents(of_documents),
        _lists(of_documents),
        _binary(of_documents),
        _appointments(of_agenda),
        *_free_time(of_agenda),
        *([patient.capability()] if world.patient_served else []),
    ]


def _worth(contract: Contract, path: str) -> str:
    return f"{contract.basis(path)} ({contract.source(path)})"


def _interactions(**said: str) -> list[dict[str, str]]:
    return [{"code": name.replace("_", "-"), "documentation": text} for name, text in said.items()]


def _parameters(contract: Contract, prefix: str = "") -> list[dict[str, str]]:
    rows = [
        (row["name"], "date" if row["type"] == "period" else row["type"])
        for row in contract.get(f"{prefix}search_parameters")
    ]
    person = [(contract.get("patient_parameter"), "token")] if prefix in ("", "lists_") else []
    return [{"name": name, "type": kind} for name, kind in [*person, *rows]]


def _documents(contract: Contract) -> dict[str, Any]:
    return {
        "type": documents.KIND,
        "documentation": f"{contract.title['en']}. Consents and tokens as for measures: assumption. Submissions by "
        f"POST {contract.get('fhir_path')}: {_worth(contract, 'bundle_profile')}.",
        "supportedProfile": [contract.get(f"profiles.{contract.get('write_profile')}.canonical")],
        "interaction": _interactions(
            create=f"ITI-105: {_worth(contract, 'write_profile')}",
            search_type=_worth(contract, "search_parameters"),
            read="assumption (HL7 FHIR R4, §3.1.0.2)",
            patch=_worth(contract, "patch_elements"),
        ),
        "versioning": "versioned",
        "conditionalCreate": True,
        "conditionalUpdate": True,
        "searchParam": _parameters(contract),
    }


def _lists(contract: Contract) -> dict[str, Any]:
    return {
        "type": lists.KIND,
        "documentation": f"Comes with a submission by POST {contract.get('fhir_path')}.",
        "supportedProfile": [contract.get(f"profiles.{name}.canonical") for name in ("submission_set", "folder")],
        "interaction": _interactions(
            search_type=f"ITI-66: {_worth(contract, 'lists_search_parameters')}",
            read="published (ans.fhir.fr.pdsm 3.1.1, PDSm-GestionnaireDePartageDeDocuments)",
        ),
        "searchParam": _parameters(contract, "lists_"),
    }


def _free_time(contract: Contract) -> list[dict[str, Any]]:
    """Slots, schedules, and the practitioner of the fictional agenda."""
    read = "published (ans.fhir.fr.gap 3.0.0, GAP-GestionnaireAgenda, GAP-Consommateur); for MES: assumption"
    told = [
        {
            "type": kind,
            "documentation": "A fictional agenda of the sandbox; that Mon espace santé has one is an assumption.",
            "supportedProfile": [contract.get(f"profiles.{kind.lower()}.canonical")],
            "interaction": _interactions(search_type=_worth(contract, f"{prefix}search_parameters"), read=read),
            "searchInclude": contract.get(f"{prefix}includes"),
            "searchParam": _parameters(contract, prefix),
        }
        for kind, prefix in ((slots.KIND, "slots_"), (slots.SCHEDULE, "schedules_"))
    ]
    return [*told, {"type": "Practitioner", "interaction": _interactions(read=read)}]


def _binary(contract: Contract) -> dict[str, Any]:
    return {"type": "Binary", "interaction": _interactions(read=_worth(contract, "statuses_served"))}


def _appointments(contract: Contract) -> dict[str, Any]:
    return {
        "type": agenda.KIND,
        "documentation": f"{contract.title['en']}. Consents and tokens as for measures: assumption.",
        "supportedProfile": [contract.get("profiles.appointment.canonical")],
        "interaction": _interactions(
            create=_worth(contract, "create_statuses"),
            update=_worth(contract, "conditional_parameter"),
            search_type=_worth(contract, "search_parameters"),
            read="assumption (HL7 FHIR R4, §3.1.0.2)",
        ),
        "versioning": "versioned",
        "conditionalCreate": True,
        "conditionalUpdate": True,
        "searchParam": _parameters(contract),
    }
