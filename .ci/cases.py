"""The pages that list every case, made from the suites: docs/cases.md (French) and docs/cases.en.md.

python .ci/cases.py    write them
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from mes_conformity.suites.loader import Library, load_all
from mes_conformity.suites.model import Case, Suite

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"fr": ROOT / "docs" / "cases.md", "en": ROOT / "docs" / "cases.en.md"}
WORDS = {
    "fr": {
        "title": "Tous les cas de test",
        "intro": "Page faite des suites par `make docs` : {cases} cas ({unit} unitaires, {connection} de connexion, "
        "{listen} d'écoute).",
        "unit": "Cas unitaires (un artefact, jugé hors ligne)",
        "connection": "Cas de connexion (une cible, interrogée)",
        "listen": "Cas d'écoute (ce que le client de l'éditeur envoie)",
        "columns": "Cas | Ce qu'il montre | Juge | Vaut | Exigences | Source | Échoue avec",
        "service": "le service",
        "target": "l'environnement",
        "mandatory": "",
        "recommended": " (recommandé)",
        "optional": " (facultatif)",
        "published": "publié",
        "republished": "republié",
        "draft": "projet",
        "assumption": "hypothèse",
    },
    "en": {
        "title": "Every test case",
        "intro": "Page made of the suites by `make docs`: {cases} cases ({unit} unit, {connection} connection, "
        "{listen} listen).",
        "unit": "Unit cases (an artefact, judged offline)",
        "connection": "Connection cases (a target, asked)",
        "listen": "Listen cases (what the publisher's client sends)",
        "columns": "Case | What it shows | Judges | Basis | Requirements | Source | Fails with",
        "service": "the service",
        "target": "the environment",
        "mandatory": "",
        "recommended": " (recommended)",
        "optional": " (optional)",
        "published": "published",
        "republished": "republished",
        "draft": "draft",
        "assumption": "assumption",
    },
}


def page(language: str) -> str:
    """The whole page."""
    library, words = load_all(), WORDS[language]
    kinds = {
        kind: [suite for suite in library.suites if suite.kind == kind] for kind in ("unit", "connection", "listen")
    }
    counts = {kind: sum(len(suite.cases) for suite in suites) for kind, suites in kinds.items()}
    lines = [f"# {words['title']}", "", words["intro"].format(cases=len(library.cases), **counts)]
    for kind, suites in kinds.items():
        if suites:
            lines += ["", f"## {words[kind]}"]
        for suite in suites:
            lines += _suite(library, suite, language)
    return "\n".join(lines) + "\n"


def _suite(library: Library, suite: Suite, language: str) -> Iterator[str]:
    words = WORDS[language]
    columns = words["columns"]
    yield from ("", f"### {suite.title[language]} (`{suite.id}`)", "", f"| {columns} |")
    yield "|" + " --- |" * len(columns.split("|"))
    for case in suite.cases:
        yield _row(library.case(case.id), language)


def _row(case: Case, language: str) -> str:
    words = WORDS[language]
    cells = (
        case.id,
        case.title[language] + words[case.obligation],
        words[case.subject],
        words[case.basis],
        ", ".join(case.requirements),
        case.source,
        ", ".join(f"`{name}`" for name in case.broken_by),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> int:
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
