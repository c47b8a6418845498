"""The sample dossier and its reports, in `reports/sample/`: what the program makes of the demo today.

    python .ci/sample.py            make them again
    python .ci/sample.py --check    the same elsewhere, and fail where a byte differs

The demo is played for real, on the embedded sandbox. What would change from one run to the next is pinned: clock,
identifiers, random bytes, keys, stopwatch, port, and the marks that stand for secrets (no signature is the same twice).
The cases are few, for a small file.
"""

import filecmp
import hashlib
import io
import itertools
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

    from mes_conformity.foundation.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "reports" / "sample"
MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PORT = 28_443
CASES = "MES-U-0 or MES-O- or MES-W-01 or MES-R-01 or MES-A-01"
TICK = 0.003  # seconds between two looks at the stopwatch
LEFT_OUT = ("pdf",)  # drawn from the HTML, by an extra that not everybody installs
EXAMPLE, DOSSIER = "glucose-monitoring", "sample.mesdossier.zip"


def environment(folder: Path) -> "Environment":
    """An environment in which nothing changes from one time to the next."""
    from mes_conformity.foundation.environment import Environment

    numbers, blocks = itertools.count(1), itertools.count(1)
    return Environment(
        io.StringIO(),
        io.StringIO(),
        io.StringIO(),
        folder,
        {"LANG": "C.UTF-8", "SOURCE_DATE_EPOCH": str(int(MOMENT.timestamp()))},
        clock=lambda: MOMENT,
        new_id=lambda: str(uuid.uuid5(uuid.NAMESPACE_OID, f"sample {next(numbers)}")),
        random_bytes=lambda size: hashlib.shake_256(f"sample {next(blocks)}".encode()).digest(size),
    )


@contextmanager
def pinned() -> Iterator[None]:
    """The embedded sandbox on one port and at one date, the stopwatch of the harness regular, its marks numbered."""
    from mes_conformity.harness import casework, redaction, transports
    from mes_conformity.sandbox import signing, world
    from mes_conformity.sandbox.embedded import Sandbox

    ticks, marks = itertools.count(), itertools.count(1)
    stopwatch = SimpleNamespace(monotonic=lambda: next(ticks) * TICK)
    known: dict[str, str] = {}
    seen = redaction.Redactor.mark

    def mark(redactor: redaction.Redactor, value: str) -> str:
        if seen(redactor, value) == value:
            return value
        if value not in known:
            known[value] = f"[redacted:{next(marks):012x}]"
        return known[value]

    with (
        patch.object(Sandbox, "start", partial(Sandbox.start, port=PORT)),
        patch.object(redaction.Redactor, "mark", mark),
        patch.object(signing, "new_key", key),
        patch.object(world, "new_key", key),
        patch.object(casework, "time", stopwatch),
        patch.object(transports, "time", stopwatch),
        patch("uvicorn.server.formatdate", lambda *_moment, **_form: format_datetime(MOMENT, usegmt=True)),
    ):
        yield


def key(key_id: str) -> "ECKey":
    """The key pair of that name, always the same: for a sandbox that signs nothing but this sample."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from joserfc.jwk import ECKey

    number = int.from_bytes(hashlib.sha256(key_id.encode()).digest()[:31], "big")
    pem = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem, {"use": "sig", "alg": "ES256", "kid": key_id})


def make(into: Path) -> None:
    """Play the demo; write its dossier and the reports into `into`."""
    with tempfile.TemporaryDirectory() as name, pinned():
        workspace = Path(name) / "workspace"
        workspace.mkdir()
        env = environment(workspace)
        step(env, "init", "--example", EXAMPLE)
        step(env, "test", "run", "-k", CASES)
        step(env, "dossier", "build", "--output", str(into / DOSSIER))
    for name, data in drawn(into / DOSSIER).items():
        (into / name).write_bytes(data)


def step(env: "Environment", *argv: str) -> None:
    """One command of the program, as if typed."""
    from mes_conformity.cli.main import main

    if main([*argv, "--lang", "fr", "--no-input"], env):
        raise SystemExit(f"{argv}: {env.stderr.getvalue()}")


def drawn(dossier: Path) -> dict[str, bytes]:
    """The reports of a dossier in every format, by file name."""
    from mes_conformity.dossier.archive import read
    from mes_conformity.reporting.formats import FORMATS
    from mes_conformity.reporting.render import render

    documents = read(dossier).documents
    forms = {name: form for name, form in FORMATS.items() if name not in LEFT_OUT}
    return {
        f"{file_stem(name, form.extension)}.{form.extension}": render(documents, name, "fr")
        for name, form in forms.items()
    }


def file_stem(name: str, extension: str) -> str:
    """`report` for a format named as its extension is (`report.html`), else its name (`junit.xml`)."""
    return "report" if name == extension else name


def differences(one: Path, other: Path) -> list[str]:
    """The files that stand in one folder only, or differ."""
    names = sorted({path.name for folder in (one, other) for path in folder.iterdir()} - {"README.md"})
    _same, different, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted((*different, *missing))


def main() -> int:
    if "--check" not in sys.argv[1:]:
        SAMPLE.mkdir(parents=True, exist_ok=True)
        for path in SAMPLE.iterdir():
            if path.name != "README.md":
                path.unlink()
        make(SAMPLE)
        return 0
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        drifted = differences(SAMPLE, Path(name))
    for path in drifted:
        print(f"reports/sample/{path} is not what the program makes today: run `make sample`")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
