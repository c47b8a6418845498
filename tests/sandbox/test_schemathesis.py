"""The served description against the server, by an independent tool: no server error, no broken promise.

Every check of schemathesis is on, with its own expectations. What no schema can tell is said below, route by route: a
sound body may then be refused with the status that the specification gives.

The whole takes some minutes, every phase and many examples: `SCHEMATHESIS_EXAMPLES=40 pytest …/test_schemathesis.py`.
Then 5,000 requests at least are sent to the FHIR routes.
"""

import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sandbox_partner import Partner

from mes_conformity.sandbox.embedded import Sandbox, Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"),
]
HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "")
PHASES = "coverage,fuzzing,stateful" if EXAMPLES else "fuzzing,stateful"
# POST /fhir: entries name one another, size and hash are those of the content. Appointments: the end follows the start.
# If-Match: the version that is there (412, RFC 9110, §13.1.1). Pages and forms: a handle or a code that the server gave
# (400, RFC 6749, §5.2), a wrong demand that is told by a redirection (302, RFC 6749, §4.1.2.1). $validate: the
# resource is of the type of the address.
# Observation: a search is of the mode « all » (two bounds) or « last » (_sort and _count), and of no other (400).
UNTOLD = """
[[operations]]
include-path-regex = "^/fhir/?$|^/fhir/Appointment|^/fhir/DocumentReference/.id.$"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx"]
negative_data_rejection.expected-statuses = ["4xx", "5xx"]
[[operations]]
include-path-regex = "^/fhir/Observation$"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409", "429", "5xx"]
[[operations]]
include-path-regex = "^/(authorize|espace|revoke|token)$|^/validator/"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "429", "5xx"]
negative_data_rejection.expected-statuses = ["302", "4xx", "5xx"]
"""


@pytest.mark.parametrize("tag", ["fhir", "authorization", "control"])
def test_the_description_is_true(tag: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(UNTOLD, encoding="utf-8")
    report = tmp_path / "report.ndjson"
    still = Settings(clock=datetime(2026, 11, 22, tzinfo=UTC))  # tokens outlive the run
    with Sandbox.start(tls=False, settings=still) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        identity = Partner(sandbox.descriptor, http).pair()
        headers = [part for name, value in identity.headers.items() for part in ("-H", f"{name}: {value}")]
        command = [
            Path(sys.executable).with_name("st"), "--config-file", tmp_path / "schemathesis.toml",
            "run", f"{sandbox.url}/openapi.json", *headers, "--include-tag", tag, "--checks", "all",
            "--phases", PHASES, "--max-examples", EXAMPLES or "5", "--seed", "1",
            "--continue-on-failure", "--warnings", "off",
            "--report", "ndjson", "--report-ndjson-path", report,
        ]  # fmt: skip
        environment = {
            "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "SANDBOX_PERSON": identity.subject, "PYTHONPATH": str(HERE),
            "PATH": "",
        }  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=900)
        bugs = [entry for entry in http.get("/_sandbox/journal").json()["entries"] if "bug" in entry]
    told = done.stdout + done.stderr
    failures = told.partition("= FAILURES")[2].partition("= SUMMARY")[0]
    assert failures == "", failures
    assert "Schema Error" not in told, told
    assert bugs == []
    assert "Test cases:" in told
    assert _sent(report) >= (5000 if EXAMPLES and tag == "fhir" else 50)


def _sent(report: Path) -> int:
    """How many requests the tool made."""
    events = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    finished = [event["ScenarioFinished"]["recorder"] for event in events if "ScenarioFinished" in event]
    return sum(len(recorder.get("interactions", ())) for recorder in finished)
