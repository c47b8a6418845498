"""What an expert checks first (step 3 of the path): each point told from the dossier alone, with its source and grade.

A point is `ok`, `not_ok`, `unknown` (the dossier alone cannot tell) or `not_applicable`, with its reason. Nothing here
is an official list: none was found; each point says what it stands on. Grades are those of the catalogue: `official`
(a text of law), `published` (a public source says it), `derived` (our own reading).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from mes_conformity.dossier import consistency, judges, scope
from mes_conformity.dossier.replay import replay
from mes_conformity.dossier.review import Review
from mes_conformity.dossier.review_drafts import unanswered
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.reporting.model import Report

if TYPE_CHECKING:
    from mes_conformity.assessment.model import Answer, Evidence
    from mes_conformity.catalogue.model import Catalogue, Requirement

State = Literal["ok", "not_ok", "unknown", "not_applicable"]
NAMED = 5
QUESTIONNAIRE = both("Code de la santé publique, art. R.1111-39 : réponses au questionnaire et pièces jointes")
PRESENTATION = both("présentation du catalogue de services de Mon espace santé (2022), étapes 3 et 4")
TESTS = both("présentation du catalogue de services de Mon espace santé (2022), tests de connexion")
VERSIONS = both("arrêtés du 23 juin 2022 et du 23 octobre 2023 : le référentiel a plusieurs versions")
IDENTIFICATION = both("ANS, FAQ des industriels : questionnaire d'identification du produit (nom, versions)")
FORMAT = both("format du dossier de recette de cet outil (DSSE, in-toto)")
ATTESTATION = both("par analogie avec la procédure DMP du CNDA, qui demande une attestation signée")
OURS = both("lecture de cet outil")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing an expert looks at first."""

    id: str
    title: Text
    state: State
    reason: Text
    source: Text
    grade: str

    def to_json(self) -> dict[str, Any]:
        """`{id, title, state, reason, source, grade}`."""
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "reason": self.reason,
            "source": self.source,
            "grade": self.grade,
        }


def checklist(
    dossier: Dossier, report: Report, review: Review, today: date, redraw: consistency.Redraw | None = None
) -> tuple[Point, ...]:
    """The points, in the order they are looked at. `report` is the view of this dossier (`reporting.model.draw`).

    `redraw` draws its reports again, to hold those embedded against. Raises InvalidInput where an embedded document
    cannot be read, or asks for too much work.
    """
    judged = replay(dossier, "embedded", redraw) if dossier.documents.folder("suites") else None
    findings = judged["findings"] if judged else [item.to_json() for item in consistency.check(dossier, redraw)]
    return (
        _whole(dossier, findings),
        _replayed(judged),
        _judged_by(judged),
        _signed(dossier),
        _identified(dossier),
        _attested(dossier),
        _catalogue(report),
        _answered(report),
        _brought(dossier),
        _in_date(dossier, today),
        _complete(dossier),
        _target(dossier, report),
        _verdict(report),
        _contradicted(report),
        _followed(review),
    )


def _whole(dossier: Dossier, findings: Sequence[Mapping[str, Any]]) -> Point:
    title = both("le dossier est entier, lisible et d'accord avec lui-même")
    if findings:
        code, message = findings[0]["code"], findings[0]["message"]
        reason = both("{count} écart(s), dont [{code}] {message}", count=len(findings), code=code, message=message)
        return Point("whole", title, "not_ok", reason, FORMAT, "derived")
    reason = both("aucun octet n'a changé depuis le scellement ({count} fichiers)", count=len(dossier.files))
    return Point("whole", title, "ok", reason, FORMAT, "derived")


def _replayed(judged: Mapping[str, Any] | None) -> Point:
    title = both("rejugés hors ligne, les cas donnent ce que le dossier annonce")
    if judged is None:
        reason = both("le dossier n'embarque pas les suites : rien ne dit ce qui a jugé")
        return Point("replayed", title, "unknown", reason, FORMAT, "derived")
    others = [case["id"] for case in judged["cases"] if case["verdict"] != "confirmed"]
    if others:
        reason = both("{count} cas ne le donnent pas : {names}", count=len(others), names=_some(others))
        return Point("replayed", title, "not_ok", reason, FORMAT, "derived")
    return Point("replayed", title, "ok", both("{count} cas", count=len(judged["cases"])), FORMAT, "derived")


def _judged_by(judged: Mapping[str, Any] | None) -> Point:
    title = both("les suites qui ont jugé sont celles de cet outil")
    if judged is None:
        reason = both("le dossier n'embarque pas les suites : rien ne dit ce qui a jugé")
        return Point("suites", title, "unknown", reason, TESTS, "derived")
    if names := judged["foreign_suites"]:
        reason = both(
            "{count} fichier(s) ne le sont pas et peuvent demander moins : {names} ; rejugez avec --suites installed",
            count=len(names),
            names=_some(names),
        )
        return Point("suites", title, "unknown", reason, TESTS, "derived")
    return Point("suites", title, "ok", both("à l'octet près"), TESTS, "derived")


def _signed(dossier: Dossier) -> Point:
    title = both("le dossier est signé par qui en répond")
    signature = dossier.signature
    if signature is None:
        return Point(
            "signed",
            title,
            "not_ok",
            both("le dossier n'est pas signé : rien ne dit qui l'a fait"),
            ATTESTATION,
            "derived",
        )
    who = signature.subject or signature.keyid[:16]
    if signature.trusted is None:
        reason = both("signé par {who} ; cette clé n'a été comparée à aucune (--trust)", who=who)
        return Point("signed", title, "unknown", reason, ATTESTATION, "derived")
    reason = both("signé par {who}, que vous acceptez", who=who)
    if not signature.trusted:
        reason = both("signé par {who}, que vous n'acceptez pas", who=who)
    return Point("signed", title, "ok" if signature.trusted else "not_ok", reason, ATTESTATION, "derived")


def _identified(dossier: Dossier) -> Point:
    title = both("l'éditeur, le produit et sa version sont nommés")
    service = dossier.documents.run["service"]
    words = {"publisher": both("éditeur"), "product": both("produit"), "version": both("version")}
    missing = [word for key, word in words.items() if not service.get(key)]
    if missing:
        return Point(
            "identified",
            title,
            "not_ok",
            both("il manque : {names}", names=_joined(missing)),
            IDENTIFICATION,
            "published",
        )
    named = ", ".join(str(service[key]) for key in (*words, "platform") if service.get(key))
    return Point("identified", title, "ok", _same(named), IDENTIFICATION, "published")


def _attested(dossier: Dossier) -> Point:
    title = both("une attestation dit qui déclare quoi, et de quelle date")
    attestation = dossier.documents.attestation
    if attestation is None:
        return Point("attested", title, "not_ok", both("il n'y a pas d'attestation"), ATTESTATION, "derived")
    reason = both("attestation du {day}", day=str(attestation["date"])[:10])
    return Point("attested", title, "ok", reason, ATTESTATION, "derived")


def _catalogue(report: Report) -> Point:
    title = both("le référentiel est nommé, et dans une version connue")
    pinned = report.run["catalogue"]
    if pinned is None:
        return Point(
            "catalogue", title, "not_ok", both("la campagne ne nomme aucun référentiel"), VERSIONS, "published"
        )
    name = f"{pinned['id']} {pinned['version']}"
    known = _shipped(pinned["id"])
    if not known:
        reason = both("{name} n'est pas de ceux que cet outil connaît : à comparer au vôtre", name=name)
        return Point("catalogue", title, "unknown", reason, VERSIONS, "published")
    latest = max(known, key=lambda version: [int(part) for part in version.split(".")])
    if known.get(pinned["version"]) != pinned["sha256"]:
        reason = both("{name} n'a pas le contenu que cet outil connaît sous ce nom", name=name)
        return Point("catalogue", title, "not_ok", reason, VERSIONS, "published")
    if pinned["version"] != latest:
        reason = both("{name} n'est pas la dernière version : {latest}", name=name, latest=latest)
        return Point("catalogue", title, "not_ok", reason, VERSIONS, "published")
    return Point(
        "catalogue", title, "ok", both("{name}, la dernière que cet outil connaît", name=name), VERSIONS, "published"
    )


@cache
def _shipped(identifier: str) -> dict[str, str]:
    """The versions of a catalogue that come with the program, each with its digest."""
    from mes_conformity.catalogue.loader import load_shipped, shipped

    return {version: load_shipped(name, version).sha256 for name, version in shipped() if name == identifier}


def _answered(report: Report) -> Point:
    title = both("chaque exigence obligatoire a une réponse")
    if report.documents.assessment is None:
        return Point("answered", title, "not_ok", both("le dossier n'a pas d'évaluation"), QUESTIONNAIRE, "official")
    mandatory = [item for item in report.requirements if item.obligation == "mandatory"]
    if not mandatory:
        reason = both("le dossier n'embarque pas d'exigence obligatoire : rien à comparer")
        return Point("answered", title, "unknown", reason, QUESTIONNAIRE, "official")
    left = [item.id for item in mandatory if item.status == "not_assessed"]
    if left:
        reason = both(
            "{count} sans réponse sur {total} : {names}", count=len(left), total=len(mandatory), names=_some(left)
        )
        return Point("answered", title, "not_ok", reason, QUESTIONNAIRE, "official")
    return Point("answered", title, "ok", both("{total} réponses", total=len(mandatory)), QUESTIONNAIRE, "official")


def _brought(dossier: Dossier) -> Point:
    title = both("les pièces que le référentiel demande sont là")
    absent, away = [], []
    for requirement, answer, outcome in _declared(dossier):
        for need in requirement.evidence:
            if answer.status not in need.required_for:
                continue
            pieces = [item for item in answer.evidence if item.satisfies == need.id]
            if need.kind == "test_run":
                if outcome != "passed":
                    absent.append(requirement.id)
            elif not pieces:
                absent.append(requirement.id)
            elif not any(_inside(dossier, item) for item in pieces):
                away.append(requirement.id)
    if absent:
        reason = both(
            "il manque des pièces à {count} exigence(s) : {names}", count=len(set(absent)), names=_some(absent)
        )
        return Point("evidence", title, "not_ok", reason, QUESTIONNAIRE, "official")
    if away:
        reason = both("hors du dossier (adresse ou pièce confidentielle), à demander : {names}", names=_some(away))
        return Point("evidence", title, "unknown", reason, QUESTIONNAIRE, "official")
    if dossier.documents.assessment is None or not dossier.documents.folder("catalogue"):
        reason = both("sans évaluation ni référentiel dans le dossier, rien ne dit quelles pièces il faut")
        return Point("evidence", title, "unknown", reason, QUESTIONNAIRE, "official")
    reason = both("toutes sont dans le dossier ; la liste officielle des pièces n'est pas publique")
    return Point("evidence", title, "ok", reason, QUESTIONNAIRE, "official")


def _inside(dossier: Dossier, item: "Evidence") -> bool:
    return item.path is not None and item.path in dossier.files


def _declared(dossier: Dossier) -> "Iterator[tuple[Requirement, Answer, str | None]]":
    """The requirements in force that have an answer, with what their last tests said."""
    from mes_conformity.assessment.documents import from_data
    from mes_conformity.assessment.scoring import in_force

    documents = dossier.documents
    files = documents.folder("catalogue")
    if documents.assessment is None or not files:
        return
    catalogue: Catalogue = judges.catalogue(files)
    assessment = from_data(documents.assessment)
    outcomes = assessment.last_outcomes()
    for requirement in in_force(catalogue, assessment.fact_values()):
        answer = assessment.answers.get(requirement.id)
        if answer is not None:
            yield requirement, answer, outcomes.get(requirement.id)


def _in_date(dossier: Dossier, today: date) -> Point:
    from mes_conformity.assessment.evidence_rules import last_day

    title = both("aucune pièce n'a expiré")
    ended, dated = [], 0
    for requirement, answer, _outcome in _declared(dossier):
        for item in answer.evidence:
            end = last_day(requirement, item)
            dated += end is not None
            if end is not None and end < today:
                ended.append(f"{requirement.id} ({end.isoformat()})")
    if ended:
        reason = both("{count} pièce(s) expirée(s) : {names}", count=len(ended), names=_some(ended))
        return Point("validity", title, "not_ok", reason, OURS, "derived")
    if not dated:
        return Point("validity", title, "unknown", both("aucune pièce ne porte de date de fin"), OURS, "derived")
    reason = both("{count} pièce(s) datée(s), toutes valables le {day}", count=dated, day=today.isoformat())
    return Point("validity", title, "ok", reason, OURS, "derived")


def _complete(dossier: Dossier) -> Point:
    title = both("la campagne a joué tous les cas de ses suites")
    documents = dossier.documents
    if not documents.folder("suites"):
        reason = both("le dossier n'embarque pas les suites : rien ne dit ce qu'elles avaient d'autre")
        return Point("complete", title, "unknown", reason, TESTS, "derived")
    left = scope.not_run(documents)
    if left:
        reason = both("campagne partielle, {count} cas non joués : {names}", count=len(left), names=_some(left))
        return Point("complete", title, "not_ok", reason, TESTS, "derived")
    return Point("complete", title, "ok", both("{count} cas", count=len(documents.run["cases"])), TESTS, "derived")


def _target(dossier: Dossier, report: Report) -> Point:
    title = both("les tests de connexion ont été joués sur une cible nommée")
    if _exchanges_nothing(report):
        reason = both("sans objet : le service déclare ne pas échanger de données")
        return Point("target", title, "not_applicable", reason, TESTS, "published")
    played = any(case["kind"] == "connection" and case["outcome"] != "skipped" for case in report.run["cases"])
    target = dossier.documents.run["run"]["target"]
    if not played or target is None:
        return Point("target", title, "not_ok", both("aucun cas de connexion n'a été joué"), TESTS, "published")
    if target["kind"] == "embedded":
        reason = both("joués sur le bac à sable de cet outil, qui n'est pas Mon espace santé")
        return Point("target", title, "not_ok", reason, TESTS, "published")
    named = " ".join(str(target[key]) for key in ("name", "url") if target.get(key))
    reason = both("joués sur {named} : à vous de reconnaître cette adresse", named=named or "?")
    return Point("target", title, "ok" if named else "not_ok", reason, TESTS, "published")


def _exchanges_nothing(report: Report) -> bool:
    from mes_conformity.reporting.model import facts

    return bool(facts(report.documents).get("data_exchange") == "none")


def _verdict(report: Report) -> Point:
    title = both("les tests ne refusent pas le service")
    judgement = report.judgement
    if judgement.outcome == "failed":
        reason = both(
            "{count} cas le refusent : {names}", count=len(judgement.refusing), names=_some(judgement.refusing)
        )
        return Point("verdict", title, "not_ok", reason, TESTS, "published")
    if judgement.outcome == "inconclusive":
        return Point("verdict", title, "unknown", both("la campagne ne permet pas de conclure"), TESTS, "published")
    return Point("verdict", title, "ok", both("aucun cas ne le refuse"), TESTS, "published")


def _contradicted(report: Report) -> Point:
    title = both("aucune réponse n'est contredite par un test")
    names = [item.id for item in report.requirements if item.contradicted]
    if names:
        reason = both("déclarées conformes et réfutées : {names}", names=_some(names))
        return Point("contradictions", title, "not_ok", reason, OURS, "derived")
    return Point("contradictions", title, "ok", both("aucune"), OURS, "derived")


def _followed(review: Review) -> Point:
    title = both("ce qui a été demandé lors d'une revue a reçu une réponse")
    if review.problems:
        reason = both("la revue jointe n'est pas sûre : [{code}]", code=review.problems[0].code)
        return Point("review", title, "not_ok", reason, PRESENTATION, "published")
    if not review.addenda:
        return Point("review", title, "not_applicable", both("aucune revue n'a eu lieu"), PRESENTATION, "published")
    left = unanswered(review)
    if left:
        return Point(
            "review", title, "not_ok", both("sans réponse : {names}", names=_some(left)), PRESENTATION, "published"
        )
    reason = both("{count} constat(s), aucun sans réponse", count=len(review.findings))
    return Point("review", title, "ok", reason, PRESENTATION, "published")


def _some(names: Iterable[str]) -> str:
    """The first names, and how many others."""
    found = list(dict.fromkeys(names))
    return ", ".join(found[:NAMED]) + (f" (+{len(found) - NAMED})" if len(found) > NAMED else "")


def _joined(words: Sequence[Text]) -> Text:
    return {language: ", ".join(word[language] for word in words) for language in ("fr", "en")}


def counts(points: Iterable[Point]) -> Mapping[str, int]:
    """How many points have each state."""
    found = [point.state for point in points]
    return {state: found.count(state) for state in ("ok", "not_ok", "unknown", "not_applicable")}


def _same(text: str) -> Text:
    """A text that no language changes."""
    return {"fr": text, "en": text}
