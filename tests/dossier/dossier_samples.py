"""A small workspace with one run, written by hand: every outcome, every kind of contradiction."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mes_conformity.foundation.yaml_documents import dump

SERVICE = {
    "publisher": "Laboratoire Fictif",
    "product": "Glyco Suivi",
    "version": "2.4.1",
    "platform": "Android 15",
    "solution_oid": "1.2.840.10004.1.1.1.0.0.1.0.0.1",
}
BUNDLE = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": []}).encode()
EVIDENCE = b"TLS 1.3, TLS_AES_256_GCM_SHA384\n"
WRITE = "API Mesures 1.5.2 (21/07/2023), §2.2.2"
READ = "API Mesures 1.5.2 (21/07/2023), §2.3"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check(kind: str, outcome: str = "passed", expected: str = "200", obtained: str = "200") -> dict[str, Any]:
    return {"check": kind, "outcome": outcome, "expected": expected, "obtained": obtained, "where": "étape 2"}


def entry(case: str, title: str, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    data = {
        "id": case,
        "suite": "measures-write",
        "kind": "connection",
        "subject": "service",
        "title": {"fr": title, "en": f"{title} (en)"},
        "requirements": ["x-ech-mesures-ecriture"],
        "basis": "republished",
        "obligation": "mandatory",
        "source": WRITE,
        "outcome": outcome,
        "advisory": False,
        "reason": None,
        "duration_ms": 12,
        "checks": [check("status")],
        "remedy": {
            "fr": "Comparez le Bundle envoyé à l'OperationOutcome reçu.",
            "en": "Compare the Bundle sent with the OperationOutcome received.",
        },
        "folder": f"cases/{case}",
    }
    return {**data, **more}


def reason(code: str, fr: str, en: str) -> dict[str, str]:
    return {"code": code, "fr": fr, "en": en}


def entries() -> list[dict[str, Any]]:
    unit: dict[str, Any] = {
        "suite": "measures-artefacts",
        "kind": "unit",
        "checks": [check("rules", expected="aucun écart", obtained="aucun écart")],
    }
    read: dict[str, Any] = {"suite": "measures-read", "source": READ}
    missing = "L'observation ne porte pas de valeur"
    return [
        entry("MES-U-01", "Le lot porte une seule observation", **unit),
        entry(
            "MES-U-02",
            "La mesure porte une valeur",
            "failed",
            **{
                **unit,
                "requirements": ["x-ech-mesures-codes"],
                "checks": [check("rules", "failed", "measures/value-present", missing)],
            },
        ),
        entry(
            "MES-U-03",
            "L'appareil est décrit",
            "skipped",
            **{
                **unit,
                "checks": [],
                "reason": reason("not_applicable", "aucun appareil connecté", "no connected device"),
            },
        ),
        entry("MES-W-01", "La mesure produite par le service est acceptée, puis relue à l'identique"),
        entry(
            "MES-W-12",
            "Sans consentement d'écriture, l'écriture est refusée (403)",
            subject="target",
            requirements=["x-ech-consentement"],
        ),
        entry("MES-R-02", "La dernière mesure est rendue", **{**read, "requirements": ["x-ech-mesures-lecture"]}),
        entry(
            "MES-R-09",
            "Une page de plus de 100 résultats est refusée",
            "failed",
            **{
                **read,
                "subject": "target",
                "requirements": ["x-ech-pagination"],
                "checks": [check("status", "failed", "400", "200")],
            },
        ),
        entry(
            "MES-R-10",
            "La pagination suit les liens",
            "skipped",
            **{
                **read,
                "requirements": ["x-ech-pagination"],
                "checks": [],
                "reason": reason("prerequisite_missing", "MES-R-09 n'a pas réussi", "MES-R-09 did not pass"),
            },
        ),
        entry(
            "APP-04",
            "Le jeton de rafraîchissement est renouvelé",
            "failed",
            suite="pairing",
            basis="assumption",
            advisory=True,
            source="RFC 6749, §6",
            requirements=["x-ech-jetons"],
            checks=[check("json", "failed", "un nouveau jeton", "l'ancien jeton")],
        ),
        entry(
            "APP-05",
            "La révocation est prise en compte",
            "error",
            suite="pairing",
            subject="target",
            basis="published",
            source="RFC 7009, §2",
            requirements=["x-ech-revocation"],
            checks=[],
            reason=reason("timeout", "la cible n'a pas répondu en 10 s", "the target did not answer within 10 s"),
        ),
    ]


def exchange(
    status: int = 200, body: str = '{"resourceType": "Bundle", "type": "transaction-response"}'
) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-11-22T11:59:00Z",
        "time": 12,
        "request": {
            "method": "POST",
            "url": "https://127.0.0.1:8443/mesures/fhir/",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                {"name": "Content-Type", "value": "application/fhir+json"},
                {"name": "Authorization", "value": "[expurgé]"},
            ],
            "queryString": [],
            "postData": {"mimeType": "application/fhir+json", "text": BUNDLE.decode()},
            "headersSize": -1,
            "bodySize": len(BUNDLE),
        },
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Content-Type", "value": "application/fhir+json"}],
            "content": {"size": len(body), "mimeType": "application/fhir+json", "text": body},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 12, "receive": 0},
    }


def har(exchanges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "mes-conformity", "version": "0.1.0"}, "entries": exchanges}}


def run_document(cases: list[dict[str, Any]]) -> dict[str, Any]:
    counted = [case["outcome"] for case in cases]
    return {
        "schema_version": 1,
        "run": {
            "id": "20261122T115900Z-0001",
            "target": {"name": "embedded", "url": "https://127.0.0.1:8443", "kind": "embedded"},
            "started_at": "2026-11-22T11:59:00Z",
            "ended_at": "2026-11-22T11:59:07Z",
        },
        "tool": {"name": "mes-conformity", "version": "0.1.0"},
        "service": SERVICE,
        "facts": {"data_exchange": "read_write", "measures_exchange": "read_write"},
        "catalogue": None,
        "suites": [
            {"id": suite, "kind": kind, "name": f"{kind}/{suite}.yaml", "sha256": sha(suite.encode())}
            for suite, kind in (
                ("measures-artefacts", "unit"),
                ("measures-write", "connection"),
                ("measures-read", "connection"),
                ("pairing", "connection"),
            )
        ],
        "contracts": [
            {
                "id": "mes-measures",
                "version": "1.5.2",
                "name": "contracts/mes-measures-1.5.2.yaml",
                "sha256": sha(b"contract"),
            }
        ],
        "artefacts": [
            {"path": "artefacts/glycemie.json", "kind": "measure-bundle", "sha256": sha(BUNDLE), "size": len(BUNDLE)}
        ],
        "summary": {outcome: counted.count(outcome) for outcome in ("passed", "failed", "error", "skipped")},
        "cases": cases,
    }


def write_run(
    folder: Path, cases: list[dict[str, Any]] | None = None, exchanges: Mapping[str, list[dict[str, Any]]] | None = None
) -> Path:
    """A run folder: run.json and one folder per case, unit cases with an artefact, the others with one exchange."""
    cases = entries() if cases is None else cases
    write_json(folder / "run.json", run_document(cases))
    for case in cases:
        sent = (exchanges or {}).get(case["id"], [exchange(400 if case["outcome"] == "failed" else 200)])
        sent = [] if case["kind"] == "unit" or case["outcome"] == "skipped" else sent
        artefact = {"path": "artefacts/glycemie.json", "kind": "measure-bundle", "sha256": sha(BUNDLE)}
        records: list[dict[str, Any]] = [
            {"iteration": 0, "step": number, "kind": "request", "action": None, "exchange": number, "artefact": None}
            for number in range(len(sent))
        ]
        if case["kind"] == "unit" and case["checks"]:
            action = {"name": "artefact", "inputs": {"kind": "measure-bundle"}, "result": None}
            records.append(
                {"iteration": 0, "step": 0, "kind": "use", "action": action, "exchange": None, "artefact": artefact}
            )
        write_json(folder / case["folder"] / "case.json", {"schema_version": 1, "case": case, "records": records})
        if sent:
            write_json(folder / case["folder"] / "exchanges.har", har(sent))
    return folder


def write_json(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def answer(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "provenance": {"origin": "person", "at": "2026-11-20T09:00:00Z", "by": "camille"}, **more}


def assessment() -> dict[str, Any]:
    evidence = {
        "id": "ev-1",
        "title": "Trace TLS",
        "path": "evidence/tls.txt",
        "sha256": sha(EVIDENCE),
        "size": len(EVIDENCE),
        "media_type": "text/plain",
        "added_at": "2026-11-20T09:05:00Z",
    }
    return {
        "schema_version": 1,
        "assessment": {
            "id": "00000000-0000-4000-8000-000000000001",
            "state": "draft",
            "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-22T10:00:00Z",
            "tool": {"name": "mes-conformity", "version": "0.1.0"},
        },
        "catalogue": {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64},
        "subject": {key: SERVICE[key] for key in ("publisher", "product", "version", "platform")},
        "facts": {
            "data_exchange": {"value": "read_write", "provenance": {"origin": "person", "at": "2026-11-20T08:01:00Z"}}
        },
        "answers": {
            "x-ech-mesures-ecriture": answer("conform", comment="Vérifié en recette interne."),
            "x-ech-mesures-codes": answer("conform"),
            "x-ech-tls": answer("conform", evidence=[evidence]),
            "x-ech-consentement": answer("partial", comment="L'écran de retrait arrive en 2.5."),
            "x-ech-mesures-appareil": answer(
                "not_applicable", justification="Le service n'utilise aucun appareil connecté."
            ),
            "x-ech-jetons": answer("non_conform"),
        },
        "findings": [
            {
                "id": "C-1",
                "requirement": "x-ech-jetons",
                "kind": "minor_nonconformity",
                "statement": "Le jeton n'est pas renouvelé.",
                "state": "open",
                "origin": "self",
            }
        ],
        "actions": [
            {
                "id": "A-1",
                "requirement": "x-ech-jetons",
                "title": "Renouveler le jeton à chaque usage",
                "owner": "équipe mobile",
                "due_on": "2027-01-31",
                "state": "to_do",
            }
        ],
        "waivers": [
            {
                "id": "D-1",
                "requirement": "x-ech-pagination",
                "justification": "Sans objet tant que l'historique tient en une page.",
                "expires_on": "2027-03-31",
            }
        ],
    }


def write_workspace(root: Path, cases: list[dict[str, Any]] | None = None) -> Path:
    """A workspace under `root`; gives back its run folder."""
    for name, data in (("artefacts/glycemie.json", BUNDLE), ("evidence/tls.txt", EVIDENCE)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "assessment.yaml").write_text(dump(assessment()), encoding="utf-8")
    return write_run(root / "reports" / "runs" / "20261122T115900Z-0001", cases)


SUITE = """\
schema_version: 1
suite: petite
kind: unit
title: {fr: Petite suite, en: Small suite}
cases:
  - id: PET-01
    title: {fr: Le lot est une transaction, en: The bundle is a transaction}
    subject: service
    basis: republished
    requirements: [x-ech-mesures-ecriture]
    source: "API Mesures 1.5.2, §2.2.2"
    broken_by: [artefact-without-value]
    remedy: {fr: Corrigez le type., en: Fix the type.}
    for_each: measure-bundle
    steps:
      - use: artefact
        expect:
          equals:
            - {json: /content/type, to: transaction}
  - id: PET-02
    title: {fr: Le lot a des entrées, en: The bundle has entries}
    subject: service
    basis: assumption
    requirements: [x-ech-mesures-profil]
    source: "API Mesures 1.5.2, §2.2.3"
    broken_by: [artefact-without-value]
    remedy: {fr: Ajoutez une mesure., en: Add a measure.}
    for_each: measure-bundle
    steps:
      - use: artefact
        expect:
          equals:
            - {json: /content/entry/0/fullUrl, to: "urn:uuid:1"}
  - id: PET-03
    title: {fr: Sans objet ici, en: Not applicable here}
    subject: service
    basis: republished
    requirements: [x-ech-mesures-appareil]
    source: "API Mesures 1.5.2, §2.2.4"
    applicability: {fact: connected_device, is: true}
    broken_by: [artefact-without-value]
    remedy: {fr: Rien., en: Nothing.}
    for_each: measure-bundle
    steps:
      - use: artefact
        expect:
          equals:
            - {json: /content/type, to: transaction}
""".encode()
SUITES = {"unit/petite.yaml": SUITE}


def real_run(root: Path, env: Any) -> Path:
    """A workspace whose run was really played by the engine, on the small suite; gives back the run folder."""
    from mes_conformity.harness import engine
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.harness.selection import Selection
    from mes_conformity.suites.loader import from_documents

    write_workspace(root)
    service = engine.Service(
        SERVICE["publisher"],
        SERVICE["product"],
        SERVICE["version"],
        facts={"connected_device": False},
        artefacts=(Artefact("artefacts/glycemie.json", "measure-bundle", BUNDLE),),
    )
    result = engine.run(from_documents(SUITES), Selection(), service, env, root=root)
    assert result.folder is not None
    return result.folder


def dossier(root: Path, folder: Path | None = None, suites: Mapping[str, bytes] | None = None) -> bytes:
    """A sealed dossier: by hand, or of the run in `folder` with the suites given."""
    from mes_conformity.dossier import build, documents
    from mes_conformity.reporting.render import embedded

    folder = folder or write_workspace(root)
    contents = build.attest(build.collect(root, folder, None, suites or {}), "Android 15")
    return build.assemble(contents, embedded(documents.read(contents.files)), {})


def reseal(raw: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The dossier `raw` with files changed (None: removed) and all sealed again, as a forger would."""
    from mes_conformity.dossier import build, container

    files = dict(container.unpack(raw))
    files = {path: data for path, data in files.items() if path not in ("dossier.json", "seal.json")}
    for path, data in changes.items():
        files.pop(path, None)
        if data is not None:
            files[path] = data
    run = json.loads(files["run.json"])
    return build.assemble(build.Contents(files, run, run["run"]["ended_at"]), {}, {})


def changed(raw: bytes, path: str, change: Any) -> bytes:
    """A JSON file of the dossier `raw` after `change(data)`."""
    from mes_conformity.dossier import container

    data = json.loads(container.unpack(raw)[path])
    change(data)
    return json.dumps(data, ensure_ascii=False).encode()
