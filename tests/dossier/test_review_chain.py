"""Which addenda make the review of a dossier; what was altered, taken out, forged or comes from elsewhere is named."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import dossier_samples
import pytest
import review_samples as samples
from review_samples import source

from mes_conformity.dossier import review, review_chain, signing
from mes_conformity.dossier.addenda import Addendum, Said, seal_up
from mes_conformity.dossier.keys import Signer, Trust, key_id, spki
from mes_conformity.dossier.review_chain import Source
from mes_conformity.dossier.verify import Dossier


@pytest.fixture(scope="module")
def dossier(sealed: bytes) -> Dossier:
    return samples.opened(sealed)


@pytest.fixture(scope="module")
def chain(dossier: Dossier) -> tuple[Addendum, Addendum, Addendum]:
    """Asked, answered, closed."""
    first = samples.asks(dossier)
    second = samples.answers(dossier, (first,))
    third = samples.asks(
        dossier,
        (first, second),
        at=samples.LAST,
        decided=samples.decided(("1.1", "closed"), ("1.2", "closed")),
        close=True,
    )
    return first, second, third


@pytest.fixture(scope="module")
def next_dossier(sealed: bytes, chain: tuple[Addendum, Addendum, Addendum]) -> Dossier:
    """The publisher's next version, which carries what was asked and answered."""
    return samples.opened(after(sealed, carried(chain[:2])), "d/glyco-suivi-2.4.2.mesdossier.zip")


def test_nobody_is_both_publisher_and_expert(dossier: Dossier, sealed: bytes) -> None:
    asked = samples.asks(dossier)
    answered = samples.answers(dossier, (asked,), key=samples.EXPERT_KEY)
    told = review.examine(dossier, [source(asked), source(answered, named=True)])
    assert [(item.code, item.path) for item in told.problems] == [("REV011", answered.path)]
    signed = samples.opened(signing.sign(sealed, Signer(samples.EXPERT_KEY)))
    told = review.examine(signed, [source(asked, named=True)])
    assert [(item.code, item.path) for item in told.problems] == [("REV011", asked.path)]
    assert told.addenda == ()


def carried(addenda: tuple[Addendum, ...]) -> dict[str, bytes]:
    return {review_chain.name_of(item.number): item.raw for item in addenda}


def after(raw: bytes, files: Mapping[str, bytes], version: str = "2.4.2") -> bytes:
    """A dossier of the same service, built later, with these files more."""

    def newer(run: dict[str, Any]) -> None:
        run["service"]["version"] = version
        run["run"]["ended_at"] = "2026-11-24T12:00:00Z"

    return dossier_samples.reseal(raw, {"run.json": dossier_samples.changed(raw, "run.json", newer), **files})


def told(dossier: Dossier, *sources: Source, trust: Trust | None = None) -> tuple[list[int], list[str]]:
    """The numbers of what is accepted, the codes of what is wrong."""
    found = review.examine(dossier, sources, trust)
    return [item.number for item in found.addenda], [problem.code for problem in found.problems]


def forged(addendum: Addendum, change: Callable[[dict[str, Any]], None], *, key: Any = None) -> Addendum:
    """The addendum with fields changed and sealed again, as a forger would."""
    fields: dict[str, Any] = {}
    change(fields)
    return seal_up(replace(addendum, **fields), Signer(key) if key else None)


def test_a_whole_review_is_accepted_whatever_the_order_of_the_files(
    dossier: Dossier, chain: tuple[Addendum, ...]
) -> None:
    for order in permutations(chain):
        assert told(dossier, *map(source, order)) == ([1, 2, 3], [])
    assert [item.round for item in chain] == [1, 2, 2]


def test_a_dossier_that_nobody_reviewed_has_nothing(dossier: Dossier) -> None:
    found = review.examine(dossier)
    assert (found.addenda, found.problems, found.state) == ((), (), "submitted")


def test_an_altered_one_is_named_and_what_follows_is_missing_it(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    spoiled = Source("two.mesaddendum.json", chain[1].raw.replace(b'"sig"', b'"gis"'), named=True)
    assert told(dossier, source(chain[0]), spoiled, source(chain[2])) == ([1], ["REV003", "REV004"])


def test_a_missing_one_is_named(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    assert told(dossier, source(chain[0]), source(chain[2])) == ([1], ["REV004"])
    assert told(dossier, source(chain[1])) == ([], ["REV004"])


def test_two_that_take_the_same_place_are_named(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    rival = samples.asks(dossier, at=samples.LATER)
    numbers, codes = told(dossier, source(chain[0]), source(replace(rival, path="rival.mesaddendum.json")))
    assert numbers == []
    assert codes == ["REV005", "REV005"]


def test_a_rival_of_the_second_leaves_the_first(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    rival = replace(samples.answers(dossier, chain[:1], at=samples.LAST), path="rival.mesaddendum.json")
    numbers, codes = told(dossier, *map(source, chain), source(rival))
    assert numbers == [1]
    assert sorted(codes) == ["REV004", "REV005", "REV005"]


def test_the_same_file_twice_is_one(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    copies = [Source("copy.mesaddendum.json", item.raw) for item in chain]
    assert told(dossier, *map(source, chain), *copies) == ([1, 2, 3], [])


def test_one_about_another_service_is_foreign(sealed: bytes, dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    other = replace(chain[0].subject, product="Autre produit")
    foreign = forged(chain[0], lambda fields: fields.update(subject=other, path="f.mesaddendum.json"))
    assert told(dossier, source(foreign, named=True)) == ([], ["REV006"])
    assert told(dossier, *map(source, chain), source(foreign, named=True)) == ([1, 2, 3], ["REV006"])


def test_one_about_another_service_that_only_lies_there_is_left_alone(
    dossier: Dossier, chain: tuple[Addendum, ...]
) -> None:
    other = replace(chain[0].subject, product="Autre produit", manifest="0" * 64)
    stray = forged(chain[0], lambda fields: fields.update(subject=other, path="stray.mesaddendum.json"))
    found = review.examine(dossier, [source(stray), Source("note.mesaddendum.json", b"bonjour")])
    assert (found.addenda, found.problems) == ((), ())
    assert sorted(found.chain.ignored) == ["note.mesaddendum.json", "stray.mesaddendum.json"]


def test_one_that_is_relied_on_and_unreadable_is_named(dossier: Dossier) -> None:
    assert told(dossier, Source("x", b"bonjour", named=True)) == ([], ["REV001"])


def test_one_of_a_later_dossier_is_foreign_to_this_one(
    dossier: Dossier, next_dossier: Dossier, chain: tuple[Addendum, ...]
) -> None:
    third = samples.asks(next_dossier, at=samples.LAST, message="Bien reçu.")
    assert told(dossier, source(chain[0]), source(chain[1]), source(third)) == ([1, 2], [])
    assert told(dossier, source(chain[0]), source(chain[1]), source(third, named=True)) == ([1, 2], ["REV006"])


@pytest.mark.parametrize(
    "change",
    [{"number": 2}, {"round": 2}],
    ids=["number", "round"],
)
def test_one_that_announces_another_place_is_refused(
    dossier: Dossier, chain: tuple[Addendum, ...], change: dict[str, Any]
) -> None:
    ids = {"findings": ()}
    wrong = forged(chain[0], lambda fields: fields.update({**change, **ids}))
    assert told(dossier, source(wrong)) == ([], ["REV007"])


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, {"state": "submitted"}),
        (0, {"replies": (Said("1.1", "corrected", "x"),)}),
        (1, {"state": "closed"}),
        (1, {"decisions": (Said("1.1", "closed"),)}),
        (1, {"replies": (Said("1.9", "corrected", "x"),)}),
        (1, {"replies": (Said("1.1", "corrected", "x"), Said("1.1", "planned", "x"))}),
    ],
    ids=["state", "both", "closes", "decides", "nobody's", "twice"],
)
def test_one_that_says_what_its_author_cannot_say_is_refused(
    dossier: Dossier, chain: tuple[Addendum, ...], place: int, change: dict[str, Any]
) -> None:
    wrong = forged(chain[place], lambda fields: fields.update(change))
    assert told(dossier, *map(source, chain[:place]), source(wrong)) == ([*range(1, place + 1)], ["REV011"])


def test_findings_are_numbered_by_their_place(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    first, *rest = chain[0].findings
    wrong = forged(chain[0], lambda fields: fields.update(findings=(replace(first, id="9.1"), *rest)))
    assert told(dossier, source(wrong)) == ([], ["REV011"])


def test_a_publisher_does_not_answer_a_closed_review(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    said = {"number": 4, "round": 3, "previous": chain[2].sha256, "replies": (), "message": "Encore un mot."}
    late = forged(chain[1], lambda fields: fields.update(said))
    assert told(dossier, *map(source, chain), source(late)) == ([1, 2, 3], ["REV011"])


def test_what_stands_on_a_refused_one_is_refused(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    wrong = forged(chain[0], lambda fields: fields.update(state="submitted", path="wrong.mesaddendum.json"))
    upon = forged(chain[1], lambda fields: fields.update(previous=wrong.sha256))
    found = review.examine(dossier, [source(wrong), source(upon)])
    assert [problem.code for problem in found.problems] == ["REV011", "REV004"]
    assert "refusé" in found.problems[1].message["fr"]


def test_the_next_dossier_carries_what_was_asked_and_answered(next_dossier: Dossier) -> None:
    assert told(next_dossier) == ([1, 2], [])


def test_the_review_goes_on_with_the_next_dossier(next_dossier: Dossier) -> None:
    third = samples.asks(next_dossier, at=samples.LAST, decided=samples.decided(("1.1", "closed")), message="Bien.")
    assert told(next_dossier, source(third)) == ([1, 2, 3], [])
    assert third.subject.version == "2.4.2"


def test_a_dossier_that_dropped_its_review_is_seen(sealed: bytes, chain: tuple[Addendum, ...]) -> None:
    silent = samples.opened(after(sealed, {}))
    assert told(silent, *map(source, chain[:2])) == ([1, 2], ["REV008", "REV008"])


def test_a_dossier_that_dropped_the_end_of_its_review_is_seen(sealed: bytes, chain: tuple[Addendum, ...]) -> None:
    short = samples.opened(after(sealed, carried(chain[:1])))
    assert told(short, *map(source, chain[:2])) == ([1, 2], ["REV008"])


def test_an_answer_given_after_the_next_dossier_was_built_belongs_to_it(sealed: bytes, dossier: Dossier) -> None:
    first = samples.asks(dossier)
    late = samples.answers(dossier, (first,), at=samples.LAST)
    built_before = samples.opened(after(sealed, carried((first,))))
    assert told(built_before, source(late)) == ([1, 2], [])


def test_a_dossier_that_carries_another_review_than_the_one_held_is_seen(
    sealed: bytes, dossier: Dossier, chain: tuple[Addendum, ...]
) -> None:
    """The publisher rewrote what the expert asked; she still has her own."""
    softer = seal_up(replace(chain[0], findings=(), message="Tout va bien.", path="x"), None)
    false = samples.opened(after(sealed, carried((softer,))))
    assert told(false) == ([1], [])
    assert told(false, source(chain[0])) == ([], ["REV005", "REV005"])


def test_one_that_is_carried_under_another_number_is_refused(sealed: bytes, chain: tuple[Addendum, ...]) -> None:
    moved = samples.opened(after(sealed, {"review/07.mesaddendum.json": chain[0].raw}))
    assert told(moved) == ([], ["REV007"])


def test_any_other_file_in_the_folder_of_the_review_is_named(sealed: bytes) -> None:
    assert told(samples.opened(after(sealed, {"review/lisez-moi.txt": b"rien"}))) == ([], ["REV001"])


def test_more_than_any_review_needs_is_refused(dossier: Dossier) -> None:
    crowd = [Source(f"review/{n}", b"{}", carried=True) for n in range(review_chain.MAX_ADDENDA + 1)]
    chain = review_chain.assemble(crowd, review.subject_of(dossier), "")
    assert [problem.code for problem in chain.problems] == ["REV001"]


def test_trust_is_asked_of_each_signature(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    expert, publisher = (key_id(spki(key.public_key())) for key in (samples.EXPERT_KEY, samples.PUBLISHER_KEY))
    sources = list(map(source, chain))
    assert told(dossier, *sources, trust=Trust(frozenset({expert, publisher}), ())) == ([1, 2, 3], [])
    assert told(dossier, *sources, trust=Trust(frozenset({expert}), ())) == ([1, 2, 3], ["REV010"])
    unsigned = samples.asks(dossier, key=None)
    assert told(dossier, source(unsigned), trust=Trust(frozenset({expert}), ())) == ([1], ["REV009"])
    assert told(dossier, source(unsigned)) == ([1], [])


def test_a_dossier_signed_after_its_review_is_the_one_reviewed(sealed: bytes, chain: tuple[Addendum, ...]) -> None:
    from mes_conformity.dossier import signing

    signed = samples.opened(signing.sign(sealed, Signer(samples.PUBLISHER_KEY)))
    assert told(signed, *map(source, chain)) == ([1, 2, 3], [])


def test_a_byte_of_any_of_them_changes_what_is_accepted(dossier: Dossier, chain: tuple[Addendum, ...]) -> None:
    """One flipped bit at 120 places of each: the one that was touched never counts, nor what follows it."""
    for index, touched in enumerate(chain):
        for place in range(0, len(touched.raw), max(1, len(touched.raw) // 120)):
            spoiled = bytearray(touched.raw)
            spoiled[place] ^= 1
            sources = [source(item) for item in chain if item is not touched]
            numbers, codes = told(dossier, *sources, Source(touched.path, bytes(spoiled), named=True))
            assert numbers == [*range(1, index + 1)]
            assert codes[0] in ("REV001", "REV002", "REV003")


def test_the_payload_is_what_in_toto_readers_expect(chain: tuple[Addendum, ...]) -> None:
    statement = json.loads(base64.b64decode(json.loads(chain[0].raw)["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"][0]["name"] == "dossier.json"
