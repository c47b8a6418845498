"""Appointments as a service declares them; schedules and slots by their tables.

The specification of the agenda API of Mon espace santé was not found: the rules are those of HL7 FHIR R4, Appointment,
and of ans.fhir.fr.gap 3.0.0, as the contract `mes-agenda` holds them. Nothing here raises for the content.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.agenda_rules import RULES
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.dates import fault_of_moment
from mes_conformity.validators.finding import Finding, Notes
from mes_conformity.validators.profiles import judge_profile, table
from mes_conformity.validators.reading import items, mapping, shown, text

__all__ = ["RULES", "judge_appointment", "judge_schedule", "patients"]


def judge_appointment(data: Any, contract: Contract) -> list[Finding]:
    """Every fault of an Appointment. Sources: HL7 FHIR R4, Appointment (app-1 to app-4); ans.fhir.fr.gap 3.0.0."""
    notes = Notes(RULES)
    if not _is_type(data, "Appointment", notes):
        return notes.findings
    judge_profile(data, table(contract, "appointment", "agenda"), notes)
    for index, participant in enumerate(items(data.get("participant"))):
        if isinstance(participant, dict) and not participant.get("type") and not mapping(participant.get("actor")):
            message = both("ce participant n'a ni rôle ni identité (app-1)")
            notes.add("agenda/app-1", ("participant", index, "actor"), message, error="invariant")
    _judge_times(data, contract, notes)
    if "cancelationReason" in data and data.get("status") not in contract.get("cancelled_statuses"):
        message = both("un motif d'annulation accompagne un rendez-vous qui n'est pas annulé (app-4)")
        obtained = shown(data.get("status"))
        notes.add("agenda/app-4", ("cancelationReason",), message, obtained=obtained, error="invariant")
    if not any(text(mapping(item).get("value")) for item in items(data.get("identifier"))):
        message = both("le rendez-vous n'a pas d'identifiant : il ne pourra être ni modifié ni annulé")
        notes.add("agenda/identifier", ("identifier",), message, severity="warning")
    if not any(True for _actor in patients(data)):
        message = both("aucun participant n'est le titulaire")
        notes.add("agenda/patient", ("participant",), message, severity="warning")
    return notes.findings


def _is_type(data: Any, wanted: str, notes: Notes) -> bool:
    found = mapping(data).get("resourceType")
    if found != wanted:
        message = both("ce n'est pas la ressource attendue")
        notes.add("agenda/resource", ("resourceType",), message, expected=wanted, obtained=shown(found))
    return bool(found == wanted)


def patients(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The actors that are patients, by their type or their reference (HL7 FHIR R4, §2.3.0, Reference.type)."""
    for participant in items(data.get("participant")):
        actor = mapping(mapping(participant).get("actor"))
        if actor.get("type") == "Patient" or "Patient/" in (text(actor.get("reference")) or ""):
            yield actor


def _judge_times(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    start, end = text(data.get("start")), text(data.get("end"))
    if (start is None) != (end is None):
        missing = "start" if start is None else "end"
        notes.add("agenda/app-2", (missing,), both("le début et la fin vont ensemble (app-2)"), error="invariant")
    if start is None and end is None and data.get("status") not in contract.get("undated_statuses"):
        message = both("un rendez-vous de ce statut a un horaire (app-3)")
        expected = " / ".join(contract.get("undated_statuses"))
        obtained = shown(data.get("status"))
        notes.add("agenda/app-3", ("start",), message, expected=expected, obtained=obtained, error="invariant")
    _judge_moments(data, notes)


def _judge_moments(data: Mapping[str, Any], notes: Notes) -> None:
    """Start and end are instants, and the end does not come first."""
    start, end = text(data.get("start")), text(data.get("end"))
    moments = {}
    for name, written in (("start", start), ("end", end)):
        if written is None:
            continue
        fault = fault_of_moment(written) if "T" in written else both("un horaire donne le jour et l'heure (instant)")
        if fault is None:
            moments[name] = _moment(written)
        else:
            notes.add("agenda/times", (name,), fault, obtained=shown(written), error="value_wrong")
    if len(moments) == 2 and moments["end"] < moments["start"]:
        message = both("la fin précède le début")
        notes.add("agenda/times", ("end",), message, expected=f"≥ {start}", obtained=end, error="value_wrong")


def _moment(written: str) -> float:
    """Seconds since 1970 of an instant that is known to be one; a leap second counts as the one before."""
    return datetime.fromisoformat(written.replace(":60", ":59")).timestamp()


def judge_schedule(data: Any, contract: Contract) -> list[Finding]:
    """Every fault of a Schedule or Slot, by the table of its profile (ans.fhir.fr.gap 3.0.0); a Slot has times too."""
    notes = Notes(RULES)
    kind = mapping(data).get("resourceType")
    if kind == "Slot" or _is_type(data, "Schedule", notes):
        judge_profile(data, table(contract, str(kind).lower(), "agenda"), notes)
    if kind == "Slot":
        _judge_moments(data, notes)
    return notes.findings
