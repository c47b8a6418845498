"""The HTML report of 1,000 cases with 3,000 exchanges against reading and JSON-parsing the dossier it is drawn from.

Its size stands against 4 MB, the memory to draw it against the page: what is drawn is never held twice.
The exchanges have the shape and the weight of real ones: a bundle sent, a bundle received, the headers of both.
"""

import json
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row, best

CASES, EACH, SUITES = 1_000, 3, 10
MAX_BYTES = 4_000_000
OUTCOMES = ("passed",) * 17 + ("failed", "error", "skipped")
INSTANT = "2026-01-01T00:00:00Z"


def _bundle(number: int, kind: str) -> str:
    resource = {
        "resourceType": "Observation",
        "meta": {"profile": ["https://example.org/StructureDefinition/observation-bodyweight"]},
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"identifier": {"system": "urn:oid:1.2.840.10004.1.1.1", "value": f"idpe-fictif-{number:036d}"}},
        "effectiveDateTime": "2026-01-01T08:00:00+01:00",
        "valueQuantity": {"value": 60 + number % 40, "unit": "kg", "system": "http://unitsofmeasure.org"},
    }
    entry = {"fullUrl": f"urn:uuid:{number:032x}", "resource": resource}
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": [entry]})


def _exchange(number: int, outcome: str) -> dict[str, Any]:
    status = {"failed": 400, "error": 0}.get(outcome, 200)
    sent, received = _bundle(number, "transaction"), _bundle(number, "transaction-response") if status else ""
    identifier = f"{random.Random(number).getrandbits(48):012x}"
    return {
        "startedDateTime": INSTANT,
        "time": number % 40,
        "request": {
            "method": "POST",
            "url": f"https://127.0.0.1:8443/fhir/Observation?number={number}&_sort=-date",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(
                accept="application/fhir+json",
                content_type="application/fhir+json",
                authorization=f"Bearer [redacted:{identifier}]",
                x_id_token=f"[redacted:{identifier[::-1]}]",
            ),
            "queryString": [],
            "postData": {"mimeType": "application/fhir+json", "text": sent},
            "headersSize": -1,
            "bodySize": len(sent),
        },
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(
                date="Thu, 01 Jan 2026 00:00:00 GMT",
                cache_control="no-store",
                content_length=str(len(received)),
                content_type="application/fhir+json; charset=utf-8",
            ),
            "content": {"size": len(received), "mimeType": "application/fhir+json", "text": received},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(received),
        },
        "cache": {},
        "timings": {"send": 0, "wait": number % 40, "receive": 0},
        **({} if status else {"_failure": {"kind": "timeout", "detail": "10 s"}}),
    }


def _headers(**named: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]


def _case(number: int, requirements: list[str]) -> dict[str, Any]:
    outcome = OUTCOMES[number % len(OUTCOMES)]
    what = {"failed": ("failed", "400"), "error": ("error", "–")}.get(outcome, ("passed", "200"))
    check = {"check": "status", "outcome": what[0], "expected": "200", "obtained": what[1], "where": "POST /fhir"}
    return {
        "id": f"BENCH-{number:04d}",
        "suite": f"bench-{number * SUITES // CASES}",
        "kind": "connection",
        "subject": "target" if number % 3 else "service",
        "title": {"fr": f"La mesure numéro {number} est acceptée, puis relue à l’identique", "en": f"Thing {number}"},
        "requirements": [requirements[number % len(requirements)]],
        "basis": "republished",
        "obligation": "mandatory",
        "source": "API Mesures 1.5.2 (21/07/2023), §2.2.2",
        "outcome": outcome,
        "advisory": False,
        "reason": {"code": "not_applicable", "fr": "sans objet ici"} if outcome == "skipped" else None,
        "duration_ms": number % 40,
        "checks": [] if outcome == "skipped" else [check, {**check, "check": "fhirpath"}],
        "remedy": {"fr": "Comparez ce qui est parti à ce qui est revenu.", "en": "Compare."},
        "folder": f"cases/BENCH-{number:04d}",
    }


def files(cases: int = CASES, each: int = EACH) -> dict[str, bytes]:
    """The files of a dossier of `cases` cases with `each` exchanges, with the shipped catalogue, unsealed."""
    from mes_conformity.catalogue.loader import load_shipped

    catalogue = load_shipped()
    entries = [_case(number, [item.id for item in catalogue.requirements]) for number in range(cases)]
    found = {f"catalogue/{name}": raw for name, raw in catalogue.documents.items()}
    for number, entry in enumerate(entries):
        count = 0 if entry["outcome"] == "skipped" else each
        records = [{"iteration": 0, "step": n, "kind": "request", "exchange": n} for n in range(count)]
        data = {"schema_version": 1, "case": entry, "records": records}
        found[f"{entry['folder']}/case.json"] = json.dumps(data).encode()
        log = [_exchange(number * each + place, entry["outcome"]) for place in range(count)]
        har = {"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "entries": log}}
        found[f"{entry['folder']}/exchanges.har"] = json.dumps(har).encode()
    run = {
        "schema_version": 1,
        "run": {"id": "bench", "target": None, "started_at": INSTANT, "ended_at": INSTANT},
        "tool": {"name": "mes-conformity", "version": "0"},
        "service": {"publisher": "Fictif", "product": "Mesure", "version": "1"},
        "facts": {},
        "catalogue": {"id": catalogue.id, "version": catalogue.version, "sha256": catalogue.sha256},
        "suites": [],
        "contracts": [],
        "artefacts": [],
        "summary": {name: sum(e["outcome"] == name for e in entries) for name in sorted(set(OUTCOMES))},
        "cases": entries,
    }
    return {"run.json": json.dumps(run).encode(), **found}


def measure() -> Iterator[Row]:
    """In this process: the archive read, unpacked and parsed, against the page drawn from its documents."""
    from mes_conformity.dossier import container, documents
    from mes_conformity.reporting.render import render

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "one.mesdossier.zip"
        path.write_bytes(container.pack(files(), container.EPOCH))
        content = container.unpack(path.read_bytes())
        held = documents.read({name: content[name] for name in content})

        def parsed() -> list[object]:
            unpacked = container.unpack(path.read_bytes())
            return [json.loads(unpacked[name]) for name in unpacked if name.endswith((".json", ".har"))]

        reading = best(parsed)
        drawn = best(lambda: render(held, "html", "fr"), 3)
        yield Row(f"HTML of {CASES * EACH} exchanges / read and parse", drawn, reading, 20)
        tracemalloc.start()
        size = len(render(held, "html", "fr"))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield Row(f"HTML of {CASES * EACH} exchanges / 4 MB", size / 1e6, MAX_BYTES / 1e6, 1, "kB")
        yield Row("memory to draw it / the page itself", peak / 1e6, size / 1e6, 4, "kB")
