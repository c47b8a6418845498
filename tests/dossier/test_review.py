"""What a review tells: rounds, what became of each finding, what changed since an expert looked."""

from typing import Any

import dossier_samples
import pytest
import review_samples as samples
from review_samples import source

from mes_conformity.dossier import review, review_chain
from mes_conformity.dossier.addenda import Addendum, Said
from mes_conformity.dossier.review import Review
from mes_conformity.dossier.review_drafts import (
    Noted,
    Told,
    by_expert,
    by_publisher,
    left_open,
    requirements,
    unanswered,
)
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.errors import Conflict, InvalidInput, UsageError
from mes_conformity.foundation.yaml_documents import dump


@pytest.fixture(scope="module")
def dossier(sealed: bytes) -> Dossier:
    return samples.opened(sealed)


@pytest.fixture(scope="module")
def asked(dossier: Dossier) -> Addendum:
    return samples.asks(dossier)


def told(dossier: Dossier, *addenda: Addendum) -> Review:
    return review.examine(dossier, [source(item) for item in addenda])


def states(found: Review) -> dict[str, str]:
    return {item.finding.id: item.state for item in found.findings}


def corrected(raw: bytes, addenda: tuple[Addendum, ...]) -> Dossier:
    """The next version: the token is renewed, its case passes, a piece of evidence came and another went."""
    assessment = dossier_samples.assessment()
    assessment["answers"]["x-ech-jetons"] = dossier_samples.answer("conform", comment="Renouvelé à chaque usage.")
    del assessment["answers"]["x-ech-tls"]["evidence"]
    more = {"id": "ev-2", "title": "Trace", "href": "https://exemple.fr/trace", "added_at": "2026-11-24T09:00:00Z"}
    assessment["answers"]["x-ech-jetons"]["evidence"] = [more]

    def passes(run: dict[str, Any]) -> None:
        run["service"]["version"] = "2.4.2"
        for case in run["cases"]:
            if case["id"] == "APP-04":
                case["outcome"] = "passed"

    def passed(data: dict[str, Any]) -> None:
        data["case"]["outcome"] = "passed"

    changes = {
        "run.json": dossier_samples.changed(raw, "run.json", passes),
        "cases/APP-04/case.json": dossier_samples.changed(raw, "cases/APP-04/case.json", passed),
        "assessment.yaml": dump(assessment).encode(),
        **{review_chain.name_of(item.number): item.raw for item in addenda},
    }
    return samples.opened(dossier_samples.reseal(raw, changes), "glyco-suivi-2.4.2.mesdossier.zip")


def test_what_is_asked_waits(dossier: Dossier, asked: Addendum) -> None:
    found = told(dossier, asked)
    assert found.state == "changes_requested"
    assert states(found) == {"1.1": "open", "1.2": "open", "1.3": "noted"}
    assert [item.finding.id for item in found.waiting()] == ["1.1", "1.2"]
    assert all(item.changes == () for item in found.findings)


def test_what_is_answered_waits_for_the_expert(dossier: Dossier, asked: Addendum) -> None:
    found = told(dossier, asked, samples.answers(dossier, (asked,)))
    assert found.state == "submitted"
    assert states(found) == {"1.1": "answered", "1.2": "answered", "1.3": "noted"}
    assert [(event.word, event.role) for event in found.findings[0].events] == [("corrected", "publisher")]
    assert [(item.number, item.state) for item in found.rounds] == [(1, "changes_requested"), (2, "submitted")]


def test_what_the_expert_decides_stands_until_the_next_answer(dossier: Dossier, asked: Addendum) -> None:
    answered = samples.answers(dossier, (asked,))
    decisions = samples.decided(("1.1", "closed"), ("1.2", "maintained"), ("1.3", "maintained"))
    decided = samples.asks(dossier, (asked, answered), at=samples.LAST, decided=decisions)
    found = told(dossier, asked, answered, decided)
    assert states(found) == {"1.1": "closed", "1.2": "open", "1.3": "open"}
    again = (Told(Said("1.2", "contested", "Non.")), Told(Said("1.3", "explained", "Merci.")))
    last = samples.answers(dossier, (asked, answered, decided), at=samples.LAST, told=again)
    assert states(told(dossier, asked, answered, decided, last)) == {
        "1.1": "closed",
        "1.2": "answered",
        "1.3": "answered",
    }


def test_the_next_dossier_shows_what_was_asked_answered_and_changed(
    sealed: bytes, dossier: Dossier, asked: Addendum
) -> None:
    following = corrected(sealed, (asked, samples.answers(dossier, (asked,))))
    found = review.history(following.documents)
    assert [item.number for item in found.addenda] == [1, 2]
    first, second, _third = found.findings
    changes = {(item.what, item.name): (item.then, item.now) for item in first.changes}
    assert changes["status", ""] == ("non_conform", "conform")
    assert changes["case", "APP-04"] == ("failed", "passed")
    assert changes["evidence", "https://exemple.fr/trace"] == (None, "https://exemple.fr/trace")
    assert ("answer", "") in changes
    assert [(item.what, item.now) for item in second.changes] == [("evidence", None)]
    assert first.then.status == "non_conform"
    assert first.now.status == "conform"


def test_the_history_of_a_dossier_is_what_examining_it_finds(sealed: bytes, dossier: Dossier, asked: Addendum) -> None:
    following = corrected(sealed, (asked,))
    assert review.history(following.documents) == review.examine(following)
    assert review.history(dossier.documents).addenda == ()


def test_a_change_tells_itself_to_a_program() -> None:
    assert review.Change("case", "APP-04", "failed", "passed").to_json() == {
        "what": "case", "name": "APP-04", "then": "failed", "now": "passed",
    }  # fmt: skip


def test_a_finding_tells_itself_to_a_program(dossier: Dossier, asked: Addendum) -> None:
    shown = told(dossier, asked, samples.answers(dossier, (asked,))).findings[0].to_json()
    assert shown["id"] == "1.1"
    assert shown["state"] == "answered"
    assert shown["events"][0]["word"] == "corrected"
    assert set(shown) == {
        "id", "requirement", "kind", "statement", "recommendation", "round", "by", "at", "state", "events", "changes",
    }  # fmt: skip


def test_a_very_long_address_is_told_by_its_digest(sealed: bytes) -> None:
    assessment = dossier_samples.assessment()
    href = "https://exemple.fr/" + "a" * 3_000
    piece = {"id": "ev-2", "title": "Trace", "href": href, "added_at": "2026-11-24T09:00:00Z"}
    assessment["answers"]["x-ech-tls"]["evidence"] = [piece]
    files: dict[str, bytes | None] = {"assessment.yaml": dump(assessment).encode()}
    dossier = samples.opened(dossier_samples.reseal(sealed, files))
    assert samples.asks(dossier).findings[1].seen.evidence == (dossier_samples.sha(href.encode()),)


def refused(kind: type[Exception], call: Any) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def test_an_expert_speaks_of_what_the_dossier_has(dossier: Dossier) -> None:
    unknown = Noted("x-inconnue", "observation", "Rien.")
    error = refused(InvalidInput, lambda: samples.asks(dossier, noted=(unknown,)))
    assert (error.code, error.obtained) == ("REV020", "x-inconnue")
    assert "x-ech-jetons" in requirements(dossier)


def test_nothing_said_is_no_addendum(dossier: Dossier, asked: Addendum) -> None:
    assert refused(UsageError, lambda: samples.asks(dossier, noted=())).code == "REV022"
    assert refused(UsageError, lambda: samples.answers(dossier, (asked,), told=())).code == "REV022"


def test_a_decision_is_about_a_finding_and_said_once(dossier: Dossier, asked: Addendum) -> None:
    for pairs in ((("7.7", "closed"),), (("1.1", "closed"), ("1.1", "maintained"))):
        error = refused(
            InvalidInput, lambda pairs=pairs: samples.asks(dossier, (asked,), decided=samples.decided(*pairs))
        )
        assert error.code == "REV021"


def test_every_finding_that_waits_is_answered_unless_said_otherwise(dossier: Dossier, asked: Addendum) -> None:
    one = (Told(Said("1.1", "corrected", "Corrigé.")),)
    error = refused(UsageError, lambda: samples.answers(dossier, (asked,), told=one))
    assert error.code == "REV024"
    assert "1.2" in error.message["fr"]
    partial = samples.answers(dossier, (asked,), told=one, partial=True)
    assert unanswered(told(dossier, asked, partial)) == ("1.2",)


def test_a_closed_review_is_not_answered(dossier: Dossier, asked: Addendum) -> None:
    closing = samples.asks(dossier, (asked,), at=samples.LATER, close=True)
    assert refused(Conflict, lambda: samples.answers(dossier, (asked, closing), message="Encore.")).code == "REV025"
    assert told(dossier, asked, closing).state == "closed"


def test_closing_says_what_it_leaves_open(dossier: Dossier, asked: Addendum) -> None:
    known = told(dossier, asked)
    draft = by_expert(
        dossier, known, samples.EXPERT, samples.LATER, decided=samples.decided(("1.1", "closed")), close=True
    )
    assert left_open(known, draft) == ("1.2",)
    assert left_open(known, by_expert(dossier, known, samples.EXPERT, samples.LATER, message="Suite.")) == ()


def test_nothing_is_added_to_a_chain_that_is_not_sound(dossier: Dossier, asked: Addendum) -> None:
    broken = review.examine(dossier, [source(asked)._replace(raw=asked.raw[:-9], named=True)])
    error = refused(InvalidInput, lambda: by_expert(dossier, broken, samples.EXPERT, samples.LATER, message="x"))
    assert error.code == "REV001"


def test_a_stranger_may_be_answered(dossier: Dossier, asked: Addendum) -> None:
    from mes_conformity.dossier.keys import Trust

    strange = review.examine(dossier, [source(asked)], Trust(frozenset({"0" * 64}), ()))
    draft = by_publisher(dossier, strange, samples.PUBLISHER, samples.LATER, message="Reçu.", partial=True)
    assert draft.number == 2
