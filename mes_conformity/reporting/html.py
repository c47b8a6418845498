"""The HTML report: one self-contained page without script, complete without its style sheet."""

from functools import cache
from typing import Any

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import Text, current, pick, using
from mes_conformity.foundation.resources import root
from mes_conformity.reporting import guidance, words
from mes_conformity.reporting.exchanges import ExchangeView, inert, limit, views
from mes_conformity.reporting.model import Report, RequirementView, shown_as

MAX_POINTS = 7


def render(report: Report, lang: str) -> bytes:
    """The page in `lang`, UTF-8. The same report gives the same bytes."""
    with using(lang):
        text: str = _environment().get_template("report.html.j2").render(_context(report))
    return text.encode("utf-8", "backslashreplace")


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    folder = root("reports") / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        # Everything that is written passes here: what came from outside can neither act nor reorder the line.
        finalize=lambda value: inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters |= {"pick": pick, "day": _day, "seconds": _seconds}
    environment.globals["css"] = Markup((folder / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return environment


def _context(report: Report) -> dict[str, Any]:
    points = guidance.blocking(report)
    shown = MAX_POINTS if len(points) > MAX_POINTS + 1 else len(points)  # a line for one more would cost one
    exchanges = sum(len(case.exchanges) for suite in report.suites for case in suite.cases)
    return {
        "lang": current(),
        "report": report,
        "run": report.run,
        "judgement": report.judgement,
        "sentence": guidance.sentence(report),
        "declarations": guidance.declarations(report),
        "points": points[:shown],
        "more_points": len(points) - shown,
        "next_steps": guidance.next_steps(report),
        "words": words,
        "label": _label,
        "mark": _mark,
        "case_mark": _case_mark,
        "point_mark": lambda point: words.POINTS[point.kind],
        "exchanges": lambda case: _exchanges(case, exchanges),
        "evidence": _evidence,
        "artefacts": _artefacts,
        "has_assessment": report.documents.assessment is not None,
        "embedded": report.documents.files,
    }


def _label(name: str, **params: Any) -> str:
    """A label of the page, its `{names}` filled."""
    text: Text = words.LABELS[name]
    return pick(text).format(**params) if params else pick(text)


def _mark(group: str, name: str) -> words.Mark:
    found: words.Mark = getattr(words, group)[name]
    return found


def _case_mark(entry: Any) -> words.Mark:
    return words.OUTCOMES[shown_as(entry)]


def _exchanges(case: CaseRecord, total: int) -> list[ExchangeView]:
    return views(case, limit(case.entry["outcome"], total))


def _artefacts(case: CaseRecord) -> list[tuple[str, str]]:
    """(path, SHA-256) of what the case judged, each once."""
    found = (record.get("artefact") for record in case.records)
    return list(dict.fromkeys((artefact["path"], artefact["sha256"]) for artefact in found if artefact))


def _evidence(item: RequirementView) -> tuple[Any, ...]:
    return tuple(item.answer.get("evidence") or ())


def _day(instant: str) -> str:
    """`2026-11-22T11:59:07Z` → `22/11/2026 11:59 UTC` in French, ISO in English."""
    date, _sep, time = instant.partition("T")
    shown = "/".join(reversed(date.split("-"))) if current() == "fr" else date
    return f"{shown} {time[:5]} UTC" if time else shown


def _seconds(milliseconds: float) -> str:
    """`12 ms`, `3,4 s`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    text = f"{milliseconds / 1000:.1f} s"
    return text.replace(".", ",") if current() == "fr" else text
