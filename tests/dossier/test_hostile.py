"""Hostile dossiers, one of each kind: refused with a code, exit 3, within bounds, with nothing written or run.

Each is handed to the program in a process of its own, whose limits the system holds: 10 s of processor, no file may
be written at all, and its peak memory is read when it ends.
"""

import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import container
from mes_conformity.foundation.environment import Environment

pytestmark = pytest.mark.slow
MEMORY, SECONDS = 300 * 1024, 5.0  # KiB, s
Make = Callable[[bytes], bytes]
KINDS: dict[str, tuple[str, Make]] = {}


def kind(name: str, *codes: str) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        KINDS[name] = ("|".join(codes), make)
        return make

    return keep


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **info: int) -> bytes:
    import io

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = info.get("attributes", 0o100644 << 16)
            archive.writestr(entry, data)
    return stream.getvalue()


def stored(raw: bytes, name: str, data: bytes = b"x") -> bytes:
    """An entry of any name, in the canonical form all the same."""
    files = {**container.unpack(raw), name: data}
    return b"".join(bytes(piece) for piece in container.pieces(files, container.EPOCH))


def suite(raw: bytes, old: bytes, new: bytes) -> bytes:
    return samples.reseal(raw, {"suites/unit/petite.yaml": samples.SUITE.replace(old, new)})


EXPECT = b"equals:\n            - {json: /content/type, to: transaction}"


def fhirpath(raw: bytes, expression: str) -> bytes:
    return suite(raw, EXPECT, b"fhirpath: [" + json.dumps(expression).encode() + b"]")


@kind("zip bomb", "DOS006")
def _(raw: bytes) -> bytes:
    return zipped({"run.json": b"0" * 200_000_000})


@kind("overlapping entries (a better bomb)", "DOS007")
def _(raw: bytes) -> bytes:
    start, end = raw.index(b"PK\x01\x02"), raw.rindex(b"PK\x05\x06")
    record = raw[start : raw.index(b"PK\x01\x02", start + 4)]
    directory = b"".join(record[:28] + record[28:] for _ in range(1000))
    return (
        raw[:start]
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)
        + raw[end:][:0]
    )


@kind("a million entries", "DOS002", "DOS003", "DOS007")
def _(raw: bytes) -> bytes:
    record = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 788, 20, 2048, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0o100644 << 16, 0
    )
    directory = (record + b"x") * 1_000_000
    return directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 0, 0)


@kind("sixty thousand entries", "DOS003")
def _(raw: bytes) -> bytes:
    record = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 788, 20, 2048, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0o100644 << 16, 0
    )
    directory = (record + b"x") * 60_000
    return directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60_000, 60_000, len(directory), 0, 0)


@kind("path traversal", "DOS004")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/../../evil.txt")


@kind("absolute path", "DOS004")
def _(raw: bytes) -> bytes:
    return stored(raw, "/tmp/evil.txt")


@kind("drive and backslash", "DOS004")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/C:\\evil.txt")


@kind("reserved device", "DOS004")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/con.txt")


@kind("symbolic link", "DOS006")
def _(raw: bytes) -> bytes:
    return zipped({"evidence/link": b"/etc/passwd"}, zipfile.ZIP_STORED, attributes=0o120777 << 16)


@kind("case collision", "DOS005")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/TLS.TXT")


@kind("Unicode collision", "DOS004", "DOS005")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/\uff54ls.txt")


@kind("duplicate names", "DOS005")
def _(raw: bytes) -> bytes:
    files = container.unpack(raw)
    one = next(iter(files))
    pieces = list(container.pieces({one: files[one]}, container.EPOCH))
    header, content, directory = (bytes(piece) for piece in pieces[:3])
    second = directory[:42] + struct.pack("<L", len(header) + len(content)) + directory[46:]
    body = (header + content) * 2
    both = directory + second
    return body + both + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(both), len(body), 0)


@kind("a file that is also a folder", "DOS005")
def _(raw: bytes) -> bytes:
    return stored(raw, "evidence/tls.txt/more.txt")


@kind("wrong size", "DOS007")
def _(raw: bytes) -> bytes:
    at = raw.index(b"PK\x01\x02") + 20
    return raw[:at] + struct.pack("<2L", 10**9, 10**9) + raw[at + 8 :]


@kind("wrong size in the manifest", "DOS009", "DOS013")
def _(raw: bytes) -> bytes:
    files = dict(container.unpack(raw))
    data = json.loads(files["dossier.json"])
    data["files"][0]["size"] = 10**15
    files["dossier.json"] = json.dumps(data).encode()
    return container.pack(files)


@kind("encrypted", "DOS006")
def _(raw: bytes) -> bytes:
    at = raw.index(b"PK\x01\x02") + 8
    return raw[:at] + struct.pack("<H", 2049) + raw[at + 2 :]


@kind("truncated", "DOS002")
def _(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


@kind("schema-valid nonsense", "DOS014")
def _(raw: bytes) -> bytes:
    def twice(run: dict[str, list[object]]) -> None:
        run["cases"] = run["cases"] * 2

    return samples.reseal(raw, {"run.json": samples.changed(raw, "run.json", twice)})


@kind("a JSON of five million values", "DOS003")
def _(raw: bytes) -> bytes:
    return samples.reseal(raw, {"cases/PET-01/exchanges.har": b'{"log":{"entries":[' + b"{}," * 5_000_000 + b"{}]}}"})


@kind("a JSON a hundred thousand levels deep", "JSN003")
def _(raw: bytes) -> bytes:
    return samples.reseal(raw, {"cases/PET-01/exchanges.har": b"[" * 100_000})


@kind("YAML that runs Python", "YAM", "DOS028")
def _(raw: bytes) -> bytes:
    return samples.reseal(raw, {"assessment.yaml": b"!!python/object/apply:os.system ['touch /tmp/evil']\n"})


@kind("YAML of a billion laughs", "YAM", "DOS028")
def _(raw: bytes) -> bytes:
    lines = [b"a0: &a0 lol"] + [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 10)]
    return samples.reseal(raw, {"assessment.yaml": b"\n".join(lines)})


@kind("sixteen megabytes of YAML", "DOS003")
def _(raw: bytes) -> bytes:
    return samples.reseal(raw, {"suites/unit/petite.yaml": b"- x\n" * 4_000_000})


@kind("a suite that runs Python", "DOS028")
def _(raw: bytes) -> bytes:
    return suite(raw, b"use: artefact", b"use: !!python/name:os.system x")


@kind("a suite that reads files", "DOS028")
def _(raw: bytes) -> bytes:
    return suite(raw, b"use: artefact", b"use: read_file\n        with: {path: /etc/passwd}")


@kind("a suite that loops by its expression", "DOS028")
def _(raw: bytes) -> bytes:
    return fhirpath(raw, "Bundle.repeat($this)")


@kind("a suite that loops by its order", "DOS028")
def _(raw: bytes) -> bytes:
    return suite(raw, b"basis: republished\n", b"after: [PET-01]\n    basis: republished\n")


@kind("a suite that multiplies", "DOS029")
def _(raw: bytes) -> bytes:
    return fhirpath(raw, "Bundle" + ".descendants()" * 9 + ".empty()")


@kind("a suite that walks for years", "DOS029")
def _(raw: bytes) -> bytes:
    big = json.dumps({"resourceType": "Bundle", "entry": [{"id": str(n)} for n in range(5_000)]})
    walks = [f"Bundle.descendants().count() != {n}" for n in range(500)]
    raw = suite(raw, EXPECT, b"fhirpath: " + json.dumps(walks).encode())
    run = json.loads(container.unpack(raw)["run.json"])
    digest = run["artefacts"][0]["sha256"]
    files = {
        path: data.replace(digest.encode(), samples.sha(big.encode()).encode())
        for path, data in container.unpack(raw).items()
        if path.endswith(".json")
    }
    return samples.reseal(
        raw, {**files, "artefacts/glycemie.json": big.encode(), "dossier.json": None, "seal.json": None}
    )


@kind("a suite of ten thousand cases", "DOS029", "DOS028", "DOS003")
def _(raw: bytes) -> bytes:
    head, _, case = samples.SUITE.partition(b"  - id: PET-01\n")
    case = case.partition(b"  - id: PET-02")[0]
    cases = b"".join(b"  - id: C-%d\n" % n + case for n in range(10_000))
    return samples.reseal(raw, {"suites/unit/petite.yaml": head + cases})


@kind("HTML in place of a report's data", "DOS014")
def _(raw: bytes) -> bytes:
    return samples.reseal(raw, {"cases/PET-01/case.json": b'{"schema_version": "<script>alert(1)</script>"}'})


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("hostile")
    env = Environment.system()
    return samples.dossier(folder, samples.real_run(folder, env), samples.SUITES)


# The program is started by a small process of its own: after an exec, Linux counts the peak memory of the process that
# forked, so what the workers of the test runner hold would be put down to the program.
WATCH = """
import json, resource, subprocess, sys
def limited():
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # not one byte can be written to any file
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, preexec_fn=limited)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump([done.returncode, done.stdout, done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss], sys.stdout)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux processes")
@pytest.mark.parametrize("name", KINDS)
def test_a_hostile_dossier_is_refused_within_bounds(name: str, real: bytes, tmp_path: Path) -> None:
    codes, make = KINDS[name]
    path = tmp_path / "hostile.mesdossier.zip"
    path.write_bytes(make(real))
    before = sorted(tmp_path.rglob("*"))
    program = [sys.executable, "-B", "-m", "mes_conformity", "-C", str(tmp_path), "dossier", "replay", path.name]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")}
    watched = subprocess.run(
        [sys.executable, "-S", "-c", WATCH, *program, "--format", "json"],
        capture_output=True,
        check=True,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
    )
    code, out, err, seconds, memory = json.loads(watched.stdout)
    assert code == 3, (out[-500:], err[-500:])
    told = json.loads(out)["error"]["code"]
    assert any(told.startswith(wanted) for wanted in codes.split("|")), told
    assert "Traceback" not in err
    assert seconds <= SECONDS, f"{seconds:.1f} s of processor"
    assert memory <= MEMORY, f"{memory} KiB"
    assert sorted(tmp_path.rglob("*")) == before


def test_there_is_one_of_each_kind() -> None:
    assert len(KINDS) >= 20
