"""A dossier of 2,000 exchanges: verified against hashing it, replayed against running it; 1,000 dossiers, two workers.

The exchanges are really run, on the embedded sandbox without latency; its start-up is apart.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Row, best

EXCHANGES, DOSSIERS, SMALL = 2_000, 1_000, 40
A_CASE = 10  # requests in a case, as in the suites of the program; a dossier of one request a case has more to list
CASE = """
  - id: BENCH-{number}
    title: {{fr: "Chose {number}", en: "Thing {number}"}}
    subject: target
    basis: assumption
    requirements: [x-ech-erreurs]
    source: "benchmark"
    broken_by: [slow]
    steps:{steps}
    remedy: {{fr: "Rien à faire.", en: "Nothing to do."}}
"""
STEP = """
      - request: {method: GET, path: /.well-known/openid-configuration, authenticate: false}
        expect: {status: 200, equals: [{json: /response_types_supported/0, to: code}]}"""


def write_suites(folder: Path, count: int, each: int) -> None:
    """A suite of `count` requests, `each` in a case, two checks each."""
    (folder / "connection").mkdir(parents=True)
    head = 'schema_version: 1\nsuite: bench\nkind: connection\ntitle: {fr: "Mesure", en: "Benchmark"}\ncases:\n'
    cases = "".join(CASE.format(number=number, steps=STEP * each) for number in range(count // each))
    (folder / "connection" / "bench.yaml").write_text(head + cases, encoding="utf-8")


def run(root: Path, count: int, each: int) -> tuple[float, Path]:
    """Seconds of a run of `count` requests on the embedded sandbox, and its sealed dossier."""
    from mes_conformity.dossier import build, documents
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness import engine, targets
    from mes_conformity.harness.selection import Selection
    from mes_conformity.reporting.render import embedded
    from mes_conformity.suites.loader import load_all

    write_suites(root / "suites", count, each)
    env, library = Environment.system(), load_all(root / "suites")
    service = engine.Service("Fictif", "Mesure", "1")
    with targets.opened("embedded", {}, env, root) as target:
        found: list[Path] = []

        def once() -> None:
            result = engine.run(library, Selection(), service, env, target=target, root=root)
            assert result.document["summary"]["passed"] == count // each, result.document["summary"]
            assert result.folder is not None
            found.append(result.folder)

        seconds = best(once, 1)
    contents = build.attest(build.collect(root, found[-1], None, library.documents))
    path = root / "one.mesdossier.zip"
    path.write_bytes(build.assemble(contents, embedded(documents.read(contents.files)), {}))
    return seconds, path


def measure() -> Iterator[Row]:
    """In this process, but for the workers."""
    with tempfile.TemporaryDirectory() as name:
        running, path = run(Path(name), EXCHANGES, A_CASE)
        yield _verified(path)
        yield _replayed(path, running)
    with tempfile.TemporaryDirectory() as name:
        yield _by_two(Path(name))


def _verified(path: Path) -> Row:
    from mes_conformity.dossier import container
    from mes_conformity.dossier.verify import verify

    def content() -> list[bytes]:
        files = container.unpack(path.read_bytes())
        return [files[name] for name in files]

    held = content()
    reading = best(path.read_bytes)
    hashing = best(lambda: [hashlib.sha256(data).hexdigest() for data in held])
    judged = best(lambda: verify(path))
    return Row(f"verify {EXCHANGES} exchanges / read and hash them", judged, reading + hashing, 2)


def _replayed(path: Path, running: float) -> Row:
    from mes_conformity.dossier.archive import read
    from mes_conformity.dossier.replay import replay

    def once() -> None:
        answer = replay(read(path))
        assert answer["summary"]["confirmed"] == EXCHANGES // A_CASE, json.dumps(answer["cases"][0])

    return Row(f"replay {EXCHANGES} exchanges / run them", best(once, 3), running, 0.3)


def _by_two(root: Path) -> Row:
    from mes_conformity.dossier.many import replay_all

    _seconds, path = run(root, SMALL, 1)
    raw = path.read_bytes()
    paths = []
    for number in range(DOSSIERS):
        paths.append(root / f"{number}.mesdossier.zip")
        paths[-1].write_bytes(raw)

    def by(workers: int) -> float:
        answers: list[object] = []

        def once() -> None:
            answers[:] = replay_all(paths, workers=workers)

        seconds = best(once, 1)
        assert len(answers) == DOSSIERS
        return seconds

    return Row(f"replay {DOSSIERS} dossiers, two workers / one", by(2), by(1), 1 / 1.8)
