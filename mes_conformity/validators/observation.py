"""A measure: profile, source, code, status, category, subject and moment of an Observation."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.dates import fault_of_moment
from mes_conformity.validators.device import note_unknown_solution
from mes_conformity.validators.finding import Notes, Steps
from mes_conformity.validators.glucose import judge_extensions
from mes_conformity.validators.quantities import judge_value
from mes_conformity.validators.reading import codings, is_under, items, mapping, oid_of, shown, text

_INS_ROOT = "1.2.250.1.213.1.4"
Measure = Mapping[str, Any]


def judge_observation_resource(
    data: Mapping[str, Any], contract: Contract, notes: Notes, solution_oid: str | None, assign_auth: str | None
) -> None:
    """Judge an Observation that a service wants to write.

    Sources: API Mesures 1.5.2, §2.1.1 and §2.2.3 to §2.2.8; ans.fhir.fr.mesures 3.1.0; HL7 FHIR R4, Observation.
    """
    profiles = _judge_profile(data, contract, notes)
    measure = _judge_code(data, contract, notes)
    _judge_agreement(measure, profiles, contract, notes)
    _judge_source(data, notes, solution_oid)
    _judge_status(data, contract, notes)
    _judge_category(data, contract, notes)
    _judge_subject(data, notes, assign_auth)
    _judge_effective(data, notes)
    measure = measure or _only_measure(profiles, contract)
    judge_value(data, measure, contract, notes)
    judge_extensions(data, measure, contract, notes)


def _judge_profile(data: Mapping[str, Any], contract: Contract, notes: Notes) -> list[str]:
    """The known canonicals of the Observation, after saying what is wrong with `meta.profile`."""
    written = [profile for profile in items(mapping(data.get("meta")).get("profile")) if text(profile)]
    if not written:
        message = both("l'Observation ne dit pas son profil")
        notes.add("measures/observation-profile", ("meta", "profile"), message, error="profile_missing_observation")
        return []
    known = [profile for profile in written if profile in contract.measures_by_profile]
    if not known:
        message = both("le profil n'est pas l'un de ceux des mesures de Mon espace santé")
        steps = ("meta", "profile", 0)
        notes.add("measures/profile-known", steps, message, obtained=shown(written[0]))
    elif not any(row["profile"] in known for row in contract.measures.values()):
        measures = contract.measures_by_profile[known[0]]
        wanted = next(row["profile"] for row in contract.measures.values() if row["id"] in measures)
        message = both("le profil est d'une génération plus ancienne que celle demandée par l'API")
        steps = ("meta", "profile", items(mapping(data["meta"])["profile"]).index(known[0]))
        notes.add(
            "measures/profile-current", steps, message, severity="warning", expected=wanted, obtained=shown(known[0])
        )
    return known


def _judge_code(data: Mapping[str, Any], contract: Contract, notes: Notes) -> Measure | None:
    found = list(codings(data.get("code")))
    known = [
        (index, system, contract.measures_by_code[code])
        for index, system, code in found
        if code is not None and code in contract.measures_by_code
    ]
    if not known:
        index, _system, written = found[0] if found else (0, None, None)
        message = (
            both("le code n'est pas celui d'une mesure de l'API") if written else both("le code de la mesure manque")
        )
        steps: Steps = ("code", "coding", index, "code") if found else ("code", "coding")
        notes.add("measures/code", steps, message, expected=_all_codes(contract), obtained=shown(written))
        return None
    index, system, measure = known[0]
    if len({row["id"] for _index, _system, row in known}) > 1:
        message = both("le code désigne plusieurs mesures à la fois")
        notes.add("measures/code", ("code", "coding", known[1][0]), message, expected=measure["code"])
    if system != measure["system"]:
        older = system in measure.get("alternative_systems", ())
        message = both("le système du code n'est pas celui attendu")
        notes.add(
            "measures/code",
            ("code", "coding", index, "system"),
            message,
            severity="warning" if older else "error",
            expected=measure["system"],
            obtained=shown(system),
        )
    if not measure["writable"]:
        message = both("l'IMC ne s'écrit pas : Mon espace santé le calcule")
        steps = ("code", "coding", index, "code")
        notes.add("measures/bmi", steps, message, expected="∅", obtained=measure["code"], error="bmi_refused")
    return measure


def _all_codes(contract: Contract) -> str:
    return ", ".join(code for code, row in contract.measures_by_code.items() if row["writable"])


def _judge_agreement(measure: Measure | None, profiles: list[str], contract: Contract, notes: Notes) -> None:
    """Each known profile is one of the measure's own (ans.fhir.fr.mesures: `code` is fixed in each profile)."""
    if measure is None:
        return
    for profile in profiles:
        if measure["id"] not in contract.measures_by_profile[profile]:
            message = both("le profil et le code ne sont pas ceux de la même mesure")
            notes.add(
                "measures/code-profile",
                ("meta", "profile"),
                message,
                expected=measure["profile"],
                obtained=shown(profile),
            )


def _only_measure(profiles: list[str], contract: Contract) -> Measure | None:
    """The measure that the profiles tell alone, for an Observation whose code is missing."""
    named = set().union(*(contract.measures_by_profile[profile] for profile in profiles))
    return contract.measures[named.pop()] if len(named) == 1 else None


def _judge_source(data: Mapping[str, Any], notes: Notes, solution_oid: str | None) -> None:
    meta = mapping(data.get("meta"))
    if "source" not in meta:
        return
    oid = oid_of(meta["source"])
    if oid is None or (solution_oid and not is_under(oid, solution_oid)):
        message = both("meta.source n'est pas sous l'OID de la solution")
        expected = f"urn:oid:{solution_oid or '<OID>'}"
        obtained = shown(meta["source"])
        notes.add(
            "measures/source", ("meta", "source"), message, expected=expected, obtained=obtained, error="source_foreign"
        )
    elif not solution_oid:
        note_unknown_solution("measures/source", ("meta", "source"), oid, notes)


def _judge_status(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    wanted = contract.get("statuses")
    if data.get("status") not in wanted:
        message = both("le statut manque ou n'est pas un statut d'Observation")
        notes.add(
            "measures/status", ("status",), message, expected=", ".join(wanted), obtained=shown(data.get("status"))
        )


def _judge_category(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    wanted = contract.get("category")
    found = [[(system, code) for _index, system, code in codings(concept)] for concept in items(data.get("category"))]
    times = sum((wanted["system"], wanted["code"]) in concept for concept in found)
    if times > 1:
        message = both("la catégorie « vital-signs » est répétée")
        notes.add("measures/category", ("category",), message, expected="1", obtained=str(times))
    elif not times:
        message = both("la catégorie « vital-signs » manque")
        obtained = next((shown(code) for concept in found for _system, code in concept), None)
        notes.add("measures/category", ("category",), message, expected=wanted["code"], obtained=obtained)


def _judge_subject(data: Mapping[str, Any], notes: Notes, assign_auth: str | None) -> None:
    identifier = mapping(mapping(data.get("subject")).get("identifier"))
    inner = notes.within("subject", "identifier")
    for key in ("system", "value"):
        if text(identifier.get(key)) is None:
            message = both("le sujet n'est pas identifié par le couple AssignAuth et idPe")
            expected = "subject.identifier"
            obtained = shown(identifier.get(key))
            inner.add(
                "measures/subject", (key,), message, expected=expected, obtained=obtained, error="subject_missing"
            )
    if text(identifier.get("system")) is None:
        return
    oid = oid_of(identifier["system"])
    wanted = assign_auth and oid_of(assign_auth)
    if oid is not None and is_under(oid, _INS_ROOT):
        message = both("le sujet est désigné par l'INS : les échanges portent l'idPe, jamais l'INS")
        inner.add("measures/subject-not-ins", ("system",), message, expected=wanted or "AssignAuth", obtained=oid)
    elif oid is None or (wanted and oid != wanted):
        message = both("l'autorité de l'identifiant n'est pas l'OID AssignAuth de l'appariement")
        obtained = shown(identifier["system"])
        inner.add(
            "measures/subject-authority", ("system",), message, expected=f"urn:oid:{wanted or '…'}", obtained=obtained
        )


def _judge_effective(data: Mapping[str, Any], notes: Notes) -> None:
    written = data.get("effectiveDateTime")
    if not isinstance(written, str):
        others = [key for key in data if key.startswith("effective")]
        message = both("la date de la mesure (effectiveDateTime) manque")
        obtained = others[0] if others else None
        steps = ("effectiveDateTime",)
        notes.add("measures/effective", steps, message, expected="effectiveDateTime", obtained=shown(obtained))
        return
    fault = fault_of_moment(written)
    if fault is not None:
        expected = "2026-11-22T08:30:00+01:00"
        notes.add("measures/effective", ("effectiveDateTime",), fault, expected=expected, obtained=shown(written))
