import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.dossier import names
from mes_conformity.foundation.errors import InvalidInput


@pytest.mark.parametrize(
    "name", ["run.json", "cases/MES-W-01/case.json", "evidence/Capture d'écran.png", "suites/unit/a.yaml"]
)
def test_ordinary_names_are_accepted(name: str) -> None:
    names.check_all([name])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "evidence",
        "other.txt",
        "evidence/..",
        "evidence/./x",
        "evidence/x/",
        "evidence/ x",
        "evidence/x.",
        "evidence/con.txt",
        "evidence/LPT1",
        "evidence/a:b",
        "evidence/a\x00b",
        "evidence/a\u202eb",
        "evidence/e\u0301",  # not normalised
        "evidence/\ud800",
        "evidence/" + "a" * 240,
        "evidence/" + "a/" * 8 + "a",
    ],
)
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        names.check_all([name])
    assert caught.value.code == "DOS004"


@pytest.mark.parametrize(
    "pair",
    [
        ("evidence/a", "evidence/a"),
        ("evidence/Preuve.pdf", "evidence/preuve.PDF"),
        ("evidence/\ufb01che", "evidence/fiche"),  # ligature
        ("evidence/stra\u00dfe", "evidence/strasse"),
        ("evidence/a", "evidence/a/b"),
    ],
)
def test_names_that_are_one_file_somewhere_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        names.check_all(pair)
    assert caught.value.code == "DOS005"


def test_names_that_differ_stand_together() -> None:
    names.check_all(["evidence/a", "evidence/ab", "evidence/b/a"])


SEGMENTS = st.sampled_from(
    ["evidence", "Cases", "cases", "run.json", "a", "A", "b.c", "con", "nul.txt", "com1", "..", "a.", ""]
)
NAMES = st.one_of(st.lists(SEGMENTS, min_size=1, max_size=9).map("/".join), st.text("aA./\n-\u00e9", max_size=12))


@given(st.lists(NAMES, max_size=4))
def test_the_quick_look_and_the_long_one_agree(found: list[str]) -> None:
    """A name beyond ASCII makes every name be looked at one by one."""
    assert fault(found) == fault([*found, "evidence/unlike the others \u00e9"])


def fault(found: list[str]) -> str | None:
    try:
        names.check_all(found)
    except InvalidInput as error:
        return error.code
    return None


def test_what_a_terminal_would_obey_is_shown() -> None:
    assert names.printable("a\x1b[2Jb") == "a\\u001b[2Jb"
    assert names.printable("a" * 200) == "a" * 120 + "…"
