"""Replaying a dossier: every case judged again from what was recorded, offline, with nothing of the publisher run.

The suites are those embedded (what the dossier claims) or those installed (what this machine believes). A case is
`confirmed`, `differs`, or `error` where it cannot be judged again.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from mes_conformity.dossier import consistency, fidelity, judges
from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.patience import within
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness.run_store import records_from_json
from mes_conformity.harness.selection import inapplicable
from mes_conformity.suites.artefacts import concerns
from mes_conformity.suites.evaluation import Verdict
from mes_conformity.suites.loader import Library, load_all, read_documents, shipped_root
from mes_conformity.suites.model import Case

Suites = Literal["embedded", "installed"]
VERDICTS = ("confirmed", "differs", "error")
# Decided before anything is played, on the choices of whoever ran it or on the target: nothing recorded can tell.
_TAKEN_AS_TOLD = ("not_selected", "waived", "prerequisite_missing")


def replay(dossier: Dossier, suites: Suites = "embedded", redraw: consistency.Redraw | None = None) -> dict[str, Any]:
    """One entry of `dossier replay`: `{path, sha256, suites, summary {confirmed, differs, error}, cases, findings}`.

    A case is `{id, verdict, then, now, message, differences [{check, where, expected, obtained_then, obtained_now}]}`.
    `foreign_suites` are the embedded suites and contracts that are not, byte for byte, those of this program: what they
    ask may be less. `reports_compared` says whether the embedded reports were held against their documents.
    Raises InvalidInput where the suites or the catalogue cannot be read (`DOS028`), or ask for too much (`DOS029`).
    """
    with within(3 + len(dossier.raw) / 1_000_000):
        return _replay(dossier, suites, redraw)


def _replay(dossier: Dossier, suites: Suites, redraw: consistency.Redraw | None) -> dict[str, Any]:
    documents = dossier.documents
    library = judges.embedded(documents.folder("suites")) if suites == "embedded" else installed()
    artefacts = documents.artefacts()
    results = [_case(library, record, documents, artefacts, strict=suites == "embedded") for record in documents.cases]
    verdicts = [result["verdict"] for result in results]
    return {
        "path": dossier.path,
        "sha256": dossier.sha256,
        "suites": suites,
        "summary": {verdict: verdicts.count(verdict) for verdict in VERDICTS},
        "cases": results,
        "findings": [finding.to_json() for finding in consistency.check(dossier, redraw)],
        "outside_catalogue": list(consistency.outside(documents)),
        "foreign_suites": foreign(documents),
        "reports_compared": redraw is not None and consistency.comparable(documents),
    }


@cache
def installed() -> Library:
    """The suites of this program, read once."""
    return load_all()


def foreign(documents: Documents) -> list[str]:
    """The embedded suites and contracts that this program does not have as they are, by name."""
    embedded = documents.folder("suites")
    return [printable(name) for name in sorted(embedded) if shipped().get(name) != embedded[name]]


@cache
def shipped() -> dict[str, bytes]:
    """The suites and contracts of this program as files, read once."""
    return read_documents(shipped_root())


def _case(
    library: Library, record: CaseRecord, documents: Documents, artefacts: Mapping[str, bytes], *, strict: bool
) -> dict[str, Any]:
    entry = record.entry
    try:
        case = library.case(entry["id"])
    except KeyError:
        return _result(entry, "error", message=both("ces suites n'ont pas ce cas"))
    try:
        return _again(library, case, record, documents, artefacts, strict)
    except ConformityError as error:
        return _result(entry, "error", message=error.message if isinstance(error.message, Mapping) else None)
    except Exception as error:  # noqa: BLE001 - a hostile record must end in a word, never in a traceback
        kind = type(error).__name__
        return _result(entry, "error", message=both("l'enregistrement ne peut pas être rejugé ({kind})", kind=kind))


def _again(
    library: Library,
    case: Case,
    record: CaseRecord,
    documents: Documents,
    artefacts: Mapping[str, bytes],
    strict: bool,
) -> dict[str, Any]:
    entry = record.entry
    differences = _described(case, entry) if strict else []
    if not record.records and entry["outcome"] == "skipped":
        unfounded = _unfounded(case, entry, documents)
        return _conclude(entry, "skipped", [*differences, *unfounded])
    records = records_from_json(record.records, record.exchanges)
    verdict, faults = fidelity.rejudge(case, records, library.contracts, artefacts, documents.run)
    differences += [_difference("record", item.where, item.expected, item.obtained, item.expected) for item in faults]
    return _conclude(entry, verdict.outcome, [*differences, *_compare(entry, verdict, strict)])


def _described(case: Case, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A result must describe the case it is of: a softer basis or another subject would change what it counts for."""
    expected = {
        "suite": case.suite,
        "kind": case.kind,
        "subject": case.subject,
        "basis": case.basis,
        "obligation": case.obligation,
        "requirements": list(case.requirements),
        "source": case.source,
        "advisory": case.advisory,
        "title": dict(case.title),
    }
    return [
        _difference(key, "case.json", str(value), str(entry[key]), str(value))
        for key, value in expected.items()
        if entry[key] != value
    ]


def _unfounded(case: Case, entry: Mapping[str, Any], documents: Documents) -> list[dict[str, Any]]:
    """A case that was not played must have had a reason that still holds."""
    code = (entry["reason"] or {}).get("code")
    if code in _TAKEN_AS_TOLD:
        return []
    if code == "not_applicable" and (inapplicable(case, documents.run["facts"]) or _concerns_none(case, documents)):
        return []
    return [_difference("applicability", "run.json", "applies", str(code), "applies")]


def _concerns_none(case: Case, documents: Documents) -> bool:
    """Whether a case that chooses its artefacts would have found none among those of the run."""
    raw = documents.artefacts()
    listed = [(item["kind"], raw[item["sha256"]]) for item in documents.run["artefacts"] if item["sha256"] in raw]
    missing = len(listed) < len(documents.run["artefacts"])
    return bool(case.where) and not missing and not any(concerns(case, kind, data) for kind, data in listed)


def _compare(entry: Mapping[str, Any], verdict: Verdict, strict: bool) -> list[dict[str, Any]]:
    then, now = list(entry["checks"]), [check.to_json() for check in verdict.checks]
    keys = ("check", "outcome", "expected", "obtained", "where") if strict else ("check", "outcome")
    differences = []
    for index in range(max(len(then), len(now))):
        old: Mapping[str, Any] = then[index] if index < len(then) else {}
        new: Mapping[str, Any] = now[index] if index < len(now) else {}
        if any(old.get(key) != new.get(key) for key in keys):
            shown = new or old
            differences.append(
                _difference(shown["check"], shown.get("where"), shown.get("expected"), _seen(old), _seen(new))
            )
    old_reason, new_reason = entry["reason"], verdict.reason.to_json() if verdict.reason else None
    if strict and old_reason != new_reason:
        then_code, now_code = ((reason or {}).get("code") or "∅" for reason in (old_reason, new_reason))
        differences.append(_difference("reason", None, None, then_code, now_code))
    return differences


def _seen(check: Mapping[str, Any]) -> str:
    return f"{check['outcome']} : {check.get('obtained')}" if check else "∅"


def _difference(
    check: str, where: str | None, expected: str | None, obtained_then: str | None, obtained_now: str | None
) -> dict[str, Any]:
    return {
        "check": check,
        "where": where,
        "expected": expected,
        "obtained_then": obtained_then,
        "obtained_now": obtained_now,
    }


def _conclude(entry: Mapping[str, Any], now: str, differences: list[dict[str, Any]]) -> dict[str, Any]:
    if now != entry["outcome"] and not differences:
        differences = [_difference("outcome", None, None, entry["outcome"], now)]
    return _result(entry, "differs" if differences else "confirmed", now=now, differences=differences)


def _result(
    entry: Mapping[str, Any],
    verdict: str,
    *,
    now: str | None = None,
    message: Text | None = None,
    differences: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "verdict": verdict,
        "then": entry["outcome"],
        "now": now,
        "message": message,
        "differences": differences or [],
    }
