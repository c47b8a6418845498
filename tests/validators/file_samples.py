"""The sound samples of files that come with the suites, and what a validator finds wrong in a changed one."""

from mes_conformity.foundation.resources import root
from mes_conformity.validators.artefact import judge

DAY = "2026-11-22"


def sample(kind: str, name: str) -> str:
    return (root("test_suites") / "samples" / kind / name).read_bytes().decode()


def broken(kind: str, text: str | bytes, severity: str = "error", judged_on: str | None = DAY) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    found = judge(kind, raw, judged_on=judged_on)
    return sorted({finding.rule.partition("/")[2] for finding in found if finding.severity == severity})
