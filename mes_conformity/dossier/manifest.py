"""`dossier.json`: what the dossier is, what it was judged with, and the digest and size of every file.

It lists every file but itself and `seal.json`, which speaks of it. The JSON Schema `dossier-1` publishes the format;
the checks here are the ones that verification stands on, written out so that verifying needs no schema library.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mes_conformity import __version__
from mes_conformity.dossier import container
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.verdicts import judge
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness import har

NAME, SEAL = "dossier.json", "seal.json"
EXCHANGES = "/exchanges.har"
FORMAT = "mes-conformity-dossier/1"
_RECORD = {"path", "size", "sha256"}
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


class FileRecord(NamedTuple):
    """What the manifest says of one file: size in bytes, SHA-256 in lower-case hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read: its data, its files and last links by path, the moment of the archive."""

    data: Mapping[str, Any]
    files: Mapping[str, FileRecord]
    chains: Mapping[str, str]
    moment: datetime


def draw(
    files: Mapping[str, bytes],
    run: Mapping[str, Any],
    *,
    created_at: str,
    moment: datetime,
    not_run: Sequence[str] = (),
) -> dict[str, Any]:
    """The manifest of `files` (all but itself and the seal), judged by `run` (schema `run-1`).

    `not_run` are the cases of its suites that the run did not play: a dossier says what it left out.
    """
    return {
        "schema_version": 1,
        "format": FORMAT,
        "created_at": created_at,
        "archive": {"moment": instant(moment)},
        "tool": {"name": "mes-conformity", "version": __version__},
        "service": run["service"],
        "catalogue": run.get("catalogue"),
        "suites": run["suites"],
        "contracts": run["contracts"],
        "target": run["run"]["target"],
        "run": {key: run["run"][key] for key in ("id", "started_at", "ended_at")},
        "summary": run["summary"],
        "verdict": judge(run["cases"]).to_json(),
        "not_run": list(not_run),
        "chains": {path: last for path in sorted(files) if (last := last_link(path, files[path])) is not None},
        "files": [
            {"path": path, "size": len(files[path]), "sha256": sha256(files[path])}
            for path in sorted(files, key=lambda text: text.encode())
        ],
    }


def last_link(path: str, data: bytes) -> str | None:
    """The last link of the chain of exchanges in `data` (see `har.links`); None for what is no such record."""
    if not path.endswith(EXCHANGES) or not data.endswith(har.TAIL):
        return None
    return sha256(data[: -len(har.TAIL)])


def parse(raw: bytes) -> Manifest:
    """The manifest in `raw`. Raises InvalidInput `DOS008` (not a manifest) or `DOS015` (a newer format)."""
    data = json_documents.parse(raw, NAME, max_depth=len(raw))  # the parser's own limit does: this is read each time
    if not isinstance(data, dict):
        raise _invalid(both("le manifeste n'est pas un objet JSON"))
    if data.get("schema_version") != 1 or data.get("format") != FORMAT:
        raise InvalidInput(
            "DOS015",
            both("ce dossier suit une version de format que cet outil ne connaît pas"),
            location=Location(NAME),
            expected=FORMAT,
            obtained=printable(str(data.get("format"))),
            hint=both("mettez mes-conformity à jour"),
        )
    files = _files(data.get("files"))
    return Manifest(data, files, _chains(data.get("chains", {}), files), _moment(data.get("archive")))


def _chains(told: Any, files: Mapping[str, FileRecord]) -> dict[str, str]:
    """The last links, absent from the dossiers of the first versions."""
    if not isinstance(told, dict) or not all(isinstance(link, str) for link in told.values()) or set(told) - set(files):
        raise _invalid(both("le manifeste décrit mal ses chaînes d'échanges"))
    return told


def _files(listed: Any) -> dict[str, FileRecord]:
    if not isinstance(listed, list):
        raise _invalid(both("le manifeste ne liste pas de fichiers"))
    files: dict[str, FileRecord] = {}
    for entry in listed:
        if not isinstance(entry, dict) or entry.keys() != _RECORD:
            raise _invalid(both("le manifeste décrit mal un de ses fichiers"))
        path, size, digest = entry["path"], entry["size"], entry["sha256"]
        if type(path) is not str or type(size) is not int or type(digest) is not str:
            raise _invalid(both("le manifeste décrit mal un de ses fichiers"))
        if path in files or not _SHA256.match(digest):
            raise _invalid(both("le manifeste décrit mal le fichier « {path} »", path=printable(path)))
        files[path] = FileRecord(size, digest)
    for path in sorted(files.keys() & {NAME, SEAL}):
        raise _invalid(both("le manifeste décrit mal le fichier « {path} »", path=path))
    return files


def _moment(described: Any) -> datetime:
    match described:
        case {"moment": str(text)} if _INSTANT.match(text):
            try:
                moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            except ValueError:
                moment = datetime.min.replace(tzinfo=UTC)
            if moment == container.clamp(moment):
                return moment
    raise _invalid(both("le manifeste ne dit pas à quelle date l'archive est datée"))


def _invalid(message: Text) -> InvalidInput:
    return InvalidInput("DOS008", message, location=Location(NAME))


def instant(moment: datetime) -> str:
    """`2026-11-22T20:10:18Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
