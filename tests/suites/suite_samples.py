"""Small suites, answers and records to judge: written as YAML, as their authors would."""

import json
from textwrap import dedent, indent
from typing import Any

from mes_conformity.suites.evidence import ActionRecord, Exchange, Failure, Record, Request, Response, Tls
from mes_conformity.suites.loader import Library, from_documents
from mes_conformity.suites.model import Case

CONTRACT = b"""\
schema_version: 1
contract: petit
version: "1.0"
title: {fr: Petit, en: Small}
values:
  fhir_path: {value: /fhir, basis: assumption, source: test}
  media_type: {value: application/fhir+json, basis: assumption, source: test}
  id_token_header: {value: X-Id-Token, basis: assumption, source: test}
  errors:
    refused: {value: {status: 403, text: Consent not given}, basis: assumption, source: test}
"""

HEAD = """\
schema_version: 1
suite: {suite}
kind: {kind}
contract: petit@1.0
title: {{fr: Suite, en: Suite}}
"""


def case_text(steps: str, *, case_id: str = "T-01", subject: str = "target", more: str = "") -> str:
    """One case of a suite, its steps and its other keys given as YAML."""
    text = f"""\
- id: {case_id}
  title: {{fr: Un cas, en: A case}}
  subject: {subject}
  basis: republished
  requirements: [x-essai]
  source: "Essai, §1"
  remedy: {{fr: Corrigez., en: Fix it.}}
"""
    if "broken_by" not in more:
        text += "  broken_by: [value-altered]\n"
    if more:
        text += indent(dedent(more).strip() + "\n", "  ")
    return text + "  steps:\n" + indent(dedent(steps).strip() + "\n", "    ")


def suite_text(*cases: str, suite: str = "essai", kind: str = "connection", more: str = "") -> bytes:
    """A whole suite."""
    head = HEAD.format(suite=suite, kind=kind) + dedent(more)
    return (head + "cases:\n" + indent("".join(cases), "  ")).encode()


def documents(*cases: str, **keys: Any) -> dict[str, bytes]:
    """The files of a folder with one suite and its contract."""
    kind = keys.get("kind", "connection")
    return {f"{kind}/essai.yaml": suite_text(*cases, **keys), "contracts/petit-1.0.yaml": CONTRACT}


def library(*cases: str, **keys: Any) -> Library:
    """The suites of `documents`, read and checked."""
    return from_documents(documents(*cases, **keys))


def one_case(steps: str, **keys: Any) -> tuple[Library, Case]:
    """A library of one case, and the case."""
    kind = keys.pop("kind", "connection")
    made = library(case_text(steps, **keys), kind=kind)
    return made, made.cases[0]


def answered(
    body: Any = None,
    status: int = 200,
    media_type: str = "application/fhir+json",
    url: str = "https://cible/fhir",
    **headers: str,
) -> Exchange:
    """An exchange with an answer; `body` is JSON data, or bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = (("Content-Type", media_type), *((name.replace("_", "-"), value) for name, value in headers.items()))
    tls = Tls("1.3", "TLS_AES_256_GCM_SHA384", True)
    return Exchange(Request("GET", url), Response(status, pairs, raw), None, "2026-11-22T12:00:00Z", 12, tls)


def unanswered(kind: str, detail: str = "essai") -> Exchange:
    """An exchange that failed."""
    return Exchange(Request("GET", "https://cible/fhir"), None, Failure(kind, detail), "2026-11-22T12:00:00Z", 12)


def sent(exchange: Exchange, step: int = 1, iteration: int = 0) -> Record:
    """The record of a request."""
    return Record(iteration, step, exchange=exchange)


def used(name: str, result: Any, step: int = 1, iteration: int = 0, **inputs: Any) -> Record:
    """The record of an action."""
    return Record(iteration, step, action=ActionRecord(name, inputs, result))
