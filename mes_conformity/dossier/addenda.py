"""An addendum: one step of the review of a dossier, in one file that travels beside it.

A DSSE envelope around an in-toto statement, sealed like a dossier: it names the dossier and the addendum before it by
their digests, and no byte of it is free. The envelope is drawn again from what was read in it and compared; what was
not signed is held by the digest that the statement carries of itself.

Sources: DSSE protocol v1.0.0 (secure-systems-lab), in-toto attestation Statement v1, RFC 8032 (Ed25519).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from mes_conformity.dossier import keys, seal, signing
from mes_conformity.dossier.keys import Signer
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.signing import Signature
from mes_conformity.foundation import json_documents, shapes
from mes_conformity.foundation.digests import canonical, digest, sha256
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.pointers import to_pointer

SUFFIX: Final = ".mesaddendum.json"
SCHEMA: Final = "addendum-1"
MAX_BYTES: Final = 4 * 1024 * 1024
_TYPE: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "urn:mes-conformity:addendum:1"

Role = Literal["expert", "publisher"]
State = Literal["submitted", "changes_requested", "closed"]


@dataclass(frozen=True, slots=True)
class Author:
    """Who says it, and as whom. Only a signature proves it."""

    role: Role
    name: str
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The dossier that an addendum speaks of: name and digest of its file, digest of its manifest, its service.

    The manifest is what identifies it: signing a dossier changes its file and not its manifest.
    """

    name: str
    sha256: str
    manifest: str
    publisher: str | None
    product: str | None
    version: str | None

    @property
    def service(self) -> tuple[str | None, ...]:
        """What its dossiers have in common, whatever the version."""
        return self.publisher, self.product


@dataclass(frozen=True, slots=True)
class Seen:
    """What one requirement showed: its answer, the digests (or addresses) of its evidence, its cases and outcomes."""

    status: str
    answer: str
    evidence: tuple[str, ...]
    cases: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """`{status, answer, evidence, cases}`."""
        return {
            "status": self.status,
            "answer": self.answer,
            "evidence": list(self.evidence),
            "cases": dict(self.cases),
        }


@dataclass(frozen=True, slots=True)
class Raised:
    """A finding as it was raised. `requirement` None: the dossier as a whole."""

    id: str
    requirement: str | None
    kind: str
    statement: str
    seen: Seen
    recommendation: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding as the schema has it."""
        more = {} if self.recommendation is None else {"recommendation": self.recommendation}
        return {
            "id": self.id,
            "requirement": self.requirement,
            "kind": self.kind,
            "statement": self.statement,
            **more,
            "seen": self.seen.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an earlier finding: `word` is an expert's `closed`, `maintained`, or a publisher's action."""

    finding: str
    word: str
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Addendum:
    """An addendum, drafted or read. Of one that was read: digest and name of its file, its bytes, its signature."""

    number: int
    round: int
    previous: str | None
    state: State
    author: Author
    at: str
    subject: Subject
    message: str | None = None
    findings: tuple[Raised, ...] = ()
    decisions: tuple[Said, ...] = ()
    replies: tuple[Said, ...] = ()
    sha256: str = ""
    path: str = ""
    signature: Signature | None = None
    raw: bytes = field(default=b"", repr=False)


def seal_up(draft: Addendum, signer: Signer | None) -> Addendum:
    """The addendum as a file: `raw`, `sha256`, signed by `signer`. The same inputs give the same bytes.

    Raises InvalidInput `SIG005` where the certificates do not speak for the key at the date of the addendum, `REV001`
    where the draft is not what the schema wants (a text too long…).
    """
    named = None if signer is None else signing.named(signer.public_key, signer.certificates)
    statement = _statement(draft, named)
    for pointer, message in _faults(statement):
        raise _unreadable(draft.path, message, to_pointer(pointer))
    body = canonical(statement)
    if signer is not None and signer.certificates:
        fault = keys.chain_fault(signer.certificates, signer.public_key, _instant(draft.at))
        if fault is not None:
            message = both("les certificats ne vont pas avec la clé, ou ne valent pas à la date de l'addendum")
            raise InvalidInput("SIG005", message, obtained=fault)
    raw = seal.envelope(body) if signer is None else signing.envelope(body, signer)
    if len(raw) > MAX_BYTES:
        raise _unreadable(draft.path, both("l'addendum est trop gros"))
    return read(raw, draft.path)


def _statement(draft: Addendum, signer: Mapping[str, Any] | None) -> dict[str, Any]:
    subject, author = draft.subject, draft.author
    predicate: dict[str, Any] = {
        "schema_version": 1,
        "number": draft.number,
        "round": draft.round,
        "previous": draft.previous,
        "state": draft.state,
        "author": _known({"role": author.role, "name": author.name, "organisation": author.organisation}),
        "at": draft.at,
        "dossier": {
            "publisher": subject.publisher,
            "product": subject.product,
            "version": subject.version,
        },
        **_known({"message": draft.message}),
        "findings": [item.to_json() for item in draft.findings],
        "decisions": [_said(item, "outcome") for item in draft.decisions],
        "replies": [_said(item, "action") for item in draft.replies],
        **_known({"signer": signer}),
    }
    statement = {
        "_type": _TYPE,
        "subject": [
            {"name": "dossier.json", "digest": {"sha256": subject.manifest}},
            {"name": subject.name, "digest": {"sha256": subject.sha256}},
        ],
        "predicateType": _PREDICATE,
        "predicate": predicate,
    }
    return {**statement, "predicate": {**predicate, "id": digest(statement)}}


def _known(pairs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pairs.items() if value is not None}


def _said(item: Said, word: str) -> dict[str, Any]:
    return _known({"finding": item.finding, word: item.word, "statement": item.statement})


def read(raw: bytes, name: str) -> Addendum:
    """The addendum in `raw`, whatever the bytes; `name` is told in errors.

    Raises InvalidInput `REV001` (none, or unreadable), `REV002` (altered), `REV003` (a signature that does not hold).
    """
    if len(raw) > MAX_BYTES:
        raise _unreadable(name, both("l'addendum est trop gros"))
    try:
        envelope = json_documents.parse(raw, name)
        body = base64.b64decode(envelope["payload"], validate=True)
        statement = json_documents.parse(body, name)
        found = signing.parts(envelope)
        same = canonical(statement) == body
    except (InvalidInput, LookupError, TypeError, ValueError, binascii.Error) as error:
        raise _unreadable(name, both("ce n'est pas un addendum, ou il est abîmé"), type(error).__name__) from None
    except signing.Broken as broken:
        raise _broken(name, str(broken)) from None
    for pointer, message in _faults(statement):
        raise _unreadable(name, message, to_pointer(pointer))
    try:
        at = _instant(statement["predicate"]["at"])
    except ValueError:  # a leap second is a date-time that no clock here can hold
        raise _unreadable(name, both("la date de cet addendum n'existe pas")) from None
    written = seal.envelope(body) if found is None else signing.redraw(body, found)
    if not same or written != raw or _id(statement) != statement["predicate"]["id"]:
        message = both("cet addendum a été modifié après son scellement")
        raise InvalidInput("REV002", message, location=Location(printable(name)), hint=AGAIN)
    addendum = _addendum(statement, raw, name)
    return replace(addendum, signature=_signature(statement, body, found, at, name))


AGAIN: Final = both("demandez à nouveau ce fichier à son auteur")


def _id(statement: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in statement["predicate"].items() if key != "id"}
    return digest({**statement, "predicate": rest})


def _signature(
    statement: Mapping[str, Any], body: bytes, found: signing.Parts | None, at: datetime, name: str
) -> Signature | None:
    """The signature that holds. What is signed names its signer: none can be taken off or hung on."""
    named = statement["predicate"].get("signer")
    if found is None and named is None:
        return None
    try:
        if found is None or signing.named(found.key, found.certificates) != named:
            raise signing.Broken("the signature is not by the signer that the content names")
        return signing.check(body, found, at)
    except signing.Broken as broken:
        raise _broken(name, str(broken)) from None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _faults(statement: Any) -> list[tuple[Any, Text]]:
    """The first thing that the schema refuses; the slow validator is loaded only where there is one."""
    if shapes.holds(statement, SCHEMA):
        return []
    from mes_conformity.foundation import schemas

    found: list[tuple[Any, Text]] = [*schemas.errors(statement, SCHEMA)[:1]]
    return found or [((), both("ce n'est pas un addendum, ou il est abîmé"))]


def _addendum(statement: Mapping[str, Any], raw: bytes, name: str) -> Addendum:
    manifest, file = statement["subject"]
    data = statement["predicate"]
    subject = Subject(file["name"], file["digest"]["sha256"], manifest["digest"]["sha256"], **data["dossier"])
    return Addendum(
        data["number"],
        data["round"],
        data["previous"],
        data["state"],
        Author(**data["author"]),
        data["at"],
        subject,
        data.get("message"),
        tuple(_raised(item) for item in data["findings"]),
        tuple(Said(item["finding"], item["outcome"], item.get("statement")) for item in data["decisions"]),
        tuple(Said(item["finding"], item["action"], item["statement"]) for item in data["replies"]),
        sha256(raw),
        name,
        raw=raw,
    )


def _raised(item: Mapping[str, Any]) -> Raised:
    seen = item["seen"]
    return Raised(
        item["id"],
        item["requirement"],
        item["kind"],
        item["statement"],
        Seen(seen["status"], seen["answer"], tuple(seen["evidence"]), seen["cases"]),
        item.get("recommendation"),
    )


def _unreadable(name: str, message: Text, obtained: str | None = None) -> InvalidInput:
    return InvalidInput("REV001", message, location=Location(printable(name)), obtained=obtained, hint=AGAIN)


def _broken(name: str, why: str) -> InvalidInput:
    message = both("la signature de cet addendum ne tient pas : il a été modifié, ou signé d'autre chose")
    return InvalidInput("REV003", message, location=Location(printable(name)), obtained=why, hint=AGAIN)
