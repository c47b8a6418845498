"""The documents of a dossier written by hand, with the shipped catalogue; and some that mean harm."""

from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.reporting.model import Report, draw


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> build.Contents:
    from mes_conformity.catalogue.loader import load_shipped

    root = tmp_path_factory.mktemp("workspace")
    folder = samples.write_workspace(root)
    return build.attest(build.collect(root, folder, load_shipped(), {}), "Android 15")


@pytest.fixture(scope="session")
def report(contents: build.Contents) -> Report:
    return draw(documents.read(contents.files))


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
