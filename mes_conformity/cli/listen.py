"""`test listen`: the publisher's own client is judged on what it sends, to the embedded sandbox or through a proxy."""

from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.i18n import _, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mes_conformity.cli.runs import Inputs, Wanted
    from mes_conformity.harness.listening import Door, Heard
    from mes_conformity.harness.targets import Target

_FOLDER = Path("reports") / "listen"


def declare(app: typer.Typer) -> None:
    """Add the command to the group `test`."""

    @command(
        app,
        "listen",
        _("Écouter le client de l'éditeur, face au bac à sable ou à une cible, et juger ce qu'il envoie."),
    )
    def listen(
        ctx: Context,
        target: Annotated[
            str, typer.Option("--target", metavar=_("CIBLE"),
                              help=_("embedded, ou la cible à laquelle transmettre ce que dit le client"))
        ] = "embedded",
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help=_("port ; 0 pour un port libre"))] = 0,
        quiet_after: Annotated[
            int, typer.Option("--quiet-after", min=1, max=86400, metavar="S",
                              help=_("juger quand le client se tait depuis S secondes"))
        ] = 15,
        wait: Annotated[
            int, typer.Option("--wait", min=1, max=86400, metavar="S", help=_("secondes d'attente du premier appel"))
        ] = 600,
        report: Annotated[
            list[str] | None,
            typer.Option("--report", help=_("rapport à écrire, comme junit:rapport.xml "
                                            "(formes : `report render --help`) ; répétable"),
                         metavar=_("FORME:FICHIER")),
        ] = None,
    ) -> ExitCode:  # fmt: skip
        from mes_conformity.cli import runs

        return _listen(ctx, target, port, (wait, quiet_after), runs.wanted_reports(ctx, report or []))


@contextmanager
def _opened(ctx: Context, inputs: "Inputs", name: str, port: int) -> "Iterator[tuple[Door, Target]]":
    """The door, in front of what the client has to meet; how to set the client up is told."""
    from mes_conformity.harness.listening import listening
    from mes_conformity.harness.proxying import proxying
    from mes_conformity.harness.targets import EMBEDDED, resolve
    from mes_conformity.sandbox.embedded import Sandbox

    contract = next(item for item in inputs.library.contracts.values() if item.id == "mes-measures")
    if name != EMBEDDED or EMBEDDED in inputs.targets:
        place = resolve(name, inputs.targets, ctx.env, ctx.directory)
        with proxying(place, contract, ctx.env, port=port) as (door, target):
            _tell_relayed(ctx, place, target)
            yield door, target
        return
    with (
        Sandbox.start(tls=False, env=ctx.env) as sandbox,
        listening(sandbox, contract, ctx.env, port=port) as (door, target),
    ):
        _tell_open(ctx, door.url, sandbox.descriptor)
        yield door, target


def _listen(ctx: Context, name: str, port: int, patience: tuple[int, int], wanted: list["Wanted"]) -> ExitCode:
    from dataclasses import replace

    from mes_conformity.cli import runs, test_text
    from mes_conformity.cli.following import following
    from mes_conformity.harness import engine
    from mes_conformity.harness.selection import Selection, plan

    inputs = runs.gather(ctx)
    selection = Selection(kinds=("listen", "unit"))
    with _opened(ctx, inputs, name, port) as (door, target):
        _hear(ctx, door, *patience)
        heard = tuple(door.heard)
        artefacts = _captured(ctx, heard)
        service = replace(inputs.service, artefacts=artefacts, traffic=heard)
        with following(ctx, len(plan(inputs.library, selection, service.facts))) as listener:
            result = engine.run(
                inputs.library, selection, service, ctx.env,
                target=target, root=ctx.directory, catalogue=inputs.catalogue, listener=listener,
            )  # fmt: skip
    runs.write_reports(ctx, inputs, result, wanted)
    assert result.folder is not None
    folder = result.folder.relative_to(ctx.directory).as_posix()
    document = {
        "run": {**result.document["run"], "folder": folder},
        "heard": len(heard),
        "summary": result.document["summary"],
        "cases": result.document["cases"],
    }
    ctx.emit(document, lambda: test_text.print_run(ctx, document, folder))
    runs.propose(ctx, inputs, result)
    return result.exit_code


def _tell_open(ctx: Context, url: str, descriptor: Any) -> None:
    client, user = descriptor["client"], descriptor["users"][0]
    ctx.say(_("à l'écoute : réglez votre client ainsi, puis faites-le travailler"))
    ctx.say(_("  adresse    : {url}", url=url))
    ctx.say(_("  FHIR       : {url}", url=descriptor["fhir_url"]))
    ctx.say(_("  client     : {id} / {secret}", id=client["client_id"], secret=client["client_secret"]))
    ctx.say(_("  retour     : {uri}", uri=client["redirect_uri"]))
    ctx.say(
        _(
            "  personne   : {login} / {password} / code {otp}",
            login=user["login"], password=user["password"], otp=user["otp"],
        )
    )  # fmt: skip
    ctx.say(_("  à faire    : un appariement, puis au moins six écritures de mesures ; Ctrl-C pour juger aussitôt"))


def _tell_relayed(ctx: Context, place: "Target", target: "Target") -> None:
    """The publisher knows their client and their accounts at the target: neither is written here."""
    ctx.say(_("à l'écoute devant {url} : donnez ces adresses à votre client, puis faites-le travailler", url=place.url))
    ctx.say(_("  adresse    : {url}", url=target.url))
    ctx.say(_("  FHIR       : {url}", url=target.fhir_url))
    ctx.say(
        _("  émetteur   : {url} (son nom dans les jetons ; ses adresses sont celles de la porte)", url=place.issuer)
    )
    ctx.say(_("  à faire    : un appariement, puis au moins deux écritures de mesures ; Ctrl-C pour juger aussitôt"))


def _hear(ctx: Context, door: "Door", wait_s: int, quiet_s: int) -> None:
    """Wait until the client has spoken and is silent again; ^C ends it too, and what was heard is judged."""
    try:
        if not door.told.wait(wait_s):
            return
        ctx.note(_("le client parle"))
        count = -1
        while count != len(door.heard):
            count = len(door.heard)
            sleep(quiet_s)
    except KeyboardInterrupt:
        ctx.note("")
    ctx.note(plural("{count} échange entendu", "{count} échanges entendus", len(door.heard)))


def _captured(ctx: Context, heard: "tuple[Heard, ...]") -> tuple[Any, ...]:
    """The bundles that the client wrote, as files of the workspace: the unit cases judge them like any other."""
    from mes_conformity.foundation.storage import write
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.harness.listening import bundles
    from mes_conformity.harness.redaction import refuse_production_identity

    found = []
    for number, raw in enumerate(bundles(heard), start=1):
        path = _FOLDER / f"measure-bundle-{number:02}.json"
        refuse_production_identity(raw.decode("latin-1"), path.as_posix())
        write(ctx.directory / path, raw, durable=False)
        found.append(Artefact(path.as_posix(), "measure-bundle", raw))
    return tuple(found)
