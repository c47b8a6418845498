"""What the commands on a workspace share: opening it, and naming the next command as it must be typed from here."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mes_conformity.cli.app import Context

if TYPE_CHECKING:
    from mes_conformity.assessment.readiness import Readiness
    from mes_conformity.assessment.store import Loaded, Session
    from mes_conformity.assessment.workspace import Workspace
    from mes_conformity.catalogue.model import Catalogue
    from mes_conformity.foundation.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace as it stands, read only."""

    workspace: "Workspace"
    catalogue: "Catalogue"
    loaded: "Loaded"


def opened(ctx: Context) -> Opened:
    """The workspace of the current folder. Raises what `open_workspace`, `catalogue_of` and `load` raise."""
    from mes_conformity.assessment.pinning import catalogue_of
    from mes_conformity.assessment.store import load
    from mes_conformity.assessment.workspace import open_workspace

    workspace = open_workspace(ctx.directory)
    return Opened(workspace, catalogue_of(workspace), load(workspace))


@contextmanager
def session(ctx: Context, owner: str) -> Iterator["Session"]:
    """The workspace of the current folder, locked for a change."""
    from mes_conformity.assessment.pinning import catalogue_of
    from mes_conformity.assessment.store import editing
    from mes_conformity.assessment.workspace import open_workspace

    workspace = open_workspace(ctx.directory)
    with editing(workspace, catalogue_of(workspace), ctx.env, f"mes-conformity {owner}") as changing:
        yield changing


def checked(ctx: Context, found: Opened) -> tuple[list["Diagnostic"], "Readiness"]:
    """What the rules say of a workspace today, and what stands in its way."""
    from mes_conformity.assessment.readiness import readiness
    from mes_conformity.assessment.rules import check

    today = date.fromisoformat(ctx.env.today())
    diagnostics = check(found.workspace, found.loaded, found.catalogue, today)
    return diagnostics, readiness(found.loaded.assessment, found.catalogue, diagnostics, today)


def asks(ctx: Context) -> bool:
    """Whether a question may be asked: never under `--format json`, whose only answer is one document."""
    return ctx.interactive and ctx.format == "text"


def typed(ctx: Context, command: str) -> str:
    """`mes-conformity …` as it must be typed in the folder the reader stands in."""
    if ctx.directory.resolve() == ctx.env.cwd.resolve():
        return command
    folder = ctx.directory
    if folder.is_absolute() and folder.is_relative_to(ctx.env.cwd):
        folder = folder.relative_to(ctx.env.cwd)
    return command.replace("mes-conformity ", f"mes-conformity -C {shlex.quote(str(folder))} ", 1)
