"""Reading the suites of a folder or of a dossier: `test_suites/{unit,connection,listen}/*.yaml` and `contracts/`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mes_conformity.foundation import shapes, yaml_documents
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document
from mes_conformity.suites import building, rules
from mes_conformity.suites.model import KINDS, Case, Pointer, Suite

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

SCHEMA = "suite-1"


@dataclass(frozen=True)
class Library:
    """Suites that were read and checked, with their contracts (by name) and the raw files (by path under the root)."""

    suites: tuple[Suite, ...]
    contracts: Mapping[str, Contract]
    documents: Mapping[str, bytes]
    _parsed: Mapping[str, Document] = field(default_factory=dict, repr=False)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every case, in the order of the files."""
        return tuple(case for suite in self.suites for case in suite.cases)

    @cached_property
    def _by_id(self) -> Mapping[str, Case]:
        return {case.id: case for case in self.cases}

    def case(self, case_id: str) -> Case:
        """The case of this id. Raises KeyError."""
        return self._by_id[case_id]

    def suite(self, suite_id: str) -> Suite:
        """The suite of this id. Raises KeyError."""
        return next((suite for suite in self.suites if suite.id == suite_id), None) or _missing(suite_id)

    def locate(self, suite: Suite, pointer: Pointer = ()) -> Location:
        """Where a part of a suite stands in its file."""
        return self._parsed[suite.name].locate(pointer)

    def compile_all(self, cases: Collection[Case]) -> None:
        """Parse the FHIRPath of these cases. Raises InvalidInput `SUI010` with line and column at the first bad one."""
        from mes_conformity.suites.expressions import BadExpression, compiled

        for case in cases:
            for pointer, text in rules.fhirpaths(case):
                try:
                    compiled(text)
                except BadExpression as error:
                    where = self.locate(self.suite(case.suite), pointer)
                    message = both("expression FHIRPath illisible : {text}", text=text)
                    raise InvalidInput("SUI010", message, location=where, obtained=str(error)) from None


def _missing(suite_id: str) -> Suite:
    raise KeyError(suite_id)


def shipped_root() -> Path:
    """The folder of the suites that come with the program."""
    from mes_conformity.foundation.resources import root

    return root("test_suites")


def read_documents(root: Path) -> dict[str, bytes]:
    """The files of a suites' folder: path under the root → bytes. Raises InvalidInput for an unreadable file."""
    if not root.is_dir():
        message = both("le dossier des suites n'existe pas")
        raise InvalidInput("SUI000", message, location=Location(str(root)))
    paths = sorted(path for folder in (*KINDS, "contracts") for path in (root / folder).glob("*.yaml"))
    return {path.relative_to(root).as_posix(): read_bytes(path, MAX_BYTES) for path in paths}


def load_all(root: Path | None = None, *, requirements: Collection[str] | None = None) -> Library:
    """The suites of `root` (those of the program by default).

    A contract that they name and that `root` has not is lent by the program. `requirements`, where given, are the ids
    that suites may name. Raises InvalidInput for the first fault (`SUI…`, `YAM…`), with its file, line and column.
    """
    folder = root or shipped_root()
    documents = read_documents(folder)
    library, faults = _read(documents, requirements, str(folder))
    lent = _lent(library) if root is not None else {}
    if lent:
        library, faults = _read({**documents, **lent}, requirements, str(folder))
    return _sound(library, faults)


def _lent(library: Library) -> dict[str, bytes]:
    named = {name for suite in library.suites for name in (suite.contract, *suite.contracts.values()) if name}
    paths = {f"contracts/{name.replace('@', '-')}.yaml" for name in named - library.contracts.keys()}
    shipped = shipped_root()
    return {path: read_bytes(shipped / path, MAX_BYTES) for path in sorted(paths) if (shipped / path).is_file()}


def from_documents(
    documents: Mapping[str, bytes], *, requirements: Collection[str] | None = None, folder: str = ""
) -> Library:
    """The suites in files already read (a dossier): path → bytes. Raises like `load_all`."""
    return _sound(*_read(documents, requirements, folder))


def _sound(library: Library, faults: list[Diagnostic]) -> Library:
    first = next((fault for fault in faults if fault.level == "error"), None)
    if first is not None:
        errors = sum(fault.level == "error" for fault in faults)
        more = both("et {count} autre(s) erreur(s)", count=errors - 1) if errors > 1 else None
        raise InvalidInput(first.code, first.message, location=first.location, hint=first.hint or more)
    return library


def diagnose(
    documents: Mapping[str, bytes], *, requirements: Collection[str] | None = None, folder: str = ""
) -> list[Diagnostic]:
    """Every fault of the suites, warnings included. Raises InvalidInput only for what is not YAML."""
    return _read(documents, requirements, folder)[1]


def _read(
    documents: Mapping[str, bytes], requirements: Collection[str] | None, folder: str
) -> tuple[Library, list[Diagnostic]]:
    named = f"{folder}/" if folder else ""
    contracts = _contracts(documents, named)
    parsed: dict[str, Document] = {}
    suites: list[Suite] = []
    faults: list[Diagnostic] = []
    for path, raw in documents.items():
        if path.partition("/")[0] not in KINDS:
            continue
        document = yaml_documents.parse(raw, named + path)
        parsed[path] = document
        wrong = _shape_faults(document)
        faults.extend(wrong)
        if not wrong:
            suites.append(building.suite(document.data, path, document.sha256))
    library = Library(tuple(suites), contracts, documents, parsed)
    faults.extend(_check(library, requirements))
    return library, faults


def _shape_faults(document: Document) -> list[Diagnostic]:
    if shapes.holds(document.data, SCHEMA):
        return []
    from mes_conformity.foundation.schemas import diagnose as explain

    faults = explain(document, SCHEMA)
    return [Diagnostic("SUI001", fault.level, fault.message, fault.location, fault.hint) for fault in faults]


def _contracts(documents: Mapping[str, bytes], named: str) -> dict[str, Contract]:
    from mes_conformity.validators.contract import parse

    files = {path: raw for path, raw in documents.items() if path.startswith("contracts/")}
    read = (parse(raw, named + path) for path, raw in files.items())
    return {f"{contract.id}@{contract.version}": contract for contract in read}


def _check(library: Library, requirements: Collection[str] | None) -> Iterator[Diagnostic]:
    cases: dict[str, Case] = {}
    for suite in library.suites:
        for case in suite.cases:
            if case.id in cases:
                where = library.locate(suite, (*case.pointer, "id"))
                message = both("le cas {case} est écrit deux fois", case=case.id)
                yield Diagnostic("SUI002", "error", message, where, about=case.id)
            cases.setdefault(case.id, case)
    yield from _repeated_suites(library)
    ground = rules.Ground(library.contracts, cases, requirements)
    for suite in library.suites:
        yield from rules.check(suite, ground, _locator(library, suite))
    loop = rules.cycle(cases)
    if loop:
        case = cases[loop[0]]
        message = both("`after` tourne en rond : {loop}", loop=" → ".join(loop))
        where = library.locate(library.suite(case.suite), (*case.pointer, "after"))
        yield Diagnostic("SUI006", "error", message, where, about=case.id)


def _locator(library: Library, suite: Suite) -> Callable[[Pointer], Location]:
    return lambda pointer: library.locate(suite, pointer)


def _repeated_suites(library: Library) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for suite in library.suites:
        if suite.id in seen:
            message = both("la suite {suite} est écrite deux fois", suite=suite.id)
            yield Diagnostic("SUI002", "error", message, library.locate(suite, ("suite",)))
        seen.add(suite.id)
