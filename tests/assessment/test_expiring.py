"""What ends within 90 days, the soonest first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from mes_conformity.assessment.expiring import endings, kind_name
from mes_conformity.assessment.model import Action, Assessment, Evidence, Waiver
from mes_conformity.catalogue.model import Catalogue

TODAY = date(2026, 11, 22)
AT = "2026-11-01T08:00:00Z"


def test_everything_that_ends_is_told_by_kind_and_date(
    assessment: Assessment, catalogue: Catalogue, answering: Callable[..., Assessment]
) -> None:
    answered = answering(assessment, hds="conform", erreurs="partial")
    pieces = (
        Evidence("c", "Certificat", AT, "certificat", href="https://x.fr/c", valid_until="2026-12-01"),
        Evidence("p", "Capture", AT, href="https://x.fr/p", valid_until="2026-11-01"),
        Evidence("l", "Loin", AT, href="https://x.fr/l", valid_until="2027-12-01"),
        Evidence("s", "Sans fin", AT, href="https://x.fr/s"),
    )
    answers = {
        "hds": replace(answered.answers["hds"], evidence=pieces, due_on="2026-11-23"),
        "erreurs": replace(answered.answers["erreurs"], due_on="2026-12-10", owner="Ada"),
        "ailleurs": answered.answers["hds"],
    }
    full = replace(
        answered,
        answers=answers,
        waivers=(Waiver("w", "erreurs", "une bonne raison", "2026-12-31"),),
        actions=(Action("a", "hds", "Faire", "to_do", due_on="2027-02-20"), Action("b", "hds", "Fait", "done",
                 due_on="2026-11-22")),
    )  # fmt: skip
    found = endings(full, catalogue, TODAY)
    assert [(item.kind, item.on, item.days) for item in found] == [
        ("evidence", "2026-11-01", -21),
        ("certificate", "2026-12-01", 9),
        ("answer", "2026-12-10", 18),
        ("waiver", "2026-12-31", 39),
        ("action", "2027-02-20", 90),
    ]
    assert [item.to_json()["expired"] for item in found] == [True, False, False, False, False]
    assert all(kind_name(item.kind)["en"] for item in found)


def test_a_certificate_ends_with_its_age(assessment: Assessment, catalogue: Catalogue) -> None:
    from mes_conformity.assessment.model import Answer, Provenance

    piece = Evidence("c", "Certificat", "2025-11-01T08:00:00Z", "certificat", href="https://x.fr/c")
    answer = Answer("conform", Provenance("person", AT), evidence=(piece,))
    (found,) = endings(replace(assessment, answers={"hds": answer}), catalogue, TODAY)
    assert (found.on, found.days) == ("2026-12-06", 14)
