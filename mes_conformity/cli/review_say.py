"""`review import | reply`: a filled sheet, or answers typed, become an addendum signed by its author."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli import review_text
from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.dossier_sign import signer
from mes_conformity.cli.workspaces import asks
from mes_conformity.foundation.errors import Conflict, UsageError
from mes_conformity.foundation.i18n import _, both, pick

if TYPE_CHECKING:
    from mes_conformity.cli.review import Opened
    from mes_conformity.dossier.addenda import Addendum, Author, Role
    from mes_conformity.dossier.review_drafts import Told

_LARGEST = 16 * 1024 * 1024


def declare(app: typer.Typer) -> None:
    """Add both commands to their group."""
    _declare_import(app)
    _declare_reply(app)


def _declare_import(app: typer.Typer) -> None:
    @command(app, "import", _("Sceller une feuille remplie en un addendum signé."))
    def import_(
        ctx: Context,
        sheet: Annotated[Path, typer.Argument(metavar=_("FEUILLE"), help=_("feuille .xlsx, .csv ou .json remplie"))],
        dossier: Annotated[
            Path | None, typer.Option("--dossier", help=_("le dossier dont elle parle (cherché ici sinon)"))
        ] = None,
        close: Annotated[bool, typer.Option("--close", help=_("clore la revue (expert)"))] = False,
        message: Annotated[str | None, typer.Option("--message", help=_("un mot pour l'ensemble"))] = None,
        partial: Annotated[
            bool, typer.Option("--partial", help=_("laisser des constats sans réponse (éditeur)"))
        ] = False,
        author: Annotated[str | None, typer.Option("--author", help=_("votre nom"))] = None,
        organisation: Annotated[str | None, typer.Option("--organisation", help=_("votre organisme"))] = None,
        key: Annotated[
            str | None,
            typer.Option("--key", help=_("la clé privée (PEM PKCS#8)"), metavar=_("FICHIER|env:NOM|keyring:NOM")),
        ] = None,
        certificate: Annotated[
            Path | None, typer.Option("--certificate", help=_("certificats de la clé (PEM), le sien d'abord"))
        ] = None,
        unsigned: Annotated[bool, typer.Option("--unsigned", help=_("ne pas signer"))] = False,
        addendum: Annotated[
            list[Path] | None, typer.Option("--addendum", help=_("un addendum qui n'est pas à côté du dossier"))
        ] = None,
        output: Annotated[Path | None, typer.Option("--output", "-o", help=_("fichier à écrire"))] = None,
    ) -> ExitCode:
        who = _Signing(key, certificate, unsigned, author, organisation)
        return _import(ctx, sheet, dossier, who, (close, message, partial), addendum or (), output)


class _Signing:
    """Who speaks, and how it is signed."""

    def __init__(
        self, key: str | None, certificate: Path | None, unsigned: bool, name: str | None, organisation: str | None
    ) -> None:
        if key is None and not unsigned:
            hint = both("donnez --key FICHIER (`mes-conformity dossier sign --new-key cle.pem`), ou --unsigned")
            raise UsageError("SIG006", both("il faut une clé pour signer"), hint=hint)
        if key is not None and unsigned:
            raise UsageError("USE005", both("--key et --unsigned ne vont pas ensemble"))
        self._key, self._certificate = key, certificate
        self._name, self._organisation = name, organisation

    def author(self, ctx: Context, role: "Role", organisation: str | None) -> "Author":
        from mes_conformity.dossier.addenda import Author

        name = self._name if self._name is not None else ctx.prompt(_("votre nom : "), option="--author")
        return Author(role, name.strip(), self._organisation or organisation)

    def seal(self, ctx: Context, draft: "Addendum") -> "Addendum":
        from mes_conformity.dossier.addenda import seal_up

        return seal_up(draft, signer(ctx, self._key, self._certificate) if self._key is not None else None)


def _import(
    ctx: Context,
    sheet: Path,
    dossier: Path | None,
    who: _Signing,
    said: tuple[bool, str | None, bool],
    named: Sequence[Path],
    output: Path | None,
) -> ExitCode:
    from mes_conformity.assessment import exchange
    from mes_conformity.cli.review import opened
    from mes_conformity.dossier import review_drafts, review_files, review_sheet
    from mes_conformity.foundation.storage import read_bytes

    close, message, partial = said
    source = ctx.directory / sheet
    filled = review_sheet.read(read_bytes(source, _LARGEST), sheet.name, exchange.format_of(sheet.name))
    folders = (ctx.directory, ctx.directory / "reports", source.parent)
    found = opened(ctx, dossier or review_files.dossier_of(filled.stamp.manifest, folders), named)
    _refuse_stale(found, filled.stamp)
    role, now = filled.stamp.role, ctx.env.now()
    author = who.author(ctx, role, _publisher(found) if role == "publisher" else None)
    if role == "expert":
        draft = review_drafts.by_expert(
            found.dossier, found.review, author, now,
            noted=filled.noted, decided=filled.told, message=message, close=close,
        )  # fmt: skip
    elif close:
        raise UsageError("USE005", both("seul un expert clôt une revue"))
    else:
        draft = review_drafts.by_publisher(
            found.dossier, found.review, author, now, told=filled.told, message=message, partial=partial
        )
    return _say(ctx, found, who.seal(ctx, draft), output)


def _publisher(found: "Opened") -> str | None:
    publisher: str | None = found.dossier.documents.run["service"].get("publisher")
    return publisher


def _refuse_stale(found: "Opened", stamp: Any) -> None:
    """A sheet is read against the dossier and the state of the review that it was drawn from."""
    from mes_conformity.dossier.review_sheet import stamp as stamped

    now = stamped(found.dossier, found.review, stamp.role)
    if now.manifest != stamp.manifest:
        message = both("cette feuille parle d'un autre dossier")
        raise Conflict("REV016", message, expected=f"{stamp.manifest}…", obtained=f"{now.manifest}…")
    if now.last != stamp.last:
        raise Conflict(
            "REV016",
            both("la revue a avancé depuis que cette feuille a été écrite, ou un addendum manque ici"),
            expected=f"{stamp.last}…",
            obtained=f"{now.last}…",
            hint=both("écrivez une nouvelle feuille (`mes-conformity review export`) et reportez-y vos lignes"),
        )


def _say(ctx: Context, found: "Opened", addendum: "Addendum", output: Path | None) -> ExitCode:
    from mes_conformity.dossier import review_drafts, review_files

    left = review_drafts.left_open(found.review, addendum)
    path = review_files.keep(addendum, found.path, ctx.directory / output if output is not None else None)
    document = {**review_text.addendum_json(addendum), "path": str(path), "left_open": list(left)}
    ctx.emit({"addendum": document}, lambda: review_text.tell_said(ctx, addendum, document))
    return ExitCode.OK


def _declare_reply(app: typer.Typer) -> None:
    @command(app, "reply", _("Répondre aux constats, en un addendum signé."))
    def reply(
        ctx: Context,
        file: Annotated[Path | None, typer.Argument(metavar="[DOSSIER]", show_default=False)] = None,
        replies: Annotated[
            list[str] | None,
            typer.Option(
                "--reply",
                metavar=_("CONSTAT=ACTION:TEXTE"),
                help=_("une réponse ; ACTION : corrigé, prévu, expliqué ou contesté"),
            ),
        ] = None,
        message: Annotated[str | None, typer.Option("--message", help=_("un mot pour l'ensemble"))] = None,
        partial: Annotated[bool, typer.Option("--partial", help=_("laisser des constats sans réponse"))] = False,
        author: Annotated[str | None, typer.Option("--author", help=_("votre nom"))] = None,
        organisation: Annotated[
            str | None, typer.Option("--organisation", help=_("votre organisme (l'éditeur du dossier sinon)"))
        ] = None,
        key: Annotated[
            str | None,
            typer.Option("--key", help=_("la clé privée (PEM PKCS#8)"), metavar=_("FICHIER|env:NOM|keyring:NOM")),
        ] = None,
        certificate: Annotated[
            Path | None, typer.Option("--certificate", help=_("certificats de la clé (PEM), le sien d'abord"))
        ] = None,
        unsigned: Annotated[bool, typer.Option("--unsigned", help=_("ne pas signer"))] = False,
        addendum: Annotated[
            list[Path] | None, typer.Option("--addendum", help=_("un addendum qui n'est pas à côté du dossier"))
        ] = None,
        output: Annotated[Path | None, typer.Option("--output", "-o", help=_("fichier à écrire"))] = None,
    ) -> ExitCode:
        from mes_conformity.cli.review import opened
        from mes_conformity.dossier import review_drafts

        who = _Signing(key, certificate, unsigned, author, organisation)
        typed = [_reply(text) for text in replies or ()]
        found = opened(ctx, file, addendum or ())
        review_drafts.sound(found.review)
        told = [*typed, *(() if partial else _asked(ctx, found, {item.said.finding for item in typed}))]
        named = who.author(ctx, "publisher", _publisher(found))
        draft = review_drafts.by_publisher(
            found.dossier, found.review, named, ctx.env.now(), told=told, message=message, partial=partial
        )
        return _say(ctx, found, who.seal(ctx, draft), output)


def _reply(text: str) -> "Told":
    """`1.2=corrigé : le texte` as typed. Raises UsageError `REV018`."""
    from mes_conformity.dossier.addenda import Said
    from mes_conformity.dossier.review_drafts import Told
    from mes_conformity.dossier.review_words import ACTIONS, accepted, named

    finding, _equals, rest = text.partition("=")
    word, _colon, statement = rest.partition(":")
    action = named(word, ACTIONS)
    if action is None or not statement.strip():
        message = both("--reply s'écrit CONSTAT=ACTION:TEXTE")
        raise UsageError("REV018", message, expected=accepted(ACTIONS), obtained=text[:80])
    return Told(Said(finding.strip(), action, statement.strip()))


def _asked(ctx: Context, found: "Opened", known: set[str]) -> "list[Told]":
    """Ask for the answers that `--reply` did not give; nothing where nothing can be asked."""
    from mes_conformity.dossier.addenda import Said
    from mes_conformity.dossier.review_drafts import Told, unanswered
    from mes_conformity.dossier.review_words import ACTIONS

    waiting = [item for item in found.review.findings if item.finding.id in {*unanswered(found.review)} - known]
    if not asks(ctx):
        return []
    told = []
    choices = list(ACTIONS)
    for item in waiting:
        for line in review_text.finding_lines(ctx, item):
            ctx.say(line)
        for place, word in enumerate(ACTIONS.values(), 1):
            ctx.say(f"  {place}. {pick(word)}")
        option = f"--reply {item.finding.id}=…"
        action = _choice(ctx, choices, option)
        statement = ""
        while not statement:
            statement = ctx.prompt(_("votre réponse : "), option=option)
        told.append(Told(Said(item.finding.id, action, statement)))
    return told


def _choice(ctx: Context, choices: Sequence[str], option: str) -> str:
    from mes_conformity.dossier.review_words import ACTIONS, named

    while True:
        typed = ctx.prompt(_("action (1-4) : "), option=option)
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
            return choices[int(typed) - 1]
        if (action := named(typed, ACTIONS)) is not None:
            return action
