"""Small catalogues to read, to spoil and to compare."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.yaml_documents import dump

Data = dict[str, Any]


def text(fr: str) -> dict[str, str]:
    return {"fr": fr, "en": f"{fr} (en)"}


def requirement(identifier: str, **changes: Any) -> Data:
    data = {
        "id": identifier,
        "section": "s1",
        "title": text(f"Titre {identifier}"),
        "statement": text(f"Énoncé {identifier}"),
        "obligation": "mandatory",
        "lifecycle": "active",
        "verification": {"methods": ["examine"], "automation": "manual"},
        "evidence": [{"id": "e1", "kind": "document", "title": text("Pièce")}],
        "provenance": {"grade": "derived", "sources": ["src"]},
        "references": [{"source": "src", "locator": "§ 1"}],
    }
    return {**data, **changes}


BASE: Data = {
    "schema_version": 1,
    "catalogue": {
        "id": "small",
        "version": "1.0.0",
        "title": text("Petit catalogue"),
        "status": "active",
        "publisher": "test",
        "sources": [{"id": "src", "title": "Source", "href": "https://example.org/a"}],
        "notice": text("Cette liste n'est pas l'annexe officielle"),
        "published_counts": [
            {
                "heading": text("Première"),
                "section": "s1",
                "version": text("v1"),
                "total": {"value": 17, "precision": "exact"},
                "mandatory": {"value": 14, "precision": "about"},
                "source": "src",
            },
            {
                "heading": text("Toutes"),
                "version": text("v1"),
                "total": {"value": 150, "precision": "more_than"},
                "source": "src",
            },
            {"heading": text("Autre"), "version": text("v1"), "note": text("Rien"), "source": "src"},
        ],
    },
    "facts": [
        {
            "id": "exchange",
            "type": "choice",
            "prompt": text("Échange ?"),
            "choices": [
                {"id": "none", "label": text("aucun échange")},
                {"id": "read", "label": text("lecture")},
                {"id": "write", "label": text("écriture")},
            ],
        },
        {
            "id": "measures",
            "type": "boolean",
            "prompt": text("Mesures ?"),
            "asked_when": {"fact": "exchange", "in": ["read", "write"]},
        },
        {
            "id": "platforms",
            "type": "multichoice",
            "prompt": text("Plateformes ?"),
            "choices": [{"id": "web", "label": text("web")}, {"id": "ios", "label": text("iOS")}],
        },
        {"id": "since", "type": "date", "prompt": text("Depuis ?")},
    ],
    "sections": [
        {"id": "s1", "title": text("Première")},
        {"id": "s2", "title": text("Deuxième"), "parent": "s1", "threshold": {"minimum": 0.5, "over": "all"}},
    ],
    "requirements": [
        requirement("r-all"),
        requirement("r-measures", section="s2", applicability={"fact": "measures", "is": True}),
        requirement("r-web", applicability={"all": [{"fact": "platforms", "is": "web"}]}),
    ],
}


class Small:
    """A catalogue to change: `small.data`, then `small.write()` in a folder, whole or in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = copy.deepcopy(BASE)

    def requirement(self, index: int = 0) -> Data:
        found: Data = self.data["requirements"][index]
        return found

    def add(self, identifier: str, **changes: Any) -> Data:
        self.data["requirements"].append(requirement(identifier, **changes))
        return self.requirement(-1)

    def version(self, number: str) -> "Small":
        """The same catalogue in another version, to change on its own."""
        other = Small(self.folder)
        other.data = copy.deepcopy(self.data)
        other.data["catalogue"]["version"] = number
        return other

    @property
    def home(self) -> Path:
        return self.folder / "small" / str(self.data["catalogue"]["version"])

    def files(self) -> dict[str, str]:
        """The manifest, the facts, one file per section."""
        manifest = {key: self.data[key] for key in ("schema_version", "catalogue", "sections") if key in self.data}
        held = self.data["requirements"]
        return {
            "catalogue.yaml": dump(manifest),
            "facts.yaml": dump({"schema_version": 1, "facts": self.data["facts"]}),
            "one.yaml": dump({"schema_version": 1, "requirements": held[:1]}),
            "two.yaml": dump({"schema_version": 1, "requirements": held[1:]}),
        }

    def write(self) -> Path:
        """The version folder, in several files."""
        self.home.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (self.home / name).write_text(content, encoding="utf-8")
        return self.home

    def write_whole(self, name: str = "whole.yaml") -> Path:
        """One file that holds everything."""
        path = self.folder / name
        path.write_text(dump(self.data), encoding="utf-8")
        return path

    def documents(self) -> dict[str, bytes]:
        return {name: content.encode() for name, content in self.files().items()}


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


@pytest.fixture
def codes() -> Callable[..., list[str]]:
    """The codes of diagnostics, the errors only unless told."""

    def read(diagnostics: Any, *, levels: tuple[str, ...] = ("error",)) -> list[str]:
        return [item.code for item in diagnostics if item.level in levels]

    return read
