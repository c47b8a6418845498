"""The gate: one verdict for a release pipeline, and every reason to refuse.

A policy (schema gate-policy-1) says what a release must have; nothing of it can loosen what a dossier or a run *is*:
they speak of this product and version, or they do not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mes_conformity.assessment.readiness import Readiness
from mes_conformity.assessment.workspace import Service
from mes_conformity.dossier import scope
from mes_conformity.dossier.review import Followed, Review
from mes_conformity.dossier.verify import Dossier, Verification
from mes_conformity.foundation import schemas, yaml_documents
from mes_conformity.foundation.i18n import Text, both

SCHEMA = "gate-policy-1"
NAMED = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """What a release must have; the fields and their words are those of the schema. The defaults are the strict ones,
    but for a signature, an age and a target, which are the publisher's to ask."""

    assessment: str = "ready"
    waivers: str = "accepted"
    tests: str = "passed"
    target: str | None = None
    max_age_days: int | None = None
    dossier: str = "intact"
    review: str = "none"


@dataclass(frozen=True, slots=True)
class Release:
    """What a workspace has to show today: `run` is its latest run.json, `dossier` and `review` its newest dossier."""

    service: Service
    readiness: Readiness
    waived: Sequence[str]
    run: Mapping[str, Any] | None
    dossier: Verification | None
    review: Review | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a release is refused: a stable code, a sentence, and what to type."""

    code: str
    message: Text
    hint: Text

    def to_json(self) -> dict[str, Any]:
        """`{code, message, hint}`."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


def read(path: Path, name: str) -> Policy:
    """The policy in a YAML file. Raises InvalidInput `STO002`, `YAM…`, `SCH001`."""
    document = yaml_documents.read(path, name=name)
    schemas.require(document, SCHEMA)
    known = {field.name for field in fields(Policy)}
    return Policy(**{key: value for key, value in document.data.items() if key in known})


def judge(policy: Policy, release: Release, today: date) -> tuple[Reason, ...]:
    """Every reason to refuse the release, what was declared first; none: it may pass.

    Raises InvalidInput `DOS028`, `DOS029` where the suites of the dossier cannot be read.
    """
    return (
        *_declared(policy, release),
        *(_demonstrated(policy, release, today) if policy.tests != "any" else ()),
        *(_sealed(policy, release) if policy.dossier != "any" else ()),
        *_reviewed(policy, release),
    )


def _declared(policy: Policy, release: Release) -> Iterator[Reason]:
    blocking = release.readiness.blocking
    missing = sum(item.incomplete for item in blocking)
    hint = both("la liste : `mes-conformity assess check`")
    if policy.assessment != "any" and missing:
        yield Reason(
            "GAT001", both("l'évaluation n'est pas complète : {count} réponse(s) manquent", count=missing), hint
        )
    if policy.assessment == "ready" and len(blocking) > missing:
        count = len(blocking) - missing
        yield Reason("GAT002", both("l'évaluation n'est pas prête : {count} point(s) bloquent", count=count), hint)
    if policy.waivers == "refused" and release.waived:
        message = both("des dérogations courent, et la politique les refuse : {names}", names=_names(release.waived))
        yield Reason("GAT003", message, both("la liste : `mes-conformity waiver list`"))


def _demonstrated(policy: Policy, release: Release, today: date) -> Iterator[Reason]:
    hint = both("lancez `mes-conformity test run`")
    run = release.run
    if run is None:
        yield Reason("GAT010", both("aucune campagne de tests"), hint)
        return
    if not _speaks_of(run, release.service):
        message = both("la dernière campagne a été jouée sur {other}, pas sur {this}", other=_named(run["service"]),
                       this=_named(release.service.to_data()))  # fmt: skip
        yield Reason("GAT011", message, hint)
    yield from _outcomes(policy, run)
    yield from _circumstances(policy, run, today)


def _outcomes(policy: Policy, run: Mapping[str, Any]) -> Iterator[Reason]:
    """What counts against whom is what the exit code of `test run` says."""
    cases = run["cases"]
    failed = [case["id"] for case in cases if _against(case, "service") and not case.get("advisory")]
    undecided = [case["id"] for case in cases if case["outcome"] == "error" or _against(case, "target")]
    show = both("le détail : `mes-conformity dossier show CAS`")
    if failed:
        yield Reason("GAT012", both("des tests du service échouent : {names}", names=_names(failed)), show)
    if policy.tests != "passed":
        return
    if undecided:
        yield Reason("GAT013", both("des tests n'ont pas pu juger : {names}", names=_names(undecided)), show)
    if run["run"].get("state") == "interrupted":
        message = both("la dernière campagne a été interrompue")
        yield Reason("GAT014", message, both("relancez `mes-conformity test run`"))
    elif not any(case["outcome"] in ("passed", "failed") for case in cases):
        message = both("la dernière campagne n'a rien jugé")
        yield Reason("GAT014", message, both("voyez `mes-conformity test list`"))


def _against(case: Mapping[str, Any], subject: str) -> bool:
    return bool(case["outcome"] == "failed" and case["subject"] == subject)


def _circumstances(policy: Policy, run: Mapping[str, Any], today: date) -> Iterator[Reason]:
    name = (run["run"].get("target") or {}).get("name") or "∅"
    if policy.target is not None and policy.target != name:
        message = both("la dernière campagne a été jouée sur la cible « {name} », pas sur « {wanted} »",
                       name=name, wanted=policy.target)  # fmt: skip
        yield Reason("GAT015", message, both("lancez `mes-conformity test run --target {name}`", name=policy.target))
    days = (today - datetime.fromisoformat(run["run"]["ended_at"]).astimezone(UTC).date()).days
    if policy.max_age_days is not None and days > policy.max_age_days:
        message = both("la dernière campagne a {days} jours, {most} au plus sont admis",
                       days=days, most=policy.max_age_days)  # fmt: skip
        yield Reason("GAT016", message, both("relancez `mes-conformity test run`"))


def _sealed(policy: Policy, release: Release) -> Iterator[Reason]:
    build = both("construisez-le avec `mes-conformity dossier build`")
    found = release.dossier
    if found is None:
        yield Reason("GAT020", both("aucun dossier de recette"), build)
        return
    for finding in found.findings[:1]:
        message = both("le dossier n'est pas recevable : [{code}] {text}", code=finding.code, text=finding.message)
        yield Reason("GAT021", message, both("le détail : `mes-conformity dossier verify`"))
    if found.dossier is None:
        return
    if policy.dossier == "signed" and found.signature is None:
        yield Reason("GAT022", both("le dossier n'est pas signé"), both("signez-le avec `mes-conformity dossier sign`"))
    yield from _contents(found.dossier, release, build)


def _contents(dossier: Dossier, release: Release, build: Text) -> Iterator[Reason]:
    documents = dossier.documents
    if not _speaks_of(documents.run, release.service):
        message = both("le dossier est celui de {other}, pas de {this}", other=_named(documents.run["service"]),
                       this=_named(release.service.to_data()))  # fmt: skip
        yield Reason("GAT023", message, build)
    elif release.run is not None and documents.run["run"]["id"] != release.run["run"]["id"]:
        yield Reason("GAT024", both("le dossier n'est pas celui de la dernière campagne"), build)
    left = scope.not_run(documents)
    if left:
        message = both("le dossier est partiel : {count} cas n'ont pas été joués ({names})", count=len(left),
                       names=_names(left))  # fmt: skip
        yield Reason("GAT025", message, both("rejouez tout : `mes-conformity test run`, puis `dossier build`"))


def _reviewed(policy: Policy, release: Release) -> Iterator[Reason]:
    if policy.review == "any" or release.review is None:
        return
    hint = both("voyez `mes-conformity review list`")
    for problem in release.review.problems[:1]:
        message = both("la revue n'est pas recevable : [{code}] {text}", code=problem.code, text=problem.message)
        yield Reason("GAT030", message, hint)
    waiting = [item for item in release.review.waiting() if policy.review == "none" or _major(item)]
    if waiting:
        names = _names([item.finding.id for item in waiting])
        yield Reason("GAT031", both("des constats des experts ne sont pas levés : {names}", names=names), hint)


def _major(item: Followed) -> bool:
    return item.finding.kind == "major_nonconformity"


def _speaks_of(run: Mapping[str, Any], service: Service) -> bool:
    told = run["service"]
    return bool((told.get("product"), told.get("version")) == (service.product, service.version))


def _named(service: Mapping[str, Any]) -> str:
    return f"{service.get('product')} {service.get('version')}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (f"… (+{len(names) - NAMED})" if len(names) > NAMED else "")
