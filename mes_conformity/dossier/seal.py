"""`seal.json`: a DSSE envelope around an in-toto statement over the manifest.

Without a signature it proves nothing about who made the dossier: it ties the manifest to its result, and its bytes are
entirely determined by the manifest, so that any change shows.

Sources: DSSE protocol v1.0.0 (secure-systems-lab), in-toto attestation Statement v1, Test Result predicate v0.1.
"""

import base64
from collections.abc import Mapping
from typing import Any

from mes_conformity.dossier.manifest import NAME
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.digests import canonical, sha256

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_RESULTS = {"passed": "PASSED", "failed": "FAILED", "inconclusive": "WARNED"}


def statement(manifest: bytes, data: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto statement: subject `dossier.json` by digest, predicate the result, configuration what judged it."""
    verdict = data["verdict"]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": NAME, "digest": {"sha256": sha256(manifest)}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": _RESULTS.get(verdict["outcome"], "WARNED"),
            "configuration": [
                {"name": item["name"], "digest": {"sha256": item["sha256"]}}
                for item in (*data["suites"], *data["contracts"])
            ],
            "failedTests": verdict["refusing"],
            "warnedTests": sorted({*verdict["advisory"], *verdict["anomalies"], *verdict["undecided"]}),
        },
    }


def draw(manifest: bytes, data: Mapping[str, Any]) -> bytes:
    """The bytes of an unsigned seal over `manifest`, whose parsed form is `data`."""
    payload = base64.b64encode(canonical(statement(manifest, data))).decode()
    return json_documents.dump({"payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": []}).encode()
