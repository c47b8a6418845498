import base64
import json

from mes_conformity.dossier import container
from mes_conformity.foundation.digests import sha256


def test_the_seal_is_a_dsse_envelope_without_signature(sealed: bytes) -> None:
    envelope = json.loads(container.unpack(sealed)["seal.json"])
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert envelope["signatures"] == []


def test_the_statement_names_the_manifest_by_digest(sealed: bytes) -> None:
    files = container.unpack(sealed)
    statement = json.loads(base64.b64decode(json.loads(files["seal.json"])["payload"], validate=True))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "dossier.json", "digest": {"sha256": sha256(files["dossier.json"])}}]
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert statement["predicate"]["result"] == "FAILED"
    assert statement["predicate"]["failedTests"] == ["MES-U-02"]
