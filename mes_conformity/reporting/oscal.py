"""OSCAL assessment results: an observation per case, a finding per requirement that its cases settled.

OSCAL knows satisfied and not-satisfied only. A requirement that no case settled has its observations and no finding:
nothing is said to be satisfied that was not shown, nor refused that was not refuted.
Source: NIST, OSCAL 1.2.1, assessment results model and its JSON Schema.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import _, pick, using
from mes_conformity.reporting import guidance, words
from mes_conformity.reporting.encoding import dump, identifier, line, markdown
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, RequirementView, shown_as
from mes_conformity.reporting.places import uri
from mes_conformity.reporting.results import LINE, explanation, message

VERSION: Final = "1.2.1"
NAMESPACE: Final = "urn:mes-conformity:oscal"
_STATES: Final = {"shown": ("satisfied", "pass"), "refuted": ("not-satisfied", "fail")}
_NOT_TOKEN: Final = re.compile(r"[^A-Za-z0-9._-]")
MAX_TEXT: Final = 20_000


def render(report: Report, lang: str) -> bytes:
    """The document, its texts in `lang`."""
    with using(lang):
        return dump({"assessment-results": _results(report, _Names(report.run["run"]["id"]), lang)})


class _Names:
    """The identifiers of one report: of a thing, always the same, wherever it is drawn."""

    def __init__(self, run: str) -> None:
        self._run = run

    def __call__(self, *names: str) -> str:
        return identifier("oscal", self._run, *names)


def _results(report: Report, names: _Names, lang: str) -> dict[str, Any]:
    run = report.run
    service = run["service"]
    return {
        "uuid": names("assessment-results"),
        "metadata": {
            "title": _line(_("Résultats de recette — {product} {version}", **_known(service))),
            "last-modified": run["run"]["ended_at"],
            "version": line(run["run"]["id"]),
            "oscal-version": VERSION,
            "props": _props({"language": lang, "tool": f"{run['tool']['name']} {run['tool']['version']}"}),
            "parties": [
                {"uuid": names("publisher"), "type": "organization", "name": line(str(service["publisher"] or "–"))}
            ],
        },
        "import-ap": {
            "href": f"#{names('plan')}",
            "remarks": _("Le plan est l'ensemble des suites de tests embarquées dans le dossier."),
        },
        "results": [_result(report, names)],
        "back-matter": {"resources": [_plan(run, names)]},
    }


def _known(service: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(service[key] or "?") for key in ("product", "version")}


def _result(report: Report, names: _Names) -> dict[str, Any]:
    run = report.run
    cases = [case for suite in report.suites for case in suite.cases]
    facts = {"verdict": report.judgement.outcome}
    if run["catalogue"]:
        facts |= {
            "catalogue": f"{run['catalogue']['id']} {run['catalogue']['version']}",
            "catalogue-sha256": run["catalogue"]["sha256"],
        }
    result = {
        "uuid": names("result"),
        "title": _line(run["run"]["id"]),
        "description": markdown(pick(guidance.sentence(report))),
        "start": run["run"]["started_at"],
        "end": run["run"]["ended_at"],
        "props": _props(facts),
        "local-definitions": {"components": _components(run, names)},
        "reviewed-controls": {"control-selections": [_selection(report)]},
    }
    if report.judgement.bases:
        listed = "\n".join(f"- {markdown(line(f'{title} ({basis})'))}" for title, basis in report.judgement.bases)
        result["remarks"] = f"{pick(words.LABELS['bases'])}\n\n{listed}"
    if cases:
        result["observations"] = [_observation(run, case, names) for case in cases]
    findings = [_finding(item, names) for item in _every(report) if item.shown in _STATES]
    return {**result, "findings": findings} if findings else result


def _every(report: Report) -> tuple[RequirementView, ...]:
    return (*report.requirements, *report.set_apart)


def _selection(report: Report) -> dict[str, Any]:
    """The requirements that some case is about; `include-all` is the only way to write none."""
    about = list(dict.fromkeys(_token(item.id) for item in _every(report) if item.cases))
    return {"include-controls": [{"control-id": name} for name in about]} if about else {"include-all": {}}


def _components(run: Mapping[str, Any], names: _Names) -> list[dict[str, Any]]:
    """What was judged: the service and, where there was one, the environment it was tried against."""
    service = run["service"]
    found = [("service", "software", f"{service['product'] or '?'} {service['version'] or '?'}")]
    target = run["run"]["target"]
    if target:
        found.append(("target", "service", str(target.get("name") or target.get("url") or "?")))
    found.append(("tool", "software", f"{run['tool']['name']} {run['tool']['version']}"))
    return [
        {
            "uuid": names(kind),
            "type": component,
            "title": _line(title),
            "description": markdown(line(title)),
            "props": _props({"role": kind}),
            "status": {"state": "operational"},
        }
        for kind, component, title in found
    ]


def _observation(run: Mapping[str, Any], case: CaseRecord, names: _Names) -> dict[str, Any]:
    entry = case.entry
    subject = "target" if entry["subject"] == "target" and run["run"]["target"] else "service"
    said = "" if entry["outcome"] == "passed" else explanation(entry) if entry["checks"] else message(entry)
    facts = {key: str(entry[key]) for key in ("id", "suite", "kind", "subject", "basis", "obligation")}
    return {
        "uuid": names("observation", entry["id"]),
        "title": _line(f"{entry['id']} — {pick(entry['title'])}"),
        "description": markdown(brief("\n\n".join(filter(None, (pick(entry["title"]), said))), MAX_TEXT)) or "–",
        "props": _props({**facts, "outcome": shown_as(entry)}),
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": names("tool")}]}],
        "subjects": [{"subject-uuid": names(subject), "type": "component"}],
        "relevant-evidence": [
            {"href": uri(f"{entry['folder']}/{name}"), "description": name}
            for name in ("case.json", *(["exchanges.har"] if case.exchanges else []))
        ],
        "collected": run["run"]["ended_at"],
    }


def _finding(item: RequirementView, names: _Names) -> dict[str, Any]:
    state, reason = _STATES[item.shown]
    title = _line(f"{item.label} — {pick(item.title)}")
    facts = {"requirement": item.id, "declared": item.status, "contradicted": str(item.contradicted).lower()}
    return {
        "uuid": names("finding", item.id),
        "title": title,
        "description": markdown(pick(item.statement or item.title)) or "–",
        "props": _props(facts),
        "target": {
            "type": "objective-id",
            "target-id": _token(item.id),
            "title": title,
            "status": {"state": state, "reason": reason},
        },
        "related-observations": [{"observation-uuid": names("observation", case["id"])} for case in item.cases],
    }


def _plan(run: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    """The suites as a resource: where they stand in the dossier, and their digests."""
    links = [
        {"href": uri(f"suites/{suite['name']}"), "hashes": [{"algorithm": "SHA-256", "value": suite["sha256"]}]}
        for suite in (*run["suites"], *run["contracts"])
    ]
    resource: dict[str, Any] = {
        "uuid": names("plan"),
        "title": _("Suites de tests et contrats"),
        "description": _("Ce avec quoi le service a été jugé, tel que le dossier l'embarque."),
    }
    return {**resource, "rlinks": links} if links else resource


def _props(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "ns": NAMESPACE, "value": brief(line(value), LINE)} for name, value in values.items()]


def _line(text: str) -> str:
    return markdown(brief(line(text), LINE))


def _token(name: str) -> str:
    """`name` as an OSCAL token: letters, digits, `.`, `-`, `_`, a letter or `_` first."""
    token = _NOT_TOKEN.sub("_", name)
    return token if token[:1].isalpha() else f"_{token}"
