"""Whether the documents of an intact dossier say the same thing: no summary, manifest or report may embellish."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mes_conformity import __version__
from mes_conformity.dossier import judges, review, scope
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.verdicts import judge
from mes_conformity.dossier.verify import Dossier, Finding
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both

if TYPE_CHECKING:
    from mes_conformity.catalogue.model import Catalogue

OUTCOMES = ("passed", "failed", "error", "skipped")
Redraw = Callable[[Documents], Mapping[str, bytes]]


def check(dossier: Dossier, redraw: Redraw | None = None) -> list[Finding]:
    """What the documents disagree on. `redraw` draws the reports again (path → bytes), to hold those embedded against.

    Raises InvalidInput where an embedded catalogue cannot be read.
    """
    documents = dossier.documents
    return [
        *_summary(documents),
        *_manifest(dossier),
        *_entries(documents),
        *_judges(documents),
        *_artefacts(documents),
        *_requirements(documents),
        *review.history(documents).problems,
        *(_reports(documents, redraw) if redraw else ()),
    ]


def _summary(documents: Documents) -> Iterator[Finding]:
    outcomes = [case["outcome"] for case in documents.run["cases"]]
    counted = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    told = {outcome: documents.run["summary"][outcome] for outcome in OUTCOMES}
    if counted != told:
        message = both("le résumé de la campagne ne compte pas ses propres cas")
        yield Finding("DOS021", "run.json", message, str(counted), str(told))


def _manifest(dossier: Dossier) -> Iterator[Finding]:
    run, told = dossier.documents.run, dossier.manifest.data
    expected = {
        "service": run["service"],
        "catalogue": run["catalogue"],
        "suites": run["suites"],
        "contracts": run["contracts"],
        "target": run["run"]["target"],
        "summary": run["summary"],
        "verdict": judge(run["cases"]).to_json(),
    }
    if "not_run" in told:  # absent from the dossiers of the first versions
        with suppress(InvalidInput):  # suites that cannot be read are told by whoever needs them
            expected["not_run"] = list(scope.not_run(dossier.documents))
    for key, value in expected.items():
        if told.get(key) != value:
            message = both("le manifeste ne dit pas la même chose que la campagne : {key}", key=key)
            yield Finding("DOS022", "dossier.json", message, _short(value), _short(told.get(key)))
    attestation = dossier.documents.attestation
    for key in ("publisher", "product", "version"):
        if attestation is not None and attestation[key] != run["service"][key]:
            message = both("l'attestation ne nomme pas le service de la campagne")
            yield Finding("DOS022", "attestation.json", message, _short(run["service"][key]), _short(attestation[key]))


def _entries(documents: Documents) -> Iterator[Finding]:
    for told, case in zip(documents.run["cases"], documents.cases, strict=True):
        if told != case.entry:
            key = next((key for key in (*told, *case.entry) if told.get(key) != case.entry.get(key)), "")
            message = both("le cas {case} n'est pas le même dans la campagne et dans son dossier", case=told["id"])
            values = _short(case.entry.get(key)), _short(told.get(key))
            yield Finding("DOS023", f"{told['folder']}/case.json", message, *values)


def _judges(documents: Documents) -> Iterator[Finding]:
    """The suites and contracts that the run names are those embedded."""
    embedded = documents.folder("suites")
    for item in (*documents.run["suites"], *documents.run["contracts"]) if embedded else ():
        data = embedded.get(item["name"])
        if data is None or sha256(data) != item["sha256"]:
            message = both("ce qui est embarqué n'est pas ce qui a jugé")
            obtained = sha256(data) if data is not None else "∅"
            yield Finding("DOS024", f"suites/{item['name']}"[:240], message, item["sha256"], obtained)


def _artefacts(documents: Documents) -> Iterator[Finding]:
    """What the run says it judged is here, or nobody could judge it again."""
    held = documents.artefacts()
    for item in documents.run["artefacts"]:
        if item["sha256"] not in held:
            message = both("un artefact que la campagne a jugé n'est pas dans le dossier")
            yield Finding("DOS033", printable(item["path"]), message, item["sha256"], "∅")


def _requirements(documents: Documents) -> Iterator[Finding]:
    files = documents.folder("catalogue")
    if not files:
        return
    catalogue = judges.catalogue(files)
    pinned = documents.run["catalogue"]
    if pinned is not None and pinned["sha256"] != catalogue.sha256:
        message = both("le catalogue embarqué n'est pas celui de la campagne")
        yield Finding("DOS024", "catalogue", message, pinned["sha256"], catalogue.sha256)
    said = _said_by_suites(documents)
    for name, case in _outside(documents, catalogue):
        if name not in said:
            message = both("le cas {case} vérifie une exigence que le catalogue n'a pas", case=case)
            yield Finding("DOS025", f"cases/{case}/case.json", message, None, name)


def outside(documents: Documents) -> tuple[str, ...]:
    """The requirements that the embedded suites name and the embedded catalogue has not, sorted: nothing is wrong.

    The suites of the program are written for its own catalogue; a publisher's list has other names.
    """
    files = documents.folder("catalogue")
    if not files:
        return ()
    said = _said_by_suites(documents)
    return tuple(name for name, _case in _outside(documents, judges.catalogue(files)) if name in said)


def _outside(documents: Documents, catalogue: "Catalogue") -> list[tuple[str, str]]:
    """(requirement, one case that names it) for those the catalogue has not."""
    named = {name: case["id"] for case in documents.run["cases"] for name in case["requirements"]}
    known = {requirement.id for requirement in catalogue.requirements}
    return [(name, named[name]) for name in sorted(set(named) - known)]


def _said_by_suites(documents: Documents) -> set[str]:
    files = documents.folder("suites")
    return {name for case in judges.embedded(files).cases for name in case.requirements} if files else set()


def comparable(documents: Documents) -> bool:
    """Whether the reports were drawn by this very version, as the run says."""
    return bool(documents.run["tool"]["version"] == __version__)


def _reports(documents: Documents, redraw: Redraw) -> Iterator[Finding]:
    """A report drawn by this very version must come out the same; another version may lay it out otherwise."""
    if not comparable(documents):
        return
    drawn = redraw(documents)
    for path, data in documents.folder("report").items():
        expected = drawn.get(f"report/{path}")
        if expected != data:
            message = both("ce rapport n'est pas celui que ces documents donnent")
            wanted = sha256(expected) if expected is not None else "∅"
            yield Finding("DOS026", f"report/{path}", message, wanted, sha256(data))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"
