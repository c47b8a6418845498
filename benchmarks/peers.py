"""The same 200 requests with two assertions each, JUnit and HTML written, against the peers found on PATH.

`tavern-ci` (with pytest-html beside it) and `newman` (with newman-reporter-htmlextra) are not dependencies: install
them apart, put them on PATH. One that is not there is named and not measured.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measuring import Row, process, python
from benchmarks.run import CASES, served, write_suites

ROUNDS = 5
TAVERN = """\
test_name: thing {number}
stages:
  - name: get thing {number}
    request: {{url: "{url}/thing/{number}", method: GET}}
    response: {{status_code: 200, strict: ["json:off"], json: {{status: ok}}}}
"""
SCRIPT = [
    "pm.test('status', function () { pm.response.to.have.status(200); });",
    "pm.test('body', function () { pm.expect(pm.response.json().status).to.eql('ok'); });",
]


def measure() -> Iterator[Row]:
    """Whole processes, one after another, on one server."""
    with served() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suites(folder / "suites")
        reports = ("--report", "junit:junit.xml", "--report", "html:report.html")
        program = ("-m", "mes_conformity", "-C", name, "-q", "test", "run", "--suites", "suites", "--target", url)
        ours = python(*program, *reports, rounds=ROUNDS)
        yield from _against("tavern-ci", 0.4, ours, lambda found: _tavern(found, folder, url))
        yield from _against("newman", 0.3, ours, lambda found: _newman(found, folder, url))


def _against(peer: str, target: float, ours: float, played: Callable[[str], float]) -> Iterator[Row]:
    found = shutil.which(peer)
    if found is None:
        print(f"{peer}: not on PATH, not measured", file=sys.stderr)
        return
    yield Row(f"run of {CASES} requests, all reports / {peer}", ours, played(found), target)


def _tavern(found: str, folder: Path, url: str) -> float:
    tests = folder / "tavern"
    tests.mkdir()
    stages = "---\n".join(TAVERN.format(number=number, url=url) for number in range(CASES))
    (tests / "test_things.tavern.yaml").write_text(stages, encoding="utf-8")
    beside = str(Path(found).parent / "python")
    reports = (f"--junitxml={folder / 'tavern.xml'}", f"--html={folder / 'tavern.html'}", "--self-contained-html")
    options = ("-q", "-p", "no:cacheprovider", f"--rootdir={tests}")
    return process(beside, "-m", "pytest", str(tests), *options, *reports, rounds=ROUNDS)


def _newman(found: str, folder: Path, url: str) -> float:
    listening = [{"listen": "test", "script": {"type": "text/javascript", "exec": SCRIPT}}]
    items = [
        {"name": f"thing {n}", "request": {"method": "GET", "url": f"{url}/thing/{n}"}, "event": listening}
        for n in range(CASES)
    ]
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    collection = folder / "things.json"
    collection.write_text(json.dumps({"info": {"name": "things", "schema": schema}, "item": items}), encoding="utf-8")
    reports = ("--reporter-junit-export", str(folder / "n.xml"), "--reporter-htmlextra-export", str(folder / "n.html"))
    return process(found, "run", str(collection), "--reporters", "cli,junit,htmlextra", *reports, rounds=ROUNDS)
