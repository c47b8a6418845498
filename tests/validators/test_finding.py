from mes_conformity.validators.finding import MOST_FINDINGS, Notes, RuleInfo

RULES = {"x/y": RuleInfo({"fr": "titre"}, {"fr": "remède"}, "RFC 0000, §1", "published")}


def test_a_pointer_is_that_of_the_whole_artefact() -> None:
    notes = Notes(RULES)
    notes.within("entry", 0).within("a/b").add("x/y", ("code",), {"fr": "faux"})
    assert [finding.pointer for finding in notes.findings] == ["/entry/0/a~1b/code"]


def test_a_finding_carries_the_source_of_its_rule() -> None:
    notes = Notes(RULES)
    notes.add("x/y", (), {"fr": "faux"}, severity="warning")
    assert (notes.findings[0].source, notes.findings[0].severity) == ("RFC 0000, §1", "warning")


def test_what_no_finding_says_yet_is_noted_beyond_the_limit() -> None:
    notes = Notes({**RULES, "x/z": RULES["x/y"]})
    for _turn in range(MOST_FINDINGS + 1):
        notes.add("x/y", (), {"fr": "faux"}, severity="warning")
    for rule in ("x/z", "x/z", "x/y"):
        notes.within("a").add(rule, (), {"fr": "faux"})
    assert [(item.rule, item.severity) for item in notes.findings[MOST_FINDINGS:]] == [
        ("x/z", "error"),
        ("x/y", "error"),
    ]


def test_a_hostile_artefact_does_not_fill_the_memory() -> None:
    notes = Notes(RULES)
    for _turn in range(MOST_FINDINGS + 1):
        notes.add("x/y", (), {"fr": "faux"})
    assert len(notes.findings) == MOST_FINDINGS
