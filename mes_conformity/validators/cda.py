"""The header of a CDA R2 document: the mandatory part of the minimal structure of the CI-SIS.

Rows of the contract `ci-sis-cda-header` say what must be there; what relates several elements is written here. The
schema of CDA, the body and the models of contents are not judged: a finding (information) says so. Nothing here raises
for the content of a document. Source: CI-SIS, structuration minimale (schematron of 13/12/2017).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.i18n import both
from mes_conformity.validators import identity
from mes_conformity.validators.cda_rules import RULES
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.reading import shown
from mes_conformity.validators.xml_places import ElementNotes, children, local, words

if TYPE_CHECKING:
    from lxml import etree

    Element = etree._Element

__all__ = ["RULES", "judge_header"]

_INS: Final = tuple(f"1.2.250.1.213.1.4.{arc}" for arc in (8, 9, 10, 11))
_BODY: Final = "component"
_TIME: Final = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\.\d+)?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_TIMED: Final = ("effectiveTime", "time", "low", "high", "birthTime")
_INSEE: Final = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)


def judge_header(root: "Element", contract: Contract, *, codes: Contract | None = None) -> list[Finding]:
    """Every fault of the header of the document `root`; `codes` is the contract of value sets."""
    notes = ElementNotes({**identity.RULES, **RULES}, root)
    namespace = contract.get("namespace")
    if root.tag != f"{{{namespace}}}ClinicalDocument":
        message = both("la racine n'est pas un ClinicalDocument de CDA")
        expected = f"{{{namespace}}}ClinicalDocument"
        notes.add("cda/root", (), message, expected=expected, obtained=shown(str(root.tag)))
        return notes.findings
    header = _Header(root, contract, codes, notes)
    header.judge()
    return notes.findings


class _Header:
    """One document while it is judged."""

    def __init__(self, root: "Element", contract: Contract, codes: Contract | None, notes: ElementNotes) -> None:
        self._root, self._contract, self._codes, self._notes = root, contract, codes, notes
        self._namespace = contract.get("namespace")

    def judge(self) -> None:
        self._judge_root()
        for row in self._contract.get("rows"):
            for place in self._at(self._root, row.get("at", "")):
                self._judge_row(row, place)
        self._judge_models()
        for role in self._at(self._root, "recordTarget/patientRole"):
            self._judge_identity(role)
        for author in self._at(self._root, "author/assignedAuthor"):
            self._judge_author(author)
        self._judge_act()
        for element in self._header():
            self._judge_element(element)
        self._say_what_was_not_checked()

    def _at(self, element: "Element", path: str) -> "Iterator[Element]":
        return children(element, path, self._namespace)

    def _one(self, element: "Element", path: str) -> "Element | None":
        return next(self._at(element, path), None)

    def _judge_root(self) -> None:
        for name, wanted in self._contract.get("fixed_root").items():
            found = self._root.get(name, wanted)  # the schema gives these values by default
            if found != wanted:
                message = both("cet attribut a une valeur fixe")
                self._notes.add("cda/root", (f"@{name}",), message, expected=wanted, obtained=shown(found))

    def _judge_row(self, row: Mapping[str, Any], place: "Element") -> None:
        wanted = row.get("where", {})
        found = [
            element
            for element in self._at(place, row["path"])
            if all(element.get(name) == value for name, value in wanted.items())
        ]
        low, high = row.get("min", 0), row.get("max")
        named = row["path"] + "".join(f"[@{name}={value}]" for name, value in wanted.items())
        expected, obtained = f"{low}..{'*' if high is None else high}", str(len(found))
        if len(found) < low:
            message = both("l'élément obligatoire {path} manque (CDA)", path=named)
            self._notes.about(place).add(row["rule"], (row["path"],), message, expected=expected, obtained=obtained)
        elif high is not None and len(found) > high:
            message = both("l'élément {path} est répété (CDA)", path=named)
            self._notes.about(found[high]).add(row["rule"], (), message, expected=expected, obtained=obtained)
        for element in found:
            self._judge_content(row, element)

    def _judge_content(self, row: Mapping[str, Any], element: "Element") -> None:
        notes, rule = self._notes.about(element), row["rule"]
        if element.get("nullFlavor") is not None:
            if not row.get("null"):
                message = both("{path} ne peut pas être laissé sans valeur (nullFlavor)", path=local(element))
                notes.add(rule, ("@nullFlavor",), message, obtained=shown(element.get("nullFlavor")))
            return
        for name, values in row.get("attributes", {}).items():
            written = (element.get(name) or "").strip()
            if not written or (values and written not in values):
                message = both(
                    "l'attribut {name} de {path} manque ou n'est pas celui attendu", name=name, path=local(element)
                )
                obtained = shown(element.get(name))
                notes.add(rule, (f"@{name}",), message, expected=" / ".join(values) or "…", obtained=obtained)
        for name, pattern in row.get("patterns", {}).items():
            if not re.fullmatch(pattern, element.get(name) or "", re.ASCII):
                message = both(
                    "l'attribut {name} de {path} manque ou n'est pas celui attendu", name=name, path=local(element)
                )
                notes.add(rule, (f"@{name}",), message, expected=pattern, obtained=shown(element.get(name)))
        if row.get("text") and not words(element):
            notes.add(rule, (), both("{path} est vide", path=local(element)))
        if row.get("codes"):
            self._judge_code(row, element, notes)

    def _judge_code(self, row: Mapping[str, Any], element: "Element", notes: ElementNotes) -> None:
        if self._codes is None:
            return
        known = self._codes.get(row["codes"])
        code, system = element.get("code"), element.get("codeSystem")
        if code is not None and code not in known.get(system or "", ()):
            message = both("le code de {path} n'est pas dans son jeu de valeurs", path=local(element))
            obtained = shown(f"{system} {code}")
            notes.add(row["rule"], ("@code",), message, expected=row["codes"], obtained=obtained)
        elif code is None:
            message = both(
                "l'attribut {name} de {path} manque ou n'est pas celui attendu", name="code", path=local(element)
            )
            notes.add(row["rule"], ("@code",), message, expected=row["codes"])

    def _judge_models(self) -> None:
        declared = [element.get("root") for element in self._at(self._root, "templateId")]
        if not set(declared) - {None, *self._contract.get("templates")}:
            message = both("le document ne nomme pas son modèle : il manque un templateId")
            self._notes.add("cda/template-model", ("templateId",), message, expected="≥ 1")
        body = self._one(self._root, _BODY)
        if body is None:
            return
        loose = self._one(body, "nonXMLBody")
        wanted = self._contract.get("unstructured_template")
        if loose is not None and wanted not in declared:
            message = both("le corps n'est pas structuré et son modèle n'est pas déclaré")
            self._notes.add("cda/unstructured", ("templateId",), message, expected=wanted)
        if loose is None and self._one(body, "structuredBody") is None:
            message = both("le corps n'est ni structuré ni non structuré")
            self._notes.about(body).add("cda/body", (), message, expected="structuredBody / nonXMLBody")

    def _judge_identity(self, role: "Element") -> None:
        """The INS of the patient, and the traits that must go with it."""
        carried = False
        for element in self._at(role, "id"):
            oid, notes = element.get("root") or "", self._notes.about(element)
            if identity.production_oid(oid):
                message = both("cet identifiant est celui d'une personne réelle (INS de production)")
                notes.add("identity/production", ("@root",), message, expected="1.2.250.1.213.1.4.10", obtained=oid)
            elif oid in _INS:
                identity.judge_matricule(element.get("extension"), notes, ("@extension",))
            carried = carried or oid in _INS
        if not carried:
            return
        patient = self._one(role, "patient")
        if patient is not None:
            self._judge_traits(patient, self._notes.about(patient))

    def _judge_traits(self, patient: "Element", notes: ElementNotes) -> None:
        qualifiers: dict[str, list[str]] = {"family": [], "given": []}
        for name in qualifiers:
            for element in self._at(patient, f"name/{name}"):
                if words(element):
                    qualifiers[name].append(element.get("qualifier", ""))
        county = self._one(patient, "birthplace/place/addr/county")
        absent = {
            ("cda/ins-birth-name", "name/family[@qualifier=BR]"): "BR" not in qualifiers["family"],
            ("cda/ins-given-name", "name/given[@qualifier=BR]"): "BR" not in qualifiers["given"],
            ("cda/ins-given-names", "name/given"): "" not in qualifiers["given"],
            ("cda/ins-gender", "administrativeGenderCode"): not self._has(patient, "administrativeGenderCode", "code"),
            ("cda/ins-birth-date", "birthTime"): not self._has(patient, "birthTime", "value"),
            ("cda/ins-birth-place", "birthplace/place/addr/county"): county is None
            or not _INSEE.fullmatch(words(county)),
        }
        for (rule, path), missing in absent.items():
            if missing:
                notes.add(rule, (path,), both("ce trait de l'INS manque : {path}", path=path))

    def _has(self, element: "Element", path: str, attribute: str) -> bool:
        """Whether an attribute is there; an element that is missing altogether is told by its row."""
        found = self._one(element, path)
        return found is None or bool(found.get(attribute))

    def _judge_author(self, author: "Element") -> None:
        device = self._one(author, "assignedAuthoringDevice")
        if self._one(author, "assignedPerson/name/family") is not None:
            return
        lacking = [
            f"assignedAuthoringDevice/{name}"
            for name in ("manufacturerModelName", "softwareName")
            if device is not None and self._one(device, name) is None
        ]
        if lacking or device is None:
            message = both("l'auteur n'est ni une personne nommée ni un système nommé")
            steps = tuple(lacking[:1]) or ("assignedPerson/name/family",)
            expected = "assignedPerson/name / assignedAuthoringDevice"
            self._notes.about(author).add("cda/author-name", steps, message, expected=expected)

    def _judge_act(self) -> None:
        """One of the acts is the main one: it says when it began, who did it and in which setting."""
        acts = list(self._at(self._root, "documentationOf/serviceEvent"))
        setting = "performer/assignedEntity/representedOrganization/standardIndustryClassCode"
        wanted = ("effectiveTime/low", setting)
        if any(all(self._one(act, path) is not None for path in wanted) for act in acts):
            return
        main = next((act for act in acts if self._one(act, setting) is not None), acts[0] if acts else None)
        place = self._one(self._root, "documentationOf") if main is None else main
        if place is None:
            return  # told by its row
        lacking = "serviceEvent" if main is None else next(path for path in wanted if self._one(main, path) is None)
        message = both("l'acte principal n'est pas complet : {path} manque", path=lacking)
        self._notes.about(place).add("cda/documented-act", (lacking,), message)

    def _header(self) -> "Iterator[Element]":
        for part in self._root:
            if local(part) != _BODY:
                yield from part.iter()

    def _judge_element(self, element: "Element") -> None:
        name = local(element)
        if name == "telecom":
            self._judge_telecom(element)
        elif name in _TIMED:
            written = element.get("value")
            if written is not None and not _is_time(written):
                message = both("cette date n'existe pas, ou n'est pas écrite comme CDA le veut")
                self._notes.about(element).add("cda/times", ("@value",), message, obtained=shown(written))
        elif name == "id" and element.get("extension"):
            root = element.get("root") or ""
            identity.judge_number(root, element.get("extension") or "", self._notes.about(element), ("@extension",))

    def _judge_telecom(self, element: "Element") -> None:
        value, null, use = element.get("value"), element.get("nullFlavor"), element.get("use")
        notes = self._notes.about(element)
        if (value is None) == (null is None):
            message = both("une coordonnée a une valeur ou un nullFlavor, l'un des deux")
            notes.add("cda/telecom", ("@value",), message, obtained=shown(value))
        elif value is not None and value.partition(":")[0] not in self._contract.get("telecom_prefixes"):
            message, expected = both("la coordonnée n'a pas un préfixe connu"), self._contract.get("telecom_prefixes")
            notes.add("cda/telecom", ("@value",), message, expected=" / ".join(expected), obtained=shown(value))
        if use is not None and not set(use.split()) <= set(self._contract.get("telecom_uses")):
            message, expected = both("l'usage de la coordonnée n'est pas connu"), self._contract.get("telecom_uses")
            notes.add("cda/telecom", ("@use",), message, expected=" / ".join(expected), obtained=shown(use))

    def _say_what_was_not_checked(self) -> None:
        message = both("seul l'en-tête a été vérifié : ni le schéma, ni le corps, ni le modèle de contenu")
        self._notes.add("cda/not-checked", (), message, severity="information")
        if self._codes is None:
            message = both("les codes n'ont pas été comparés aux jeux de valeurs : ils ne sont pas fournis")
            coded = tuple(row["rule"] for row in self._contract.get("rows") if "codes" in row)
            self._notes.add("cda/codes-unread", (), message, severity="information", unjudged=coded)


def _is_time(written: str) -> bool:
    """Whether `written` is a TS of CDA whose day exists (HL7 CDA R2, data types: AAAAMMJJhhmmss.ssss+hhmm)."""
    parts = _TIME.fullmatch(written)
    if parts is None:
        return False
    year, month, day = parts[1], parts[2] or "01", parts[3] or "01"
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
