"""Whether a dossier is what it was when it was sealed, byte for byte.

Three circles, from the inside out: every file against the manifest, the manifest against the seal, and the archive
against the one canonical archive of those files (its shape when it is unpacked, checksums and date here). No byte is
outside all three. Nothing is parsed but the
manifest and the seal: whether what is intact makes sense is told by whoever reads it (`Dossier.documents`).
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mes_conformity.dossier import container, keys, manifest, seal, signing
from mes_conformity.dossier.container import Files
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.documents import read as understand
from mes_conformity.dossier.keys import Trust
from mes_conformity.dossier.manifest import NAME, SEAL, FileRecord, Manifest
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.signing import Signature
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness.har import TAIL

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


@dataclass(frozen=True)
class Dossier:
    """A dossier that is intact: its files (seal and manifest included), manifest, digest of the file, signature.

    Its documents are read when first asked for: intact is not yet understood (InvalidInput, see `documents.read`).
    """

    path: str
    files: Mapping[str, bytes]
    manifest: Manifest
    raw: bytes
    signature: Signature | None = None

    @cached_property
    def sha256(self) -> str:
        """Digest of the file."""
        return sha256(self.raw)

    @cached_property
    def documents(self) -> Documents:
        """What is declared and demonstrated. Raises InvalidInput where it makes no sense."""
        return understand(self.files)


@dataclass(frozen=True)
class Verification:
    """`verdict`: `intact` (signed), `intact_unsigned` or `altered`; findings in the order of discovery.

    The dossier is there when it is intact. Findings on an intact dossier say that its signer is not accepted.
    """

    verdict: str
    findings: tuple[Finding, ...]
    raw: bytes
    dossier: Dossier | None

    @cached_property
    def sha256(self) -> str:
        """Digest of the file, whatever it is."""
        return sha256(self.raw)

    @property
    def signature(self) -> Signature | None:
        """The signature that holds, if there is one."""
        return self.dossier.signature if self.dossier else None


def verify(path: Path, trust: Trust | None = None, *, deep: bool = False) -> Verification:
    """Judge the file at `path`. Raises InvalidInput `STO002`/`STO004` when it cannot be read at all, nothing else."""
    return verify_bytes(container.load(path), str(path), trust, deep=deep)


def verify_bytes(raw: bytes, name: str, trust: Trust | None = None, *, deep: bool = False) -> Verification:
    """Judge the bytes of a dossier; never raises, whatever the bytes.

    `trust` demands a signature by one of its keys or authorities. `deep` reads every document, suite and catalogue too:
    what is intact and makes no sense is then `altered` all the same.
    """
    try:
        dossier, findings = _examine(raw, name)
        if dossier is not None and deep:
            _read_all(dossier)
    except ConformityError as error:
        where = error.location.file if error.location else ""
        message = error.message if not isinstance(error.message, str) else {"fr": error.message}
        findings = [Finding(error.code, where, message, _plain(error.expected), _plain(error.obtained))]
        dossier = None
    if findings or dossier is None:
        return Verification("altered", tuple(findings), raw, None)
    return _concluded(dossier, trust)


def _read_all(dossier: Dossier) -> None:
    """Every document, and what judged. Raises ConformityError for the first that cannot be understood."""
    from mes_conformity.dossier import judges

    for name, read in (("suites", judges.embedded), ("catalogue", judges.catalogue)):
        if files := dossier.documents.folder(name):
            read(files)


def _concluded(dossier: Dossier, trust: Trust | None) -> Verification:
    signature, refused = dossier.signature, []
    if trust is not None and signature is None:
        refused.append(Finding("DOS031", SEAL, both("ce dossier n'est pas signé, et une signature est demandée")))
    if trust is not None and signature is not None:
        held = keys.trusted(trust, signature.keyid, signature.certificates)
        signature = replace(signature, trusted=held)
        if not held:
            message = both("la clé qui a signé n'est pas de celles que vous acceptez")
            refused.append(Finding("DOS032", SEAL, message, None, signature.keyid))
    verdict = "intact_unsigned" if signature is None else "intact"
    return Verification(verdict, tuple(refused), dossier.raw, replace(dossier, signature=signature))


def _plain(value: Text | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else value["fr"]


def _examine(raw: bytes, name: str) -> tuple[Dossier | None, list[Finding]]:
    files = container.unpack(raw)
    for needed in (NAME, SEAL):
        if needed not in files:
            raise InvalidInput("DOS010", both("il manque un fichier dans l'archive"), location=Location(needed))
    described = manifest.parse(files[NAME])
    findings = _compare(files, described)
    signature, broken = _sealed(files, described)
    findings = [*findings, *broken] or _whole(files, described)
    if findings:
        return None, findings
    return Dossier(name, files, described, raw, signature), []


def _compare(files: Files, described: Manifest) -> list[Finding]:
    """The first findings, by path."""
    findings: list[Finding] = []
    added = {sha256(files[path]): path for path in sorted(set(files) - described.files.keys() - {NAME, SEAL})}
    findings.extend(Finding("DOS011", path, both("fichier ajouté après le scellement")) for path in added.values())
    for path, record in described.files.items():
        if path not in files:
            findings.append(_missing(path, added.get(record.sha256)))
        elif (finding := _changed(path, files.view(path), record, described.chains.get(path))) is not None:
            findings.append(finding)
    findings.sort(key=lambda finding: finding.path)
    return findings[:MAX_FINDINGS]


def _missing(path: str, other: str | None) -> Finding:
    if other is None:
        return Finding("DOS010", printable(path), both("fichier retiré après le scellement"))
    return Finding("DOS012", printable(path), both("fichier renommé en « {other} » après le scellement", other=other))


def _changed(path: str, data: memoryview, record: FileRecord, link: str | None) -> Finding | None:
    """One pass gives the digest of a file and, half-way, the last link of a chain of exchanges."""
    if link is None:
        last, obtained = None, hashlib.sha256(data).hexdigest()
    else:
        state = hashlib.sha256(data[: -len(TAIL)])
        last = state.hexdigest()
        state.update(data[-len(TAIL) :])
        obtained = state.hexdigest()
    if obtained != record.sha256 or len(data) != record.size:
        message = both("fichier modifié après le scellement")
        expected = f"{record.size} octets, sha256 {record.sha256}"
        return Finding("DOS009", path, message, expected, f"{len(data)} octets, sha256 {obtained}")
    if last != link or (link is not None and bytes(data[-len(TAIL) :]) != TAIL):
        message = both("la chaîne des échanges n'est pas celle que le manifeste annonce")
        return Finding("DOS027", path, message, link, last)
    return None


def _sealed(files: Mapping[str, bytes], described: Manifest) -> tuple[Signature | None, list[Finding]]:
    """The seal is entirely determined by the manifest and the signature that it carries."""
    try:
        unsigned = seal.draw(files[NAME], described.data)
        if unsigned == files[SEAL]:
            return None, []
        return _signed(files, described)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None, [Finding("DOS008", NAME, both("le manifeste n'a pas les clés d'un dossier de recette"))]
    except signing.Broken as broken:
        message = both("la signature ne tient pas : elle a été modifiée, ou faite d'autre chose")
        return None, [Finding("DOS030", SEAL, message, None, str(broken))]


def _signed(files: Mapping[str, bytes], described: Manifest) -> tuple[Signature | None, list[Finding]]:
    found = signing.parts(json_documents.parse(files[SEAL], SEAL))
    expected = seal.draw(files[NAME], described.data)
    if found is not None:
        body = seal.payload(files[NAME], described.data, signing.named(found.key, found.certificates))
        expected = signing.redraw(body, found)
        if expected == files[SEAL]:
            return signing.check(body, found, signing.instant(described.data)), []
    message = both("le sceau ne correspond pas au manifeste : l'un des deux a été modifié")
    return None, [Finding("DOS013", SEAL, message, f"sha256 {sha256(expected)}", f"sha256 {sha256(files[SEAL])}")]


def _whole(files: Files, described: Manifest) -> list[Finding]:
    """What of the archive its own shape leaves open: the checksums that it announces, and its date."""
    for path in files:
        if zlib.crc32(files.view(path)) != files.checksum(path):
            message = both("la somme de contrôle de ce fichier dans l'archive a été modifiée")
            return [Finding("DOS007", path, message)]
    if files.stamp != container.stamp(described.moment):
        return [Finding("DOS007", "", both("la date de l'archive a été modifiée"))]
    return []
