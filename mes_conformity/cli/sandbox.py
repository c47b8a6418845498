"""`sandbox serve|faults`: the embedded Mon espace santé and its faults; `sandbox_access` adds the other commands."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli import sandbox_access
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.context import SCHEMA_VERSION
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both, pick

if TYPE_CHECKING:
    from datetime import datetime


def build() -> typer.Typer:
    """The `sandbox` commands."""
    app = group(_("Le bac à sable : un Mon espace santé fictif, qui se trompe à la demande."))
    _declare_serve(app)

    @command(app, "faults", _("Les défauts que les cas doivent voir : du bac à sable, d'un service."))
    def faults(ctx: Context) -> ExitCode:
        return _faults(ctx)

    sandbox_access.declare(app)
    return app


def _declare_serve(app: typer.Typer) -> None:
    @command(app, "serve", _("Servir le bac à sable sur 127.0.0.1, jusqu'à Ctrl-C."))
    def serve(
        ctx: Context,
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help=_("port ; 0 pour un port libre"))] = 0,
        tls: Annotated[bool, typer.Option("--tls", help=_("avec TLS, par une autorité fictive"))] = False,
        mtls: Annotated[
            bool, typer.Option("--mtls", help=_("avec TLS, et un certificat demandé aux services"))
        ] = False,
        fault: Annotated[
            list[str] | None,
            typer.Option("--fault", help=_("se tromper ainsi (répétable)"), metavar=_("NOM"), show_default=False),
        ] = None,
        latency: Annotated[
            int, typer.Option("--latency", min=0, max=600_000, help=_("attendre avant chaque réponse"), metavar="MS")
        ] = 0,
        database: Annotated[
            Path | None,
            typer.Option("--database", help=_("garder l'état dans ce fichier"), metavar=_("FICHIER")),
        ] = None,
        seed_data: Annotated[
            Path | None,
            typer.Option("--seed-data", help=_("partir de ces données fictives"), metavar=_("FICHIER")),
        ] = None,
        clock: Annotated[
            str | None, typer.Option("--clock", help=_("arrêter l'horloge à cet instant"), metavar="RFC3339")
        ] = None,
        rate_limit: Annotated[
            int,
            typer.Option("--rate-limit", min=0, help=_("répondre 429 au-delà de N requêtes par minute"), metavar="N"),
        ] = 0,
        patient: Annotated[
            bool,
            typer.Option("--patient", help=_("servir aussi Patient, une hypothèse : aucun texte public n'en parle")),
        ] = False,
        explain: Annotated[
            bool, typer.Option("--explain", help=_("dire ce que vaut chaque route et d'où elle vient, sans servir"))
        ] = False,
    ) -> ExitCode:
        if explain:
            return _explain(ctx)
        more = (ctx.directory / seed_data if seed_data else None, _instant(clock), rate_limit, mtls, patient)
        path = ctx.directory / database if database else None
        return _serve(
            ctx, more, port=port, tls=tls or mtls, faults=tuple(fault or ()), latency_ms=latency, database=path
        )


class _Stop(Exception):
    """Somebody asked the server to end: that is how it ends, not an error."""


@contextmanager
def _until_signalled() -> Iterator[None]:
    """SIGINT and SIGTERM end the block quietly, once; a second one does not disturb the cleaning up."""
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise _Stop

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(_Stop):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(ctx: Context, more: tuple[Path | None, "datetime | None", int, bool, bool], **settings: Any) -> ExitCode:
    from mes_conformity.sandbox.embedded import Sandbox, Settings

    with _until_signalled(), Sandbox.start(env=ctx.env, settings=Settings(*more), **settings) as sandbox:
        _tell_ready(ctx, sandbox.descriptor, settings["faults"])
        _wait()
    ctx.note(_("bac à sable arrêté"))
    return ExitCode.OK


def _instant(written: str | None) -> "datetime | None":
    """The instant of --clock. Raises UsageError `SBX006`."""
    from datetime import UTC, datetime

    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 <= moment.year < 2100:
        raise UsageError(
            "SBX006",
            both("« {text} » n'est pas un instant de ce siècle avec son décalage", text=written),
            expected="2026-11-22T12:00:00Z",
            hint=both("écrivez la date, l'heure et le décalage, comme dans l'exemple"),
        )
    return moment.astimezone(UTC)


def _explain(ctx: Context) -> ExitCode:
    """What each route is worth: nothing is served to anybody but this command."""
    from mes_conformity.sandbox.app import rows
    from mes_conformity.sandbox.embedded import Sandbox, Settings
    from mes_conformity.sandbox.openapi import contracts_of, explained

    with Sandbox.start(tls=False, env=ctx.env, settings=Settings(patient=True)) as sandbox:
        routes = sandbox.ask(lambda world: explained(world, rows(world)))
        contracts = sandbox.ask(contracts_of).values()

    def text() -> None:
        ctx.print(_("Ce bac à sable n'est pas Mon espace santé : voici ce que vaut chaque route."))
        for contract in contracts:
            ctx.print(f"- {contract.reference}{_(' :')} {pick(contract.title)}")
        ctx.table(
            (_("route"), _("à quoi elle sert"), _("ce qu'elle vaut"), _("source")),
            [
                (f"{row['method']} {row['path']}", pick(row["summary"]), row["basis"], row["source"] or "—")
                for row in routes
            ],
        )

    followed = [{"contract": contract.reference, "title": dict(contract.title)} for contract in contracts]
    ctx.emit({"contracts": followed, "routes": routes}, text)
    return ExitCode.OK


def _wait() -> None:
    """Wait for a signal; not on a lock, which a signal's handler could find half taken."""
    while True:
        time.sleep(3600)


def _tell_ready(ctx: Context, descriptor: Mapping[str, Any], faults: tuple[str, ...]) -> None:
    """One line of JSON, so that whoever waits for it reads one line; else what a developer types next."""
    if ctx.format == "json":
        line = json.dumps({"schema_version": SCHEMA_VERSION, "sandbox": descriptor}, ensure_ascii=False)
        ctx.env.stdout.write(line + "\n")
        ctx.env.stdout.flush()
        return
    client, user = descriptor["client"], descriptor["users"][0]
    ctx.print(_("bac à sable prêt : {url}", url=descriptor["url"]))
    ctx.print(_("  FHIR       : {url}", url=descriptor["fhir_url"]))
    if descriptor["ca_file"]:
        ctx.print(_("  autorité   : {path}", path=descriptor["ca_file"]))
    if descriptor.get("client_certificate"):
        ctx.print(_("  certificat : {path}", path=descriptor["client_certificate"]["certificate"]))
    ctx.print(_("  client     : {id} / {secret}", id=client["client_id"], secret=client["client_secret"]))
    ctx.print(_("  retour     : {uri}", uri=client["redirect_uri"]))
    ctx.print(
        _(
            "  personne   : {login} / {password} / code {otp}",
            login=user["login"], password=user["password"], otp=user["otp"],
        )
    )  # fmt: skip
    if faults:
        ctx.print(_("  défauts    : {names}", names=", ".join(faults)))
    ctx.note(_("tout y est fictif ; Ctrl-C pour arrêter"))
    ctx.note(_("à essayer : `mes-conformity test run --target {url}`", url=descriptor["url"]))


def _faults(ctx: Context) -> ExitCode:
    from mes_conformity.harness.defects import DEFECTS
    from mes_conformity.sandbox.faults import FAULTS

    broken = _broken_cases()
    rows = {
        "faults": [_described(name, fault.description, broken) for name, fault in FAULTS.items()],
        "defects": [_described(name, defect.description, broken) for name, defect in DEFECTS.items()],
    }

    def text() -> None:
        for key, title in (("faults", _("Défauts du bac à sable")), ("defects", _("Défauts d'un service"))):
            ctx.print(f"{title} ({len(rows[key])})")
            ctx.table(
                (_("nom"), _("ce qui est faux"), _("cas qui doivent échouer")),
                [(row["name"], pick(row["description"]), ", ".join(row["breaks"]) or "—") for row in rows[key]],
            )
            ctx.print()

    ctx.emit(rows, text)
    return ExitCode.OK


def _described(name: str, description: Mapping[str, str], broken: Mapping[str, list[str]]) -> dict[str, Any]:
    return {"name": name, "description": dict(description), "breaks": broken.get(name, [])}


def _broken_cases() -> dict[str, list[str]]:
    """Fault or defect → the cases that name it; the link is written in the suites only."""
    from mes_conformity.suites.loader import load_all

    found: dict[str, list[str]] = {}
    for case in load_all().cases:
        for name in case.broken_by:
            found.setdefault(name, []).append(case.id)
    return found
