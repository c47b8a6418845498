"""The one place where the command line is read, and where errors become exit codes.

Nothing else catches errors to print them: a command raises, this module tells. A bug never shows a traceback: it goes
to a log file that is named, and the exit code is 70.
"""

import errno
import json
import locale
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import Exit, TyperException

from mes_conformity.cli import settings
from mes_conformity.cli.app import Group, global_options, merge
from mes_conformity.cli.context import SCHEMA_VERSION, Context, clean
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import ConformityError, Interrupted, InvalidInput, UsageError
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.i18n import LANGUAGES, _, both, pick, use

GROUPS = (
    "catalogue", "assess", "evidence", "waiver", "plan", "sandbox", "test", "dossier", "review", "referencing",
    "report", "config", "help",
)  # fmt: skip
SINGLE = ("demo", "init", "status", "doctor", "gate")
COMMANDS = (*SINGLE, *GROUPS)
_VALUED = ("-C", "--config", "--lang", "--format", "--color")  # the word after one of them is no command


def main(argv: Sequence[str] | None = None, env: Environment | None = None) -> int:
    """Run one command line and answer its exit code. `argv` leaves the program's name out."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    environment = env or Environment.system()
    context = Context(environment, _language(arguments, environment), directory=environment.cwd)
    use(context.lang)
    try:
        context = _settled(context, arguments)
        return _run(arguments, context)
    except ConformityError as error:
        return _tell(error, arguments, context)
    except KeyboardInterrupt:
        interrupted = Interrupted("INT001", both("interrompu ; ce qui était écrit l'est toujours"))
        return _tell(interrupted, arguments, context)
    except BrokenPipeError:
        _forget_output(context)
        return ExitCode.OK
    except OSError as error:
        # What is written to a file tells its own refusals (STO003): this is the output itself.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return _tell_bug(error, arguments, context)
        return _tell_refused(error, context)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is logged and named, never shown raw
        return _tell_bug(error, arguments, context)


def _settled(context: Context, arguments: Sequence[str]) -> Context:
    """With the settings of the person, where there are any; the language of a variable or an option is left alone."""
    path = settings.own(context.env.variables)
    if path is None or not path.is_file():
        return context
    values = settings.read(path, str(path))
    if context.env.variables.get("MES_CONFORMITY_LANG") or any(a.startswith("--lang") for a in arguments):
        values.pop("lang", None)
    settled = replace(context, **values)
    use(settled.lang)
    return settled


def _forget_output(context: Context) -> None:
    """The reader left (`| head`): nobody is to be told anything, not even by the last flush of the interpreter."""
    if context.env.stdout is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _language(arguments: Sequence[str], env: Environment) -> str:
    """`--lang`, then MES_CONFORMITY_LANG, then the locale, then French."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return _known(argument[7:])
        if argument == "--lang" and index + 1 < len(arguments):
            return _known(arguments[index + 1])
    for name in ("MES_CONFORMITY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.variables.get(name, "")[:2].lower()
        if value in LANGUAGES:
            return value
    return "fr"


def _known(language: str) -> str:
    return language if language in LANGUAGES else "fr"


def _run(arguments: Sequence[str], context: Context) -> int:
    app = typer.main.get_command(build(_named(arguments)))
    try:
        # Not through app.main(): it would turn ^C and a closed pipe into exit codes of its own.
        # Typer prints its help itself, on whatever sys.stdout is.
        with (
            redirect_stdout(context.env.stdout),
            app.make_context("mes-conformity", list(arguments), obj=context) as called,
        ):
            result = app.invoke(called)
    except Exit as leaving:
        return leaving.exit_code
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            context.print(error.format_message())
            return ExitCode.USAGE
        raise _usage(error) from None
    return int(result or ExitCode.OK)


def _named(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command that the line names; all of them where it names none, or one that does not exist."""
    for before, argument in pairwise(("", *arguments)):
        if before not in _VALUED and not argument.startswith("-"):
            return (argument,) if argument in COMMANDS else COMMANDS
    return COMMANDS


def build(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The program in the current language, with these commands: to build the others would take longer than most
    commands do. Commands import what is heavy when they run."""
    from importlib import import_module

    app = typer.Typer(
        cls=Group,
        help=_("Déclarer, démontrer et rejouer la conformité d'un service au référencement Mon espace santé."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for name in names:
        module = import_module(f"mes_conformity.cli.{name}")
        if name in SINGLE:
            module.register(app)
        else:
            app.add_typer(module.build(), name=name)
    _declare_globals(app)
    return app


def _declare_globals(app: typer.Typer) -> None:
    import inspect
    from typing import Annotated

    shared = global_options()

    def top(typer_context: typer.Context, version: bool, **values: Any) -> None:
        if version:
            from mes_conformity import __version__

            typer_context.obj.print(f"mes-conformity {__version__}")
            raise Exit(ExitCode.OK)
        typer_context.obj = merge(typer_context.obj, values)

    kind = inspect.Parameter.KEYWORD_ONLY
    flag = Annotated[bool, typer.Option("--version", help=_("afficher la version"), show_default=False)]
    parameters = [
        inspect.Parameter("typer_context", kind, annotation=typer.Context),
        inspect.Parameter("version", kind, default=False, annotation=flag),
        *(inspect.Parameter(n, kind, default=d, annotation=a) for n, (a, d) in shared.items()),
    ]
    top.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    top.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.callback(invoke_without_command=True)(top)


def _usage(error: TyperException) -> UsageError:
    """Typer's complaint in our words, in both languages."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mes-conformity"
    hint = both("voyez `{path} --help`", path=path)
    parameter = getattr(error, "param", None)
    name = parameter.get_error_hint(context) if parameter is not None else getattr(error, "param_hint", None) or "?"
    match type(error).__name__:
        case "NoSuchOption":
            message = both("option inconnue : {name}", name=getattr(error, "option_name", "?"))
        case "MissingParameter":
            message = both("il manque {name}", name=name)
        case "BadParameter":
            message = both("valeur refusée pour {name}", name=name)
            return UsageError("USE001", message, obtained=error.message, hint=hint)
        case _:
            message = _usage_by_text(error.format_message())
    return UsageError("USE002", message, hint=hint)


def _usage_by_text(text: str) -> dict[str, str]:
    import re

    if found := re.match(r"No such command '?(.*?)'?\.( Did you mean (.*)\?)?$", text):
        if found[3]:
            return both("commande inconnue : {name} (vouliez-vous {close} ?)", name=found[1], close=found[3])
        return both("commande inconnue : {name}", name=found[1])
    if found := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", text):
        return both("argument en trop : {name}", name=found[1])
    return both("ligne de commande refusée : {text}", text=text)


def _tell_refused(error: OSError, context: Context) -> int:
    """The output cannot be written: said on the other stream, whatever the form asked for."""
    _forget_output(context)
    refused = InvalidInput(
        "STO003",
        both("la sortie n'a pas pu être écrite"),
        obtained=error.strerror or "",
        hint=both("faites de la place, ou écrivez ailleurs"),
    )
    context.say(error_text(refused))
    return refused.exit_code


def _wants_json(arguments: Sequence[str], context: Context) -> bool:
    """What the last `--format` says, the settings where there is none."""
    said = [argument.removeprefix("--format=") for argument in arguments if argument.startswith("--format=")]
    said += [value for option, value in pairwise(arguments) if option == "--format"]
    return (said[-1] if said else context.format) == "json"


def _tell(error: ConformityError, arguments: Sequence[str], context: Context) -> int:
    """Print one error, on stdout as JSON or on stderr as text; the exit code is the same."""
    if _wants_json(arguments, context):
        document = {"schema_version": SCHEMA_VERSION, "error": error.to_json()}
        context.env.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        context.env.stdout.flush()
    else:
        context.say(error_text(error))
    return error.exit_code


def error_text(error: ConformityError) -> str:
    """An error as it is read: one line with its code, where, expected, obtained, and a remedy."""
    lines = [f"{_('erreur')}[{error.code}]{_(' :')} {pick(error.message)}"]
    rows = [(pick(label), pick(value)) for label, value in error.about]
    if error.location:
        rows.append((_("fichier"), _place(error.location.file, error.location.line, error.location.column)))
    if error.expected is not None:
        rows.append((_("attendu"), pick(error.expected)))
    if error.obtained is not None:
        rows.append((_("obtenu"), pick(error.obtained)))
    width = max((len(label) for label, _value in rows), default=0)
    lines += [f"  {label:<{width}}{_(' :')} {value}" for label, value in rows]
    if error.hint is not None:
        lines.append(f"{_('conseil')}{_(' :')} {pick(error.hint)}")
    return clean("\n".join(lines))


def _place(file: str, line: int | None, column: int | None) -> str:
    if line is None:
        return file
    if column is None:
        return _("{file}, ligne {line}", file=file, line=line)
    return _("{file}, ligne {line}, colonne {column}", file=file, line=line, column=column)


def _tell_bug(error: BaseException, arguments: Sequence[str], context: Context) -> int:
    log = _write_log(error, arguments, context)
    bug = ConformityError(
        "BUG001",
        both("erreur interne ({kind})", kind=type(error).__name__),
        hint=both("c'est un défaut de l'outil : joignez {log} à votre signalement", log=log),
    )
    _tell(bug, arguments, context)
    return ExitCode.INTERNAL


def _write_log(error: BaseException, arguments: Sequence[str], context: Context) -> str:
    """The traceback with versions, in a file of the user's own. Values of options are left out: one may be a secret."""
    import platform
    import tempfile
    import traceback

    from mes_conformity import __version__

    names = [argument for argument in arguments if argument.startswith("-") or argument.isalpha()]
    text = "\n".join(
        [
            f"mes-conformity {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"{context.env.now()}  {' '.join(names)}  locale={locale.getlocale()}",
            "".join(traceback.format_exception(error)),
        ]
    )
    try:
        handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - the file outlives this function
            "w", prefix="mes-conformity-", suffix=".log", delete=False, encoding="utf-8"
        )
        with handle:
            handle.write(text)
    except OSError:
        return "?"
    return str(Path(handle.name))
