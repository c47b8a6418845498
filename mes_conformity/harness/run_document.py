"""What run.json says: what is run, on what, with what, and one entry for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mes_conformity.harness import run_store

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.casework import Played
    from mes_conformity.harness.engine import Service
    from mes_conformity.harness.selection import Planned
    from mes_conformity.harness.targets import Target
    from mes_conformity.suites.loader import Library
    from mes_conformity.validators.contract import Contract

Entry = dict[str, Any]


def to_entry(item: Planned, played: Played) -> Entry:
    """The entry of a case in run.json."""
    case, verdict = item.case, played.verdict
    return {
        "id": case.id,
        "suite": case.suite,
        "kind": case.kind,
        "subject": case.subject,
        "title": dict(case.title),
        "requirements": list(case.requirements),
        "basis": case.basis,
        "obligation": case.obligation,
        "source": case.source,
        "outcome": verdict.outcome,
        "advisory": case.advisory,
        "ground": item.ground,
        "reason": verdict.reason.to_json() if verdict.reason else None,
        "duration_ms": played.duration_ms,
        "checks": [check.to_json() for check in verdict.checks],
        "remedy": dict(case.remedy),
        "folder": f"cases/{case.id}",
    }


def head(
    library: Library,
    planned: Sequence[Planned],
    service: Service,
    env: Environment,
    *,
    target: Target | None,
    catalogue: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> dict[str, Any]:
    """run.json before any case: what is run, on what, with what."""
    from mes_conformity import __version__

    suites = {item.case.suite for item in planned}
    used = {ref for item in planned for ref in item.case.contracts.values()}
    started = env.now()
    return {
        "run": {
            "id": run_id or run_store.new_id(env),
            "target": target.public() if target else None,
            "started_at": started,
            "ended_at": started,
        },
        "tool": {"name": "mes-conformity", "version": __version__},
        "service": service.to_json(),
        "facts": dict(service.facts),
        "catalogue": dict(catalogue) if catalogue else None,
        "suites": [
            {"id": suite.id, "kind": suite.kind, "name": suite.name, "sha256": suite.sha256}
            for suite in library.suites
            if suite.id in suites
        ],
        "contracts": [_contract(ref, library.contracts[ref]) for ref in sorted(used)],
        "artefacts": [
            {"path": item.path, "kind": item.kind, "sha256": item.sha256, "size": len(item.raw)}
            for item in service.artefacts
        ],
    }


def _contract(reference: str, contract: Contract) -> dict[str, str]:
    name = f"contracts/{contract.name.rpartition('/')[2]}"
    return {
        "id": contract.id,
        "version": contract.version,
        "name": name,
        "sha256": contract.sha256,
        "reference": reference,
    }
