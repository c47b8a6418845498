"""Where a request stands on the path 0 to 6, from what was recorded: what follows, who acts, what ends when. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.referencing.dates import years_after
from mes_conformity.referencing.records import Record, in_force
from mes_conformity.referencing.steps import BY_ID, CSP, GNIUS, GUIDE, OPINIONS, PATH, PRESENTATION, STEPS, TESTS, Step

FIRST_YEARS = 1
RENEWED_YEARS = 2
_SUSPENDED = ("favorable_avec_reserves_suspensives", "defavorable")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step and what is known of it: `state` is done, current, alongside, ahead, unrecorded or not_applicable.

    `corrected` counts the earlier records that a later one replaced or cancelled.
    """

    step: Step
    state: str
    record: Record | None
    corrected: int

    def to_json(self) -> dict[str, Any]:
        """The step, `{state, on, recorded_at, opinion, reference, note, corrected}`; what is not known is null."""
        record = self.record
        told = {
            key: getattr(record, key) if record else None
            for key in ("on", "recorded_at", "opinion", "reference", "note")
        }
        return {**self.step.to_json(), "state": self.state, **told, "corrected": self.corrected}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long the service stays in the catalogue: last day, days left (negative: past), where that comes from."""

    since: str
    until: str
    days: int
    renewed: bool
    source: Text

    def to_json(self) -> dict[str, Any]:
        """`{from, until, days, expired, renewed, source}`."""
        return {
            "from": self.since,
            "until": self.until,
            "days": self.days,
            "expired": self.days < 0,
            "renewed": self.renewed,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Following:
    """What is waited for, of whom, and where that is said."""

    who: str
    action: Text
    source: Text
    step: str | None = None

    def to_json(self) -> dict[str, Any]:
        """`{who, action, source, step}`; `step` is null where the sources name none."""
        return {"who": self.who, "action": self.action, "source": self.source, "step": self.step}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the request stands. `current` is the step under way, or the publication once it is reached.

    Without any record it is None: nobody said where the request is.
    """

    current: Step | None
    stages: tuple[Stage, ...]
    following: tuple[Following, ...]
    validity: Validity | None
    notices: tuple[Text, ...]

    def to_json(self) -> dict[str, Any]:
        """`{recorded, current, steps, following, validity, renewal, notices}`."""
        return {
            "recorded": self.current is not None,
            "current": self.current.to_json() if self.current else None,
            "steps": [stage.to_json() for stage in self.stages],
            "following": [item.to_json() for item in self.following],
            "validity": self.validity.to_json() if self.validity else None,
            "renewal": {"years": RENEWED_YEARS, "source": GUIDE},
            "notices": list(self.notices),
        }


def standing(records: tuple[Record, ...], today: date, *, exchange: bool | None = None) -> Standing:
    """Where the records lead on `today`. `exchange`: whether the service exchanges data with Mon espace santé.

    The connection tests concern only a service that does (G_NIUS); None is unknown, and counts as yes.
    """
    known = in_force(records)
    reached = max((index for index, step in enumerate(PATH) if step.id in known), default=-1)
    current = PATH[min(reached + 1, len(PATH) - 1)] if known else None
    validity = _validity(known, today)
    stages = tuple(_stage(step, known, records, reached, exchange) for step in STEPS)
    following = tuple(_following(known, current, validity, exchange)) if current else ()
    return Standing(current, stages, following, validity, tuple(_notices(known, exchange)))


def _stage(
    step: Step, known: Mapping[str, Record], records: tuple[Record, ...], reached: int, exchange: bool | None
) -> Stage:
    record = known.get(step.id)
    written = sum(item.step == step.id for item in records)
    return Stage(step, _state(step, record, known, reached, exchange), record, written - (record is not None))


def _state(step: Step, record: Record | None, known: Mapping[str, Record], reached: int, exchange: bool | None) -> str:
    if record is not None:
        return "done"
    if step is TESTS and exchange is False:
        return "not_applicable"
    if not known:
        return "unrecorded"
    if step is TESTS:
        return "unrecorded" if "decision" in known else "alongside"
    if step not in PATH:
        return "ahead"
    place = PATH.index(step)
    return "unrecorded" if place < reached else "current" if place == reached + 1 else "ahead"


def _validity(known: Mapping[str, Record], today: date) -> Validity | None:
    """One year from the publication; a renewal adds two, which only a third party tells.

    A year goes from date to date; the convention may say otherwise (CSP R.1111-38).
    """
    publication = known.get("publication")
    if publication is None:
        return None
    renewed = "renewal" in known
    years = FIRST_YEARS + (RENEWED_YEARS if renewed else 0)
    end = years_after(date.fromisoformat(publication.on), years)
    source = GUIDE if renewed else PRESENTATION
    return Validity(publication.on, end.isoformat(), (end - today).days, renewed, source)


def _following(
    known: Mapping[str, Record], current: Step, validity: Validity | None, exchange: bool | None
) -> Iterator[Following]:
    if validity is not None:
        yield from _after_publication(validity)
        return
    opinion = known["opinion"].opinion if "opinion" in known else None
    if opinion in _SUSPENDED and "decision" not in known:
        yield _after_reserves(opinion)
    else:
        yield from (
            Following(who, text, current.source, current.id)
            for who, text in (("publisher", current.publisher), ("authority", current.authority))
            if text is not None
        )
    if TESTS.id not in known and "decision" not in known and exchange is not False and TESTS.publisher:
        yield Following("publisher", TESTS.publisher, TESTS.source, TESTS.id)


def _after_reserves(opinion: str | None) -> Following:
    if opinion == "defavorable":
        text = both(
            "lit les motifs de l'avis : seul un avis favorable permet au ministre de référencer ; les sources lues ne "
            "disent pas comment une nouvelle demande se présente"
        )
        return Following("publisher", text, CSP)
    text = both(
        "lève les réserves suspensives ; les sources lues ne disent ni le délai ni la façon : demandez-les au GIE "
        "SESAM-Vitale"
    )
    return Following("publisher", text, GNIUS)


def _after_publication(validity: Validity) -> Iterator[Following]:
    if validity.days < 0:
        text = both("le référencement a pris fin le {day} : faites une nouvelle demande", day=validity.until)
        yield Following("publisher", text, validity.source, "renewal")
        return
    if not validity.renewed:
        text = both("demande le renouvellement avant le {day}, par une nouvelle demande", day=validity.until)
        yield Following("publisher", text, PRESENTATION, "renewal")
    update = both("met à jour sa déclaration de conformité à chaque version majeure ; des audits sont possibles")
    yield Following("publisher", update, GUIDE)


def _notices(known: Mapping[str, Record], exchange: bool | None) -> Iterator[Text]:
    """What the records say that the sources do not expect; a record is kept all the same."""
    opinion = known.get("opinion")
    if "decision" in known:
        if opinion is None or opinion.opinion == "defavorable":
            yield both("une décision est consignée sans avis favorable : la loi en demande un (CSP, art. R.1111-38)")
        if TESTS.id not in known and exchange is not False:
            yield both("une décision est consignée sans tests de connexion réussis, qui la précèdent")
    if "publication" in known and "decision" not in known:
        yield both("une publication est consignée sans décision du ministre")
    if "renewal" in known and "publication" not in known:
        yield both("un renouvellement est consigné sans publication : sa durée ne peut pas être calculée")
    steps = [step for step in PATH if step.id in known]
    for before, after in pairwise(steps):
        if known[after.id].on < known[before.id].on:
            yield both("« {after} » est daté avant « {before} »", after=after.title, before=before.title)


def title_of(record: Record) -> Text:
    """What a record says, the opinion included."""
    step = BY_ID[record.step]
    if record.cancelled:
        return both("annulé : {title}", title=step.title)
    if record.opinion is None:
        return step.done
    return both("{done} : {opinion}", done=step.done, opinion=OPINIONS[record.opinion])
