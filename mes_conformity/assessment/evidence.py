"""Evidence files: copied into the workspace under a safe name, with digest and size; checked against them later."""

import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mes_conformity.assessment.model import Answer, Assessment, Evidence
from mes_conformity.assessment.workspace import EVIDENCE, Workspace
from mes_conformity.catalogue.model import EvidenceNeed, Requirement
from mes_conformity.foundation import storage
from mes_conformity.foundation.digests import sha256, sha256_file
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location, UsageError
from mes_conformity.foundation.i18n import both

LIMIT = 50 * 1024 * 1024
NAME_LIMIT = 100
# The system's own table differs from one machine to the next; this one does not.
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".htm": "text/html",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".pem": "application/x-pem-file",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webm": "video/webm",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not what was added."""

    requirement: str
    evidence: Evidence
    kind: Literal["missing", "changed", "not_a_file"]
    obtained: str | None = None


def safe_name(name: str) -> str:
    """A file name that every system takes: ASCII letters, digits, `.`, `-` and `_`; never hidden, never reserved."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name given by anybody is no path yet
    end = _plain(suffix)[:12]
    kept = _plain(stem)[: NAME_LIMIT - len(end) - 1].rstrip("-._") or "preuve"
    safe = f"{kept}.{end}" if end else kept
    return f"preuve-{safe}" if _RESERVED.match(safe) else safe


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\.+", ".", re.sub(r"[^a-z0-9._-]+", "-", letters)).strip("-._")


def media_type(name: str) -> str:
    """The media type that the end of a name tells."""
    return _MEDIA_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def read_file(path: Path) -> bytes:
    """The content of a file given as evidence.

    Raises InvalidInput `EVD001` (not there, not a plain file, empty), `STO002`, `STO004` (over 50 MiB).
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidInput(
            "EVD001", both("ce fichier n'existe pas"), location=Location(str(path)), obtained=error.strerror
        ) from None
    if not stat.S_ISREG(mode):  # a pipe or a device would never end
        raise InvalidInput("EVD001", both("une preuve est un fichier ordinaire"), location=Location(str(path)))
    data = storage.read_bytes(path, LIMIT)
    if not data:
        raise InvalidInput("EVD001", both("ce fichier est vide"), location=Location(str(path)))
    return data


def copy_in(workspace: Workspace, source: Path, *, over: str | None = None) -> tuple[str, str, int]:
    """Copy a file into `evidence/`: (path from the workspace, SHA-256, size in bytes).

    The same content is kept once; `over` is the path of the file that it takes the place of. Raises Conflict `EVD002`
    where a link stands in the way, and what `read_file` raises.
    """
    data = read_file(source)
    name = Path(over).name if over else _free_name(workspace, source.name, data)
    target = workspace.path(EVIDENCE) / name
    if target.is_symlink() or workspace.path(EVIDENCE).is_symlink():
        raise Conflict("EVD002", both("un lien occupe la place de la preuve"), location=Location(f"{EVIDENCE}/{name}"))
    storage.write(target, data)
    return f"{EVIDENCE}/{name}", sha256(data), len(data)


def _free_name(workspace: Workspace, wanted: str, data: bytes) -> str:
    first = safe_name(wanted)
    stem, dot, suffix = first.rpartition(".") if "." in first else (first, "", "")
    for number in range(1, 10_000):
        name = first if number == 1 else f"{stem}-{number}{dot}{suffix}"
        path = workspace.path(EVIDENCE) / name
        if not os.path.lexists(path):
            return name
        if path.is_file() and path.stat().st_size == len(data) and sha256_file(path) == sha256(data):
            return name
    raise Conflict("EVD002", both("trop de preuves portent ce nom"), location=Location(f"{EVIDENCE}/{first}"))


def need_of(requirement: Requirement, answer: Answer | None, wanted: str | None) -> EvidenceNeed | None:
    """The need that a new piece answers: the one named, else the first without any. Raises UsageError `EVD003`."""
    if wanted is not None:
        for need in requirement.evidence:
            if need.id == wanted:
                return need
        known = ", ".join(need.id for need in requirement.evidence) or "—"
        raise UsageError(
            "EVD003",
            both("{name} ne demande pas la pièce « {need} »", name=requirement.id, need=wanted),
            expected=known,
        )
    brought = {item.satisfies for item in answer.evidence} if answer else set()
    needs = [need for need in requirement.evidence if need.kind != "test_run"]
    return next((need for need in needs if need.id not in brought), needs[-1] if needs else None)


def piece(
    workspace: Workspace,
    env: Environment,
    source: str,
    need: EvidenceNeed | None,
    *,
    replaces: Evidence | None = None,
    kept: Collection[str | None] = (),
) -> Evidence:
    """The evidence for `source`, a file (copied in) or an `https://` address (kept as it is).

    A file that replaces another one takes its name, unless other evidence (`kept`) still speaks of that one.
    """
    common = {
        "id": replaces.id if replaces else env.new_id(),
        "added_at": env.now(),
        "satisfies": need.id if need else None,
        "product_version": workspace.service.version,
    }
    if re.match(r"https?://", source):
        return Evidence(title=source, href=source, **common)  # type: ignore[arg-type]
    over = replaces.path if replaces and replaces.path not in kept else None
    path, digest, size = copy_in(workspace, workspace.root / source, over=over)
    kind = media_type(path)
    return Evidence(
        title=Path(source).name,
        path=path,
        sha256=digest,
        size=size,
        media_type=kind,
        **common,  # type: ignore[arg-type]
    )


def every(assessment: Assessment) -> Iterator[tuple[str, Evidence]]:
    """Every piece of evidence with its requirement, those of answers set aside left out."""
    for name, answer in assessment.answers.items():
        for item in answer.evidence:
            yield name, item


def faults(workspace: Workspace, assessment: Assessment) -> list[Fault]:
    """The evidence files that are missing, changed, or no plain file any more. An address is not visited."""
    found = (_fault(workspace, name, item) for name, item in every(assessment) if item.path)
    return [fault for fault in found if fault]


def _fault(workspace: Workspace, requirement: str, item: Evidence) -> Fault | None:
    path = workspace.path(str(item.path))
    if path.is_symlink():
        return Fault(requirement, item, "not_a_file")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Fault(requirement, item, "not_a_file")
        obtained = sha256_file(path)
    except OSError:
        return Fault(requirement, item, "missing")
    return None if obtained == item.sha256 else Fault(requirement, item, "changed", obtained)
