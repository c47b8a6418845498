"""The documents of a dossier, read strictly: what replay, reports and screens work from.

Integrity says that nothing changed; this says that what is there can be understood. A dossier can be intact and made of
nonsense: every document follows its schema, every record is there, every number a record names exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.dossier.names import printable
from mes_conformity.foundation import json_documents, shapes, yaml_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.pointers import to_pointer
from mes_conformity.harness import har

MAX_SHOWN, MAX_DEPTH = 200, 256
MAX_VALUES = 2_000_000  # values of all JSON documents together: what they weigh in memory follows from it
MAX_YAML = 8 * 1024 * 1024  # bytes of all YAML documents together: the catalogue, the suites and the answers


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case: its entry (as in `run.json`), its records and the entries of its HAR."""

    entry: Mapping[str, Any]
    records: tuple[Mapping[str, Any], ...]
    exchanges: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything that was declared and demonstrated: run, cases in run order, answers, attestation, raw files."""

    run: Mapping[str, Any]
    cases: tuple[CaseRecord, ...]
    assessment: Mapping[str, Any] | None
    attestation: Mapping[str, Any] | None
    files: Mapping[str, bytes]

    def folder(self, name: str) -> dict[str, bytes]:
        """The files of a top folder (`catalogue`, `suites`…), by path inside it."""
        return {path[len(name) + 1 :]: self.files[path] for path in self.files if path.startswith(f"{name}/")}

    def artefacts(self) -> dict[str, bytes]:
        """The artefacts that were judged, by SHA-256."""
        from mes_conformity.foundation.digests import sha256

        found = self.folder("artefacts").values()
        return {sha256(data): data for data in found}


def read(files: Mapping[str, bytes]) -> Documents:
    """The documents among `files`. Raises InvalidInput `DOS014` (nonsense), `DOS010` (absent), `JSN…` or `YAM…`."""
    _bounded(files)
    run = read_json(files, "run.json", "run-1")
    cases = tuple(read_case(files, entry) for entry in run["cases"])
    _same_cases(files, cases)
    attestation = read_json(files, "attestation.json", "attestation-1") if "attestation.json" in files else None
    return Documents(run, cases, read_assessment(files), attestation, files)


def _bounded(files: Mapping[str, bytes]) -> None:
    """Raise InvalidInput `DOS003` where reading would take more memory or time than any real dossier does."""
    values = yaml = 0
    for path in files:
        if path.endswith((".json", ".har")) and not path.startswith(("artefacts/", "evidence/")):
            data = files[path]
            values += data.count(b",") + data.count(b"[") + data.count(b"{")
        elif path.endswith(".yaml") and not path.startswith(("artefacts/", "evidence/")):
            yaml += len(files[path])
    if values > MAX_VALUES or yaml > MAX_YAML:
        message = both("les documents de ce dossier dépassent ce qu'un dossier peut demander à qui le lit")
        expected = f"≤ {MAX_VALUES} valeurs JSON, {MAX_YAML} octets de YAML"
        raise InvalidInput("DOS003", message, expected=expected, obtained=f"{values}, {yaml}")


def read_json(files: Mapping[str, bytes], path: str, schema: str) -> Any:
    """A JSON document that holds `schema`. Raises InvalidInput `DOS010` (absent), `DOS014` or `JSN…`."""
    data = json_documents.parse(_get(files, path), path, max_depth=MAX_DEPTH)
    if not shapes.holds(data, schema):
        from mes_conformity.foundation import schemas

        for pointer, message in schemas.errors(data, schema)[:1]:
            raise nonsense(path, message, pointer=to_pointer(pointer))
    return data


def _get(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        message = both("il manque un fichier que ce dossier nomme")
        raise InvalidInput("DOS010", message, location=Location(printable(path)))
    return files[path]


def read_case(files: Mapping[str, bytes], entry: Mapping[str, Any]) -> CaseRecord:
    """One case, `entry` as in `run.json`. Raises like `read`."""
    path = f"{entry['folder']}/case.json"
    data = read_json(files, path, "case-1")
    if entry["folder"] != f"cases/{entry['id']}" or data["case"]["id"] != entry["id"]:
        raise nonsense(path, both("ce dossier de cas n'est pas celui du cas qu'il porte"))
    exchanges = _har(files, f"{entry['folder']}/exchanges.har")
    for record in data["records"]:
        index = record.get("exchange")
        if index is not None and index >= len(exchanges):
            raise nonsense(path, both("un enregistrement désigne un échange qui n'existe pas"), obtained=str(index))
    if "chain" in data:
        _chained(files, f"{entry['folder']}/exchanges.har", data["chain"])
    return CaseRecord(data["case"], tuple(data["records"]), exchanges)


def _chained(files: Mapping[str, bytes], path: str, told: list[str]) -> None:
    """Each exchange is tied to those before it since it was recorded. The first versions kept no chain."""
    obtained = har.links(files.get(path, b""))
    if obtained != told:
        place = next((n for n, pair in enumerate(zip(told, obtained, strict=False), 1) if pair[0] != pair[1]), 0)
        number = place or min(len(told), len(obtained)) + 1
        message = both("l'échange {number} n'est pas celui qui a été enregistré", number=number)
        raise InvalidInput("DOS027", message, location=Location(printable(path)))


def _har(files: Mapping[str, bytes], path: str) -> tuple[Mapping[str, Any], ...]:
    """The entries of a HAR 1.2 log; a case without exchanges may have no file."""
    if path not in files:
        return ()
    return tuple(read_json(files, path, "exchanges-1")["log"]["entries"])


def _same_cases(files: Mapping[str, bytes], cases: tuple[CaseRecord, ...]) -> None:
    known = {case.entry["folder"] for case in cases}
    if len(known) != len(cases):
        raise nonsense("run.json", both("un cas est écrit deux fois"))
    for path in files:
        if path.startswith("cases/") and path.rpartition("/")[0] not in known:
            raise nonsense(path, both("ce cas n'est pas dans la campagne du dossier"))


def read_assessment(files: Mapping[str, bytes]) -> Mapping[str, Any] | None:
    """The answers, None where there are none. Raises InvalidInput `YAM…` or `SCH001`."""
    if "assessment.yaml" not in files:
        return None
    document = yaml_documents.parse(files["assessment.yaml"], "assessment.yaml")
    if not shapes.holds(document.data, "assessment-1"):
        from mes_conformity.foundation import schemas

        schemas.require(document, "assessment-1")
    data: Mapping[str, Any] = document.data
    return data


def nonsense(path: str, message: Text, *, pointer: str | None = None, obtained: str | None = None) -> InvalidInput:
    """The error for a document that is intact and cannot be understood."""
    where = Location(printable(path), pointer=pointer[:MAX_SHOWN] if pointer else None)
    return InvalidInput("DOS014", message, location=where, obtained=obtained)
