"""The documents of a dossier written by hand, with the shipped catalogue; and some that mean harm."""

from pathlib import Path

import dossier_samples as samples
import pytest
import review_samples as reviews
import yaml

from mes_conformity.assessment import journal
from mes_conformity.catalogue.loader import from_documents, load_shipped
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.dossier import build, documents
from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.dossier.review_chain import name_of
from mes_conformity.foundation.yaml_documents import dump
from mes_conformity.reporting.model import Report, draw


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> build.Contents:
    root = tmp_path_factory.mktemp("workspace")
    folder = samples.write_workspace(root)
    return build.attest(build.collect(root, folder, load_shipped(), {}), "Android 15")


@pytest.fixture(scope="session")
def report(contents: build.Contents) -> Report:
    return draw(documents.read(contents.files))


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every section of the report has something to show, and no more: a few requirements of each part."""
    root = tmp_path_factory.mktemp("rich")
    waits = [{**samples.exchange(status), "time": time} for status, time in ((200, 12), (201, 40), (400, 25))]
    waits[1]["request"]["headers"][1]["value"] = "Bearer [redacted:fb2a5da812f7]"
    folder = samples.write_workspace(root)
    samples.write_run(folder, exchanges={"MES-R-09": waits})
    path, known = root / "journal.jsonl", journal.Journal()
    for event, about in (("created", None), ("answer", "x-ech-jetons"), ("evidence", "x-ech-tls")):
        known = journal.append(path, known, {"at": "2026-11-20T09:00:00Z", "event": event, "about": about})
    contents = build.attest(build.collect(root, folder, _few(), {}))
    dossier = reviews.opened(build.assemble(contents, {}, {}))
    first = reviews.asks(dossier)
    said = {name_of(1): first.raw, name_of(2): reviews.answers(dossier, (first,)).raw}
    return draw(documents.read({**contents.files, **said}))


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """A report that ends in each of the verdicts that `report` does not end in."""
    found = {}
    for outcome, wrong in (("passed", ("failed", "error")), ("inconclusive", ("failed",))):
        root = tmp_path_factory.mktemp(outcome)
        folder = samples.write_workspace(root, [item for item in samples.entries() if item["outcome"] not in wrong])
        found[outcome] = draw(documents.read(build.collect(root, folder, _few(), {}).files))
        assert found[outcome].judgement.outcome == outcome
    return found


def _few() -> Catalogue:
    """The shipped catalogue with what the samples name and the head of the other parts."""
    shipped = load_shipped()
    kept = {}
    for name, raw in shipped.documents.items():
        document = yaml.safe_load(raw)
        if items := document.get("requirements"):
            named = [item for item in items if item["id"] in NAMED] or items[:3]
            document["requirements"] = named
        kept[name] = dump(document).encode()
    return from_documents(kept)


NAMED = {name for entry in samples.entries() for name in entry["requirements"]} | set(samples.assessment()["answers"])


@pytest.fixture
def bare(tmp_path: Path) -> Report:
    """A report of tests only: no answers, no catalogue, one case."""
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "Une mesure")])
    (tmp_path / "assessment.yaml").unlink()
    return draw(documents.read(build.collect(tmp_path, folder, None, {}).files))


@pytest.fixture(scope="session")
def hostile() -> Report:
    """A case of each outcome, every free text of each hostile, as a dossier made by hand could hold them."""
    harm = (
        "=cmd|' /C calc'!A0 <script>alert(1)</script>\"'><img src=x onerror=alert(1)> [clic](javascript:alert(1)) {0} "
        "]]>\n[[ATTACHMENT|../../etc/passwd]] _x003D_ \u202etourné \x1b[2J \x00 \ud800 \uffff \u2028 \x85"
    )
    text, long = {"fr": harm, "en": harm}, "A" * 1_000_000
    checks = [
        {**samples.check(harm, "failed", harm, long), "where": harm, "message": text},
        {**samples.check("=1+1", "failed", "-2", "@SUM(A1)"), "where": "artefacts/x.json#/a\x00/b"},
    ]
    free = {"suite": harm[:120], "source": harm, "requirements": [harm[:110], long[:100]], "remedy": text}
    entries = [
        samples.entry(
            f"A-{number}",
            harm,
            outcome,
            checks=checks if outcome in ("failed", "passed") else [],
            reason={"code": harm, **text},
            subject="target" if number == 1 else "service",
            advisory=number == 2,
            **free,
        )
        for number, outcome in enumerate(("failed", "failed", "failed", "error", "skipped", "passed"))
    ]
    run = samples.run_document(entries)
    run["service"] = dict.fromkeys(run["service"], harm)
    run["tool"] = dict.fromkeys(run["tool"], harm)
    run["run"]["target"] = {"name": harm, "url": harm, "kind": harm}
    run["suites"][0]["id"] = run["suites"][0]["name"] = harm
    assessment = samples.assessment()
    assessment["findings"][0]["statement"] = harm
    assessment["answers"]["x-ech-jetons"]["comment"] = harm
    artefact = {"artefact": {"path": f"/home/{harm}", "sha256": "0" * 64, "kind": "x"}}
    cases = tuple(CaseRecord(entry, (artefact,) if entry["id"] == "A-2" else (), ()) for entry in entries)
    return draw(Documents(run, cases, assessment, None, {}))
