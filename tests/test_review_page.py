"""The page about the review does what it says: its commands are run, in order, between two folders.

A line `…` stands for any lines, a `…` inside a line for any text. `cp` is the mail; the sheet is filled before it is
imported, as the page says.
"""

import csv
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "review.md"


def examples() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _newline, output = part.partition("\n")
            yield command, output.strip("\n")


def fill(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), reader.fieldnames or ()
    row = next(row for row in rows if row["id"] == "x-law-convention")
    row.update(kind="non-conformité majeure", finding="La convention n'est pas signée.")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
def test_the_commands_of_the_page_are_true(
    tmp_path: Path, run: Callable[..., Any], reads_as: Callable[[str, str], bool]
) -> None:
    (tmp_path / "expert").mkdir()
    done = 0
    for command, output in examples():
        program, *arguments = shlex.split(command)
        if program == "cp":
            for name in arguments[:-1]:
                shutil.copy(tmp_path / name, tmp_path / arguments[-1])
            continue
        assert program == "mes-conformity"
        if "import" in arguments:
            fill(tmp_path / "expert" / "feuille.csv")
        result = run(*arguments)
        shown = result.out + result.err
        assert reads_as(output, shown), f"$ {command}\n{shown}"
        assert result.code in (0, 1), f"$ {command}\n{shown}"
        done += 1
    assert done >= 12


def test_every_code_of_the_page_exists_and_every_code_of_a_chain_is_on_it() -> None:
    source = PAGE.parents[1] / "mes_conformity" / "dossier"
    code = "".join((source / name).read_text(encoding="utf-8") for name in ("addenda.py", "review_chain.py"))
    assert set(re.findall(r"REV\d{3}", PAGE.read_text(encoding="utf-8"))) == set(re.findall(r"REV\d{3}", code))


def test_the_schemas_of_the_page_exist() -> None:
    schemas = PAGE.parents[1] / "requirements_catalogue" / "schemas"
    for name in re.findall(r"[a-z-]+-1\.schema\.json", PAGE.read_text(encoding="utf-8")):
        assert (schemas / name).exists(), name
