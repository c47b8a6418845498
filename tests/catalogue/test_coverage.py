"""The catalogue and the tests that verify it."""

from mes_conformity.catalogue.coverage import Link, cases_of, cross_check
from mes_conformity.catalogue.loader import from_documents
from mes_conformity.foundation.errors import Location

AUTOMATED = {"methods": ["test"], "automation": "automated"}


def link(case, requirement):
    return Link(case, requirement, Location("suite.yaml", 4, 7))


def test_tests_are_gathered_by_requirement():
    links = [link("B", "r"), link("A", "r"), link("A", "r"), link("A", "s")]
    assert cases_of(links) == {"r": ["A", "B"], "s": ["A"]}


def test_a_case_names_a_requirement_that_exists(small):
    catalogue = from_documents(small.documents())
    close, far = cross_check([catalogue], [link("A", "r-al"), link("B", "zzz"), link("C", "r-all")])
    assert (close.code, close.level, close.about, close.location.line) == ("CAT002", "error", "A", 4)
    assert "r-all" in close.hint["fr"]
    assert "requirements:" in far.hint["en"]


def test_an_automated_requirement_is_verified_by_a_case(small):
    small.requirement(2)["verification"] = AUTOMATED
    catalogue = from_documents(small.documents())
    (found,) = cross_check([catalogue], [link("A", "r-all")])
    assert (found.code, found.about, found.location.file) == ("CAT002", "r-web", "two.yaml")
    assert cross_check([catalogue], [link("A", "r-web")]) == []


def test_an_obsolete_requirement_waits_for_no_case(small):
    small.requirement(2).update(verification=AUTOMATED, lifecycle="obsolete")
    assert cross_check([from_documents(small.documents())], []) == []


def test_only_the_latest_version_waits_for_cases(small):
    small.requirement(2)["verification"] = AUTOMATED
    old = from_documents(small.documents())
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    latest = from_documents(new.documents())
    assert cross_check([old, latest], [link("A", "r-web")]) == []
    assert cross_check([old, latest], []) == []
