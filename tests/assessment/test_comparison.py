"""What changed: new, changed, evidence, facts, each apart."""

from collections.abc import Callable
from dataclasses import replace

from mes_conformity.assessment.comparison import compare
from mes_conformity.assessment.model import Action, Assessment, Evidence, SetAside

Answering = Callable[..., Assessment]
PIECE = Evidence("e1", "Certificat", "2026-11-01T08:00:00Z", href="https://exemple.fr/c")


def test_an_assessment_is_equal_to_itself(assessment: Assessment, answering: Answering) -> None:
    answered = answering(assessment, hds="conform", exchange="write")
    assert not any(compare(answered, answered)["summary"].values())


def test_each_kind_of_change_stands_apart(assessment: Assessment, answering: Answering) -> None:
    before = answering(assessment, hds="conform", erreurs="partial", exchange="none")
    hds = replace(before.answers["hds"], status="partial", comment="revu", evidence=(PIECE,))
    after = replace(
        before,
        answers={"hds": hds, "mesures": before.answers["hds"]},
        facts=answering(before, exchange="write", measures="oui").facts,
        actions=(Action("a", "hds", "Faire", "to_do"),),
        set_aside={"erreurs": SetAside("not_asked", before.answers["erreurs"])},
    )
    found = compare(before, after)
    assert found["answers"]["new"] == [{"requirement": "mesures", "status": "conform"}]
    assert found["answers"]["removed"] == [{"requirement": "erreurs", "status": "partial"}]
    (changed,) = found["answers"]["changed"]
    assert {item["field"]: item["after"] for item in changed["changes"]} == {"status": "partial", "comment": "revu"}
    assert [(item["requirement"], item["id"], item["change"]) for item in found["evidence"]] == [("hds", "e1", "added")]
    assert {item["id"]: (item["before"], item["after"]) for item in found["facts"]} == {
        "exchange": ("none", "write"),
        "measures": (None, True),
    }
    assert found["actions"][0]["change"] == "added"
    assert found["set_aside"]["new"] == ["erreurs"]
    assert found["summary"]["evidence"] == 1


def test_the_other_way_round_what_was_added_is_removed(assessment: Assessment, answering: Answering) -> None:
    before = answering(assessment, hds="conform")
    with_piece = replace(before, answers={"hds": replace(before.answers["hds"], evidence=(PIECE,))})
    assert compare(with_piece, before)["evidence"][0]["change"] == "removed"
    other = replace(before, answers={"hds": replace(before.answers["hds"], evidence=(replace(PIECE, title="x"),))})
    assert compare(with_piece, other)["evidence"][0]["change"] == "changed"
