"""How a command is declared: a Typer group, global options everywhere, help in the current language.

app = group(_("…"))

@command(app, "list", _("…"))
def list_(ctx: Context, …) -> ExitCode | None: …
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from mes_conformity.cli import settings
from mes_conformity.cli.context import Context
from mes_conformity.foundation.errors import InvalidInput, Location, UsageError
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.i18n import _, both, current, use

__all__ = ["Context", "ExitCode", "command", "global_options", "group", "merge"]

Function = TypeVar("Function", bound=Callable[..., ExitCode | None])

# Typer writes these words itself, in English only.
_FRENCH_WORDS = (
    ("Usage: ", "Usage : "),
    ("\nOptions:", "\nOptions :"),
    ("\nCommands:", "\nCommandes :"),
    ("\nArguments:", "\nArguments :"),
    ("Show this message and exit.", "Afficher cette aide."),
    ("[required]", "[obligatoire]"),
    ("[default: ", "[défaut : "),
    ("[OPTIONS]", "[OPTIONS]"),
    ("COMMAND [ARGS]...", "COMMANDE [ARGUMENTS]…"),
)


def _in_current_language(text: str) -> str:
    if current() == "fr":
        for english, french in _FRENCH_WORDS:
            text = text.replace(english, french)
    return text


class Command(TyperCommand):
    """A command whose help speaks the current language."""

    def get_help(self, ctx: Any) -> str:
        return _in_current_language(super().get_help(ctx))


class Group(TyperGroup):
    """A group whose help speaks the current language."""

    def get_help(self, ctx: Any) -> str:
        return _in_current_language(super().get_help(ctx))


def group(help_text: str) -> typer.Typer:
    """A group of commands. Called without one it prints its help."""
    return typer.Typer(
        cls=Group,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def global_options() -> dict[str, tuple[Any, Any]]:
    """The options that stand before and after every command: name → (annotation, default)."""

    def option(kind: Any, *names: str, help_text: str, **more: Any) -> Any:
        return Annotated[kind, typer.Option(*names, help=help_text, show_default=False, **more)]

    return {
        "lang": (option(str | None, "--lang", help_text=_("langue des messages : fr ou en"), metavar="fr|en"), None),
        "output_format": (
            option(str | None, "--format", help_text=_("forme de la réponse : text ou json"), metavar="text|json"),
            None,
        ),
        "no_input": (option(bool, "--no-input", help_text=_("ne rien demander")), False),
        "color": (
            option(str | None, "--color", help_text=_("couleur : auto, always ou never"), metavar="auto|always|never"),
            None,
        ),
        "accessible": (option(bool, "--accessible", help_text=_("sortie pour lecteur d'écran")), False),
        "quiet": (option(bool, "-q", "--quiet", help_text=_("moins de messages")), False),
        "verbose": (option(bool, "-v", "--verbose", help_text=_("plus de messages")), False),
        "directory": (option(Path | None, "-C", help_text=_("travailler dans ce dossier"), metavar=_("DOSSIER")), None),
        "config": (
            option(Path | None, "--config", help_text=_("fichier de réglages"), metavar=_("FICHIER")),
            None,
        ),
    }


def merge(base: Context, values: dict[str, Any]) -> Context:
    """`base` with the global options given on one level; a later level wins."""
    from dataclasses import replace

    given = values["config"]
    changes: dict[str, Any] = {} if given is None else settings.read(base.env.cwd / given, str(given))
    for name, allowed in (("lang", ("fr", "en")), ("color", ("auto", "always", "never"))):
        if values[name] is not None:
            changes[name] = _choice(f"--{name}", values[name], allowed)
    if values["output_format"] is not None:
        changes["format"] = _choice("--format", values["output_format"], ("text", "json"))
    changes |= {name: True for name in ("no_input", "accessible", "quiet", "verbose") if values[name]}
    if values["directory"] is not None:
        changes["directory"] = _folder(base, values["directory"])
    merged = replace(base, **changes)
    use(merged.lang)
    return merged


def _choice(option: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise UsageError(
            "USE001",
            both("valeur refusée pour {option}", option=option),
            expected=" | ".join(allowed),
            obtained=value,
        )
    return value


def _folder(base: Context, path: Path) -> Path:
    folder = base.env.cwd / path
    if not folder.is_dir():
        raise InvalidInput(
            "USE004",
            both("le dossier donné à -C n'existe pas"),
            location=Location(str(path)),
            hint=both("créez-le, ou lancez `mes-conformity init {path}`", path=str(path)),
        )
    return folder


def command(
    app: typer.Typer, name: str, help_text: str, *, own_format: bool = False, **settings: Any
) -> Callable[[Function], Function]:
    """Declare a command whose function takes the Context first and answers an exit code (None is OK).

    `own_format` leaves `--format` to the command itself (`report render`).
    """

    def declare(function: Function) -> Function:
        own = [p for key, p in inspect.signature(function).parameters.items() if key != "ctx"]
        shared = {key: v for key, v in global_options().items() if not (own_format and key == "output_format")}

        def call(typer_context: typer.Context, **values: Any) -> int:
            options = {"output_format": None, **{key: values.pop(key) for key in shared}}
            return int(function(merge(typer_context.obj, options), **values) or ExitCode.OK)

        kind = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter("typer_context", kind, annotation=typer.Context)]
        parameters += [parameter.replace(kind=kind) for parameter in own]
        parameters += [
            inspect.Parameter(key, kind, default=default, annotation=annotation)
            for key, (annotation, default) in shared.items()
        ]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name, help=help_text, cls=Command, **settings)(call)
        return function

    return declare
