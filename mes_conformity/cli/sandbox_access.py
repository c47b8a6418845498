"""`sandbox ping|login|logout`: a configured target, examined, paired with in a browser, left."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.i18n import _, pick

if TYPE_CHECKING:
    from mes_conformity.harness.login import Speaker
    from mes_conformity.harness.preflight import Examined

_SIGNS = {"ok": "✓", "warning": "!", "error": "✗", "unknown": "?"}


def declare(app: typer.Typer) -> None:
    """Add the commands to the group `sandbox`."""
    named = typer.Argument(help=_("embedded, une adresse, @FICHIER, ou un nom de l'espace de travail"))

    @command(app, "ping", _("Examiner une cible : réseau, TLS, horloge, client, version."))
    def ping(ctx: Context, target: Annotated[str, named] = "embedded") -> ExitCode:
        return _ping(ctx, target)

    @command(app, "login", _("S'apparier à une cible dans son navigateur ; le trousseau seul en garde la trace."))
    def login(
        ctx: Context,
        target: Annotated[str, named],
        no_browser: Annotated[
            bool, typer.Option("--no-browser", help=_("écrire l'adresse sans ouvrir de navigateur"))
        ] = False,
        print_token: Annotated[
            bool, typer.Option("--print-token", help=_("écrire le jeton sur la sortie, sans rien garder"))
        ] = False,
        wait: Annotated[
            int, typer.Option("--wait", min=1, max=3600, help=_("secondes d'attente du retour"), metavar="S")
        ] = 300,
    ) -> ExitCode:
        return _login(ctx, target, browser=not no_browser, print_token=print_token, wait_s=wait)

    @command(app, "logout", _("Révoquer l'appariement gardé pour une cible, et l'oublier."))
    def logout(ctx: Context, target: Annotated[str, named]) -> ExitCode:
        return _logout(ctx, target)


@contextmanager
def _speaking(ctx: Context, name: str) -> Iterator["Speaker"]:
    """Somebody who can speak to a target, with its contracts."""
    from mes_conformity.harness.engine import live
    from mes_conformity.harness.login import Speaker
    from mes_conformity.harness.targets import opened
    from mes_conformity.suites.overriding import contracts

    with opened(name, known_targets(ctx), ctx.env, ctx.directory) as target:
        transport = live(target, ctx.env)
        try:
            yield Speaker(target, contracts(target.overrides), ctx.env, transport)
        finally:
            transport.close()


def known_targets(ctx: Context) -> Mapping[str, Any]:
    """The targets that the workspace names, none outside of one."""
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace

    return open_workspace(ctx.directory).targets if (ctx.directory / SETTINGS).is_file() else {}


def _ping(ctx: Context, name: str) -> ExitCode:
    from mes_conformity.harness import login, preflight
    from mes_conformity.harness.kept_pairing import lent

    spared = bool(
        ctx.env.variables.get(login.VARIABLE)
    )  # trying a token may use it up, and a variable cannot be renewed
    with _speaking(ctx, name) as speaker:
        target = speaker.target
        with nullcontext(target) if spared else lent(target, speaker.contracts, ctx.env) as place:
            found = preflight.examine(place, speaker.contracts, ctx.env, speaker.transport)
            examined = [item for item in found if not (spared and item.name == "token")]
    code = preflight.exit_code(examined)
    document = {
        "target": target.public(),
        "reachable": code == ExitCode.OK,
        "examinations": [item.to_json() for item in examined],
    }

    def text() -> None:
        for item in examined:
            for line in told(item):
                ctx.print(line)
        ctx.print(_("la cible est prête") if code == ExitCode.OK else _("la cible n'est pas prête"))

    ctx.emit(document, text)
    return code


def told(item: "Examined") -> Iterator[str]:
    """An examination in one line, its remedy below."""
    yield f"{_SIGNS[item.state]} {_word(item.name):<12} {pick(item.found).strip()}"
    if item.remedy is not None:
        yield f"  {_('conseil')}{_(' :')} {pick(item.remedy)}"


def _word(name: str) -> str:
    words = {
        "dns": _("nom"),
        "tcp": _("connexion"),
        "tls": _("TLS"),
        "certificate": _("échéance"),
        "client_certificate": _("certificat"),
        "http": _("HTTP"),
        "clock": _("horloge"),
        "issuer": _("émetteur"),
        "scopes": _("portées"),
        "client": _("client"),
        "token": _("appariement"),
        "contract": _("version"),
    }
    return words[name]


def _login(ctx: Context, name: str, *, browser: bool, print_token: bool, wait_s: int) -> ExitCode:
    from mes_conformity.harness import keychain
    from mes_conformity.harness import login as pairing

    with _speaking(ctx, name) as speaker:
        target = speaker.target
        tokens = pairing.login(speaker, _shown(ctx, browser=browser), wait_s)
    ctx.say(_("appariement obtenu auprès de {issuer}", issuer=target.issuer))
    token = tokens.get("refresh_token") or tokens.get("access_token")
    kept = not print_token and keychain.available()
    if kept:
        pairing.keep(target, tokens, ctx.env)
        ctx.note(_("gardé dans le trousseau ; pour l'oublier : `mes-conformity sandbox logout {name}`", name=name))
    elif not print_token:
        ctx.note(_("il n'y a pas de trousseau sur cette machine : rien n'est gardé"))
        ctx.note(_("relancez avec --print-token, et mettez le jeton dans {variable}", variable=pairing.VARIABLE))
    document = {"login": {"target": target.public(), "scope": tokens.get("scope"), "kept": kept}}
    if print_token:
        document["login"]["token"] = token
    ctx.emit(document, lambda: ctx.print(str(token)) if print_token else None)
    return ExitCode.OK


def _shown(ctx: Context, *, browser: bool) -> Callable[[str], None]:
    def show(address: str) -> None:
        ctx.say(_("ouvrez cette adresse dans votre navigateur :"))
        ctx.say(address)
        if browser:
            import webbrowser

            webbrowser.open(address)

    return show


def _logout(ctx: Context, name: str) -> ExitCode:
    from mes_conformity.harness import login as pairing

    with _speaking(ctx, name) as speaker:
        revoked = pairing.logout(speaker)
    words = {
        None: _("aucun appariement n'était gardé pour cette cible"),
        True: _("appariement révoqué et oublié"),
        False: _("appariement oublié ici ; la cible n'a pas confirmé la révocation"),
    }
    ctx.emit({"logout": {"kept": revoked is not None, "revoked": bool(revoked)}}, words[revoked])
    return ExitCode.INCONCLUSIVE if revoked is False else ExitCode.OK
