"""Before a run: what is wrong is named, with what to do, and what stands in the way is told from what does not."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from wire import answering, reply, serving

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness import preflight, tls_examination
from mes_conformity.harness.engine import live
from mes_conformity.harness.preflight import Examined
from mes_conformity.harness.session import ActionFailed
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.suites.loader import load_all

CONTRACTS = load_all().contracts


def target(**data: Any) -> Target:
    return from_descriptor(data, "essai", "file", "essai")


def examined(of: Target, env: Environment | None = None) -> dict[str, Examined]:
    env = env or Environment.system()
    transport = live(of, env)
    try:
        return {item.name: item for item in preflight.examine(of, CONTRACTS, env, transport)}
    finally:
        transport.close()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(settings=Settings(mtls=True)) as running:
        yield running


@pytest.fixture
def sound(sandbox: Sandbox) -> Target:
    return from_descriptor(sandbox.descriptor, "essai", "file", "essai")


def test_a_sound_target_is_ready(sound: Target) -> None:
    found = examined(sound)
    assert {name: item.state for name, item in found.items()} == dict.fromkeys(
        ("dns", "tcp", "client_certificate", "tls", "http", "clock", "issuer", "client", "contract"), "ok"
    )
    assert preflight.exit_code(list(found.values())) == ExitCode.OK
    assert preflight.blocking(list(found.values())) is None


def test_a_wrong_secret_is_told_and_blocks(sound: Target) -> None:
    found = examined(replace(sound, client={**sound.client, "client_secret": "faux"}))
    assert (found["client"].state, found["client"].blocking) == ("error", True)
    assert "service-exemple" in found["client"].found["fr"]
    assert preflight.exit_code(list(found.values())) == ExitCode.AUTH
    wrong = preflight.blocking(list(found.values()))
    assert wrong is not None
    assert wrong.sentence["fr"].startswith("la cible refuse le client")


def test_a_target_without_any_account_is_told_how_to_get_one(sound: Target) -> None:
    found = examined(replace(sound, control_url=None, users=()))["token"]
    assert (found.state, found.blocking) == ("warning", False)
    assert "sandbox login essai" in str(found.remedy)


def test_a_pairing_that_was_kept_is_tried(sound: Target) -> None:
    def refused() -> dict[str, Any]:
        raise ActionFailed("pairing_refused", {"fr": "refusé", "en": "refused"})

    assert examined(replace(sound, paired=dict))["token"].state == "ok"
    found = examined(replace(sound, paired=refused))
    assert (found["token"].state, found["token"].blocking) == ("error", True)
    assert "sandbox login essai" in str(found["token"].remedy)
    assert preflight.exit_code(list(found.values())) == ExitCode.AUTH


def test_scopes_that_the_target_does_not_know_block(sound: Target) -> None:
    found = examined(replace(sound, client={**sound.client, "scope": "openid inconnue"}))
    assert (found["scopes"].state, found["scopes"].blocking) == ("error", True)
    assert "inconnue" in found["scopes"].found["fr"]
    assert examined(replace(sound, client={**sound.client, "scope": "openid"}))["scopes"].state == "ok"


def test_an_issuer_of_another_name_is_told(sound: Target) -> None:
    other = replace(sound, issuer=sound.issuer.replace("127.0.0.1", "localhost"))
    assert examined(other)["issuer"].state == "warning"


def test_a_client_that_is_not_described_is_told(sound: Target) -> None:
    assert examined(replace(sound, client={}))["client"].state == "unknown"


def test_an_unknown_authority_is_told_with_the_remedy(sound: Target) -> None:
    found = examined(replace(sound, ca_file=None))
    assert found["tls"].state == "error"
    assert "ca_file" in str(found["tls"].remedy)
    assert "http" not in found


def test_another_authority_than_the_right_one_is_told(sound: Target, tmp_path: Path) -> None:
    from mes_conformity.sandbox.authority import Authority

    (tmp_path / "ca.pem").write_bytes(Authority().pem)
    found = examined(replace(sound, ca_file=tmp_path / "ca.pem"))
    assert "n'est pas la bonne" in str(found["tls"].remedy)


def test_an_authority_that_cannot_be_read_blocks(sound: Target, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("rien")
    for name in ("ca.pem", "absent.pem"):
        found = examined(replace(sound, ca_file=tmp_path / name))
        assert (found["tls"].state, found["tls"].blocking) == ("error", True)


@pytest.mark.parametrize(
    ("fault", "words"), [("certificate-expired", "périmé"), ("certificate-for-another-name", "n'est pas au nom")]
)
def test_a_bad_certificate_is_told_by_its_reason(sandbox: Sandbox, sound: Target, fault: str, words: str) -> None:
    sandbox.set_faults([fault])
    try:
        found = examined(sound)
    finally:
        sandbox.set_faults([])
    assert found["tls"].state == "error"
    assert words in found["tls"].found["fr"]
    assert not found["tls"].blocking


def test_the_certificate_of_the_client_is_read_before_it_is_shown(sandbox: Sandbox, sound: Target) -> None:
    states = {
        state: (Path(files["certificate"]), Path(files["key"]))
        for state, files in sandbox.descriptor["client_certificates"].items()
    }
    assert examined(replace(sound, client_certificate=states["expired"]))["client_certificate"].blocking
    mixed = (states["valid"][0], states["expired"][1])
    assert (
        "ne va pas avec sa clé" in examined(replace(sound, client_certificate=mixed))["client_certificate"].found["fr"]
    )
    absent = (Path("/nulle/part.pem"), states["valid"][1])
    assert "introuvable" in examined(replace(sound, client_certificate=absent))["client_certificate"].found["fr"]


def test_a_target_that_asks_for_a_certificate_says_so(sound: Target) -> None:
    found = examined(replace(sound, client_certificate=None))
    assert found["http"].state in ("ok", "error")
    if found["http"].state == "error":
        assert "client_certificate" in str(found["http"].remedy)


def test_a_name_that_is_not_found_is_told() -> None:
    found = examined(target(url="https://nulle-part.invalid"))
    assert list(found) == ["dns"]
    assert found["dns"].blocking


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = examined(target(url=f"http://127.0.0.1:{port}"))
    assert (found["tcp"].state, list(found)) == ("error", ["dns", "tcp"])
    assert preflight.exit_code(list(found.values())) == ExitCode.INCONCLUSIVE


def test_tls_where_there_is_none_is_told() -> None:
    def plain(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(reply())

    with serving(plain) as place:
        found = examined(target(url=f"https://{place}"))
    assert found["tls"].state == "error"
    assert "HTTPS" in str(found["tls"].remedy)


def test_another_fhir_version_blocks() -> None:
    with serving(answering(reply("200 OK", b'{"fhirVersion": "5.0.0"}'))) as place:
        found = examined(target(url=f"http://{place}"))
    assert (found["contract"].state, found["contract"].blocking) == ("error", True)
    assert found["clock"].state == "unknown"
    assert found["issuer"].state == "warning"


def test_another_version_of_a_contract_is_told() -> None:
    body = b'{"fhirVersion": "4.0.1", "description": "mes-measures@9.9 and other-thing@1"}'
    with serving(answering(reply("200 OK", body))) as place:
        found = examined(target(url=f"http://{place}"))
    assert found["contract"].state == "warning"
    assert "mes-measures@9.9" in found["contract"].found["fr"]


def test_an_hour_of_difference_is_told() -> None:
    with serving(answering(reply("404 Not Found", b"", "Date: Sun, 22 Nov 2020 12:00:00 GMT"))) as place:
        found = examined(target(url=f"http://{place}", client={"client_id": "moi"}))
    assert found["clock"].state == "warning"
    assert found["client"].state == "unknown"


@pytest.mark.parametrize("body", [b"[", b"[]", b"[" * 100_000])
def test_what_is_not_json_says_nothing(body: bytes) -> None:
    with serving(answering(reply("200 OK", body))) as place:
        found = examined(target(url=f"http://{place}", client={"client_id": "moi"}))
    assert (found["issuer"].state, found["contract"].state) == ("warning", "unknown")


def at(days: int) -> Environment:
    """The environment so many days from now."""
    moment = datetime.now(UTC) + timedelta(days=days)
    return replace(Environment.system(), clock=lambda: moment)


def test_a_certificate_that_expires_soon_is_told(sound: Target) -> None:
    written = ssl.cert_time_to_seconds(_not_after(sound))
    days = int((written - datetime.now(UTC).timestamp()) / 86400) - 3
    found = examined(sound, at(days))
    assert found["certificate"].state == "warning"
    assert found["clock"].state == "warning"


def _not_after(of: Target) -> str:
    context = ssl.create_default_context(cafile=str(of.ca_file))
    assert of.client_certificate is not None
    context.load_cert_chain(*of.client_certificate)
    port = int(of.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(
        plain, server_hostname="127.0.0.1"
    ) as secure:  # fmt: skip
        return str((secure.getpeercert() or {})["notAfter"])


@pytest.mark.parametrize(("days", "state"), [(-3650, "warning"), (360, "warning"), (3650, "error")])
def test_the_dates_of_the_client_s_certificate_are_read(sound: Target, days: int, state: str) -> None:
    assert sound.client_certificate is not None
    found, _text, remedy = tls_examination.client_certificate(*sound.client_certificate, at(days))
    assert (found, remedy is not None) == (state, True)


def test_a_certificate_not_valid_yet_and_another_refusal_are_told() -> None:
    for code, words in ((9, "pas encore valable"), (23, "est refusé")):
        error = ssl.SSLCertVerificationError()
        error.verify_code, error.verify_message = code, "certificate revoked"
        _name, state, found, _remedy, blocking = tls_examination._refused(error, "h", target(url="https://h"))
        assert (state, blocking) == ("error", False)
        assert words in found["fr"]


def test_each_machine_of_a_target_is_examined(sound: Target) -> None:
    with serving(answering(reply())) as gone:
        pass
    found = examined(replace(sound, fhir_url=f"https://{gone}/fhir"))
    assert (found["tcp"].state, gone.rpartition(":")[2] in found["tcp"].found["fr"]) == ("error", True)
    assert examined(replace(sound, issuer="https://sso.invalid"))["dns"].state == "error"


def test_a_port_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_where: object, **_how: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    assert "pare-feu" in str(examined(target(url="http://127.0.0.1:9"))["tcp"].remedy)
