"""A run of 200 requests against the bare loop of the same requests, the same 16 at a time on a server that takes 50 ms
for each answer, and re-evaluating its record against running it.

The server is a process of its own on the loopback interface; it answers one small JSON body to anything.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Row, best, python

CASES = 200
JOBS, LATENCY_S = 16, 0.05
SERVER = """
import asyncio, json, sys
LATENCY_S = float(sys.argv[1])
BODY = json.dumps({"status": "ok", "items": [{"n": n, "name": f"item-{n}"} for n in range(10)]}).encode()
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(BODY)
class Answer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        answers = (HEAD + BODY) * data.count(b"\\r\\n\\r\\n")
        if LATENCY_S:
            asyncio.get_running_loop().call_later(LATENCY_S, self.transport.write, answers)
        else:
            self.transport.write(answers)
async def main():
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
LOOP = f"""
import httpx, sys
with httpx.Client(base_url=sys.argv[1]) as client:
    for number in range({CASES}):
        answer = client.get(f"/thing/{{number}}")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok"
"""
CASE = """
  - id: BENCH-{number}
    title: {{fr: "Chose {number}", en: "Thing {number}"}}
    subject: target
    basis: assumption
    requirements: [x-ech-erreurs]
    source: "benchmark"
    broken_by: [slow]
    steps:
      - request: {{method: GET, path: /thing/{number}, authenticate: false}}
        expect: {{status: 200, equals: [{{json: /status, to: ok}}]}}
    remedy: {{fr: "Rien à faire.", en: "Nothing to do."}}
"""


@contextmanager
def served(latency_s: float = 0.0) -> Iterator[str]:
    """The address of a running server that waits before each answer."""
    command = [sys.executable, "-c", SERVER, str(latency_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def write_suites(folder: Path) -> None:
    """The suite of 200 cases, one request and two checks each."""
    (folder / "connection").mkdir(parents=True)
    head = 'schema_version: 1\nsuite: bench\nkind: connection\ntitle: {fr: "Mesure", en: "Benchmark"}\ncases:\n'
    cases = "".join(CASE.format(number=number) for number in range(CASES))
    (folder / "connection" / "bench.yaml").write_text(head + cases, encoding="utf-8")


def measure() -> Iterator[Row]:
    """Whole processes for the run; one process, start-up apart, for the re-evaluation."""
    with served() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suites(folder / "suites")
        reports = ("--report", "junit:junit.xml", "--report", "html:report.html")
        program = ("-m", "mes_conformity", "-C", name, "-q", "test", "run", "--suites", "suites", "--target", url)
        bare = python("-c", LOOP, url)
        yield Row(f"run of {CASES} cases, JUnit, HTML / httpx loop", python(*program, *reports), bare, 3)
        yield _replayed(folder, url)
        yield _at_a_time(folder)


def _at_a_time(folder: Path) -> Row:
    """One process, start-up apart; the reference is what the waiting alone takes."""
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness import engine, targets
    from mes_conformity.harness.selection import Selection
    from mes_conformity.suites.loader import load_all

    env, library = Environment.system(), load_all(folder / "suites")
    with served(LATENCY_S) as url, targets.opened(url, {}, env, folder) as target:

        def run() -> None:
            result = engine.run(library, Selection(), engine.Service(), env, target=target, root=folder, jobs=JOBS)
            assert result.document["summary"]["passed"] == CASES

        waiting = CASES * LATENCY_S / JOBS
        label = f"run with --jobs {JOBS}, {LATENCY_S * 1000:.0f} ms an answer / requests × latency / jobs"
        return Row(label, best(run, 5), waiting, 1.3)


def _replayed(folder: Path, url: str) -> Row:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness import engine, run_store, targets
    from mes_conformity.harness.selection import Selection
    from mes_conformity.suites.evaluation import evaluate
    from mes_conformity.suites.loader import load_all

    env, library = Environment.system(), load_all(folder / "suites")
    with targets.opened(url, {}, env, folder) as target:

        def run() -> engine.RunResult:
            return engine.run(library, Selection(), engine.Service(), env, target=target, root=folder)

        result = run()
        running = best(run, 5)
    assert result.folder is not None
    folder_of_run = result.folder

    def judge() -> None:
        for case in library.cases:
            _case, records = run_store.read_case(folder_of_run, case.id)
            verdict = evaluate(case, records, library.contracts, {})
            assert verdict.outcome == "passed"

    return Row("re-evaluate it from its record / run it", best(judge, 5), running, 0.3)
