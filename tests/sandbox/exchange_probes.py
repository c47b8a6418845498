"""What sees the faults of documents and appointments."""

from collections.abc import Callable
from typing import Any

from exchange_partner import Exchanges
from sandbox_partner import Identity, Partner

Probe = Callable[[Partner, Identity], bool]
MASKED = {"op": "replace", "path": "/securityLabel/0/coding/0/code", "value": "MASQUE_PS"}


def _with(change: Callable[[dict[str, Any]], Any], kind: str = "document", **wish: str) -> Probe:
    """Whether a changed resource is accepted."""

    def probe(partner: Partner, identity: Identity) -> bool:
        mine = Exchanges(partner, identity)
        resource = getattr(mine, kind)(**wish)
        change(resource)
        return mine.post(resource).status_code == 201

    return probe


def _attachment(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda resource: resource["content"][0]["attachment"].update(values)


def _filter(resources: list[dict[str, str]], kind: str, part: str, **asked: str) -> Probe:
    """Whether a search finds more than one of two resources."""

    def probe(partner: Partner, identity: Identity) -> bool:
        mine = Exchanges(partner, identity)
        for wish in resources:
            mine.post(getattr(mine, part)(**wish))
        return len(mine.found(kind, **asked)) > 1

    return probe


def _twice(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    resource = mine.document()
    mine.post(resource)
    return mine.post(resource).status_code == 201


def _altered(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    return mine.content(mine.post(mine.document(content="abc")).json()).text != "abc"


def _replaced(partner: Partner, identity: Identity) -> tuple[Exchanges, dict[str, Any]]:
    mine = Exchanges(partner, identity)
    former = mine.post(mine.document()).json()
    mine.post(mine.document(replaces=former["id"]))
    return mine, former


def _served(partner: Partner, identity: Identity) -> bool:
    mine, former = _replaced(partner, identity)
    return mine.content(former).status_code == 200


def _still_current(partner: Partner, identity: Identity) -> bool:
    return len(_replaced(partner, identity)[0].found()) == 2


def _any_type(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    return mine.content(mine.post(mine.document()).json(), Accept="image/png").status_code == 200


def _patched(operation: dict[str, Any], see: Callable[[Any], bool], **headers: str) -> Probe:
    def probe(partner: Partner, identity: Identity) -> bool:
        mine = Exchanges(partner, identity)
        published = mine.post(mine.document()).json()
        return see(mine.patch(published["id"], operation, **headers))

    return probe


def _revived(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    mine.post(mine.appointment(identifier="1"))
    mine.put(mine.appointment(identifier="1", status="cancelled"))
    return mine.put(mine.appointment(identifier="1")).status_code == 200


def _moved_twice(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    mine.post(mine.appointment(identifier="1"))
    mine.put(mine.appointment(identifier="1"))
    return len(mine.found("Appointment")) == 2


def _not_cancelled(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    mine.post(mine.appointment(identifier="1"))
    return mine.put(mine.appointment(identifier="1", status="cancelled")).json()["status"] == "booked"


def _unresolved(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    mine.post(mine.submission())
    return bool(mine.found("List")[0]["entry"][0]["item"]["reference"].startswith("urn:"))


def _taken_twice(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    slot = mine.slots()[0]
    mine.post(mine.booked(slot, identifier="1"))
    return mine.post(mine.booked(slot, identifier="2")).status_code == 201


def _still_free(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    slot = mine.slots()[0]
    mine.post(mine.booked(slot))
    return slot["id"] in [found["id"] for found in mine.slots()]


def _any_list(partner: Partner, identity: Identity) -> bool:
    mine = Exchanges(partner, identity)
    mine.post(mine.submission())
    return mine.found("List", code="folder") != []


REPORTS = [{"category": "10"}, {"category": "11", "type": "60591-5", "period_start": "2020-01-01T08:00:00Z"}]
MEETINGS = [{}, {"status": "proposed", "start": "2027-01-01T08:00:00Z", "end": "2027-01-01T09:00:00Z"}]
_DOCUMENTS = "DocumentReference"

EXCHANGE_PROBES: dict[str, Probe] = {
    "mandatory-element-unchecked": _with(lambda resource: resource.pop("custodian")),
    "fixed-value-unchecked": _with(lambda resource: resource.update(status="superseded")),
    "forbidden-element-accepted": _with(lambda resource: resource.update(identifier=[{"value": "1"}])),
    "confidentiality-unchecked": _with(lambda _resource: None, confidentiality="TRES_SECRET"),
    "document-hash-unchecked": _with(_attachment(hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk=")),
    "document-size-unchecked": _with(_attachment(size=1)),
    "document-format-unchecked": _with(_attachment(contentType="application/x-msdownload")),
    "document-type-unchecked": _with(_attachment(contentType="application/pdf")),
    "document-data-unchecked": _with(_attachment(data="***")),
    "master-identifier-unchecked": _with(lambda resource: resource["masterIdentifier"].update(value="doc-42")),
    "document-replaces-anything": _with(lambda _resource: None, replaces="inconnu"),
    "search-parameter-optional": lambda p, i: (
        Exchanges(p, i)
        .call("GET", "/fhir/DocumentReference", params={"patient.identifier": Exchanges(p, i).subject})
        .status_code
        == 200
    ),
    "duplicate-accepted": _twice,
    "document-altered": _altered,
    "document-served-after-removal": _served,
    "accept-ignored": _any_type,
    "replaced-still-current": _still_current,
    "version-not-told": lambda p, i: "etag" not in Exchanges(p, i).post(Exchanges(p, i).document()).headers,
    "version-not-counted": _patched(MASKED, lambda answer: answer.json()["meta"]["versionId"] == "1"),
    "if-match-ignored": _patched(MASKED, lambda answer: answer.status_code == 200, **{"If-Match": 'W/"9"'}),
    "patch-unlimited": _patched(
        {"op": "replace", "path": "/date", "value": "2020-01-01T00:00:00Z"}, lambda answer: answer.status_code == 200
    ),
    "category-ignored": _filter(REPORTS, _DOCUMENTS, "document", category="10"),
    "type-ignored": _filter(REPORTS, _DOCUMENTS, "document", type="60591-5"),
    "period-ignored": _filter(REPORTS, _DOCUMENTS, "document", **{"period-start": "ge2026-01-01"}),
    "status-ignored": _filter(MEETINGS, "Appointment", "appointment", status="booked"),
    "appointment-date-ignored": _filter(MEETINGS, "Appointment", "appointment", date="lt2027-01-01"),
    "appointment-invariants-unchecked": _with(lambda resource: resource.pop("end"), "appointment"),
    "appointment-life-cycle-unchecked": _revived,
    "conditional-update-duplicates": _moved_twice,
    "cancellation-ignored": _not_cancelled,
    "basic-rules-unchecked": _with(lambda resource: resource.update(couleur="bleu")),
    "xml-refused": lambda p, i: Exchanges(p, i).post_xml(Exchanges(p, i).document()).status_code == 415,
    "submission-references-unresolved": _unresolved,
    "list-code-ignored": _any_list,
    "slot-status-ignored": lambda p, i: any(slot["status"] == "busy" for slot in Exchanges(p, i).slots()),
    "slot-taken-twice": _taken_twice,
    "slot-stays-free": _still_free,
    "nothing-found-answers-404": lambda p, i: Exchanges(p, i).find("Appointment").status_code == 404,
}
