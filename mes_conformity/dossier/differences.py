"""What changed from one dossier to the next, each kind of change apart: an expert reads the second one by it."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.dossier import judges
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.digests import sha256

_RANK = {"passed": 0, "skipped": 1, "error": 2, "failed": 3}
CASES = ("new", "gone", "fixed", "worse", "changed")


def compare(a: Dossier, b: Dossier) -> dict[str, Any]:
    """`{a, b, service, cases {new, gone, fixed, worse, changed}, evidence, answers, facts, catalogue, suites}`.

    A case is `fixed` when it failed (or could not be judged) and does no more, `worse` when its outcome lost rank
    (passed, skipped, error, failed), `changed` when its outcome stands for other reasons.
    Raises InvalidInput where a catalogue cannot be read.
    """
    one, other = a.documents, b.documents
    return {
        "a": _who(a),
        "b": _who(b),
        "service": _changes(one.run["service"], other.run["service"]),
        "cases": _cases(one, other),
        "evidence": _files(one, other),
        "answers": _changes(_answers(one), _answers(other)),
        "facts": _changes(_facts(one), _facts(other)),
        "catalogue": _catalogue(one, other),
        "suites": _changes(_suites(one), _suites(other)),
    }


def _who(dossier: Dossier) -> dict[str, Any]:
    service = dossier.documents.run["service"]
    created = dossier.manifest.data["created_at"]
    return {
        "path": dossier.path,
        "sha256": dossier.sha256,
        "product": service.get("product"),
        "version": service.get("version"),
        "created_at": created,
        "verdict": dossier.manifest.data["verdict"]["outcome"],
    }


def _cases(one: Documents, other: Documents) -> dict[str, list[dict[str, Any]]]:
    before, after = ({entry["id"]: entry for entry in documents.run["cases"]} for documents in (one, other))
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CASES}
    for case in sorted({*before, *after}):
        then, now = before.get(case), after.get(case)
        kind = _kind(then, now)
        if kind is not None:
            shown: Any = now or then
            told = {
                "id": case,
                "title": shown["title"],
                "then": then and then["outcome"],
                "now": now and now["outcome"],
            }
            found[kind].append(told)
    return found


def _kind(then: Any, now: Any) -> str | None:
    if then is None or now is None:
        return "new" if then is None else "gone"
    gained = _RANK[then["outcome"]] - _RANK[now["outcome"]]
    if gained > 0:
        return "fixed" if then["outcome"] in ("failed", "error") else "changed"
    if gained < 0:
        return "worse"
    return "changed" if _seen(then) != _seen(now) else None


def _seen(entry: Mapping[str, Any]) -> Any:
    """What a result rests on, times apart."""
    checks = [(check["check"], check["outcome"], check.get("expected")) for check in entry["checks"]]
    return checks, (entry["reason"] or {}).get("code"), entry["basis"], entry["obligation"], entry["requirements"]


def _files(one: Documents, other: Documents) -> dict[str, list[str]]:
    """Evidence and artefacts, by what they hold."""
    before, after = _digests(one), _digests(other)
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": sorted(path for path in set(before) & set(after) if before[path] != after[path]),
    }


def _digests(documents: Documents) -> dict[str, str]:
    paths = (path for path in documents.files if path.startswith(("evidence/", "artefacts/")))
    return {path: sha256(documents.files[path]) for path in paths}


def _answers(documents: Documents) -> dict[str, Any]:
    told = (documents.assessment or {}).get("answers", {})
    keys = ("status", "level", "justification", "comment")
    return {
        name: {
            **{key: answer[key] for key in keys if key in answer},
            "evidence": sorted(item.get("sha256") or item.get("url") or "" for item in answer.get("evidence") or ()),
        }
        for name, answer in told.items()
    }


def _facts(documents: Documents) -> dict[str, Any]:
    return {name: fact.get("value") for name, fact in (documents.assessment or {}).get("facts", {}).items()}


def _suites(documents: Documents) -> dict[str, Any]:
    return {item["name"]: item["sha256"] for item in (*documents.run["suites"], *documents.run["contracts"])}


def _catalogue(one: Documents, other: Documents) -> dict[str, Any]:
    before, after = _requirements(one), _requirements(other)
    then, now = one.run["catalogue"], other.run["catalogue"]
    return {"then": then, "now": now, "changed": then != now, "requirements": _changes(before, after)}


def _requirements(documents: Documents) -> dict[str, Any]:
    files = documents.folder("catalogue")
    if not files:
        return {}
    return {item.id: f"{item.obligation} {item.statement}" for item in judges.catalogue(files).requirements}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`[{id, then, now}]`, None on the side where there is none."""
    return [
        {"id": key, "then": before.get(key), "now": after.get(key)}
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]
