"""Reading and writing an assessment so that nothing answered is ever lost.

One change goes: journal line on disk, then `assessment.yaml` replaced in one move, then the caller goes on. Whatever
the instant of a crash, the last whole line says what the assessment must be; a torn line is a change never made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from mes_conformity.assessment import journal
from mes_conformity.assessment.documents import SCHEMA, from_data, read_versioned, to_data
from mes_conformity.assessment.facts import reconcile
from mes_conformity.assessment.journal import Journal
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.workspace import ASSESSMENT, JOURNAL, LOCK, Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import schemas, storage
from mes_conformity.foundation.digests import digest, sha256
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document, dump, parse


@dataclass(frozen=True, slots=True)
class Loaded:
    """An assessment as it stands, the document that says on which line, and its journal.

    `pending` is True when the last line of the journal was not in the file yet: a crash happened in between.
    `file_sha256` is the digest of the bytes on disk.
    """

    assessment: Assessment
    document: Document
    journal: Journal
    file_sha256: str = ""
    pending: bool = False

    @property
    def outside(self) -> bool:
        """Whether the file was edited by something else since the last line of the journal."""
        last = self.journal.last()
        return last is not None and last.after is not None and last.after != digest(to_data(self.assessment))


def load(workspace: Workspace) -> Loaded:
    """The assessment of a workspace; nothing is written.

    Raises InvalidInput `WSP006` (no assessment), `WSP004`, `YAM…`, `SCH001`; Conflict `WSP003`.
    """
    path = workspace.path(ASSESSMENT)
    if not path.exists():
        raise InvalidInput(
            "WSP006",
            both("l'espace de travail n'a pas d'évaluation"),
            location=Location(ASSESSMENT),
            hint=both("remettez le fichier en place, ou lancez `mes-conformity init` dans un autre dossier"),
        )
    source = storage.read_bytes(path, MAX_BYTES)
    document = read_versioned(source, ASSESSMENT, SCHEMA)
    known = journal.read(workspace.path(JOURNAL))
    data = _pending(document.data, known)
    if data is None:
        return Loaded(from_data(document.data), document, known, sha256(source))
    return Loaded(from_data(data), parse(dump(data), ASSESSMENT), known, sha256(source), pending=True)


def _pending(data: dict[str, Any], known: Journal) -> dict[str, Any] | None:
    """The data that the last line wanted written, when the file is still what it was before that line."""
    last = known.last()
    if last is None or last.before is None or last.before == last.after or last.before != digest(data):
        return None
    try:
        wanted = journal.replayed(data, last.changes)
    except (ValueError, TypeError, KeyError):
        return None
    return wanted if digest(wanted) == last.after and not schemas.errors(wanted, SCHEMA) else None


class Session:
    """An assessment that is being changed: the holder of its lock. `commit` returns once the disk has it."""

    def __init__(self, workspace: Workspace, catalogue: Catalogue, env: Environment, loaded: Loaded) -> None:
        self.workspace = workspace
        self.catalogue = catalogue
        self.env = env
        self.assessment = loaded.assessment
        self.commits = 0
        self._journal = loaded.journal
        self._file = loaded.file_sha256

    def commit(self, changed: Assessment, event: str, about: str | None = None) -> Assessment:
        """Write `changed`; nothing where it changes nothing. Answers hidden by a fact are set aside on the way.

        Raises Conflict `WSP007` (changed underneath), InvalidInput `STO003` (the disk refuses); the assessment on disk
        is then what it was.
        """
        settled = reconcile(changed, self.catalogue)
        if settled == self.assessment:
            return settled
        # `mes-conformity.yaml` is where the service is described; the assessment keeps a copy for its readers.
        subject = {**settled.subject, **self.workspace.subject()}
        settled = replace(settled, updated_at=self.env.now(), subject=subject)
        self._refuse_change_underneath()
        before, after = to_data(self.assessment), to_data(settled)
        entry = {
            "at": self.env.now(),
            "event": event,
            "about": about,
            "changes": journal.differences(before, after),
            "before": digest(before),
            "after": digest(after),
        }
        self._write(entry, after)
        self.assessment = settled
        self.commits += 1
        return settled

    def last_answered(self) -> str | None:
        """The requirement that was answered last, whoever answered; None where none was."""
        for line in reversed(self._journal.lines):
            entry = journal.parse_entry(line)
            if entry and entry.event == "answer" and entry.about in self.catalogue:
                return entry.about
        return None

    def note(self, event: str, **details: Any) -> None:
        """Add a line to the journal that changes nothing: what was found when the work began."""
        state = digest(to_data(self.assessment))
        entry: dict[str, Any] = {
            "at": self.env.now(),
            "event": event,
            "about": None,
            "changes": [],
            "before": state,
            "after": state,
        }
        self._journal = journal.append(self.workspace.path(JOURNAL), self._journal, {**entry, **details})

    def _write(self, entry: dict[str, Any], data: dict[str, Any]) -> None:
        path, content = self.workspace.path(JOURNAL), dump(data)
        size = path.stat().st_size if path.exists() else 0
        known = self._journal
        self._journal = journal.append(path, known, entry)
        try:
            storage.write(self.workspace.path(ASSESSMENT), content)
        except InvalidInput:
            # The caller is told that nothing was written: the line that said otherwise goes away with it.
            journal.take_back(path, size)
            self._journal = known
            raise
        self._file = sha256(content.encode())

    def _refuse_change_underneath(self) -> None:
        path = self.workspace.path(ASSESSMENT)
        found = sha256(storage.read_bytes(path, MAX_BYTES)) if path.exists() else None
        if found != self._file:
            raise Conflict(
                "WSP007",
                both("l'évaluation a changé sur le disque pendant que vous travailliez"),
                location=Location(ASSESSMENT),
                expected=f"sha256 {self._file[:16]}…",
                obtained=f"sha256 {found[:16]}…" if found else both("fichier absent"),
                hint=both("relancez la commande : elle repartira de ce qui est sur le disque"),
            )


@contextmanager
def editing(workspace: Workspace, catalogue: Catalogue, env: Environment, owner: str) -> Iterator[Session]:
    """Hold the lock of a workspace and change its assessment. `owner` is what another process is told.

    What a crash left is put right first: a torn line is kept aside in the journal, a change not yet in the file is
    written. Raises Conflict `STO001` (naming who holds the lock) and whatever `load` raises.
    """
    user = env.variables.get("USER") or env.variables.get("USERNAME") or "?"
    with storage.lock(workspace.path(LOCK), owner=f"{owner}, {user}, {env.now()}"):
        found = load(workspace)
        session = Session(workspace, catalogue, env, found)
        _recover(session, found)
        yield session


def _recover(session: Session, found: Loaded) -> None:
    path = session.workspace.path(JOURNAL)
    if found.journal.torn:
        # Cut first, told second: a line written after the torn one would be glued to it.
        whole = sum(len(line) + 1 for line in found.journal.lines)
        journal.take_back(path, whole)
        session._journal = Journal(found.journal.lines)
        session.note("recovered", torn=found.journal.torn.decode("utf-8", "replace"))
    if found.pending:
        content = dump(to_data(found.assessment))
        storage.write(session.workspace.path(ASSESSMENT), content)
        session._file = sha256(content.encode())
    elif found.outside:
        session.note("changed_outside")


def create(workspace: Workspace, assessment: Assessment, env: Environment) -> None:
    """Write the first assessment of a workspace and the first line of its journal."""
    data = to_data(assessment)
    entry = {
        "at": env.now(),
        "event": "created",
        "about": None,
        "changes": journal.differences({}, data),
        "before": None,
        "after": digest(data),
    }
    storage.write(workspace.path(ASSESSMENT), dump(data))
    journal.append(workspace.path(JOURNAL), journal.read(workspace.path(JOURNAL)), entry)
