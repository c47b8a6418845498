"""`seal.json`: a DSSE envelope around an in-toto statement over the manifest.

Without a signature it proves nothing about who made the dossier: it ties the manifest to its result, and its bytes are
entirely determined by the manifest, so that any change shows.

Sources: DSSE protocol v1.0.0 (secure-systems-lab), in-toto attestation Statement v1, Test Result predicate v0.1.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from mes_conformity.dossier.manifest import NAME
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.digests import canonical, sha256

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_RESULTS = {"passed": "PASSED", "failed": "FAILED", "inconclusive": "WARNED"}


def statement(manifest: bytes, data: Mapping[str, Any], signer: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The in-toto statement: subject `dossier.json` by digest, predicate the result, configuration what judged it.

    `signer` (`{keyid, certificates: [sha256…]}`) stands inside what is signed, so that nobody can hang another
    certificate on a signature.
    """
    verdict = data["verdict"]
    predicate = {
        "result": _RESULTS.get(verdict["outcome"], "WARNED"),
        "configuration": [
            {"name": item["name"], "digest": {"sha256": item["sha256"]}}
            for item in (*data["suites"], *data["contracts"])
        ],
        "failedTests": verdict["refusing"],
        "warnedTests": sorted({*verdict["advisory"], *verdict["anomalies"], *verdict["undecided"]}),
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": NAME, "digest": {"sha256": sha256(manifest)}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": predicate if signer is None else {**predicate, "signer": dict(signer)},
    }


def payload(manifest: bytes, data: Mapping[str, Any], signer: Mapping[str, Any] | None = None) -> bytes:
    """The canonical bytes of the statement: what a signature is made over (within `pae`)."""
    return canonical(statement(manifest, data, signer))


def pae(body: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The bytes that are signed. Source: DSSE protocol v1.0.0, "Signature Definition" (pre-authentication encoding)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def envelope(body: bytes, signatures: Sequence[Mapping[str, Any]] = (), payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The bytes of a DSSE envelope around `body`."""
    encoded = base64.b64encode(body).decode()
    shape = {"payloadType": payload_type, "payload": encoded, "signatures": [dict(item) for item in signatures]}
    return json_documents.dump(shape).encode()


def draw(manifest: bytes, data: Mapping[str, Any]) -> bytes:
    """The bytes of an unsigned seal over `manifest`, whose parsed form is `data`."""
    return envelope(payload(manifest, data))
