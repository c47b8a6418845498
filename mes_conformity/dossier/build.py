"""Building a dossier: gather what was declared and what was demonstrated, then seal it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mes_conformity.catalogue.model import Catalogue
from mes_conformity.dossier import container, documents, manifest, scope, seal
from mes_conformity.foundation import json_documents, storage, yaml_documents
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both

RUN, ASSESSMENT, ATTESTATION = "run.json", "assessment.yaml", "attestation.json"


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a dossier before its reports, manifest and seal; the run they tell of; the date they carry.

    `not_run` are the cases that the run left out.
    """

    files: Mapping[str, bytes]
    run: Mapping[str, Any]
    created_at: str
    not_run: tuple[str, ...] = ()


def collect(root: Path, folder: Path, catalogue: Catalogue | None, suites: Mapping[str, bytes]) -> Contents:
    """Gather the run in `folder` and the answers, evidence and artefacts of the workspace `root`.

    `suites` are the raw documents it was judged with, by path inside their folder.
    Raises InvalidInput `DOS016` (no run), `DOS018` (a run that was stopped) or `DOS017` (an artefact or a piece of
    evidence is missing or changed), or the code of a document that is not valid; Conflict `DOS019` where the catalogue
    or the suites are no longer those of the run.
    """
    files = {
        **{f"catalogue/{name}": data for name, data in (catalogue.documents if catalogue else {}).items()},
        **{f"suites/{name}": data for name, data in suites.items()},
        **_run_files(folder),
    }
    run = documents.read_json(files, RUN, "run-1")
    _complete(run, folder)
    _judged_with(run, catalogue, suites)
    files |= _artefacts(root, run)
    created_at = run["run"]["ended_at"]
    assessment = root / ASSESSMENT
    if assessment.is_file():
        files[ASSESSMENT] = storage.read_bytes(assessment, yaml_documents.MAX_BYTES)
        answers = documents.read_assessment(files) or {}
        files |= _evidence(root, answers)
        created_at = max(created_at, answers["assessment"]["updated_at"])
    journal = root / "journal.jsonl"
    if journal.is_file():
        files["journal.jsonl"] = storage.read_bytes(journal, container.MAX_BYTES)
    return Contents(files, run, created_at, scope.absent(run, suites))


def _run_files(folder: Path) -> dict[str, bytes]:
    if not (folder / RUN).is_file():
        raise InvalidInput(
            "DOS016",
            both("il n'y a pas de campagne de tests à mettre dans le dossier"),
            location=Location(str(folder)),
            hint=both("lancez `mes-conformity test run --target embedded`, puis recommencez"),
        )
    paths = [folder / RUN, *sorted(path for path in (folder / "cases").rglob("*") if not path.is_dir())]
    return {path.relative_to(folder).as_posix(): _regular(path, folder) for path in paths}


def _complete(run: Mapping[str, Any], folder: Path) -> None:
    """A run that was stopped shows less than was asked of it: it is no proof."""
    if run["run"].get("state", "complete") != "complete":
        raise InvalidInput(
            "DOS018",
            both("cette campagne a été interrompue : elle ne montre pas tout ce qui devait être joué"),
            location=Location(str(folder)),
            hint=both("relancez `mes-conformity test run`, ou donnez une autre campagne avec --run"),
        )


def _judged_with(run: Mapping[str, Any], catalogue: Catalogue | None, suites: Mapping[str, bytes]) -> None:
    """What is embedded must be what judged, or the dossier would contradict itself at its first replay."""
    expected = {item["name"]: item["sha256"] for item in (*run["suites"], *run["contracts"])} if suites else {}
    obtained = {name: sha256(suites[name]) if name in suites else "∅" for name in expected}
    if catalogue is not None and run["catalogue"] is not None:
        expected[catalogue.id], obtained[catalogue.id] = run["catalogue"]["sha256"], catalogue.sha256
    for name, digest in expected.items():
        if obtained[name] != digest:
            raise Conflict(
                "DOS019",
                both("le catalogue ou les suites ont changé depuis la campagne : {name}", name=name),
                expected=f"sha256 {digest}",
                obtained=f"sha256 {obtained[name]}",
                hint=both("relancez `mes-conformity test run`, puis `mes-conformity dossier build`"),
            )


def _regular(path: Path, root: Path) -> bytes:
    """The bytes of a file that really stands under `root`: a link could bring in anything the user can read."""
    if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
        message = both("ce fichier est absent, ou un lien qui sort du dossier de travail")
        raise InvalidInput("DOS017", message, location=Location(str(path)))
    return storage.read_bytes(path, container.MAX_BYTES)


def _artefacts(root: Path, run: Mapping[str, Any]) -> dict[str, bytes]:
    """What the unit cases judged. One that was given by its own path is kept under its name."""
    files: dict[str, bytes] = {}
    for artefact in run["artefacts"]:
        path = Path(artefact["path"])
        inside = not path.is_absolute() and path.parts[:1] == ("artefacts",)
        name = unicodedata.normalize("NFC", path.as_posix() if inside else f"artefacts/{path.name}")
        data = _regular(root / path, root) if not path.is_absolute() else storage.read_bytes(path, container.MAX_BYTES)
        _unchanged(artefact, data, path)
        _refuse_private_key(data, path)
        if name in files and files[name] != data:
            name = f"artefacts/{artefact['sha256'][:12]}-{path.name}"
        files[name] = data
    return files


def _evidence(root: Path, assessment: Mapping[str, Any]) -> dict[str, bytes]:
    """The files that the answers rest on, but not those marked confidential: of these only the digest is told."""
    files: dict[str, bytes] = {}
    for answer in assessment["answers"].values():
        for item in answer.get("evidence") or ():
            if "path" in item and not item.get("confidential"):
                data = _regular(root / item["path"], root)
                _unchanged(item, data, Path(item["path"]))
                _refuse_private_key(data, Path(item["path"]))
                files[unicodedata.normalize("NFC", item["path"])] = data
    return files


def _refuse_private_key(data: bytes, path: Path) -> None:
    """A dossier is handed over: a key beside a certificate would be known to all who receive it."""
    if b"PRIVATE KEY-----" in data:
        message = both("ce fichier contient une clé privée : il n'est pas scellé")
        hint = both("retirez la clé du fichier, et remplacez-la")
        raise InvalidInput("DOS037", message, location=Location(str(path)), hint=hint)


def _unchanged(record: Mapping[str, Any], data: bytes, path: Path) -> None:
    obtained = sha256(data)
    if record["sha256"] != obtained:
        raise InvalidInput(
            "DOS017",
            both("ce fichier a changé depuis qu'il a été jugé ou joint"),
            location=Location(str(path)),
            expected=f"sha256 {record['sha256']}",
            obtained=f"sha256 {obtained}",
            hint=both("relancez `mes-conformity test run` (artefact) ou `mes-conformity evidence add` (preuve)"),
        )


def attest(contents: Contents, platform: str | None = None) -> Contents:
    """`contents` with `attestation.json`: who declares what, for which product, version and system, on which date."""
    service = contents.run["service"]
    attestation = {
        "schema_version": 1,
        "declares": both(
            "L'éditeur déclare que les réponses, les preuves et les résultats de ce dossier portent sur le produit et "
            "la version nommés ici, et qu'ils ont été obtenus comme le dossier le montre."
        ),
        "publisher": service.get("publisher"),
        "product": service.get("product"),
        "version": service.get("version"),
        "platform": platform,
        "solution_oid": service.get("solution_oid"),
        "tool": contents.run["tool"],
        "date": contents.created_at,
        "signatory": None,
    }
    files = {**contents.files, ATTESTATION: json_documents.dump(attestation).encode()}
    return replace(contents, files=files)


def assemble(contents: Contents, reports: Mapping[str, bytes], variables: Mapping[str, str]) -> bytes:
    """The sealed archive of `contents` and `reports` (path → bytes).

    The same inputs give the same bytes: dates come from the run and the answers, or from `SOURCE_DATE_EPOCH` (seconds)
    where `variables` holds it.
    """
    epoch = variables.get("SOURCE_DATE_EPOCH", "")
    moment = container.clamp(datetime.fromtimestamp(int(epoch), UTC)) if _seconds(epoch) else container.EPOCH
    created_at = manifest.instant(moment) if _seconds(epoch) else contents.created_at
    files = {**contents.files, **reports}
    data = manifest.draw(files, contents.run, created_at=created_at, moment=moment, not_run=contents.not_run)
    written = json_documents.dump(data).encode()
    return container.pack({**files, manifest.NAME: written, manifest.SEAL: seal.draw(written, data)}, moment)


def _seconds(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 11
