"""Whether a dossier is what it was when it was sealed, byte for byte.

Three circles, from the inside out: every file against the manifest, the manifest against the seal, and the whole
archive against the one canonical archive of those files. No byte is outside all three. What is intact must also make
sense: each document follows its schema, or the dossier is refused all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes_conformity.dossier import container, manifest, seal
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.documents import read as understand
from mes_conformity.dossier.manifest import NAME, SEAL, Manifest
from mes_conformity.dossier.names import printable
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both

MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed; `path` inside the dossier, empty for the archive itself."""

    code: str
    path: str
    message: Text
    expected: str | None = None
    obtained: str | None = None

    def to_json(self) -> dict[str, Any]:
        """`{code, path, message, expected, obtained}`."""
        return {
            "code": self.code,
            "path": self.path,
            "message": self.message,
            "expected": self.expected,
            "obtained": self.obtained,
        }


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier that is intact: its files (seal and manifest included), manifest, documents, digest of the file."""

    path: str
    files: Mapping[str, bytes]
    manifest: Manifest
    documents: Documents
    sha256: str


@dataclass(frozen=True, slots=True)
class Verification:
    """`verdict`: `intact_unsigned` or `altered`; findings in the order of discovery; the dossier when it is intact."""

    verdict: str
    findings: tuple[Finding, ...]
    sha256: str
    dossier: Dossier | None


def verify(path: Path) -> Verification:
    """Judge the file at `path`. Raises InvalidInput `STO002`/`STO004` when it cannot be read at all, nothing else."""
    return verify_bytes(container.load(path), str(path))


def verify_bytes(raw: bytes, name: str) -> Verification:
    """Judge the bytes of a dossier; never raises, whatever the bytes."""
    digest = sha256(raw)
    try:
        dossier, findings = _examine(raw, name, digest)
    except ConformityError as error:
        where = error.location.file if error.location else ""
        message = error.message if not isinstance(error.message, str) else {"fr": error.message}
        findings = [Finding(error.code, where, message, _plain(error.expected), _plain(error.obtained))]
        dossier = None
    if findings:
        return Verification("altered", tuple(findings), digest, None)
    return Verification("intact_unsigned", (), digest, dossier)


def _plain(value: Text | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else value["fr"]


def _examine(raw: bytes, name: str, digest: str) -> tuple[Dossier | None, list[Finding]]:
    files = container.unpack(raw)
    for needed in (NAME, SEAL):
        if needed not in files:
            raise InvalidInput("DOS010", both("il manque un fichier dans l'archive"), location=Location(needed))
    described = manifest.parse(files[NAME])
    findings = [*_compare(files, described), *_sealed(files, described)]
    findings = findings or _whole(raw, files, described)
    if findings:
        return None, findings
    return Dossier(name, files, described, understand(files), digest), []


def _compare(files: Mapping[str, bytes], described: Manifest) -> list[Finding]:
    present = {path for path in files if path not in (NAME, SEAL)}
    added = {sha256(files[path]): path for path in sorted(present - set(described.files))}
    findings: list[Finding] = []
    for path in sorted(present | set(described.files)):
        if path not in present:
            findings.append(_missing(path, added.get(described.files[path].sha256)))
        elif path not in described.files:
            findings.append(Finding("DOS011", path, both("fichier ajouté après le scellement")))
        else:
            findings.extend(_changed(path, files[path], described))
        if len(findings) >= MAX_FINDINGS:
            break
    return findings


def _missing(path: str, other: str | None) -> Finding:
    if other is None:
        return Finding("DOS010", printable(path), both("fichier retiré après le scellement"))
    return Finding("DOS012", printable(path), both("fichier renommé en « {other} » après le scellement", other=other))


def _changed(path: str, data: bytes, described: Manifest) -> list[Finding]:
    record, obtained = described.files[path], sha256(data)
    if record.sha256 == obtained and record.size == len(data):
        return []
    message = both("fichier modifié après le scellement")
    expected = f"{record.size} octets, sha256 {record.sha256}"
    return [Finding("DOS009", path, message, expected, f"{len(data)} octets, sha256 {obtained}")]


def _sealed(files: Mapping[str, bytes], described: Manifest) -> list[Finding]:
    """The seal is entirely determined by the manifest; a manifest without the keys it speaks of has no seal."""
    try:
        expected = seal.draw(files[NAME], described.data)
    except (LookupError, TypeError, ValueError, AttributeError):
        return [Finding("DOS008", NAME, both("le manifeste n'a pas les clés d'un dossier de recette"))]
    if expected == files[SEAL]:
        return []
    message = both("le sceau ne correspond pas au manifeste : l'un des deux a été modifié")
    return [Finding("DOS013", SEAL, message, f"sha256 {sha256(expected)}", f"sha256 {sha256(files[SEAL])}")]


def _whole(raw: bytes, files: Mapping[str, bytes], described: Manifest) -> list[Finding]:
    piece = container.first_difference(raw, files, described.moment)
    if piece is None:
        return []
    parts = {
        "header": both("l'en-tête de ce fichier dans l'archive a été modifié"),
        "content": both("le contenu de ce fichier dans l'archive a été modifié"),
        "directory": both("l'entrée de ce fichier dans le répertoire de l'archive a été modifiée"),
        "end": both("la fin de l'archive a été modifiée"),
    }
    return [Finding("DOS007", printable(piece.name), parts[piece.part])]
