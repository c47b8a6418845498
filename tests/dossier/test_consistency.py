import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, consistency, container, manifest, seal
from mes_conformity.dossier.verify import Dossier, verify_bytes
from mes_conformity.foundation.environment import Environment
from mes_conformity.reporting.render import embedded


@pytest.fixture
def real(tmp_path: Path, env: Environment) -> bytes:
    return samples.dossier(tmp_path, samples.real_run(tmp_path, env), samples.SUITES)


def opened(raw: bytes) -> Dossier:
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    return dossier


def codes(raw: bytes, redraw: consistency.Redraw | None = embedded) -> set[str]:
    return {finding.code for finding in consistency.check(opened(raw), redraw)}


def edited(raw: bytes, path: str, change: Callable[[Any], None]) -> bytes:
    return samples.reseal(raw, {path: samples.changed(raw, path, change)})


def test_documents_that_agree_give_nothing(real: bytes) -> None:
    assert codes(real) == set()


def test_a_summary_that_counts_otherwise_is_seen(real: bytes) -> None:
    raw = edited(real, "run.json", lambda run: run["summary"].update(passed=9))
    assert "DOS021" in codes(raw)


def test_a_manifest_that_embellishes_is_seen(real: bytes) -> None:
    files = dict(container.unpack(real))
    data = json.loads(files[manifest.NAME])
    data["verdict"]["outcome"] = "inconclusive"
    written = json.dumps(data).encode()
    raw = container.pack({**files, manifest.NAME: written, manifest.SEAL: seal.draw(written, data)})
    assert codes(raw) == {"DOS022"}


def test_an_attestation_for_another_product_is_seen(real: bytes) -> None:
    raw = edited(real, "attestation.json", lambda data: data.update(product="Autre"))
    assert "DOS022" in codes(raw)


def test_a_case_told_otherwise_in_the_run_is_seen(real: bytes) -> None:
    raw = edited(real, "run.json", lambda run: run["cases"][1].update(outcome="passed"))
    assert "DOS023" in codes(raw)


def test_suites_that_are_not_those_that_judged_are_seen(real: bytes) -> None:
    raw = samples.reseal(real, {"suites/unit/petite.yaml": samples.SUITE + b"# softer\n"})
    assert "DOS024" in codes(raw)


def test_suites_that_are_not_there_are_seen(real: bytes) -> None:
    raw = samples.reseal(real, {"suites/unit/petite.yaml": None, "suites/unit/other.yaml": b"x: 1\n"})
    assert "DOS024" in codes(raw, None)


def test_a_report_of_one_s_own_is_seen(real: bytes) -> None:
    raw = samples.reseal(real, {"report/index.html": b"<p>Tout est conforme.</p>"})
    assert "DOS026" in codes(raw)


def test_a_report_that_the_tool_does_not_draw_is_seen(real: bytes) -> None:
    assert "DOS026" in codes(samples.reseal(real, {"report/extra.html": b"x"}))


def test_a_report_of_another_version_is_not_compared(real: bytes) -> None:
    raw = edited(real, "run.json", lambda run: run["tool"].update(version="0.0.1"))
    assert "DOS026" not in codes(raw)


def test_requirements_are_those_of_the_catalogue(tmp_path: Path, env: Environment) -> None:
    from mes_conformity.catalogue.loader import load_shipped

    contents = build.collect(tmp_path, samples.real_run(tmp_path, env), load_shipped(), samples.SUITES)
    raw = build.assemble(build.attest(contents), {}, {})

    def change(run: Any) -> None:
        run["catalogue"] = {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}
        run["cases"][0]["requirements"] = ["x-inconnue"]

    assert codes(raw) == set()
    assert {"DOS024", "DOS025"} <= codes(edited(raw, "run.json", change))
