"""`status`: where the service stands, what blocks it, the next command to type."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.workspaces import Opened, checked, opened, typed
from mes_conformity.foundation.i18n import Text, _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.assessment.expiring import Ending
    from mes_conformity.assessment.readiness import Readiness
    from mes_conformity.assessment.scoring import Score
    from mes_conformity.referencing.path import Standing

SHOWN = 8
DECIDED = 5  # from the commission's opinion on, nothing is left to do in the workspace


def register(app: typer.Typer) -> None:
    """Declare `status`."""

    @command(app, "status", _("Où en est le service, ce qui bloque, la prochaine commande."))
    def status(ctx: Context) -> ExitCode:
        from mes_conformity.assessment.scoring import scores
        from mes_conformity.cli.referencing import standing_at
        from mes_conformity.foundation.diagnostics import summary

        found = opened(ctx)
        diagnostics, readiness = checked(ctx, found)
        result = scores(found.loaded.assessment, found.catalogue)
        request = standing_at(ctx, found.workspace.root, found.loaded.assessment.fact_values())
        step, following = _step(ctx, found, readiness, request)
        ending = _endings(ctx, found, request)
        document: dict[str, Any] = {
            "workspace": str(found.workspace.root),
            "service": found.workspace.subject(),
            "catalogue": {"id": found.catalogue.id, "version": found.catalogue.version},
            "step": step,
            "scores": result.to_json(),
            "readiness": readiness.state,
            "summary": summary(diagnostics),
            "blocking": [{**item.to_json(), "command": typed(ctx, item.command)} for item in readiness.blocking],
            "missing": _missing(readiness),
            "expiring": [item.to_json() for item in ending],
            "next": following,
        }

        def text() -> None:
            _tell(ctx, found, document, readiness)
            _tell_scores(ctx, found, result)
            _tell_blocking(ctx, readiness)
            _tell_endings(ctx, ending)
            ctx.print(_("Prochaine commande : {command}", command=following))

        ctx.emit(document, text)
        return ExitCode.OK


def _step(ctx: Context, found: Opened, readiness: "Readiness", request: "Standing") -> tuple[dict[str, Any], str]:
    """The step of the referencing path (0 to 6) and what to type next.

    What was recorded says the step; without any record it is guessed from the work on this machine, and said to be.
    """
    guessed, following = _guessed(ctx, found, readiness)
    if request.current is None:
        return guessed, following
    step = {"number": request.current.number, "title": request.current.title, "basis": "recorded"}
    beyond = (request.current.number or 0) >= DECIDED
    return step, typed(ctx, "mes-conformity referencing show") if beyond else following


def _guessed(ctx: Context, found: Opened, readiness: "Readiness") -> tuple[dict[str, Any], str]:
    from mes_conformity.assessment.answers import unconfirmed

    root = found.workspace.root
    bundles = sorted(path.name for path in (root / "reports").glob("*.mesdossier.zip"))
    proposals = [answer for answer in unconfirmed(found.loaded.assessment).values() if answer.status == "conform"]
    if proposals:
        return _path(1, both("éligibilité : autoévaluation")), typed(ctx, "mes-conformity assess confirm --all-passed")
    if readiness.state == "incomplete":
        return _path(1, both("éligibilité : autoévaluation")), typed(ctx, "mes-conformity assess resume")
    if not found.loaded.assessment.test_runs and not any((root / "reports" / "runs").glob("*/run.json")):
        title = both("tests de connexion, en parallèle de l'évaluation")
        return _path(4, title), typed(ctx, "mes-conformity test run --target embedded")
    if not bundles:
        return _path(4, both("dossier de recette à établir")), typed(ctx, "mes-conformity dossier build")
    waiting = _asked(ctx)
    if waiting:
        title = both("évaluation : des constats attendent votre réponse ({names})", names=", ".join(waiting))
        return _path(4, title), typed(ctx, "mes-conformity review reply")
    title = both("dossier de recette établi : à envoyer")
    return _path(4, title), typed(ctx, f"mes-conformity dossier verify reports/{bundles[-1]}")


def _asked(ctx: Context) -> tuple[str, ...]:
    """What experts found in the newest dossier and nobody answered; what is not sound is told by `review list`."""
    from mes_conformity.cli.review import opened as reviewed
    from mes_conformity.dossier.addenda import SUFFIX
    from mes_conformity.dossier.review_drafts import unanswered
    from mes_conformity.foundation.errors import InvalidInput

    if not any((ctx.directory / "reports").glob(f"*{SUFFIX}")):
        return ()
    try:
        return unanswered(reviewed(ctx, None).review)
    except InvalidInput:
        return ()


def _path(number: int, title: Text) -> dict[str, Any]:
    return {"number": number, "title": title, "basis": "estimated"}


def _endings(ctx: Context, found: Opened, request: "Standing") -> "tuple[Ending, ...]":
    """What ends within 90 days: of the assessment, and the referencing itself."""
    from mes_conformity.assessment.expiring import Ending, endings, soonest

    today = date.fromisoformat(ctx.env.today())
    own = endings(found.loaded.assessment, found.catalogue, today)
    validity = request.validity
    if validity is None:
        return own
    return soonest((*own, Ending("referencing", "", found.workspace.service.product, validity.until, validity.days)))


def _tell(ctx: Context, found: Opened, document: dict[str, Any], readiness: "Readiness") -> None:
    service = found.workspace.service
    ctx.print(f"{service.product} {service.version} — {service.publisher}")
    ctx.print(_("Catalogue : {id} {version}", id=found.catalogue.id, version=found.catalogue.version))
    step = document["step"]
    told = {"number": step["number"], "title": pick(step["title"])}
    if step["basis"] == "recorded":
        ctx.print(_("Étape {number} : {title}", **told))
    else:
        ctx.print(_("Étape {number} (estimée d'après cet espace de travail) : {title}", **told))
    states = {"ready": _("prête"), "not_ready": _("complète, pas prête"), "incomplete": _("incomplète")}
    ctx.print(_("Évaluation : {state}", state=states[readiness.state]))


def _missing(readiness: "Readiness") -> dict[str, int]:
    """How much is still to be answered: orientation questions, requirements, proposals included."""
    open_ = [blocker for blocker in readiness.blocking if blocker.incomplete]
    return {
        "facts": sum(blocker.fact is not None for blocker in open_),
        "requirements": sum(blocker.requirement is not None for blocker in open_),
    }


def _tell_scores(ctx: Context, found: Opened, result: Any) -> None:
    """The mandatory ones first: a rubric is met when its mandatory requirements are."""
    titles = {section.id: pick(section.title) for section in found.catalogue.sections}
    rows = [(_("toutes les rubriques"), result.mandatory, result.everything)]
    rows += [(titles[name], score.mandatory, score.everything) for name, score in result.sections.items()]
    headers = (_("rubrique"), _("avancement"), _("obligatoires"), _("conformité"), _("toutes"))
    ctx.table(
        headers,
        [
            (name, f"{every.progress} %", _met(must), f"{_rate(must)}", f"{_met(every)}, {_rate(every)}")
            for name, must, every in rows
        ],
    )


def _met(score: "Score") -> str:
    return f"{score.conform}/{score.to_answer}"


def _rate(score: "Score") -> str:
    """The rate, or the interval it is in while answers are missing."""
    interval = score.conformity
    if interval is None:
        return "—"
    low, high = interval
    return f"{low} %" if score.complete else _("entre {low} et {high} %", low=low, high=high)


def _tell_blocking(ctx: Context, readiness: "Readiness") -> None:
    if not readiness.blocking:
        return
    ctx.print(plural("{count} point bloque :", "{count} points bloquent :", len(readiness.blocking)))
    for blocker in readiness.blocking[:SHOWN]:
        ctx.print(f"- {blocker.requirement or blocker.fact or ''}{_(' :')} {pick(blocker.reason)}")
    rest = len(readiness.blocking) - SHOWN
    if rest > 0:
        ctx.print(_("- et {count} autres : {command}", count=rest, command=typed(ctx, "mes-conformity assess check")))


def _tell_endings(ctx: Context, ending: "Sequence[Ending]") -> None:
    """What ends within 90 days, the soonest first."""
    from mes_conformity.assessment.expiring import kind_name

    if not ending:
        return
    ctx.print(plural("{count} échéance dans les 90 jours :", "{count} échéances dans les 90 jours :", len(ending)))
    for item in ending[:SHOWN]:
        when = _("expiré depuis le {date}", date=item.on) if item.days < 0 else _("le {date}", date=item.on)
        about = f" ({item.requirement})" if item.requirement else ""
        ctx.print(f"- {pick(kind_name(item.kind))} « {item.title} »{about}{_(' :')} {when}")
    if len(ending) > SHOWN:
        ctx.print(_("- et {count} autres : {command}", count=len(ending) - SHOWN, command="status --format json"))
