"""`test listen`: a client speaks to the door, and is judged."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.cli import listen
from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.sample_client import SampleClient
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.loader import load_all

Run = Callable[..., Any]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A client that speaks as soon as the door is open, and falls silent."""

    def speaks(behaviour: str) -> None:
        tell = listen._tell_open

        def opened(ctx: Any, url: str, descriptor: Any) -> None:
            tell(ctx, url, descriptor)
            target = from_descriptor(descriptor, "essai", "file", "essai")
            transport = LiveTransport()
            try:
                SampleClient(target, load_all().contracts, Environment.system(), transport, behaviour).run()
            finally:
                transport.close()

        monkeypatch.setattr(listen, "_tell_open", opened)
        monkeypatch.setattr("mes_conformity.cli.listen.sleep", lambda _seconds: None)

    return speaks


def test_a_sound_client_passes_and_its_record_can_be_replayed(
    run: Run, client: Callable[[str], None], tmp_path: Path
) -> None:
    client("")
    result = run("test", "listen", "--format", "json", "--report", "junit:j.xml")
    document = result.json()
    assert document["summary"]["failed"] == document["summary"]["error"] == 0
    judged = {case["id"]: case["outcome"] for case in document["cases"] if case["kind"] == "listen"}
    assert set(judged.values()) == {"passed"}
    assert any(case["kind"] == "unit" and case["outcome"] == "passed" for case in document["cases"])
    assert result.code == 0
    assert (tmp_path / "j.xml").is_file()
    assert (tmp_path / "reports/listen/measure-bundle-01.json").is_file()
    kept = "".join(path.read_text() for path in (tmp_path / "reports/runs").rglob("*") if path.is_file())
    for secret in ("secret-fictif-du-service-exemple", "mot-de-passe-fictif-1", "eyJ"):
        assert secret not in kept
    assert run("dossier", "build").code == 0
    replayed = run("dossier", "replay", "--format", "json").json()["dossiers"][0]
    assert replayed["summary"]["differs"] == replayed["summary"]["error"] == 0


def test_a_wrong_client_fails(run: Run, client: Callable[[str], None]) -> None:
    client("plain-pkce")
    result = run("test", "listen", "--format", "json")
    failed = [case["id"] for case in result.json()["cases"] if case["outcome"] == "failed"]
    assert (failed, result.code) == (["MES-L-02"], 1)


def test_nobody_speaks(run: Run) -> None:
    result = run("test", "listen", "--wait", "1")
    assert result.code == 5
    assert "0 échange entendu" not in result.out


def test_an_interruption_judges_what_was_heard(
    run: Run, client: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    client("")

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mes_conformity.cli.listen.sleep", interrupted)
    assert run("test", "listen").code == 0


def test_a_client_is_heard_in_front_of_a_target(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tell = listen._tell_relayed

    def opened(ctx: Any, place: Any, target: Any) -> None:
        tell(ctx, place, target)
        with closing(LiveTransport()) as transport:
            SampleClient(target, load_all().contracts, Environment.system(), transport).run()

    monkeypatch.setattr(listen, "_tell_relayed", opened)
    monkeypatch.setattr("mes_conformity.cli.listen.sleep", lambda _seconds: None)
    with Sandbox.start() as sandbox:
        (tmp_path / "recette.json").write_text(json.dumps({**sandbox.descriptor, "control_url": None}))
        result = run("test", "listen", "--target", "@recette.json", "--format", "json")
        assert f"à l'écoute devant {sandbox.url}" in result.err
    document = result.json()
    assert (result.code, document["summary"]["failed"], document["summary"]["error"]) == (0, 0, 0)
    assert {case["outcome"] for case in document["cases"] if case["kind"] == "listen"} == {"passed", "skipped"}
    for secret in ("secret-fictif-du-service-exemple", "mot-de-passe-fictif-1"):
        assert secret not in result.err
