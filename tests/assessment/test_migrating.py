"""To another version and back: every answer is kept, moved or set aside; nothing disappears."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.assessment.documents import SCHEMA, to_data
from mes_conformity.assessment.migrating import Migrated, migrate
from mes_conformity.assessment.model import (
    STATUSES,
    Action,
    Answer,
    Assessment,
    Evidence,
    Provenance,
    SetAside,
    TestRun,
    Waiver,
)
from mes_conformity.assessment.pinning import pin_of
from mes_conformity.catalogue.loader import from_documents
from mes_conformity.catalogue.migration import Change, Migration, Route
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import schemas

AT = "2026-11-01T08:00:00Z"
NOW = "2026-11-22T12:00:00Z"
PERSON = Provenance("person", AT)
HEAD = """
schema_version: 1
catalogue: {{id: petit, version: {version}, title: {{fr: Petit}}, status: active, publisher: test,
  sources: [{{id: source, title: Une source}}]}}
sections: [{{id: un, title: {{fr: Un}}}}, {{id: deux, title: {{fr: Deux}}}}]
facts: [{facts}]
requirements:
"""
ONE = """  - {{id: {id}, section: {section}, title: {{fr: Titre {text}}}, statement: {{fr: Énoncé {text}.}},
     obligation: mandatory, lifecycle: active, {more} verification: {{methods: [interview], automation: manual}},
     provenance: {{grade: derived, sources: [source]}}}}
"""
BOOLEAN = "{{id: {id}, type: boolean, prompt: {{fr: {id} ?}}}}"


def catalogue_of(version: str, facts: list[str], **requirements: str | tuple[str, str]) -> Catalogue:
    """A catalogue: id → wording, or (wording, more keys)."""
    text = HEAD.format(version=version, facts=", ".join(BOOLEAN.format(id=name) for name in facts))
    for name, wording in requirements.items():
        said, more = wording if isinstance(wording, tuple) else (wording, "")
        text += ONE.format(id=name, section="deux" if "deux" in name else "un", text=said, more=more)
    return from_documents({"petit.yaml": text.encode()})


OLD = catalogue_of(
    "1.0.0", ["ia"],
    meme="m", reformule="r", durci="d", ancien_nom="a", partage="p", fusion1="f", fusion2="g", retire="t",
    silencieux="s", cache=("c", "applicability: {fact: ia, is: true},"),
)  # fmt: skip
NEW = catalogue_of(
    "2.0.0", ["intelligence", "autre"],
    meme="m", reformule="r reformulé", durci="d durci", nouveau_deux="a", partage1="p1", partage2="p2", fusion="fg",
    silencieux="s changé", cache=("c", "applicability: {fact: intelligence, is: true},"), inedit="i",
)  # fmt: skip
WAY = Route("petit", "1.0.0", "2.0.0", (
    Migration("petit", "1.0.0", "2.0.0", (
        Change("reworded", "reformule", ("reformule",), "answer_and_evidence", None),
        Change("modified", "durci", ("durci",), "evidence", {"fr": "durcie"}),
        Change("moved", "ancien_nom", ("nouveau_deux",), "answer_and_evidence", None),
        Change("split", "partage", ("partage1", "partage2"), "evidence", None),
        Change("merged", "fusion1", ("fusion",), "answer_and_evidence", None),
        Change("merged", "fusion2", ("fusion",), "answer_and_evidence", None),
        Change("withdrawn", "retire", (), "set_aside", None),
        Change("introduced", None, ("inedit",), None, None),
    ), {"ia": "intelligence"}),
))  # fmt: skip
BACK = Route("petit", "2.0.0", "1.0.0", tuple(step.backwards() for step in WAY.steps))


def answer(name: str, status: Any = "conform", catalogue: Catalogue = OLD, **more: Any) -> Answer:
    piece = Evidence(f"e-{name}", name, AT, href=f"https://exemple.fr/{name}")
    return Answer(
        status,
        PERSON,
        justification="une raison assez longue" if status == "not_applicable" else None,
        comment=f"à propos de {name}",
        evidence=(piece,),
        requirement_sha256=catalogue.requirement(name).normative_sha256,
        **more,
    )


@pytest.fixture
def complete(assessment: Assessment, answering: Callable[..., Assessment]) -> Assessment:
    """Every requirement of the old catalogue answered."""
    from mes_conformity.assessment.facts import set_fact

    started = set_fact(replace(assessment, catalogue=pin_of(OLD)), OLD.fact("ia"), True, PERSON)
    return replace(started, answers={item.id: answer(item.id) for item in OLD.requirements})


def forward(assessment: Assessment) -> Migrated:
    return migrate(assessment, OLD, NEW, WAY, NOW)


def result_of(done: Migrated) -> dict[str, str]:
    return {line.requirement: line.result for line in done.lines}


def test_every_answer_has_one_fate_and_the_counts_add_up(complete: Assessment) -> None:
    done = forward(complete)
    counts = done.counts()
    assert counts["answers"] == len(complete.answers)
    assert counts["kept"] + counts["moved"] + counts["set_aside"] == counts["answers"]
    assert result_of(done) == {
        "meme": "kept", "reformule": "kept", "silencieux": "kept", "cache": "kept", "ancien_nom": "moved",
        "durci": "set_aside", "partage": "set_aside", "fusion1": "set_aside", "fusion2": "set_aside",
        "retire": "set_aside",
    }  # fmt: skip
    assert done.introduced == ("inedit",)
    assert not schemas.errors(to_data(done.assessment), SCHEMA)


def test_nothing_disappears(complete: Assessment) -> None:
    done = forward(complete).assessment
    held = [*done.answers.values(), *(kept.answer for kept in done.set_aside.values())]
    assert all(item in held for item in complete.answers.values())


def test_a_kept_answer_still_says_which_wording_it_answered(complete: Assessment) -> None:
    done = forward(complete).assessment
    assert done.answers["meme"] == complete.answers["meme"]
    assert done.answers["reformule"].requirement_sha256 != NEW.requirement("reformule").normative_sha256


def test_evidence_goes_on_where_the_answer_does_not(complete: Assessment) -> None:
    done = forward(complete).assessment
    hardened = done.answers["durci"]
    assert (hardened.status, hardened.evidence) == ("not_assessed", complete.answers["durci"].evidence)
    assert not hardened.given
    assert {done.answers[name].evidence for name in ("partage1", "partage2")} == {complete.answers["partage"].evidence}
    assert {name: kept.reason for name, kept in done.set_aside.items()} == {
        "durci": "migrated", "partage": "migrated", "fusion1": "migrated", "fusion2": "migrated", "retire": "withdrawn",
    }  # fmt: skip


def test_several_that_agree_make_a_proposal(complete: Assessment) -> None:
    merged = forward(complete).assessment.answers["fusion"]
    assert (merged.status, merged.confirmed, merged.provenance.origin) == ("conform", False, "migration")
    assert len(merged.evidence) == 2
    assert "fusion1" in str(merged.comment)
    assert "fusion2" in str(merged.comment)


def test_several_that_differ_are_to_be_answered_again(complete: Assessment) -> None:
    answers = {**complete.answers, "fusion2": answer("fusion2", "partial")}
    merged = forward(replace(complete, answers=answers)).assessment.answers["fusion"]
    assert (merged.status, len(merged.evidence)) == ("not_assessed", 2)


def test_facts_follow_their_new_name_and_hide_as_before(complete: Assessment) -> None:
    done = forward(complete).assessment
    assert done.fact_values() == {"intelligence": True}
    hidden = replace(complete.facts["ia"], value=False)
    before = replace(complete, facts={"ia": hidden}, answers={**complete.answers})
    after = forward(before)
    assert result_of(after)["cache"] == "set_aside"
    assert after.assessment.set_aside["cache"].reason == "not_asked"


def test_an_answer_hidden_before_goes_with_its_requirement(complete: Assessment) -> None:
    hidden = {
        "ancien_nom": SetAside("not_asked", answer("ancien_nom")),
        "retire": SetAside("not_asked", answer("retire")),
    }
    start = replace(complete, answers={}, set_aside=hidden)
    done = forward(start).assessment
    assert done.answers["nouveau_deux"] == answer("ancien_nom")
    assert done.set_aside["retire"].reason == "withdrawn"


def test_what_hangs_on_a_requirement_goes_with_it(complete: Assessment) -> None:
    run = TestRun("r", "reports/runs/r/run.json", "0" * 64, outcomes={"ancien_nom": "failed", "retire": "passed"})
    start = replace(
        complete,
        actions=(Action("a", "ancien_nom", "Faire", "to_do"), Action("b", "retire", "Faire", "to_do")),
        waivers=(Waiver("w", "partage", "une raison assez longue", "2027-01-01"),),
        test_runs=(run,),
    )
    done = forward(start).assessment
    assert [item.requirement for item in done.actions] == ["nouveau_deux", "retire"]
    assert [(item.id, item.requirement) for item in done.waivers] == [("w", "partage1"), ("w-2", "partage2")]
    assert done.last_outcomes() == {"nouveau_deux": "failed", "retire": "passed"}


def test_the_way_back_takes_back_what_was_set_aside(complete: Assessment) -> None:
    there = forward(complete).assessment
    home = migrate(there, NEW, OLD, BACK, NOW)
    assert home.assessment.answers["retire"] == complete.answers["retire"]
    assert home.assessment.answers["ancien_nom"] == complete.answers["ancien_nom"]
    assert "retire" in [line.requirement for line in home.lines if line.result == "restored"]
    counts = home.counts()
    assert counts["kept"] + counts["moved"] + counts["set_aside"] == counts["answers"]


def test_an_unknown_answer_stays_to_be_told(complete: Assessment) -> None:
    stray = replace(complete, answers={**complete.answers, "ailleurs": Answer("conform", PERSON)})
    done = forward(stray)
    assert done.assessment.answers["ailleurs"] == Answer("conform", PERSON)
    assert result_of(done)["ailleurs"] == "kept"


def test_conformity_is_told_on_both_sides(complete: Assessment) -> None:
    done = forward(complete)
    assert done.before.everything.conformity == (100, 100)
    low, high = done.after.everything.conformity or (0, 0)
    assert low < 100
    assert high == 100
    assert set(done.after.sections) == {"un", "deux"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(statuses=st.dictionaries(st.sampled_from([item.id for item in OLD.requirements]), st.sampled_from(STATUSES)),
       fact=st.sampled_from([True, False, None]))  # fmt: skip
def test_whatever_is_answered_nothing_is_lost_there_and_back(
    assessment: Assessment, statuses: dict[str, Any], fact: bool | None
) -> None:
    from mes_conformity.assessment.model import FactAnswer

    facts = {} if fact is None else {"ia": FactAnswer(fact, PERSON)}
    start = replace(
        assessment,
        catalogue=pin_of(OLD),
        facts=facts,
        answers={name: answer(name, status) for name, status in statuses.items()},
    )
    there = forward(start)
    home = migrate(there.assessment, NEW, OLD, BACK, NOW)
    for done, before in ((there, start), (home, there.assessment)):
        counts = done.counts()
        assert counts["kept"] + counts["moved"] + counts["set_aside"] == len(before.answers)
        held = [*done.assessment.answers.values(), *(kept.answer for kept in done.assessment.set_aside.values())]
        assert all(item in held for item in before.answers.values())
        assert all(kept.answer in held for kept in before.set_aside.values())
        assert not schemas.errors(to_data(done.assessment), SCHEMA)
