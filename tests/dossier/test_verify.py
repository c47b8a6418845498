import json
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.dossier import container, manifest, seal
from mes_conformity.dossier.verify import Verification, verify, verify_bytes
from mes_conformity.foundation.errors import InvalidInput

patient = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def judge(raw: bytes) -> Verification:
    return verify_bytes(raw, "x", deep=True)


def first(raw: bytes) -> tuple[str, str]:
    result = judge(raw)
    assert result.verdict == "altered"
    assert result.dossier is None
    return result.findings[0].code, result.findings[0].path


def test_a_sound_dossier_is_intact_and_unsigned(sealed: bytes) -> None:
    result = judge(sealed)
    assert result.verdict == "intact_unsigned"
    assert result.findings == ()
    assert result.dossier is not None
    assert result.dossier.sha256 == result.sha256 == samples.sha(sealed)


def test_it_is_read_from_a_file(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(sealed)
    assert verify(path).verdict == "intact_unsigned"


def test_integrity_alone_reads_no_document(sealed: bytes) -> None:
    raw = samples.reseal(sealed, {"attestation.json": b"{}"})
    assert verify_bytes(raw, "x").verdict == "intact_unsigned"
    assert verify_bytes(raw, "x", deep=True).verdict == "altered"


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        verify(tmp_path / "none.zip")
    assert caught.value.code == "STO002"


@given(data=st.data())
@patient
def test_any_other_byte_anywhere_is_seen(sealed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.integers(1, 255))
    mutated = bytearray(sealed)
    mutated[at] ^= other
    assert judge(bytes(mutated)).verdict == "altered"


@given(data=st.data())
@patient
def test_a_truncation_is_seen(sealed: bytes, data: st.DataObject) -> None:
    assert judge(sealed[: data.draw(st.integers(0, len(sealed) - 1))]).verdict == "altered"


@given(data=st.data(), added=st.binary(min_size=1, max_size=40))
@patient
def test_an_insertion_is_seen(sealed: bytes, data: st.DataObject, added: bytes) -> None:
    at = data.draw(st.integers(0, len(sealed)))
    assert judge(sealed[:at] + added + sealed[at:]).verdict == "altered"


@given(data=st.data())
@patient
def test_a_deletion_is_seen(sealed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    size = data.draw(st.integers(1, 40))
    assert judge(sealed[:at] + sealed[at + size :]).verdict == "altered"


@given(raw=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    assert judge(raw).verdict == "altered"


@given(tail=st.binary(max_size=100), start=st.binary(max_size=60), fields=st.tuples(*[st.integers(0, 65_535)] * 4))
@settings(max_examples=200, deadline=None)
def test_any_directory_gets_an_answer(start: bytes, tail: bytes, fields: tuple[int, int, int, int]) -> None:
    """Bytes that pass for the end of an archive lead further in."""
    count, size, offset, _ = fields
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count % 4, count % 4, len(tail), len(start), 0)
    assert judge(start + tail + end).verdict == "altered"
    assert (
        judge(start + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)).verdict == "altered"
    )


def repack(raw: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The archive with its files changed but not sealed again."""
    files = dict(container.unpack(raw))
    change(files)
    return container.pack(files)


def test_a_changed_file_is_named(sealed: bytes) -> None:
    assert first(repack(sealed, lambda files: files.update({"evidence/tls.txt": b"TLS 1.0"}))) == (
        "DOS009",
        "evidence/tls.txt",
    )


def test_a_removed_file_is_named(sealed: bytes) -> None:
    assert first(repack(sealed, lambda files: files.pop("evidence/tls.txt"))) == ("DOS010", "evidence/tls.txt")


def test_an_added_file_is_named(sealed: bytes) -> None:
    assert first(repack(sealed, lambda files: files.update({"evidence/plus.txt": b"x"}))) == (
        "DOS011",
        "evidence/plus.txt",
    )


def test_a_renamed_file_is_named(sealed: bytes) -> None:
    def rename(files: dict[str, bytes]) -> None:
        files["evidence/zzz.txt"] = files.pop("evidence/tls.txt")

    assert first(repack(sealed, rename)) == ("DOS012", "evidence/tls.txt")


@pytest.mark.parametrize("name", ["dossier.json", "seal.json"])
def test_a_dossier_without_manifest_or_seal_is_none(sealed: bytes, name: str) -> None:
    assert first(repack(sealed, lambda files: files.pop(name))) == ("DOS010", name)


def test_a_changed_manifest_no_longer_fits_the_seal(sealed: bytes) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["dossier.json"] = files["dossier.json"].replace(b"Glyco", b"Autre")

    assert first(repack(sealed, change))[0] == "DOS013"


def test_a_fault_in_a_header_is_named(sealed: bytes) -> None:
    mutated = bytearray(sealed)
    mutated[10] ^= 1  # the time of the first entry
    assert first(bytes(mutated)) == ("DOS007", "artefacts/glycemie.json")


def test_findings_are_bounded(sealed: bytes) -> None:
    def remove(files: dict[str, bytes]) -> None:
        data = json.loads(files["dossier.json"])
        data["files"] += [{"path": f"evidence/{n}", "size": 0, "sha256": "0" * 64} for n in range(300)]
        files["dossier.json"] = json.dumps(data).encode()

    assert len(judge(repack(sealed, remove)).findings) <= 101


def forged(raw: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The manifest changed and sealed again."""
    files = dict(container.unpack(raw))
    data = json.loads(files["dossier.json"])
    change(data)
    files["dossier.json"] = json.dumps(data).encode()
    try:
        files["seal.json"] = seal.draw(files["dossier.json"], data)
    except (LookupError, TypeError, AttributeError):
        files["seal.json"] = b"{}"
    return container.pack(files)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data.update(schema_version=2), "DOS015"),
        (lambda data: data.update(format="other/9"), "DOS015"),
        (lambda data: data.update(files={}), "DOS008"),
        (lambda data: data["files"].append("x"), "DOS008"),
        (lambda data: data["files"].append(dict(data["files"][0])), "DOS008"),
        (lambda data: data["files"][0].update(size=True), "DOS008"),
        (lambda data: data["files"][0].update(sha256="x"), "DOS008"),
        (lambda data: data["files"][0].update(more=1), "DOS008"),
        (lambda data: data.pop("archive"), "DOS008"),
        (lambda data: data["archive"].update(moment="2026-13-45T00:00:00Z"), "DOS008"),
        (lambda data: data["archive"].update(moment="1970-01-01T00:00:00Z"), "DOS008"),
        (lambda data: data.pop("verdict"), "DOS008"),
        (lambda data: data.update(suites=7), "DOS008"),
        (lambda data: data.update(service={"product": "\ud800"}), "JSN001"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(sealed: bytes, change: Callable[..., None], code: str) -> None:
    assert code in {finding.code for finding in judge(forged(sealed, change)).findings}


@pytest.mark.parametrize("raw", [b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a":1,"a":2}'])
def test_a_manifest_that_is_no_object_is_refused(sealed: bytes, raw: bytes) -> None:
    assert judge(repack(sealed, lambda files: files.update({"dossier.json": raw}))).verdict == "altered"


@pytest.mark.parametrize(
    "path", ["run.json", "attestation.json", "cases/MES-W-01/case.json", "cases/MES-W-01/exchanges.har"]
)
@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b"null", b"{", b"[" * 5_000, b'{"schema_version": 1}', b'{"log": {"entries": [{}]}}']
)
def test_documents_that_make_no_sense_are_refused_though_sealed(sealed: bytes, path: str, raw: bytes) -> None:
    files = {
        name: data for name, data in container.unpack(sealed).items() if name not in (manifest.NAME, manifest.SEAL)
    }
    files[path] = raw
    data = json.loads(container.unpack(sealed)["dossier.json"])
    data["files"] = [
        {"path": name, "size": len(content), "sha256": samples.sha(content)} for name, content in files.items()
    ]
    written = json.dumps(data).encode()
    result = judge(container.pack({**files, manifest.NAME: written, manifest.SEAL: seal.draw(written, data)}))
    assert result.verdict == "altered"
    assert result.findings[0].code in ("DOS014", "JSN001", "JSN002", "JSN003")


def test_what_judged_is_read_too_when_asked(sealed: bytes) -> None:
    for path in ("suites/unit/x.yaml", "catalogue/catalogue.yaml"):
        raw = samples.reseal(sealed, {path: b"a: ["})
        assert verify_bytes(raw, "x").verdict == "intact_unsigned"
        assert verify_bytes(raw, "x", deep=True).verdict == "altered"


def test_an_assessment_that_is_no_yaml_is_refused(sealed: bytes) -> None:
    for raw in (b"a: [", b"a: &x 1\nb: *x\n", b"!!python/object:os.system {}", b"schema_version: 1\n"):
        assert judge(samples.reseal(sealed, {"assessment.yaml": raw})).verdict == "altered"


def test_a_checksum_is_checked_though_the_digest_is_right(sealed: bytes) -> None:
    right = struct.pack("<L", zlib.crc32(container.unpack(sealed)["seal.json"]))
    assert sealed.count(right) == 2  # in its header and in the directory
    assert first(sealed.replace(right, struct.pack("<L", zlib.crc32(b"other")))) == ("DOS007", "seal.json")


def test_a_date_that_is_not_that_of_the_manifest_is_told(sealed: bytes) -> None:
    files = container.unpack(sealed)
    assert first(container.pack(dict(files), datetime(2026, 11, 22, tzinfo=UTC))) == ("DOS007", "")


def test_the_answer_is_the_same_in_json(sealed: bytes) -> None:
    finding = judge(sealed + b"x").findings[0].to_json()
    assert set(finding) == {"code", "path", "message", "expected", "obtained"}


def test_a_deep_manifest_is_refused(sealed: bytes) -> None:
    deep = b'{"verdict": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert judge(repack(sealed, lambda files: files.update({"dossier.json": deep}))).verdict == "altered"


def test_a_chain_that_is_not_that_of_the_exchanges_is_named(tmp_path: Path) -> None:
    from mes_conformity.harness import har

    path = "cases/MES-W-01/exchanges.har"
    raw = samples.reseal(samples.dossier(tmp_path), {path: har.dump(samples.har([samples.exchange()]))})
    assert judge(raw).verdict == "intact_unsigned"
    lie = forged(raw, lambda data: data["chains"].update({path: "0" * 64}))
    assert first(lie) == ("DOS027", path)
    for chains in (7, {path: 7}, {"cases/none.har": "0" * 64}):
        assert first(forged(raw, lambda data, told=chains: data.update(chains=told)))[0] == "DOS008"
