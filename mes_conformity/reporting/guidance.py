"""What a reader asks first: the verdict in a sentence, what blocks, what to do next; in every language."""

from dataclasses import dataclass

from mes_conformity.dossier.verdicts import counts
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.reporting.inert import anchor
from mes_conformity.reporting.model import Report, RequirementView
from mes_conformity.reporting.words import BASES

MAX_BASES, MAX_NAMES = 3, 4


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that blocks: a `kind` (a key of words.POINTS), what to read, where it stands in a report."""

    kind: str
    text: Text
    anchor: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, with the command to type where there is one."""

    text: Text
    command: str | None = None


def sentence(report: Report) -> Text:
    """The verdict, with the documents it rests on. Never « MES compliant »: only what was judged, by what was read."""
    service = report.run["service"]
    judgement = report.judgement
    known = {"product": service["product"] or "?", "version": service["version"] or "?", "basis": basis(report)}
    if judgement.outcome == "failed":
        if len(judgement.refusing) == 1:
            return both(
                "{product} {version} ne passe pas un des cas qui jugent le service, au regard de {basis}.", **known
            )
        known["count"] = str(len(judgement.refusing))
        return both(
            "{product} {version} ne passe pas {count} des cas qui jugent le service, au regard de {basis}.", **known
        )
    if judgement.outcome == "passed":
        known["count"] = str(sum(counts(case) and case["outcome"] == "passed" for case in report.run["cases"]))
        return both(
            "{product} {version} passe tous les cas qui ont pu le juger ({count} réussis), au regard de {basis}.",
            **known,
        )
    if not judgement.bases:
        return both("{product} {version} : rien n'a été démontré, aucun cas du service n'a été joué.", **known)
    return both("{product} {version} : on ne peut pas conclure ; aucun cas n'accuse le service, mais la campagne n'a "
                "pas pu tout juger, au regard de {basis}.", **known)  # fmt: skip


def declarations(report: Report) -> Text:
    """Where the answers stand, in one line: what is against, then what is missing."""
    if report.documents.assessment is None:
        return both("Aucune réponse n'a encore été donnée : ce dossier ne contient que des tests.")
    counted = report.declared()
    parts = [
        (both("contredites par un test"), sum(item.contradicted for item in report.requirements)),
        (both("non conformes"), counted["non_conform"]),
        (both("partiellement conformes"), counted["partial"]),
        (both("à évaluer"), counted["not_assessed"]),
    ]
    told = [both("{word} : {count}", word=word, count=count) for word, count in parts if count]
    if not told:
        return both("Côté déclarations, rien n'est non conforme et rien ne reste à évaluer.")
    listed = {language: " · ".join(text[language] for text in told) for language in ("fr", "en")}
    return both("Côté déclarations — {listed}", listed=listed)


def basis(report: Report) -> Text:
    """`API Mesures 1.5.2 (republié : texte officiel lu ailleurs)`: the texts most cited, and how many others."""
    bases = report.judgement.bases
    named = bases if len(bases) <= MAX_BASES else bases[: MAX_BASES - 1]
    titles = [both("{title} ({basis})", title=title, basis=BASES[name]) for title, name in named]
    text = {language: ", ".join(title[language] for title in titles) or "–" for language in ("fr", "en")}
    if len(named) == len(bases):
        return text
    return both("{named} et {count} autres textes nommés plus bas", named=text, count=len(bases) - len(named))


def blocking(report: Report) -> list[Point]:
    """What stands in the way, the gravest first."""
    points = [
        Point("contradiction", _about(item, both("déclarée conforme, mais un test la réfute")), anchor("req", item.id))
        for item in report.requirements
        if item.contradicted
    ]
    points += [Point("refused", _case(report, case), anchor("case", case)) for case in report.judgement.refusing]
    points += [
        Point("non_conform", _about(item, both("déclarée non conforme")), anchor("req", item.id))
        for item in report.requirements
        if item.status == "non_conform" and item.obligation in ("mandatory", None)
    ]
    unanswered = sum(item.status == "not_assessed" and item.obligation == "mandatory" for item in report.requirements)
    if unanswered == 1:
        points.append(Point("unanswered", both("une exigence obligatoire reste à évaluer"), "requirements"))
    elif unanswered:
        points.append(
            Point(
                "unanswered", both("{count} exigences obligatoires restent à évaluer", count=unanswered), "requirements"
            )
        )
    points += [Point("anomaly", _case(report, case), anchor("case", case)) for case in report.judgement.anomalies]
    undecided = report.judgement.undecided
    if len(undecided) == 1:
        points.append(Point("undecided", _case(report, undecided[0]), anchor("case", undecided[0])))
    elif undecided:
        more = ", …" if undecided[MAX_NAMES:] else ""
        names = ", ".join(undecided[:MAX_NAMES]) + more
        told = both("{count} cas n'ont pas pu être jugés : {names}", count=len(undecided), names=names)
        points.append(Point("undecided", told, anchor("case", undecided[0])))
    return points


def _about(item: RequirementView, what: Text) -> Text:
    if not item.named:
        return both("{label} : {what}", label=item.label, what=what)
    return both("{label} — {title} : {what}", label=item.label, title=item.title, what=what)


def _case(report: Report, case: str) -> Text:
    return both("{label} — {title}", label=case, title=report.entry(case)["title"])


def next_steps(report: Report) -> list[Action]:
    """What to do now, in order; never empty."""
    judgement = report.judgement
    steps: list[Action] = []
    if judgement.refusing:
        case = judgement.refusing[0]
        steps.append(
            Action(
                both("Corrigez ce que {case} a relevé, puis rejouez-le", case=case),
                f"mes-conformity test run -k {case}",
            )
        )
    if any(item.contradicted for item in report.requirements):
        steps.append(Action(both("Revoyez les réponses que les tests contredisent"), "mes-conformity assess check"))
    if any(item.status == "non_conform" for item in report.requirements):
        steps.append(Action(both("Réglez ce que vous avez déclaré non conforme"), "mes-conformity assess check"))
    if any(item.status == "not_assessed" for item in report.requirements):
        steps.append(Action(both("Reprenez l'entretien là où il s'est arrêté"), "mes-conformity assess resume"))
    if judgement.anomalies:
        steps.append(Action(both("Signalez les anomalies de la cible à qui l'exploite, échanges joints")))
    open_ones = frozenset(judgement.undecided)
    undecided = [case for case in report.run["cases"] if case["id"] in open_ones]
    if any(case["outcome"] == "error" for case in undecided) and not judgement.anomalies:
        steps.append(Action(both("Rejouez les cas qui n'ont pas pu être jugés"), "mes-conformity test run"))
    lacking = next((case["id"] for case in undecided if case["outcome"] == "skipped"), None)
    if lacking:
        steps.append(
            Action(
                both("Donnez à {case} ce qui lui a manqué pour être joué", case=lacking),
                f"mes-conformity dossier show {lacking}",
            )
        )
    if not steps:
        steps.append(Action(both("Vérifiez le dossier, puis transmettez-le"), "mes-conformity dossier verify FICHIER"))
    return steps
