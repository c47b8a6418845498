"""An identity: the national health identifier (INS) of a Patient with its traits, and the numbers of professionals.

An identifier of production is refused and not looked at further: only identities of test and of demonstration may
come here. Sources: HL7 France FR Core, fr-core-patient-ins, as the contract `fr-core-patient` holds it; Référentiel
INS. Nothing here raises for the content of an artefact.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.dates import fault_of_moment
from mes_conformity.validators.finding import Finding, Notes, Steps
from mes_conformity.validators.identity_rules import RULES
from mes_conformity.validators.national_ids import birth_of, is_nir_shaped, luhn_holds, nir_key_holds, sex_of
from mes_conformity.validators.reading import codings, items, mapping, oid_of, shown, text

__all__ = ["RULES", "judge_identifiers", "judge_matricule", "judge_number", "judge_patient", "production_oid"]

_PRODUCTION: Final = ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9")
_RPPS: Final = "https://rpps.esante.gouv.fr"
_PROFESSIONALS: Final = "1.2.250.1.71.4.2.1"
_STRUCTURES: Final = "1.2.250.1.71.4.2.2"
_LENGTHS: Final = {"1": 9, "2": 9, "3": 14}
_INSEE: Final = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)
_DEEPEST: Final = 20


def production_oid(system: Any) -> bool:
    """Whether `system` (an OID, with or without urn:oid:) gives identities of production."""
    return oid_of(system) in _PRODUCTION


def judge_patient(data: Any, contract: Contract) -> list[Finding]:
    """Every fault of a Patient: its INS, the traits that go with it, its reliability (see also `judge_identifiers`).

    A Patient without INS is judged for what it says only: the profile asks for the traits of those who carry one.
    """
    notes = Notes(RULES)
    found = mapping(data).get("resourceType")
    if found != "Patient":
        message = both("ce n'est pas la ressource attendue")
        notes.add("identity/resource", ("resourceType",), message, expected="Patient", obtained=shown(found))
        return notes.findings
    carried = [
        (index, oid, mapping(item))
        for index, item in enumerate(items(data.get("identifier")))
        if (oid := oid_of(mapping(item).get("system"))) is not None and oid in contract.get("ins")
    ]
    _judge_systems(data, contract, notes)
    for index, oid, identifier in carried:
        if oid not in _PRODUCTION:
            _judge_ins(identifier, contract.get("ins")[oid], notes.within("identifier", index))
    qualified = _judge_reliability(data, carried, contract, notes)
    if carried or qualified:
        _judge_traits(data, contract, notes)
        for index, oid, identifier in carried:
            if oid not in _PRODUCTION and identifier.get("use") != "old":
                _judge_agreement(data, text(identifier.get("value")) or "", notes.within("identifier", index))
    return notes.findings


def judge_identifiers(data: Any, notes: Notes) -> None:
    """Refuse identities of production, and judge the numbers of professionals and structures, wherever they stand."""
    for steps, identifier in _identifiers(data, ()):
        inner = notes.within(*steps)
        if production_oid(identifier.get("system")):
            message = both("cet identifiant est celui d'une personne réelle (INS de production)")
            inner.add("identity/production", ("system",), message, expected="urn:oid:1.2.250.1.213.1.4.10")
            continue
        written = text(identifier.get("value"))
        if written is not None:
            judge_number(identifier.get("system"), written, inner, ("value",))


def _identifiers(value: Any, steps: Steps) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    """Every object with a system and a value that are texts, below `value`."""
    if len(steps) > _DEEPEST:
        return
    if isinstance(value, dict):
        if isinstance(value.get("system"), str) and ("value" in value or production_oid(value["system"])):
            yield steps, value
        for name, item in value.items():
            if isinstance(item, dict | list):
                yield from _identifiers(item, (*steps, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                yield from _identifiers(item, (*steps, index))


def judge_number(system: Any, value: str, notes: Notes, steps: Steps) -> None:
    """Judge the number of a professional (RPPS, IDNPS) or a structure (IDNST); other systems are left alone."""
    oid = oid_of(system)
    digits = value
    if system == _RPPS or oid == _PROFESSIONALS:
        expected, shape = ("11", r"\d{11}") if system == _RPPS else ("8 + RPPS (11)", r"8\d{11}")
        if oid == _PROFESSIONALS and value[:1] != "8" and not re.fullmatch(r"\d{11}", value):
            return  # another national number than the RPPS: its form was not read
        if not re.fullmatch(shape, value, re.ASCII):
            message = both("ce n'est pas un numéro RPPS dans la forme de son système")
            notes.add("identity/professional", steps, message, expected=expected, obtained=shown(value))
            return
        digits = value[-11:]
    elif oid == _STRUCTURES:
        length = _LENGTHS.get(value[:1])
        if length is None:
            return
        if len(value) != length + 1:
            message = both("ce n'est pas un numéro de structure : préfixe, puis {count} caractères", count=length)
            notes.add("identity/structure", steps, message, expected=f"{value[:1]} + {length}", obtained=shown(value))
            return
        if value[0] == "1":
            return  # FINESS: its key was not read
        digits = value[1:]
    else:
        return
    if not luhn_holds(digits):
        message = both("la clé de ce numéro est fausse")
        notes.add("identity/number-key", steps, message, severity="warning", obtained=shown(value))


def _judge_systems(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    """An OID of the INS that is not known, a type that is not that of its OID, an INS-C that passes for an INS."""
    known = contract.get("ins")
    types = {row["type"]: oid for oid, row in known.items()}
    for index, item in enumerate(items(data.get("identifier"))):
        identifier, inner = mapping(item), notes.within("identifier", index)
        oid = oid_of(identifier.get("system"))
        said = [code for _index, _system, code in codings(identifier.get("type")) if code is not None and code in types]
        old = contract.get("ins_c")
        if oid == old["oid"]:
            if said or identifier.get("use") not in old["use"]:
                message = both("un INS-C n'est pas une INS")
                inner.add("identity/ins-c", ("use",), message, expected=" / ".join(old["use"]))
        elif oid is not None and oid not in known and oid.startswith(f"{contract.get('ins_root')}."):
            message = both("cet OID n'est pas l'un de ceux des INS")
            inner.add("identity/ins-oid", ("system",), message, expected=" / ".join(known), obtained=oid)
        elif oid in known and oid not in _PRODUCTION and said != [known[oid]["type"]]:
            message = both("le type de l'identifiant n'est pas celui de son OID")
            obtained = " / ".join(said) or None
            inner.add("identity/ins-oid", ("type",), message, expected=known[oid]["type"], obtained=obtained)
        elif oid not in known and said:
            message = both("un identifiant de type INS porte l'OID des INS")
            obtained = shown(identifier.get("system"))
            inner.add("identity/ins-oid", ("system",), message, expected=f"urn:oid:{types[said[0]]}", obtained=obtained)


def _judge_ins(identifier: Mapping[str, Any], row: Mapping[str, Any], notes: Notes) -> None:
    judge_matricule(identifier.get("value"), notes, ("value",))
    if identifier.get("use") not in row["use"]:
        message = both("l'usage de cette INS n'est pas celui de son type")
        obtained = shown(identifier.get("use"))
        notes.add("identity/ins-use", ("use",), message, expected=" / ".join(row["use"]), obtained=obtained)


def judge_matricule(value: Any, notes: Notes, steps: Steps) -> None:
    """Judge the 15 characters of an INS: its form, then its key."""
    written = text(value) or ""
    if not is_nir_shaped(written):
        message = both("ce n'est pas un matricule INS : 13 caractères et une clé de 2")
        notes.add("identity/ins-format", steps, message, expected="15", obtained=shown(value))
    elif not nir_key_holds(written[:13], written[13:]):
        message = both("la clé du matricule est fausse")
        notes.add("identity/ins-key", steps, message, obtained=written[13:])


def _judge_reliability(
    data: Mapping[str, Any], carried: list[tuple[int, str, Mapping[str, Any]]], contract: Contract, notes: Notes
) -> bool:
    """Whether the identity is qualified; an INS and a qualified identity go together (fr-core-1, fr-core-2)."""
    wanted = contract.get("qualified_statuses")
    statuses = [
        mapping(part.get("valueCoding")).get("code")
        for extension in _extensions(data, contract.get("reliability_extension"))
        for part in _extensions(extension, "identityStatus")
    ]
    qualified = any(status in wanted for status in statuses)
    official = [item for _index, _oid, item in carried if item.get("use") in ("official", "temp")]
    if carried and not qualified:
        message = both("une INS accompagne une identité qui n'est pas qualifiée")
        obtained = shown(statuses[0]) if statuses else None
        notes.add("identity/qualified", ("extension",), message, expected=" / ".join(wanted), obtained=obtained)
    elif qualified and not carried:
        message = both("une identité qualifiée a une INS (fr-core-1)")
        notes.add("identity/qualified", ("identifier",), message, expected="INS")
    elif qualified and len(official) > 1:
        message = both("une identité qualifiée n'a qu'une INS officielle (fr-core-2)")
        notes.add("identity/qualified", ("identifier",), message, expected="1", obtained=str(len(official)))
    return qualified


def _extensions(part: Mapping[str, Any], url: str) -> Iterator[Mapping[str, Any]]:
    for item in items(part.get("extension")):
        if mapping(item).get("url") == url:
            yield mapping(item)


def _judge_traits(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    names = [
        (index, mapping(item))
        for index, item in enumerate(items(data.get("name")))
        if mapping(item).get("use") == "official"
    ]
    if len(names) != 1:
        message = both("le nom de naissance (use official) manque, ou est donné plusieurs fois")
        notes.add("identity/birth-name", ("name",), message, expected="1", obtained=str(len(names)))
    for index, name in names[:1]:
        _judge_name(name, contract, notes.within("name", index))
    if data.get("gender") not in contract.get("genders"):
        message, expected = both("le sexe manque, ou n'est pas l'un de ceux du profil"), contract.get("genders")
        obtained = shown(data.get("gender"))
        notes.add("identity/gender", ("gender",), message, expected=" / ".join(expected), obtained=obtained)
    born = text(data.get("birthDate"))
    if born is None or "T" in born or fault_of_moment(born) is not None:
        message = both("la date de naissance manque, ou n'existe pas")
        obtained = shown(data.get("birthDate"))
        notes.add("identity/birth-date", ("birthDate",), message, expected="AAAA-MM-JJ", obtained=obtained)
    codes = [
        text(mapping(insee.get("valueCoding")).get("code"))
        for place in _extensions(data, contract.get("birth_place_extension"))
        for insee in _extensions(mapping(place.get("valueAddress")), contract.get("insee_extension"))
    ]
    if len(codes) != 1 or not _INSEE.fullmatch(codes[0] or ""):
        message = both("le lieu de naissance manque, ou n'a pas un code INSEE de 5 caractères")
        obtained = shown(codes[0]) if codes else None
        notes.add("identity/birth-place", ("extension",), message, expected="birthPlace, inseeCode", obtained=obtained)


def _judge_name(name: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    if text(name.get("family")) is None:
        notes.add("identity/birth-name", ("family",), both("le nom de naissance manque"))
    given = [item for item in items(name.get("given")) if text(item)]
    if len(given) != 1:
        message = both("le premier prénom de naissance manque, ou il y en a plusieurs")
        notes.add("identity/given-name", ("given",), message, expected="1", obtained=str(len(given)))
    listed = [text(item.get("valueString")) for item in _extensions(name, contract.get("given_names_extension"))]
    if len(listed) != 1 or listed[0] is None:
        message = both("la liste des prénoms de naissance manque")
        notes.add("identity/given-names", ("extension",), message, expected="birth-list-given-name")


def _judge_agreement(data: Mapping[str, Any], matricule: str, notes: Notes) -> None:
    """The sex, year and month that the number says; a change of civil status may explain a difference."""
    if not is_nir_shaped(matricule):
        return
    gender, born = data.get("gender"), text(data.get("birthDate")) or ""
    year, month = birth_of(matricule)
    if gender in ("male", "female") and gender != sex_of(matricule):
        message = both("le sexe n'est pas celui que dit le matricule")
        notes.add("identity/agreement", ("value",), message, expected=sex_of(matricule), obtained=gender)
    if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", born, re.ASCII) and (
        born[2:4] != year or (month is not None and born[5:7] != month)
    ):
        message = both("la date de naissance n'est pas celle que dit le matricule")
        notes.add("identity/agreement", ("value",), message, expected=f"..{year}-{month or '..'}", obtained=born[:7])
