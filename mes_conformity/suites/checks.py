"""The checks of a suite: each compares what was wanted with what was seen, and says both. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mes_conformity.foundation import patterns
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.suites.expressions import MISSING, BadExpression, same, show
from mes_conformity.suites.subject import CheckResult, Subject

Results = Iterator[CheckResult]


def _result(
    subject: Subject, check: str, ok: bool, expected: Any, obtained: Any, place: str = "", message: Text | None = None
) -> CheckResult:
    outcome = "passed" if ok else "failed"
    return CheckResult(check, outcome, show(expected), show(obtained), subject.at(place), message)


def _as_list(argument: Any) -> list[Any]:
    return argument if isinstance(argument, list) else [argument]


def _place(argument: Mapping[str, Any]) -> tuple[str, str]:
    """The `fhirpath`, `json` or `header` that a check names, and its expression."""
    return next((key, argument[key]) for key in ("fhirpath", "json", "header", "text") if key in argument)


def status(argument: Any, subject: Subject) -> Results:
    """The status is the one, or one of those, that were wanted."""
    wanted = [int(item) if str(item).isdigit() else item for item in _as_list(argument)]
    obtained = subject.response.status if subject.response else subject.described()
    expected = wanted[0] if len(wanted) == 1 else wanted
    yield _result(subject, "status", obtained in wanted, expected, obtained, message=_diagnostics(subject))


def _diagnostics(subject: Subject) -> Text | None:
    """What an OperationOutcome says, so that a wrong status comes with the reason that the target gives."""
    if not isinstance(subject.data, Mapping) or subject.data.get("resourceType") != "OperationOutcome":
        return None
    said = [show(issue.get("diagnostics", issue.get("code"))) for issue in _issues(subject)]
    return both("la cible dit : {text}", text="; ".join(said)[:300]) if said else None


def media_type(argument: Any, subject: Subject) -> Results:
    """The media type of the answer, its parameters (charset) left aside (RFC 9110 §8.3.1)."""
    value = (subject.response.header("content-type") or "") if subject.response else ""
    obtained = value.partition(";")[0].strip().lower()
    yield _result(subject, "media_type", obtained == str(argument).lower(), argument, value or subject.described())


def _matches(wanted: Any, values: list[Any]) -> bool:
    """A value, `present`, `absent`, `{matches: pattern}`, or a list of values that are all in the claim."""
    if wanted == "present":
        return bool(values)
    if wanted == "absent":
        return not values
    if isinstance(wanted, Mapping):
        return bool(values) and patterns.found(wanted["matches"], show(values[0], 10_000))
    if isinstance(wanted, list):
        return bool(values) and all(item in _as_list(values[0]) for item in wanted)
    return bool(values) and (same(values[0], wanted) or (isinstance(values[0], list) and wanted in values[0]))


def _wanted_text(wanted: Any) -> str:
    return f"~ {wanted['matches']}" if isinstance(wanted, Mapping) else show(wanted)


def header(argument: Mapping[str, Any], subject: Subject) -> Results:
    """Headers of the answer."""
    for name, wanted in argument.items():
        values = subject.read("header", name)
        obtained = values[0] if values else MISSING
        yield _result(subject, "header", _matches(wanted, values), f"{name}: {_wanted_text(wanted)}", obtained, name)


def claims(argument: Mapping[str, Any], subject: Subject) -> Results:
    """Claims of the id_token that `id_token_claims` read."""
    held = subject.data.get("claims", {}) if isinstance(subject.data, Mapping) else {}
    for name, wanted in argument.items():
        values = [held[name]] if name in held else []
        obtained = values[0] if values else MISSING
        yield _result(subject, "claims", _matches(wanted, values), f"{name}: {_wanted_text(wanted)}", obtained, name)


def fhirpath(argument: list[str], subject: Subject) -> Results:
    """Each expression is true of the resource (a single `true`, HL7 FHIRPath §4.5)."""
    for expression in argument:
        values = subject.read("fhirpath", expression)
        obtained: Any = values[0] if len(values) == 1 else values
        if subject.resource is MISSING:
            obtained = subject.described()
        yield _result(subject, "fhirpath", values == [True], expression, obtained)


def _single(argument: Mapping[str, Any], subject: Subject, wanted: Any = None) -> tuple[Any, str]:
    """The value at a place; the whole collection of a FHIRPath where a list is wanted."""
    if "value" in argument:
        return argument["value"], ""
    source, expression = _place(argument)
    values = subject.read(source, expression)
    if not values:
        return MISSING, expression
    if source == "fhirpath" and isinstance(wanted, list):
        return values, expression
    return (values[0] if len(values) == 1 else values), expression


def equals(argument: list[Mapping[str, Any]], subject: Subject) -> Results:
    """The value at a place is the one wanted."""
    for item in argument:
        obtained, place = _single(item, subject, item["to"])
        yield _result(subject, "equals", same(obtained, item["to"]), item["to"], obtained, place)


def differs(argument: list[Mapping[str, Any]], subject: Subject) -> Results:
    """The value at a place is there, and is another one. Redaction keeps equality visible, so secrets compare too."""
    for item in argument:
        obtained, place = _single(item, subject)
        ok = obtained is not MISSING and not same(obtained, item["from"])
        yield _result(subject, "differs", ok, f"≠ {show(item['from'])}", obtained, place)


def contains(argument: Any, subject: Subject) -> Results:
    """The body holds the text, whatever the case of its letters."""
    body = subject.text.casefold()
    for text in _as_list(argument):
        wanted = str(text)
        ok = wanted.casefold() in body
        yield _result(subject, "contains", ok, wanted, subject.text if subject.response else subject.described())


def matches(argument: list[Mapping[str, Any]], subject: Subject) -> Results:
    """The value at a place has the form wanted (a regular expression, searched)."""
    for item in argument:
        obtained, place = _single(item, subject)
        ok = obtained is not MISSING and patterns.found(item["pattern"], show(obtained, 100_000))
        yield _result(subject, "matches", ok, f"~ {item['pattern']}", obtained, place)


def _found(item: Mapping[str, Any], subject: Subject) -> list[Any]:
    source, expression = _place(item)
    if source == "text":
        return [expression] if expression.casefold() in subject.text.casefold() else []
    return subject.read(source, expression)


def absent(argument: list[Mapping[str, Any]], subject: Subject) -> Results:
    """Nothing stands at a place. No answer at all is not an absence."""
    for item in argument:
        values = _found(item, subject)
        nothing = subject.exchange is not None and subject.response is None
        obtained = subject.described() if nothing else (values[0] if values else MISSING)
        yield _result(subject, "absent", not values and not nothing, MISSING, obtained, str(_place(item)[1]))


def present(argument: list[Mapping[str, Any]], subject: Subject) -> Results:
    """Something stands at a place."""
    for item in argument:
        values = _found(item, subject)
        yield _result(subject, "present", bool(values), "≠ ∅", values[0] if values else MISSING, str(_place(item)[1]))


_BOUNDS: Final[Mapping[str, tuple[str, Callable[[int, int], bool]]]] = {
    "is": ("=", lambda obtained, wanted: obtained == wanted),
    "at_least": ("≥", lambda obtained, wanted: obtained >= wanted),
    "at_most": ("≤", lambda obtained, wanted: obtained <= wanted),
}


def count(argument: Any, subject: Subject) -> Results:
    """How many values stand at a place; a list at a JSON pointer counts its items. Unreadable data is not zero."""
    for item in _as_list(argument):
        source, expression = _place(item)
        values = subject.read(source, expression)
        if source == "json" and len(values) == 1 and isinstance(values[0], list):
            values = values[0]
        readable = (subject.resource if source == "fhirpath" else subject.data) is not MISSING
        for key, (sign, compare) in _BOUNDS.items():
            if key in item:
                ok = readable and compare(len(values), int(item[key]))
                obtained = len(values) if readable else subject.described()
                yield _result(subject, "count", ok, f"{sign} {item[key]}", obtained, expression)


def _issues(subject: Subject) -> list[Mapping[str, Any]]:
    data = subject.data
    if not isinstance(data, Mapping) or data.get("resourceType") != "OperationOutcome":
        return []
    issues = data.get("issue")
    return [issue for issue in issues if isinstance(issue, Mapping)] if isinstance(issues, list) else []


def outcome_issue(argument: Mapping[str, Any], subject: Subject) -> Results:
    """Some issue of the OperationOutcome has all that is wanted (FHIR R4 §2.27.3); texts are contained."""
    issues = _issues(subject)
    ok = any(_issue_matches(argument, issue) for issue in issues)
    short = [{key: issue.get(key) for key in ("severity", "code", "diagnostics")} for issue in issues]
    obtained = short if issues else subject.described()
    yield _result(subject, "outcome_issue", ok, dict(argument), obtained, "OperationOutcome.issue")


def _issue_matches(wanted: Mapping[str, Any], issue: Mapping[str, Any]) -> bool:
    diagnostics = issue.get("diagnostics")
    details = issue.get("details")
    text = f"{diagnostics or ''} {details.get('text', '') if isinstance(details, Mapping) else ''}".casefold()
    return (
        all(issue.get(key) == wanted[key] for key in ("severity", "code") if key in wanted)
        and str(wanted.get("diagnostics", "")).casefold() in text
    )


def profile(argument: Any, subject: Subject) -> Results:
    """Every resource meant claims the profile in `meta.profile`; none at all is a failure."""
    if isinstance(argument, str):
        path, wanted, found = "", argument, [subject.resource]
    else:
        path, wanted = argument["fhirpath"], argument["is"]
        found = subject.read("fhirpath", path)
    claimed = [(item.get("meta") or {}).get("profile") or [] if isinstance(item, Mapping) else [] for item in found]
    ok = bool(found) and all(wanted in profiles for profiles in claimed)
    yield _result(subject, "profile", ok, wanted, claimed, path)


def schema(argument: Mapping[str, Any], subject: Subject) -> Results:
    """The body has the shape of the JSON Schema that the suite holds."""
    from mes_conformity.foundation.shapes import conforms

    ok = subject.data is not MISSING and conforms(subject.data, dict(argument))
    yield _result(subject, "schema", ok, argument, subject.data if subject.data is not MISSING else subject.described())


def tls(argument: Mapping[str, Any], subject: Subject) -> Results:
    """The version of TLS, and that the certificate was verified by us."""
    facts = subject.exchange.tls if subject.exchange else None
    if "version_at_least" in argument:
        wanted = argument["version_at_least"]
        ok = facts is not None and _version(facts.version) >= _version(wanted)
        yield _result(subject, "tls", ok, f"≥ TLS {wanted}", f"TLS {facts.version}" if facts else subject.described())
    if "verified" in argument:
        verified = facts is not None and facts.verified
        yield _result(subject, "tls", verified is argument["verified"], argument["verified"], verified)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def failure(argument: Any, subject: Subject) -> Results:
    """The transport failed as wanted, and not otherwise; `none` wants a whole answer."""
    wanted = _as_list(argument)
    kind = subject.failure.kind if subject.failure else "none"
    yield _result(subject, "failure", kind in wanted, " | ".join(wanted), subject.described())


def rules(argument: Mapping[str, Any], subject: Subject) -> Results:
    """The validators find no error of the rules that must hold (all rules when `hold` is absent).

    `severity: warning` counts their warnings too: what a text advises, and does not demand.
    A rule that could not be judged (a value set that is missing, a type that no one knows) is an `error`, never a pass.
    """
    if subject.judge is None:
        return
    held = argument.get("hold")
    findings = list(subject.judge(argument, subject))
    counted = ("error", argument.get("severity", "error"))
    broken = [item for item in findings if item.severity in counted and (held is None or item.rule in held)]
    unreadable = [item for item in findings if item.rule.startswith("artefact/") and item not in broken]
    unjudged = [item for item in findings if set(item.unjudged) & set(item.unjudged if held is None else held)]
    for finding in (*broken, *unreadable, *unjudged):
        line = f":{finding.line}" if finding.line else ""
        where = f"{subject.artefact_path or subject.where}{line}#{finding.pointer}"
        yield CheckResult(
            "rules",
            "error" if finding in unjudged else "failed",
            show(finding.expected or finding.rule),
            show(finding.obtained if finding.obtained is not None else MISSING),
            where,
            finding.message,
            f"{finding.rule} — {finding.source}",
        )
    if not broken and not unreadable and not unjudged:
        left = _left_to_a_person(findings, held)
        yield _result(subject, "rules", True, held or "*", held or "*", f"{subject.artefact_path}#", left)


def _left_to_a_person(findings: list[Any], held: list[str] | None) -> Text | None:
    """What the validator of these rules says that it does not look at: a pass must not seem to say more."""
    families = None if held is None else {rule.partition("/")[0] for rule in held}
    told = (item for item in findings if item.severity == "information" and not item.unjudged)
    return next((item.message for item in told if families is None or item.rule.partition("/")[0] in families), None)


Check = Callable[[Any, Subject], Results]
CHECKS: Final[Mapping[str, Check]] = {
    function.__name__: function
    for function in (
        status, media_type, header, claims, fhirpath, equals, differs, contains, matches, absent, present, count,
        outcome_issue, profile, schema, tls, failure, rules,
    )
}  # fmt: skip


def run(kind: str, argument: Any, subject: Subject) -> list[CheckResult]:
    """Every result of one check. An expression that cannot be evaluated is an `error`: nobody is accused."""
    try:
        return list(CHECKS[kind](argument, subject))
    except BadExpression as error:
        message = both("l'expression ne peut pas être évaluée")
        return [CheckResult(kind, "error", show(argument), str(error), subject.at(), message)]
