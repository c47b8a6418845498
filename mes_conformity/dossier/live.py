"""Running again, on a target, what a dossier says was run; and comparing."""

from typing import Any

from mes_conformity.dossier.replay import VERDICTS
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import engine
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import Target
from mes_conformity.suites.loader import Library


def service_of(dossier: Dossier) -> engine.Service:
    """The service that a dossier speaks of, with the artefacts it carries."""
    run, held = dossier.documents.run, dossier.documents.artefacts()
    who = {key: run["service"].get(key) for key in ("publisher", "product", "version", "platform", "solution_oid")}
    artefacts = tuple(
        Artefact(item["path"], item["kind"], held[item["sha256"]])
        for item in run["artefacts"]
        if item["sha256"] in held
    )
    return engine.Service(**who, facts=run["facts"], artefacts=artefacts)


def again(dossier: Dossier, library: Library, target: Target, env: Environment) -> dict[str, Any]:
    """An entry like those of `replay`, each case run again on `target` by the suites of `library`.

    Nothing is kept. A case `differs` when its outcome does. Raises like `engine.run`.
    """
    result = engine.run(library, Selection(), service_of(dossier), env, target=target)
    now = {entry["id"]: entry for entry in result.entries}
    cases = [_compared(entry, now.get(entry["id"])) for entry in dossier.documents.run["cases"]]
    verdicts = [case["verdict"] for case in cases]
    return {
        "path": dossier.path,
        "sha256": dossier.sha256,
        "suites": "installed",
        "target": target.public(),
        "summary": {verdict: verdicts.count(verdict) for verdict in VERDICTS},
        "cases": cases,
        "findings": [],
        "signature": dossier.signature and dossier.signature.to_json(),
    }


def _compared(then: Any, now: Any) -> dict[str, Any]:
    shape = {"id": then["id"], "then": then["outcome"], "now": now and now["outcome"], "message": None}
    if now is None:
        return {**shape, "verdict": "error", "message": both("ces suites n'ont pas ce cas"), "differences": []}
    if now["outcome"] == then["outcome"]:
        return {**shape, "verdict": "confirmed", "differences": []}
    failed: Any = next((check for check in now["checks"] if check["outcome"] in ("failed", "error")), {})
    difference = {
        "check": failed.get("check", "outcome"),
        "where": failed.get("where"),
        "expected": failed.get("expected"),
        "obtained_then": then["outcome"],
        "obtained_now": failed.get("obtained") or now["outcome"],
    }
    reason = now["reason"]
    message = {key: reason[key] for key in ("fr", "en") if key in reason} if reason else None
    return {**shape, "verdict": "differs", "message": message, "differences": [difference]}
