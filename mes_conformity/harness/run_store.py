"""The folder of a run: `run.json`, and for each case `cases/<id>/{case.json, exchanges.har}`.

Each case is on disk as soon as it is over; `run.json` has no case before the end. A run that is killed loses nothing it
did: `read` completes it from the case folders. Everything is written at once under its final name, without waiting for
the disk at each case.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation import json_documents, schemas
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.pointers import to_pointer
from mes_conformity.foundation.storage import read_bytes, write
from mes_conformity.harness import har
from mes_conformity.suites.evidence import ActionFailure, ActionRecord, ArtefactUse, Exchange, Record

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment

RUNS: Final = Path("reports") / "runs"
RUN, CASE, EXCHANGES = "run.json", "case.json", "exchanges.har"
OUTCOMES: Final = ("passed", "failed", "error", "skipped")
_TOOL: Final = "mes-conformity"
_MAX: Final = 512 * 1024 * 1024
_MAX_DEPTH: Final = 256


def new_id(env: Environment, root: Path | None = None) -> str:
    """The id of a run, sorted by time: `20261122T201019Z-1a2b3c4d`; one that no run of the workspace `root` has."""
    plain = f"{env.now().replace('-', '').replace(':', '')}-{env.new_id()[:8]}"
    names = chain((plain,), (f"{plain}-{number:02}" for number in count(2)))
    return next(name for name in names if root is None or not (root / RUNS / name).exists())


def summary(cases: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many of each outcome: `{passed, failed, error, skipped}`."""
    outcomes = [case["outcome"] for case in cases]
    return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}


class RunFolder:
    """Writes one run. `head` is run.json without its cases, `order` the ids of these, whatever the order in which they
    end. Raises InvalidInput `STO003` where the disk refuses."""

    def __init__(self, folder: Path, head: Mapping[str, Any], order: Sequence[str] = ()) -> None:
        self.folder = folder
        self._head = dict(head)
        self._rank = {name: rank for rank, name in enumerate(order)}
        self._cases: list[Mapping[str, Any]] = []

    def start(self) -> None:
        """Make the folder, with a run of no case yet."""
        self._write_run("running")

    def add(self, entry: Mapping[str, Any], records: Sequence[Record]) -> None:
        """Keep the result of one case, with what it was judged on."""
        self.write_case(entry, records)
        self.note(entry)

    def write_case(self, entry: Mapping[str, Any], records: Sequence[Record]) -> None:
        """Write the folder of one case; any thread may, each its own case."""
        folder = self.folder / str(entry["folder"])
        exchanges = [record.exchange for record in records if record.exchange is not None]
        document = {"schema_version": 1, "case": entry, "records": records_to_json(records)}
        if exchanges:
            raw = har.dump(har.to_log(exchanges, _TOOL, self._head["tool"]["version"]))
            document["chain"] = har.links(raw)
            write(folder / EXCHANGES, raw, durable=False)
        write(folder / CASE, _compact(document), durable=False)

    def note(self, entry: Mapping[str, Any]) -> None:
        """Count a case whose folder is written among those of the run."""
        self._cases.append(entry)

    def end(self, state: str, ended_at: str) -> dict[str, Any]:
        """Write the last run.json; `state` is `complete` or `interrupted`. Returns its document."""
        self._head["run"] = {**self._head["run"], "ended_at": ended_at}
        return self._write_run(state)

    def _write_run(self, state: str) -> dict[str, Any]:
        cases = sorted(self._cases, key=lambda case: self._rank.get(case["id"], len(self._rank)))
        document = run_document(self._head, cases, state)
        write(self.folder / RUN, _compact(document), durable=state != "running")
        return document


def run_document(head: Mapping[str, Any], cases: Sequence[Mapping[str, Any]], state: str) -> dict[str, Any]:
    """run.json: `head` with its state, summary and cases."""
    run = {**head["run"], "state": state}
    return {"schema_version": 1, **head, "run": run, "summary": summary(cases), "cases": list(cases)}


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def records_to_json(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The records of case.json; an exchange is told by its index in exchanges.har."""
    result, index = [], 0
    for record in records:
        kind = "use" if record.action else "request" if record.exchange else "expect"
        shape: dict[str, Any] = {"iteration": record.iteration, "step": record.step, "kind": kind}
        if record.action is not None:
            shape["action"] = _action_to_json(record.action)
        if record.exchange is not None:
            shape["exchange"], index = index, index + 1
        if record.artefact is not None:
            use = record.artefact
            shape["artefact"] = {"path": use.path, "kind": use.kind, "sha256": use.sha256}
        if record.supporting:
            shape["supporting"] = True
        result.append(shape)
    return result


def _action_to_json(action: ActionRecord) -> dict[str, Any]:
    shape: dict[str, Any] = {"name": action.name, "inputs": action.inputs, "result": action.result}
    if action.failure is not None:
        failure = action.failure
        shape["failure"] = {"outcome": failure.outcome, "code": failure.code, "message": dict(failure.message)}
    return shape


def records_from_json(records: Iterable[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The records of a case.json and the entries of its exchanges.har, as `evaluate` takes them.

    Raises ValueError or LookupError for another shape.
    """
    exchanges: dict[int, Exchange] = {}
    result = []
    for shape in records:
        index = shape.get("exchange")
        if index is not None and index not in exchanges:
            exchanges[index] = har.from_entry(entries[index])
        use = shape.get("artefact")
        result.append(
            Record(
                int(shape["iteration"]),
                int(shape["step"]),
                _action_from_json(shape.get("action")),
                None if index is None else exchanges[index],
                ArtefactUse(use["path"], use["kind"], use["sha256"]) if use else None,
                bool(shape.get("supporting", False)),
            )
        )
    return result


def _action_from_json(shape: Mapping[str, Any] | None) -> ActionRecord | None:
    if shape is None:
        return None
    told = shape.get("failure")
    failure = ActionFailure(told["outcome"], told["code"], told["message"]) if told else None
    return ActionRecord(shape["name"], shape.get("inputs") or {}, shape.get("result"), failure)


def latest(root: Path) -> Path | None:
    """The folder of the latest run of a workspace, None when there is none."""
    runs = root / RUNS
    found = sorted(path for path in runs.iterdir() if (path / RUN).is_file()) if runs.is_dir() else []
    return found[-1] if found else None


def read(folder: Path) -> dict[str, Any]:
    """run.json of a run; one that was killed is completed from its case folders and said `interrupted`.

    Raises InvalidInput `STO002`, `JSN…`, or `RUN001` for a document that is no run.
    """
    document = _sound(folder / RUN, "run-1")
    if document["run"].get("state") == "running":
        known = {case["id"] for case in document["cases"]}
        found = [_sound(path, "case-1")["case"] for path in sorted((folder / "cases").glob(f"*/{CASE}"))]
        cases = [*document["cases"], *(case for case in found if case["id"] not in known)]
        head = {key: value for key, value in document.items() if key not in ("schema_version", "summary", "cases")}
        document = run_document(head, cases, "interrupted")
    return document


def _sound(path: Path, schema: str) -> dict[str, Any]:
    """The document at `path`, which holds `schema`. Raises InvalidInput `STO002`, `JSN…`, `RUN001`."""
    document: dict[str, Any] = _read_json(path)
    for pointer, message in schemas.errors(document, schema)[:1]:
        raise InvalidInput(
            "RUN001",
            both("ce n'est pas une campagne de tests : {reason}", reason=message),
            location=Location(str(path), pointer=to_pointer(pointer)),
            hint=both("relancez `mes-conformity test run`"),
        )
    return document


def read_case(folder: Path, case_id: str) -> tuple[dict[str, Any], list[Record]]:
    """The entry and the records of one case of a run. Raises like `read`."""
    path = folder / "cases" / case_id
    document = _read_json(path / CASE)
    try:
        sent = any("exchange" in record for record in document["records"])
        entries = _read_json(path / EXCHANGES)["log"]["entries"] if sent else []
        return document["case"], records_from_json(document["records"], entries)
    except (ValueError, LookupError, TypeError, AttributeError):
        message = both("ce relevé de cas est illisible")
        raise InvalidInput("RUN001", message, location=Location(str(path / CASE))) from None


def _read_json(path: Path) -> Any:
    return json_documents.parse(_bytes(path), str(path), max_depth=_MAX_DEPTH)


def _bytes(path: Path) -> bytes:
    """The file, asked for in one go; whatever is wrong with it is told by `read_bytes`."""
    try:
        with path.open("rb", buffering=0) as stream:
            if os.fstat(stream.fileno()).st_size <= _MAX:
                return stream.readall()
    except OSError:
        pass
    return read_bytes(path, _MAX)
