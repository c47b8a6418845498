"""`doctor`: what this machine lacks to work well, and how to mend it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.i18n import Text, _, both, pick


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing looked at. `remedy` is None where all is well."""

    name: Text
    found: str
    remedy: Text | None = None

    def to_json(self) -> dict[str, Any]:
        """`{name, ok, found, remedy}`."""
        return {"name": self.name, "ok": self.remedy is None, "found": self.found, "remedy": self.remedy}


def register(app: typer.Typer) -> None:
    """Declare `doctor`."""

    @command(app, "doctor", _("Examiner l'installation et dire quoi corriger."))
    def doctor(ctx: Context) -> ExitCode:
        seen = [examine(ctx) for examine in _EXAMINATIONS]
        document = {"examinations": [one.to_json() for one in seen]}
        ctx.emit(document, lambda: ctx.print("\n".join(_lines(seen))))
        return ExitCode.OK if all(one.remedy is None for one in seen) else ExitCode.INVALID_INPUT


def _lines(seen: list[Examination]) -> Iterator[str]:
    for one in seen:
        yield f"{'✓' if one.remedy is None else '✗'} {pick(one.name)}{_(' :')} {one.found}"
        if one.remedy is not None:
            yield f"  {_('conseil')}{_(' :')} {pick(one.remedy)}"


def _python(_ctx: Context) -> Examination:
    version = sys.version.split()[0]
    good = sys.version_info >= (3, 11)
    return Examination(both("Python"), version, None if good else both("installez Python 3.11 ou plus récent"))


def _encoding(ctx: Context) -> Examination:
    encoding = (getattr(ctx.env.stdout, "encoding", None) or "utf-8").lower()
    good = encoding.replace("-", "") == "utf8"
    return Examination(
        both("encodage du terminal"), encoding, None if good else both("lancez avec PYTHONUTF8=1 ou LANG=fr_FR.UTF-8")
    )


def _folder(ctx: Context) -> Examination:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=ctx.directory):
            remedy = None
    except OSError:
        remedy = both("choisissez avec -C un dossier où vous pouvez écrire, et libérez de la place")
    return Examination(both("dossier de travail"), str(ctx.directory), remedy)


def _data(_ctx: Context) -> Examination:
    from mes_conformity.catalogue.loader import load_shipped
    from mes_conformity.suites.loader import load_all

    name = both("référentiel et suites")
    try:
        catalogue = load_shipped()
        cases = load_all().cases
    except (ConformityError, OSError) as error:
        return Examination(name, str(error), both("réinstallez mes-conformity : ses fichiers sont incomplets"))
    return Examination(name, f"{catalogue.id} {catalogue.version}, {len(catalogue.requirements)} + {len(cases)}")


def _loopback(_ctx: Context) -> Examination:
    import socket

    name = both("bac à sable sur cette machine (127.0.0.1)")
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return Examination(name, f"port {server.getsockname()[1]}")
    except OSError as error:
        return Examination(name, str(error), both("autorisez les connexions locales (pare-feu, conteneur)"))


_EXAMINATIONS: tuple[Callable[[Context], Examination], ...] = (_python, _encoding, _folder, _data, _loopback)
