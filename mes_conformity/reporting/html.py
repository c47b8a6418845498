"""The HTML report: one self-contained page without script, complete without its style sheet."""

import io
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import Text, current, pick, using
from mes_conformity.foundation.resources import root
from mes_conformity.reporting import guidance, words
from mes_conformity.reporting.charts import timeline, waterfall
from mes_conformity.reporting.exchanges import COMPACT_FROM, ExchangeView, level, views
from mes_conformity.reporting.inert import anchor, brief, inert, shown
from mes_conformity.reporting.matrix import matrices
from mes_conformity.reporting.model import Report, RequirementView, shown_as
from mes_conformity.reporting.places import artefacts
from mes_conformity.reporting.results import false_first
from mes_conformity.reporting.typography import NO_BREAK, bound

MAX_POINTS, MAX_JOURNAL, MAX_FILES = 7, 100, 1_000
# Also written in the picture: a report without its style sheet keeps its charts.
COLOURS = {
    "good": "#2e7d5b", "warn": "#b7791f", "bad": "#b3412f", "mute": "#aeb7bf", "none": "#dfe3e6", "accent": "#17596b",
}  # fmt: skip


def render(report: Report, lang: str) -> bytes:
    """The page in `lang`, UTF-8. The same report gives the same bytes."""
    return page(report, lang)


def page(report: Report, lang: str, *, paper: bool = False) -> bytes:
    """The page; on `paper` without the exchanges of what passed, which nobody would leaf through.

    Drawn piece by piece: beside the documents, memory holds the page once and no more.
    """
    whole = io.BytesIO()
    with using(lang):
        pieces = _environment().get_template("report.html.j2").stream(_context(report, paper))
        pieces.enable_buffering(100)
        pieces.dump(whole, "utf-8", "backslashreplace")
    return whole.getvalue()


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    from mes_conformity.dossier import review_words

    folder = root("reports") / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled(folder),
        # Everything that is written passes here: what came from outside can neither act nor reorder the line.
        finalize=_writing(Markup),
    )
    environment.filters |= {
        "pick": _picked, "day": _day, "seconds": _seconds, "brief": brief,
        # A count stays on the line of the word it counts.
        "bound": lambda text: text.replace(f"{NO_BREAK}: ", f"{NO_BREAK}:{NO_BREAK}"),
        # For what is copied out of the page: no mark is added, the block stands alone.
        "inert": lambda text: Markup(inert(text).translate(_ESCAPED)),  # noqa: S704 - escaped here
    }  # fmt: skip
    environment.globals |= {
        "css": Markup((folder / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        "paper_css": Markup((folder / "paper.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        "words": words,
        "review_words": review_words,
        "change_text": review_words.change_text,
        "label": _label,
        "anchor": anchor,
        "colours": COLOURS,
        "case_mark": _case_mark,
        "false_first": false_first,
        "waterfall_of": waterfall,
        "times": _times,
    }
    return environment


def _compiled(folder: Path) -> Any:
    """Where the compiled templates are kept from one start to the next, as Python keeps modules: beside them.

    Whoever may write there may write the templates too. None where nothing is to be written.
    """
    from jinja2 import FileSystemBytecodeCache

    if sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    kept = folder / "__pycache__"
    kept.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(kept))


_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _writing(markup: type) -> Callable[[Any], Any]:
    """How a value is written; what is `markup` was escaped already."""
    inert_already = (markup, int, float)

    def written(value: Any) -> Any:
        if isinstance(value, inert_already):
            return value
        return "" if value is None else shown(str(value))

    return written


def _context(report: Report, paper: bool) -> dict[str, Any]:
    points = guidance.blocking(report)
    count = MAX_POINTS if len(points) > MAX_POINTS + 1 else len(points)  # a line for one more would cost one
    return {
        "lang": current(),
        "report": report,
        "run": report.run,
        "judgement": report.judgement,
        "sentence": guidance.sentence(report),
        "declarations": guidance.declarations(report),
        "points": points[:count],
        "more_points": len(points) - count,
        "next_steps": guidance.next_steps(report),
        "point_mark": lambda point: words.POINTS[point.kind],
        "evidence": _evidence,
        "artefacts": lambda case: artefacts(case).items(),
        "has_assessment": report.documents.assessment is not None,
        "embedded": report.documents.files,
        "matrices": matrices(report),
        "timeline": timeline(report),
        "titles": {suite.id: suite.title for suite in report.suites},
        "about": {item.id for item in (*report.requirements, *report.set_apart)},
        "journal_lines": report.journal.lines[: -MAX_JOURNAL - 1 : -1] if report.journal else (),
        "review": report.review,
        "files": _files(report, paper),
        "paper": paper,
        **_exchanges(report, paper),
    }


def _files(report: Report, paper: bool) -> list[tuple[str, int, str]]:
    """The files to list: where there are many, or on paper, not those of each case, which the manifest lists too."""
    if len(report.files) <= MAX_FILES and not paper:
        return list(report.files)
    return [file for file in report.files if not file[0].startswith("cases/")]


def _label(name: str, **params: Any) -> str:
    """A label of the page, its `{names}` filled."""
    text: Text = words.LABELS[name]
    return _picked(text).format(**params) if params else _picked(text)


def _picked(text: Text) -> str:
    """`text` in the language of the page, its signs where French wants them."""
    return bound(pick(text)) if current() == "fr" else pick(text)


def _case_mark(entry: Any) -> words.Mark:
    return words.OUTCOMES[shown_as(entry)]


def _exchanges(report: Report, paper: bool) -> dict[str, Any]:
    """How the exchanges of a case are shown: the more there are of a sort, the less of each."""
    records = [case for suite in report.suites for case in suite.cases]
    explained = sum(len(case.exchanges) for case in records if _explained(case))
    passed = sum(len(case.exchanges) for case in records) - explained
    levels = {True: level(True, explained), False: level(False, passed)}

    def of(case: CaseRecord) -> list[ExchangeView]:
        return [] if paper and not _explained(case) else views(case, levels[_explained(case)])

    show: Callable[[CaseRecord], list[ExchangeView]] = of
    example = next((case.entry["id"] for case in records if case.exchanges), "CAS")
    return {"exchanges": show, "compact": passed > COMPACT_FROM and not paper, "example": example}


def _explained(case: CaseRecord) -> bool:
    return case.entry["outcome"] in ("failed", "error")


def _times(seen: list[ExchangeView]) -> str:
    return _label("times", listed=", ".join(_seconds(view.duration_ms or 0) for view in seen))


def _evidence(item: RequirementView) -> tuple[Any, ...]:
    return tuple(item.answer.get("evidence") or ())


def _day(instant: str) -> str:
    """`2026-11-22T11:59:07Z` → `22/11/2026 11:59 UTC` in French, ISO in English."""
    date, _sep, time = str(instant).partition("T")
    told = "/".join(reversed(date.split("-"))) if current() == "fr" else date
    return f"{told} {time[:5]} UTC" if time else told


def _seconds(milliseconds: float) -> str:
    """`12 ms`, `3,4 s`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    text = f"{milliseconds / 1000:.1f} s"
    return text.replace(".", ",") if current() == "fr" else text
