"""`sandbox ping|login|logout` as a user and as a script meet them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import keyring
import pytest
from memory_keyring import Memory

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import login, pairing
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.loader import load_all

Run = Callable[..., Any]


@pytest.fixture
def no_keyring() -> Iterator[None]:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as running:
        yield running


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody at the browser, who accepts; what they were shown."""
    seen: list[str] = []
    before = login.login

    def accepted(speaker: Any, show: Callable[[str], None], wait_s: float) -> Any:
        def shown(address: str) -> None:
            show(address)
            seen.append(address)
            threading.Thread(target=act, args=(address,), daemon=True).start()

        def act(address: str) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
            demand = pairing.Demand(asked, asked["redirect_uri"], "", asked["state"], asked["nonce"])
            someone = pairing.person_of(speaker, speaker.target.users[0], {})
            urlopen(str(pairing.authorize(speaker, demand, someone)["location"])).close()

        return before(speaker, shown, wait_s)

    monkeypatch.setattr(login, "login", accepted)
    return seen


def test_ping_of_the_embedded_sandbox(run: Run) -> None:
    result = run("sandbox", "ping", "--format", "json")
    document = result.json()
    assert (result.code, document["reachable"]) == (0, True)
    names = [item["name"] for item in document["examinations"]]
    assert {"dns", "tcp", "tls", "http", "client", "contract"} <= set(names)


def test_ping_says_it_line_by_line(run: Run, sandbox: Sandbox) -> None:
    result = run("sandbox", "ping", sandbox.url)
    assert result.code == 0
    assert "✓ client" in result.out
    assert "la cible est prête" in result.out
    assert "the target is ready" in run("sandbox", "ping", sandbox.url, lang="en").out


def test_ping_of_a_target_that_is_down(run: Run) -> None:
    with Sandbox.start(tls=False) as gone:
        url = gone.url
    result = run("sandbox", "ping", url)
    assert result.code == 5
    assert "refuse la connexion" in result.out
    assert "conseil" in result.out


@pytest.fixture
def workspace(run: Run, tmp_path: Path, sandbox: Sandbox) -> Path:
    """A workspace with the sandbox as a target whose secret stands in the environment."""
    assert run("init", "espace", "--example", "connected-scale").code == 0
    settings = tmp_path / "espace" / "mes-conformity.yaml"
    text = settings.read_text(encoding="utf-8").replace("targets: {}\n", "")
    client = sandbox.descriptor["client"]
    settings.write_text(
        f"{text}targets:\n  recette:\n    url: {sandbox.url}\n    client:\n      client_id: {client['client_id']}\n"
        f"      client_secret: ${{MES_SECRET}}\n      redirect_uri: {client['redirect_uri']}\n"
        f"      loopback_redirect_uri: {client['loopback_redirect_uri']}\n",
        encoding="utf-8",
    )
    return tmp_path / "espace"


def test_ping_of_a_target_of_the_workspace(run: Run, workspace: Path, sandbox: Sandbox) -> None:
    secret = {"MES_SECRET": sandbox.descriptor["client"]["client_secret"]}
    assert run("-C", workspace, "sandbox", "ping", "recette", variables=secret).code == 0
    refused = run("-C", workspace, "sandbox", "ping", "recette", variables={"MES_SECRET": "faux"})
    assert refused.code == 4
    assert "faux" not in refused.out + refused.err
    missing = run("-C", workspace, "sandbox", "ping", "recette")
    assert (missing.code, "AUT001" in missing.err) == (4, True)


def test_a_run_with_a_wrong_secret_is_an_error_and_never_a_failure(run: Run, workspace: Path) -> None:
    result = run(
        "-C", workspace, "test", "run", "--suite", "pairing", "--target", "recette", "--format", "json",
        variables={"MES_SECRET": "faux"},
    )  # fmt: skip
    document = result.json()
    assert result.code == 4
    assert document["summary"]["failed"] == document["summary"]["passed"] == 0
    assert {case["reason"]["code"] for case in document["cases"]} <= {
        "configuration",
        "not_applicable",
        "prerequisite_missing",
    }
    assert [item["name"] for item in document["preflight"] if item["blocking"]] == ["client"]
    assert "le secret" in result.err


def test_a_secret_written_in_the_workspace_is_refused(run: Run, workspace: Path) -> None:
    settings = workspace / "mes-conformity.yaml"
    settings.write_text(settings.read_text().replace("${MES_SECRET}", "s3cret-en-clair"))
    result = run("-C", workspace, "status")
    assert (result.code, "WSP006" in result.err) == (3, True)
    assert "ligne" in result.err
    assert "s3cret-en-clair" not in result.err


def test_login_is_kept_in_the_keyring_and_logout_forgets_it(
    run: Run, sandbox: Sandbox, memory: Memory, person: list[str], tmp_path: Path
) -> None:
    result = run("sandbox", "login", sandbox.url, "--no-browser", "--format", "json")
    assert (result.code, result.json()["login"]["kept"]) == (0, True)
    assert person[0] in result.err
    (kept,) = memory.kept.values()
    assert "token" in kept
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    out = run("sandbox", "logout", sandbox.url)
    assert (out.code, memory.kept) == (0, {})
    assert "révoqué" in out.out
    assert "aucun appariement" in run("sandbox", "logout", sandbox.url).out


@pytest.fixture
def paired(sandbox: Sandbox, memory: Memory) -> dict[str, Any]:
    """The tokens of a person who paired with the target of the workspace, kept in the keyring."""
    target = from_descriptor(sandbox.descriptor, "recette", "file", "recette")
    with closing(LiveTransport()) as transport:
        speaker = login.Speaker(target, load_all().contracts, Environment.system(), transport)
        user = sandbox.ask(lambda world: world.new_user().to_json())
        grant = pairing.authorize(speaker, pairing.demand(speaker, {}), pairing.person_of(speaker, user, {}))
        tokens = pairing.exchange(speaker, grant)
    login.keep(target, tokens, Environment.system())
    return tokens


def test_a_run_goes_on_from_the_login(run: Run, workspace: Path, sandbox: Sandbox, paired: dict[str, Any]) -> None:
    secret = {"MES_SECRET": sandbox.descriptor["client"]["client_secret"]}
    arguments = (
        "-C",
        workspace,
        "test",
        "run",
        "--target",
        "recette",
        "-k",
        "MES-W-01 or MES-W-02",
        "--format",
        "json",
    )
    document = run(*arguments, variables=secret).json()
    assert document["summary"]["passed"] == 2
    assert {item["name"]: item["state"] for item in document["preflight"]}["token"] == "ok"
    kept = "".join(path.read_text() for path in (workspace / "reports").rglob("*") if path.is_file())
    assert not any(token in kept for name, token in paired.items() if name.endswith("_token"))


def test_a_login_that_was_revoked_is_an_error_with_the_command_that_renews_it(
    run: Run, workspace: Path, sandbox: Sandbox, memory: Memory, paired: dict[str, Any]
) -> None:
    secret = {"MES_SECRET": sandbox.descriptor["client"]["client_secret"]}
    (entry,) = memory.kept
    memory.kept[entry] = memory.kept[entry].replace(paired["refresh_token"], "un-autre")
    result = run("-C", workspace, "test", "run", "--target", "recette", "-k", "MES-W-01", variables=secret)
    assert result.code == 4
    assert "sandbox login recette" in result.err
    assert "! erreur" in result.out


def test_ping_tries_what_the_keyring_keeps_and_spares_a_variable(
    run: Run, workspace: Path, sandbox: Sandbox, memory: Memory, paired: dict[str, Any]
) -> None:
    secret = {"MES_SECRET": sandbox.descriptor["client"]["client_secret"]}
    (before,) = memory.kept.values()
    assert "l'appariement gardé" in run("-C", workspace, "sandbox", "ping", "recette", variables=secret).out
    (after,) = memory.kept.values()
    assert before != after  # the target changes its tokens
    spared = run("-C", workspace, "sandbox", "ping", "recette", variables={**secret, login.VARIABLE: "jeton"})
    assert (spared.code, "appariement" in spared.out) == (0, False)


def test_login_without_keyring_keeps_nothing_and_says_so(
    run: Run, sandbox: Sandbox, no_keyring: None, person: list[str]
) -> None:
    result = run("sandbox", "login", sandbox.url, "--no-browser")
    assert (result.code, result.out) == (0, "")
    assert login.VARIABLE in result.err
    printed = run("sandbox", "login", sandbox.url, "--no-browser", "--print-token")
    token = printed.out.strip()
    assert len(token) > 20
    left = run("sandbox", "logout", sandbox.url, variables={login.VARIABLE: token})
    assert "révoqué" in left.out


def test_login_opens_a_browser(
    run: Run, sandbox: Sandbox, memory: Memory, person: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert run("sandbox", "login", sandbox.url).code == 0
    assert opened == person


def test_nobody_at_the_browser_is_told(run: Run, sandbox: Sandbox, memory: Memory) -> None:
    result = run("sandbox", "login", sandbox.url, "--no-browser", "--wait", "1")
    assert (result.code, "LOG002" in result.err) == (5, True)
