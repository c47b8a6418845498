"""Contracts: what one version of an API fixes (paths, parameters, codes, limits, error texts), as data.

Each value has a basis (`published`, `republished`, `draft`, `assumption`) and a source. Suites, validators and sandbox
read the same contract, so that a publisher who holds the official document aligns all three by changing one value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mes_conformity.foundation import schemas, shapes, yaml_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.resources import root as data_root


@dataclass(frozen=True)
class Contract:
    """One version of an API. `values` is the tree as written; `sha256` is that of the file that was read."""

    id: str
    version: str
    title: Text
    values: Mapping[str, Any]
    sha256: str
    name: str

    @property
    def reference(self) -> str:
        """What a suite writes to name this contract: `mes-measures@1.5.2`."""
        return f"{self.id}@{self.version}"

    def get(self, path: str) -> Any:
        """The value at a dotted path: `fhir_path`, `errors.no_bundle.status`, `measures.0.code`.

        A path that stops above the leaves gives the tree of their values. Raises KeyError when nothing is there.
        """
        if path not in self._found:
            leaf, rest = self._leaf(path)
            at, steps = (self.values, path.split(".")) if leaf is None else (leaf["value"], rest)
            found = _walk(at, steps, path)
            self._found[path] = _plain(found) if leaf is None else found
        return self._found[path]

    @cached_property
    def _found(self) -> dict[str, Any]:
        """What `get` has answered: a server asks the same of each request."""
        return {}

    def has(self, path: str) -> bool:
        """Whether `get(path)` answers."""
        try:
            self.get(path)
        except KeyError:
            return False
        return True

    def basis(self, path: str) -> str:
        """What the value at `path` is worth. Raises KeyError when no leaf is there."""
        return str(self._of_leaf(path)["basis"])

    def source(self, path: str) -> str:
        """The document and section that give the value at `path`. Raises KeyError when no leaf is there."""
        return str(self._of_leaf(path)["source"])

    def leaves(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each leaf with its dotted path, in the order of the file."""
        return _leaves(self.values, "")

    @cached_property
    def measures(self) -> Mapping[str, Mapping[str, Any]]:
        """The measures by id (`weight`, `blood-pressure`…), empty for a contract without measures."""
        return {row["id"]: row for row in self.get("measures")} if self.has("measures") else {}

    @cached_property
    def measures_by_code(self) -> Mapping[str, Mapping[str, Any]]:
        """The measures by code of `Observation.code` (`29463-7`, `MED-969`…)."""
        return {row["code"]: row for row in self.measures.values()}

    @cached_property
    def measures_by_profile(self) -> Mapping[str, frozenset[str]]:
        """Ids of the measures by profile canonical, all generations together."""
        found: dict[str, frozenset[str]] = {}
        for row in self.measures.values():
            for profile in (row["profile"], *row.get("older_profiles", ())):
                found[profile] = found.get(profile, frozenset()) | {row["id"]}
        return found

    def _of_leaf(self, path: str) -> Mapping[str, Any]:
        leaf, _rest = self._leaf(path)
        if leaf is None:
            raise KeyError(path)
        return leaf

    def _leaf(self, path: str) -> tuple[Mapping[str, Any] | None, list[str]]:
        """The leaf on the way of `path` and the steps that remain below it; no leaf when the path stops above."""
        node: Any = self.values
        steps = path.split(".")
        for index, step in enumerate(steps):
            node = _walk(node, [step], path)
            if _is_leaf(node):
                return node, steps[index + 1 :]
        return None, []


def _is_leaf(node: Any) -> bool:
    return isinstance(node, Mapping) and "value" in node


def _walk(node: Any, steps: list[str], path: str) -> Any:
    for step in steps:
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isascii() and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            raise KeyError(path)
    return node


def _plain(node: Any) -> Any:
    if _is_leaf(node):
        return node["value"]
    return {key: _plain(value) for key, value in node.items()}


def _leaves(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in node.items():
        if _is_leaf(value):
            yield prefix + key, value
        else:
            yield from _leaves(value, f"{prefix}{key}.")


def load(name: str, root: Path | None = None) -> Contract:
    """The contract `mes-measures@1.5.2` of the folder `root` (that of the program when None).

    Raises InvalidInput `SUI005` when there is no such contract, `YAM…` or `SCH001` when its file is not valid.
    """
    folder = (root or data_root("test_suites")) / "contracts"
    path = folder / f"{name.replace('@', '-')}.yaml"
    if not _is_plain_name(name) or not path.is_file():
        known = ", ".join(_known(folder)) or "—"
        raise InvalidInput(
            "SUI005",
            both("le contrat « {name} » est inconnu", name=name),
            location=Location(str(folder)),
            expected=known,
            hint=both("écrivez l'un des contrats connus, avec sa version"),
        )
    return parse(path.read_bytes(), path.name)


def parse(raw: bytes, name: str) -> Contract:
    """The contract written in `raw`; `name` is what errors call it. Raises InvalidInput (`YAM…`, `SCH001`)."""
    document = yaml_documents.parse(raw, name)
    if not shapes.holds(document.data, "contract-1"):
        schemas.require(document, "contract-1")
    data = document.data
    return Contract(data["contract"], data["version"], data["title"], data["values"], document.sha256, name)


def _is_plain_name(name: str) -> bool:
    return all(character.isalnum() or character in "-._@" for character in name)


def _known(folder: Path) -> list[str]:
    return sorted("@".join(path.stem.rsplit("-", 1)) for path in folder.glob("*.yaml"))
