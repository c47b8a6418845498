"""What changed between two assessments: new answers, changed ones, evidence, facts, each apart. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mes_conformity.assessment.documents import plain
from mes_conformity.assessment.model import Answer, Assessment, Evidence

Document = dict[str, Any]
_FIELDS = ("status", "level", "justification", "comment", "owner", "due_on", "confirmed")
_LISTS = ("findings", "waivers", "actions", "test_runs")


def compare(before: Assessment, after: Assessment) -> Document:
    """The differences, in the order of `after`.

    `{catalogue {before, after}, facts [{id, before, after}], answers {new, removed, changed [{requirement, changes
    [{field, before, after}]}]}, evidence [{requirement, id, title, change, before, after}], findings, waivers, actions,
    test_runs [{id, requirement, change, before, after}], set_aside {new, removed}, summary}`. Who answered and when is
    no difference; whether somebody confirmed is one.
    """
    found: Document = {
        "catalogue": {"before": plain(before.catalogue), "after": plain(after.catalogue)},
        "facts": _facts(before, after),
        "answers": _answers(before.answers, after.answers),
        "evidence": _evidence(before.answers, after.answers),
        **{name: _items(getattr(before, name), getattr(after, name)) for name in _LISTS},
        "set_aside": {
            "new": [name for name in after.set_aside if name not in before.set_aside],
            "removed": [name for name in before.set_aside if name not in after.set_aside],
        },
    }
    return {**found, "summary": _summary(found)}


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    return dict.fromkeys((*after, *before))


def _facts(before: Assessment, after: Assessment) -> list[Document]:
    old, new = before.fact_values(), after.fact_values()
    return [
        {"id": name, "before": old.get(name), "after": new.get(name)}
        for name in _keys(old, new)
        if old.get(name) != new.get(name)
    ]


def _answers(before: Mapping[str, Answer], after: Mapping[str, Answer]) -> Document:
    return {
        "new": [{"requirement": name, "status": after[name].status} for name in after if name not in before],
        "removed": [{"requirement": name, "status": before[name].status} for name in before if name not in after],
        "changed": [
            {"requirement": name, "changes": changes}
            for name in after
            if name in before and (changes := answer_fields(before[name], after[name]))
        ],
    }


def answer_fields(old: Answer | None, new: Answer) -> list[Document]:
    """What changes in an answer, `[{field, before, after}]`; everything it says where there was none."""
    names = _FIELDS if old or not new.confirmed else _FIELDS[:-1]
    pairs = ((name, getattr(old, name, None), getattr(new, name)) for name in names)
    return [{"field": name, "before": was, "after": now} for name, was, now in pairs if was != now]


def _evidence(before: Mapping[str, Answer], after: Mapping[str, Answer]) -> list[Document]:
    found = []
    for requirement in _keys(before, after):
        old, new = (_pieces(side.get(requirement)) for side in (before, after))
        for key in _keys(old, new):
            was, now = old.get(key), new.get(key)
            if was != now:
                one = now or was
                head = {"requirement": requirement, "id": key, "title": one.title if one else key}
                found.append({**head, **_change(was, now)})
    return found


def _pieces(answer: Answer | None) -> dict[str, Evidence]:
    return {item.id: item for item in answer.evidence} if answer else {}


def _items(before: Sequence[Any], after: Sequence[Any]) -> list[Document]:
    old, new = ({item.id: item for item in side} for side in (before, after))
    return [
        {"id": key, "requirement": getattr(new.get(key) or old.get(key), "requirement", None)}
        | _change(old.get(key), new.get(key))
        for key in _keys(old, new)
        if old.get(key) != new.get(key)
    ]


def _change(was: Any, now: Any) -> Document:
    word = "added" if was is None else "removed" if now is None else "changed"
    return {"change": word, "before": plain(was), "after": plain(now)}


def _summary(found: Document) -> dict[str, int]:
    answers = found["answers"]
    counts = {name: len(found[name]) for name in ("facts", "evidence", *_LISTS)}
    return {
        "new": len(answers["new"]),
        "removed": len(answers["removed"]),
        "changed": len(answers["changed"]),
        **counts,
        "set_aside": sum(len(names) for names in found["set_aside"].values()),
    }
