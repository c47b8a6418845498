"""Where addenda stand: beside a dossier, sent with it by mail, and inside the next one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mes_conformity.dossier import container, review_chain
from mes_conformity.dossier.addenda import MAX_BYTES, SUFFIX, Addendum, Subject
from mes_conformity.dossier.build import Contents
from mes_conformity.dossier.manifest import NAME
from mes_conformity.dossier.many import SUFFIX as DOSSIER
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.review_chain import Source
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.storage import read_bytes, write

MAX_READ, MAX_FILES = 64 * 1024 * 1024, 2_000
FOREVER = "9999"  # later than any date: whatever the workspace holds comes before the dossier being built


def stem(path: Path) -> str:
    """`glyco-2.4.1.mesdossier.zip` → `glyco-2.4.1`: what the names of its addenda begin with."""
    return path.name.removesuffix(DOSSIER) if path.name.endswith(DOSSIER) else path.stem


def beside(path: Path, named: Sequence[Path] = ()) -> list[Source]:
    """The addenda in the folder of a dossier, and those `named`. A name that begins like the dossier's is relied on.

    Raises InvalidInput `STO002`/`STO004` for a named one that cannot be read.
    """
    given = {item.resolve() for item in named}
    found = [item for item in _files(path.parent) if item.resolve() not in given]
    return [
        *(Source(str(item), read_bytes(item, MAX_BYTES), named=True) for item in named),
        *(
            Source(item.name, read_bytes(item, MAX_BYTES), named=item.name.startswith(f"{stem(path)}."))
            for item in found
        ),
    ]


def _files(folder: Path) -> Iterator[Path]:
    """The addenda of a folder, up to what may be read: it may be that of many dossiers, or anything."""
    room = MAX_READ
    for path in sorted(folder.glob(f"*{SUFFIX}"))[:MAX_FILES]:
        size = path.stat().st_size if path.is_file() else MAX_BYTES + 1
        room -= size if size <= MAX_BYTES else 0
        if size <= MAX_BYTES and room >= 0:
            yield path


def carry(contents: Contents, folder: Path) -> Contents:
    """`contents` with the review so far: the addenda of `folder`, which must be one chain about this service.

    Raises InvalidInput with the code of the first thing that is wrong (`REV001` to `REV011`).
    """
    sources = [Source(str(item), read_bytes(item, MAX_BYTES), carried=True) for item in _files(folder)]
    if not sources:
        return contents
    service = contents.run["service"]
    subject = Subject("", "", "", service.get("publisher"), service.get("product"), service.get("version"))
    chain = review_chain.assemble(sources, subject, FOREVER)
    for problem in chain.problems:
        raise InvalidInput(
            problem.code,
            problem.message,
            location=Location(problem.path),
            expected=problem.expected,
            obtained=problem.obtained,
            hint=both("le dossier porte la revue déjà faite : corrigez ce qui manque, ou mettez ce fichier ailleurs"),
        )
    added = {review_chain.name_of(addendum.number): addendum.raw for addendum in chain.addenda}
    return replace(contents, files={**contents.files, **added})


def keep(addendum: Addendum, dossier: Path, output: Path | None) -> Path:
    """Write an addendum beside its dossier, or where asked. Raises Conflict `REV015` where another file stands."""
    path = output or dossier.with_name(f"{stem(dossier)}.review-{addendum.number:02d}{SUFFIX}")
    if path.exists() and read_bytes(path, MAX_BYTES + 1) != addendum.raw:
        raise Conflict(
            "REV015",
            both("un autre fichier porte déjà ce nom ; un addendum n'est jamais remplacé"),
            location=Location(str(path)),
            hint=both("donnez un autre nom avec --output"),
        )
    write(path, addendum.raw)
    return path


def dossier_of(stamp: str, folders: Iterable[Path]) -> Path:
    """The dossier in these folders whose manifest's digest begins with `stamp`. Raises InvalidInput `REV017`."""
    for folder in folders:
        for path in sorted(folder.glob(f"*{DOSSIER}")):
            try:
                files = container.unpack(container.load(path))
            except InvalidInput:
                continue
            if NAME in files and sha256(files[NAME]).startswith(stamp):
                return path
    raise InvalidInput(
        "REV017",
        both("le dossier dont parle cette feuille n'est pas ici"),
        expected=f"sha256({printable(NAME)}) = {stamp}…",
        hint=both("donnez-le avec --dossier"),
    )
