"""Documents as a service sends them: a DocumentReference with its content (ITI-105), or a submission (ITI-65).

The specification of the documents API of Mon espace santé was not read: the rules are those of PDSm 3.1.1 and of IHE
MHD, as the contract `mes-documents` holds them. The invariants `constr-*` of PDSm carry no expression and are written
here. Every fault is told; nothing here raises for the content of an artefact.
"""

from collections.abc import Mapping
from typing import Any, Final

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.attachments import judge_attachment, raw_content
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.dates import fault_of_moment
from mes_conformity.validators.document_rules import RULES
from mes_conformity.validators.finding import Finding, Notes, Steps
from mes_conformity.validators.profiles import claimed, judge_profile, occurrences, table
from mes_conformity.validators.reading import codings, is_uuid, items, mapping, oid_of, shown, text

__all__ = ["RULES", "judge_document", "judge_submission"]

_DATES: Final = ("date", "content.attachment.creation", "context.period.start", "context.period.end")
_KINDS_OF_LIST: Final = ("submission_set", "folder")


def judge_document(
    data: Any,
    contract: Contract,
    *,
    codes: Contract | None = None,
    profile: str | None = None,
    assign_auth: str | None = None,
    content: bytes | None = None,
) -> list[Finding]:
    """Every fault of a DocumentReference.

    `profile` is a profile of the contract; the one that the document claims, else that of the writing mode, when None.
    `codes` is the contract of value sets. `content` is what `attachment.url` leads to, where it is known: size and
    hash are compared with it. Sources: ans.fhir.fr.pdsm 3.1.1, tables of the profiles; IHE MHD 4.2, ITI-65, ITI-105.
    """
    notes = Notes(RULES)
    if _is_type(data, "DocumentReference", notes):
        name = profile or claimed(data, contract) or contract.get("write_profile")
        _judge_document(data, contract, name, notes, codes, assign_auth, content)
    return notes.findings


def _is_type(data: Any, wanted: str, notes: Notes) -> bool:
    found = mapping(data).get("resourceType")
    if found != wanted:
        message = both("ce n'est pas la ressource attendue")
        notes.add("documents/resource", ("resourceType",), message, expected=wanted, obtained=shown(found))
    return bool(found == wanted)


def _judge_document(
    data: Mapping[str, Any],
    contract: Contract,
    profile: str,
    notes: Notes,
    codes: Contract | None,
    assign_auth: str | None,
    content: bytes | None,
) -> None:
    judge_profile(data, table(contract, profile, "documents", codes), notes)
    if codes is None:
        message = both("les codes n'ont pas été comparés aux jeux de valeurs : ils ne sont pas fournis")
        notes.add("documents/codes-unread", (), message, severity="information", unjudged=("documents/codes",))
    _judge_master_identifier(mapping(data.get("masterIdentifier")), contract, notes.within("masterIdentifier"))
    _judge_subject(mapping(data.get("subject")), assign_auth, notes.within("subject"))
    for path in _DATES:
        _judge_dates(data, path.split("."), notes)
    _judge_replacement(data, contract, notes)
    _judge_contained(data, notes)
    _judge_service(mapping(data.get("context")), contract, notes.within("context"))
    for index, part in enumerate(items(data.get("content"))):
        attachment = mapping(mapping(part).get("attachment"))
        judge_attachment(attachment, contract, notes.within("content", index, "attachment"), content)


def _judge_master_identifier(identifier: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    if not identifier:
        return  # its absence is told by the table
    wanted = contract.get("master_identifier_system")
    if identifier.get("system") != wanted:
        message = both("le système de l'identifiant maître n'est pas celui des URI")
        obtained, error = shown(identifier.get("system")), "master_identifier_wrong"
        notes.add("documents/master-identifier", ("system",), message, expected=wanted, obtained=obtained, error=error)
    value = text(identifier.get("value"))
    if value is not None and not _is_urn(value):
        message = both("l'identifiant maître n'est ni un OID ni un UUID")
        expected, error = "urn:oid:… / urn:uuid:…", "master_identifier_wrong"
        notes.add(
            "documents/master-identifier", ("value",), message, expected=expected, obtained=shown(value), error=error
        )


def _is_urn(value: str) -> bool:
    if value.startswith("urn:uuid:"):
        return is_uuid(value.removeprefix("urn:uuid:"))
    return value.startswith("urn:oid:") and oid_of(value) is not None


def _judge_subject(subject: Mapping[str, Any], assign_auth: str | None, notes: Notes) -> None:
    """Whom the document is about. PDSm wants a Patient; MES names a person by idPe in its measures (assumption)."""
    if not subject:
        return
    identifier = mapping(subject.get("identifier"))
    if not identifier:
        message = both("le titulaire n'est pas désigné par son idPe")
        notes.add("documents/subject", ("identifier",), message, severity="warning", expected="AssignAuth|idPe")
        return
    oid = oid_of(identifier.get("system"))
    if oid is None or text(identifier.get("value")) is None:
        message = both("l'identifiant du titulaire n'est pas complet : OID AssignAuth et idPe")
        obtained = shown(identifier.get("system"))
        notes.add("documents/subject", ("identifier",), message, expected="urn:oid:…|idPe", obtained=obtained)
    elif assign_auth and oid != assign_auth.removeprefix("urn:oid:"):
        message = both("l'autorité de l'identifiant du titulaire n'est pas l'AssignAuth")
        notes.add("documents/subject", ("identifier", "system"), message, expected=assign_auth, obtained=oid)


def _judge_dates(data: Mapping[str, Any], path: list[str], notes: Notes) -> None:
    found: list[tuple[Steps, Any]] = [((), data)]
    for name in path:
        found = [hit for steps, part in found for hit in occurrences(mapping(part).get(name), (*steps, name))]
    for steps, value in found:
        fault = fault_of_moment(value) if isinstance(value, str) else both("ce n'est pas une date FHIR")
        if fault is None and path == ["date"] and "T" not in value:
            fault = both("la date du document donne aussi l'heure (instant)")
        if fault is not None:
            notes.add("documents/date", steps, fault, obtained=shown(value), error="value_wrong")


def _judge_replacement(data: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    """Exactly one relatesTo, code replaces, for a replacement (text of PDSm, no invariant carries it)."""
    related = items(data.get("relatesTo"))
    wanted = contract.get("replaces_code")
    if len(related) > 1:
        message = both("un document n'en remplace qu'un")
        notes.add(
            "documents/replaces", ("relatesTo", 1), message, expected="0..1", obtained=str(len(related)),
            error="replaces_wrong",
        )  # fmt: skip
    for index, part in enumerate(mapping(item) for item in related):
        inner = notes.within("relatesTo", index)
        if part.get("code") != wanted:
            message = both("le seul lien admis est le remplacement")
            obtained = shown(part.get("code"))
            inner.add("documents/replaces", ("code",), message, expected=wanted, obtained=obtained, error="value_wrong")
        target = mapping(part.get("target"))
        if text(target.get("reference")) is None and not mapping(target.get("identifier")):
            message = both("le remplacement ne désigne pas le document remplacé")
            inner.add("documents/replaces", ("target",), message, expected="reference", error="element_missing")


def _judge_service(context: Mapping[str, Any], contract: Contract, notes: Notes) -> None:
    """The code of a referenced service exists in JDV_J02 and J04; a warning, since no text read asks for it."""
    wanted = contract.get("service_code")
    for name in ("facilityType", "practiceSetting"):
        found = [code for _index, _system, code in codings(context.get(name)) if code]
        if wanted not in found:
            message = both("{path} ne dit pas que le document vient d'un service référencé", path=name)
            obtained = found[0] if found else None
            notes.add("documents/service", (name,), message, severity="warning", expected=wanted, obtained=obtained)


def _judge_contained(data: Mapping[str, Any], notes: Notes) -> None:
    known = {text(mapping(item).get("id")) for item in items(data.get("contained"))}
    for steps, reference in _references(data, ()):
        if reference.startswith("#") and reference[1:] not in known:
            message = both("la référence interne ne désigne aucune ressource contenue")
            notes.add("documents/contained", steps, message, expected="contained.id", obtained=shown(reference))


def _references(value: Any, steps: Steps, depth: int = 0) -> list[tuple[Steps, str]]:
    """Every `reference` text below `value`, contained resources apart."""
    found: list[tuple[Steps, str]] = []
    if depth > 20:
        return found
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            found.append(((*steps, "reference"), value["reference"]))
        for name, item in value.items():
            if name != "contained":
                found.extend(_references(item, (*steps, name), depth + 1))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found.extend(_references(item, (*steps, index), depth + 1))
    return found


def judge_submission(data: Any, contract: Contract, *, codes: Contract | None = None) -> list[Finding]:
    """Every fault of a bundle that submits documents (ITI-65): a submission set, documents, their contents.

    Sources: ans.fhir.fr.pdsm 3.1.1, pdsm-comprehensive-provide-document-bundle; IHE MHD 4.2, ITI-65.
    """
    notes = Notes(RULES)
    if not _is_type(data, "Bundle", notes):
        return notes.findings
    judge_profile(data, table(contract, contract.get("bundle_profile"), "documents", codes), notes)
    entries = [(index, mapping(entry)) for index, entry in enumerate(items(data.get("entry")))]
    known = {text(entry.get("fullUrl")): mapping(entry.get("resource")) for _index, entry in entries}
    sets = 0
    for index, entry in entries:
        resource, inner = mapping(entry.get("resource")), notes.within("entry", index, "resource")
        if resource.get("resourceType") == "List":
            name = claimed(resource, contract) or _KINDS_OF_LIST[0]
            sets += name == _KINDS_OF_LIST[0]
            _judge_list(resource, contract, name, known, inner)
        elif resource.get("resourceType") == "DocumentReference":
            _judge_entry(resource, contract, codes, known, inner)
        _judge_method(entry, notes.within("entry", index))
    if sets != 1:
        message = both("le lot doit contenir un jeu de soumission, et un seul")
        notes.add(
            "documents/submission", ("entry",), message, expected="1", obtained=str(sets), error="element_missing"
        )
    return notes.findings


def _judge_list(
    resource: Mapping[str, Any], contract: Contract, name: str, known: Mapping[str | None, Any], notes: Notes
) -> None:
    judge_profile(resource, table(contract, name, "documents"), notes)
    for index, part in enumerate(items(resource.get("entry"))):
        reference = text(mapping(mapping(part).get("item")).get("reference"))
        if reference is not None and reference.startswith("urn:") and reference not in known:
            message = both("le jeu de soumission désigne une entrée qui n'est pas dans le lot")
            steps = ("entry", index, "item", "reference")
            notes.add("documents/references", steps, message, expected="fullUrl", obtained=shown(reference))


def _judge_entry(
    resource: Mapping[str, Any],
    contract: Contract,
    codes: Contract | None,
    known: Mapping[str | None, Any],
    notes: Notes,
) -> None:
    """A document of the lot, with the Binary that its url names as content."""
    attachment = mapping(mapping(next(iter(items(resource.get("content"))), None)).get("attachment"))
    url = text(attachment.get("url"))
    if url is not None and url.startswith("urn:uuid:") and url not in known:
        message = both("le contenu du document n'est pas dans le lot")
        steps = ("content", 0, "attachment", "url")
        notes.add("documents/references", steps, message, expected="fullUrl", obtained=shown(url))
    binary = mapping(known.get(url)) if url else {}
    content = raw_content(binary.get("data")) if binary.get("resourceType") == "Binary" else None
    if binary.get("resourceType") == "Binary" and content is None:
        message = both("le Binary que le document désigne n'a pas de contenu lisible")
        notes.add("documents/references", ("content", 0, "attachment", "url"), message, expected="Binary.data")
    name = claimed(resource, contract) or "comprehensive"
    _judge_document(resource, contract, name, notes, codes, None, content)


def _judge_method(entry: Mapping[str, Any], notes: Notes) -> None:
    request = mapping(entry.get("request"))
    method, kind = request.get("method"), mapping(entry.get("resource")).get("resourceType")
    if method is not None and method not in ("POST", "PATCH"):
        message = both("les entrées d'un lot sont des POST (PATCH pour un remplacement)")
        notes.add("documents/submission", ("request", "method"), message, expected="POST", obtained=shown(method))
    elif method == "POST" and request.get("url") != kind:
        message = both("l'adresse de la requête n'est pas le type de la ressource")
        obtained = shown(request.get("url"))
        notes.add("documents/submission", ("request", "url"), message, expected=shown(kind), obtained=obtained)
