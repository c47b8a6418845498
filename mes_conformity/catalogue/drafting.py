"""From the requirements of a list to a catalogue in one version: its files, in the format of `docs/formats.md`.

The text of the list is kept word for word. Its official codes are kept as labels, and the ids are derived from them, so
that the next copy of the list gives the same ids. The same list and choices give the same bytes.
"""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.catalogue import list_words
from mes_conformity.catalogue.model import Grade
from mes_conformity.catalogue.requirement_rows import Draft
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.yaml_documents import dump

SOURCE = "liste"
PROFILES = "profils"
_MAX_ID = 64
_MAX_TITLE = 100
_MAX_FILES = 100
_MAX_IN_FILE = 1000
_MAX_SECTION = 48  # leaves room for the code of an unnumbered requirement

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the list does not say of itself. `article` is the place in the source that every requirement quotes."""

    id: str
    version: str
    title: str
    source: str
    grade: Grade
    file: str
    sha256: str
    href: str | None = None
    article: str | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """The files of the version folder (name → bytes), and the id of each requirement, in the order of the list."""

    documents: Mapping[str, bytes]
    ids: tuple[str, ...]


def draft_catalogue(drafts: Sequence[Draft], identity: Identity) -> Drafted:
    """The catalogue of the requirements understood in a list. `drafts` is not empty."""
    sections = _Sections()
    profiles = _Profiles(drafts)
    ids = _ids(drafts)
    by_section: dict[str, list[Data]] = {}
    for draft, name in zip(drafts, ids, strict=True):
        section = sections.place(draft.sections)
        by_section.setdefault(section, []).append(_requirement(draft, name, section, identity, profiles))
    files: dict[str, Data] = {"catalogue.yaml": _manifest(identity, sections.data)}
    if profiles.facts:
        files["facts.yaml"] = {"schema_version": 1, "facts": profiles.facts}
    for name, requirements in _parts(by_section):
        files[name] = {"schema_version": 1, "requirements": requirements}
    return Drafted({name: dump(data).encode() for name, data in files.items()}, tuple(ids))


def _parts(by_section: Mapping[str, list[Data]]) -> Iterator[tuple[str, list[Data]]]:
    """One file per section; several for a long one, and numbered files where a list has a section per requirement."""
    if len(by_section) > _MAX_FILES:
        by_section = {"toutes": [requirement for held in by_section.values() for requirement in held]}
    for section, held in by_section.items():
        for start in range(0, len(held), _MAX_IN_FILE):
            part = f"-{start // _MAX_IN_FILE + 1}" if len(held) > _MAX_IN_FILE else ""
            yield f"section-{section}{part}.yaml", held[start : start + _MAX_IN_FILE]


def slug(text: str, limit: int = _MAX_ID) -> str:
    """An id made from a text: « INS 45.1 » → `ins-45.1`; a text without a letter or a figure gives its digest."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[._-]*[.][._-]*", ".", re.sub(r"[^a-z0-9.]+", "-", plain)).strip(".-")
    if not name:
        return sha256(text.encode("utf-8", "surrogatepass"))[:10]
    if len(name) > limit:
        return f"{name[: limit - 11].rstrip('.-')}-{sha256(text.encode('utf-8', 'surrogatepass'))[:10]}"
    return name


def _distinct(name: str, text: str, taken: Container[str], limit: int = _MAX_ID) -> str:
    """`name`, or when something else has it `name` with the digest of the text it stands for."""
    if name not in taken:
        return name
    mark = sha256(text.encode("utf-8", "surrogatepass"))
    size = next(size for size in range(6, 65) if f"{name[: limit - size - 1]}-{mark[:size]}" not in taken)
    return f"{name[: limit - size - 1].rstrip('.-')}-{mark[:size]}"


def _ids(drafts: Sequence[Draft]) -> list[str]:
    """An id per requirement: from its code, or from its section and its words where the list numbers nothing."""
    taken: dict[str, None] = {}
    for draft in drafts:
        if draft.code:
            name = _distinct(slug(draft.code), draft.code, taken)
        else:
            words = " ".join(draft.statement.split())
            section = slug(next((title or code for code, title in draft.sections), "exigence"), _MAX_SECTION)
            own = f"x-{section}-{sha256(words.encode())[:8]}"
            name = _distinct(own, f"{draft.sections}{words}{len(taken)}", taken)
        taken[name] = None
    return list(taken)


class _Sections:
    """The sections that requirements name, each once, in the order they come."""

    def __init__(self) -> None:
        self.data: list[Data] = []
        self._ids: dict[tuple[tuple[str, str], ...], str] = {}
        self._taken: set[str] = set()

    def place(self, path: tuple[tuple[str, str], ...]) -> str:
        """The id of the section at `path`: (code, title) of the section, then of the block."""
        if not path:
            return self._add((("", "Exigences"),), both("Exigences"))
        for depth in range(1, len(path) + 1):
            code, title = path[depth - 1]
            name = self._add(path[:depth], {"fr": title or code})
        return name

    def _add(self, path: tuple[tuple[str, str], ...], title: Text) -> str:
        key = tuple((code.casefold(), " ".join(text.casefold().split())) for code, text in path)
        if key not in self._ids:
            words = " ".join(code or text for code, text in path)
            name = _distinct(slug(words, _MAX_SECTION), str(key), self._taken, _MAX_SECTION)
            self._ids[key] = name
            self._taken.add(name)
            parent = {"parent": self._ids[key[:-1]]} if len(path) > 1 else {}
            self.data.append({"id": name, "title": dict(title), **parent})
        return self._ids[key]


class _Profiles:
    """The profiles of the list as one question, so that a requirement of a profile applies to those who have it."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._ids: dict[str, str] = {}
        taken: set[str] = set()
        for draft in drafts:
            for name in draft.profiles:
                if name != list_words.EVERYBODY and name not in self._ids:
                    self._ids[name] = _distinct(slug(name), name, taken)
                    taken.add(self._ids[name])

    @property
    def facts(self) -> list[Data]:
        """The question, without which no profile could be chosen; none when the list has no profile."""
        choices = [{"id": identifier, "label": {"fr": name}} for name, identifier in self._ids.items()]
        if not choices:
            return []
        if len(choices) == 1:  # a question of choice has two answers at least
            prompt = both("Le service relève-t-il du profil « {name} » ?", name=next(iter(self._ids)))
            return [{"id": PROFILES, "type": "boolean", "prompt": prompt}]
        prompt = both("De quels profils le service relève-t-il ?")
        return [{"id": PROFILES, "type": "multichoice", "prompt": prompt, "choices": choices}]

    def condition(self, names: Sequence[str]) -> Data | None:
        """The condition of a requirement of these profiles; None when it is everybody's."""
        if not names or list_words.EVERYBODY in names:
            return None
        if len(self._ids) == 1:
            return {"fact": PROFILES, "is": True}
        wanted = [self._ids[name] for name in names]
        return {"fact": PROFILES, "is": wanted[0]} if len(wanted) == 1 else {"fact": PROFILES, "in": wanted}


def _manifest(identity: Identity, sections: list[Data]) -> Data:
    source = {"id": SOURCE, "title": identity.source}
    if identity.href:
        source["href"] = identity.href
    return {
        "schema_version": 1,
        "catalogue": {
            "id": identity.id,
            "version": identity.version,
            "title": {"fr": identity.title},
            "status": "active",
            "publisher": identity.publisher or identity.source,
            "sources": [{**source, "sha256": identity.sha256, "read_as": "copy"}],
            "notice": both(
                "Liste importée du fichier « {file} », tel que son détenteur l'a donné : ses textes et ses numéros sont"
                " les siens.",
                file=identity.file,
            ),
        },
        "sections": sections,
    }


def _requirement(draft: Draft, name: str, section: str, identity: Identity, profiles: _Profiles) -> Data:
    data: Data = {"id": name}
    if draft.code:
        data["label"] = draft.code
    data |= {
        "section": section,
        "title": _text(_title(draft), draft.title_en),
        "statement": _text(draft.statement, draft.statement_en),
        "obligation": draft.obligation,
        "lifecycle": "active",
    }
    optional: Data = {
        "guidance": _guidance(draft),
        "applicability": profiles.condition(draft.profiles),
        "target_level": draft.level,
        "evidence": _evidence(draft),
    }
    data |= {key: value for key, value in optional.items() if value is not None and value != []}
    data["verification"] = {"methods": ["examine"], "automation": "manual"}
    article = draft.article or identity.article
    if article:
        data["references"] = [{"source": SOURCE, "locator": " ".join(article.split())}]
    tags = [tag for tag in (draft.nature, draft.function, draft.version) if tag]
    if tags:
        data["tags"] = list(dict.fromkeys(tags))
    return {**data, "provenance": {"grade": identity.grade, "sources": [SOURCE]}}


def _text(fr: str, en: str = "") -> dict[str, str]:
    return {"fr": fr, "en": en} if en else {"fr": fr}


def _title(draft: Draft) -> str:
    """The title of the list, else its function, else the first words of the statement."""
    told = " ".join((draft.title or draft.function).split())
    if told:
        return told
    words = " ".join(draft.statement.split())
    first = re.split(r"(?<=[.;:])\s", words, maxsplit=1)[0].rstrip(" .;:")
    if first and len(first) <= _MAX_TITLE:
        return first
    return (
        words[: _MAX_TITLE - 1].rpartition(" ")[0].rstrip(" ,.;:") + "…"
        if " " in words[:_MAX_TITLE]
        else words[:99] + "…"
    )


def _guidance(draft: Draft) -> Data | None:
    parts = list(draft.guidance)
    for number, words in draft.scenarios:
        parts.append(f"Scénario de conformité {number} : {words}" if number else f"Scénario de conformité : {words}")
    return _text("\n\n".join(parts)) if parts else None


def _evidence(draft: Draft) -> list[Data]:
    """The pieces asked for: what a list asks for is what « conforme » cannot stand without."""
    needs: list[Data] = []
    taken: set[str] = set()
    for rank, (number, words) in enumerate(draft.evidence, 1):
        name = _distinct(slug(number) if number else f"preuve-{rank}", f"{number}{words}{rank}", taken)
        taken.add(name)
        title = f"{number} — {words}" if number and words else number or words
        needs.append({"id": name, "kind": list_words.piece(words), "title": _text(title), "required_for": ["conform"]})
    return needs
