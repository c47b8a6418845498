"""`dossier sign`: say who answers for a dossier; and the keys of those who verify."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import AuthError, Conflict, Location, UsageError
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.dossier.keys import Signer, Trust

PASSPHRASE = "MES_CONFORMITY_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
_LARGEST = 1024 * 1024


def declare(app: typer.Typer) -> None:
    """Add the command to its group."""

    @command(app, "sign", _("Signer un dossier intact (Ed25519), ou faire une clé."))
    def sign(
        ctx: Context,
        file: Annotated[
            Path | None,
            typer.Argument(help=_("le dossier (le dernier de l'espace de travail sinon)"), show_default=False),
        ] = None,
        key: Annotated[
            str | None,
            typer.Option("--key", help=_("la clé privée (PEM PKCS#8)"), metavar=_("FICHIER|env:NOM|keyring:NOM")),
        ] = None,
        certificate: Annotated[
            Path | None, typer.Option("--certificate", help=_("certificats de la clé (PEM), le sien d'abord"))
        ] = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help=_("fichier à écrire (le dossier lui-même sinon)"))
        ] = None,
        new_key: Annotated[
            Path | None, typer.Option("--new-key", help=_("faire une clé dans ce fichier, lisible de vous seul"))
        ] = None,
    ) -> ExitCode:
        if new_key is not None:
            return _new_key(ctx, ctx.directory / new_key)
        return _sign(ctx, file, signer(ctx, key, certificate), output)


def accepted(ctx: Context, path: Path | None) -> "Trust | None":
    """The keys of `--trust`, None where nothing was asked. Raises InvalidInput `SIG004`, `STO002`."""
    if path is None:
        return None
    from mes_conformity.dossier.keys import load_trust
    from mes_conformity.foundation.storage import read_bytes

    return load_trust(read_bytes(ctx.directory / path, _LARGEST), str(path))


def signer(ctx: Context, key: str | None, certificate: Path | None) -> "Signer":
    """Whoever signs, from `--key` and `--certificate`.

    Raises UsageError `SIG006` (no key named), AuthError `SIG001`, `SIG002`, `SIG007` (absent), InvalidInput `SIG003`.
    """
    from mes_conformity.dossier.keys import Signer, encrypted, load_chain, load_key
    from mes_conformity.foundation.storage import read_bytes

    if key is None:
        message = both("il faut une clé pour signer")
        hint = both("donnez --key FICHIER ; pour en faire une : `mes-conformity dossier sign --new-key cle.pem`")
        raise UsageError("SIG006", message, hint=hint)
    pem = _pem(ctx, key)
    passphrase = _passphrase(ctx) if encrypted(pem) else None
    chain = load_chain(read_bytes(ctx.directory / certificate, _LARGEST), str(certificate)) if certificate else ()
    return Signer(load_key(pem, passphrase, key), chain)


def _pem(ctx: Context, source: str) -> bytes:
    from mes_conformity.foundation.storage import read_bytes

    kind, separator, name = source.partition(":")
    if separator and kind == "env":
        value = ctx.env.variables.get(name)
    elif separator and kind == "keyring":
        value = _from_keyring(name)
    else:
        return read_bytes(ctx.directory / source, _LARGEST)
    if not value:
        raise AuthError("SIG007", both("la clé de signature n'est pas là"), location=Location(source))
    return value.encode()


def _from_keyring(name: str) -> str | None:
    from importlib import import_module

    try:
        keyring = import_module("keyring")
    except ImportError:
        message = both("le module `keyring` n'est pas installé : le trousseau du système n'est pas lisible")
        hint = both("installez-le (`pip install keyring`), ou donnez --key FICHIER ou --key env:NOM")
        raise AuthError("SIG007", message, location=Location(f"keyring:{name}"), hint=hint) from None
    found: str | None = keyring.get_password("mes-conformity", name)
    return found


def _passphrase(ctx: Context) -> bytes:
    given = ctx.env.variables.get(PASSPHRASE)
    if given:
        return given.encode()
    if not ctx.interactive:
        message = both("la clé de signature demande une phrase secrète")
        raise UsageError("USE003", message, hint=both("donnez-la dans la variable {name}", name=PASSPHRASE))
    from getpass import getpass

    return getpass(_("phrase secrète de la clé : "), ctx.env.stderr).encode()


def _new_key(ctx: Context, path: Path) -> ExitCode:
    """Make a key; a file that is there is never written over. The public half stands beside it (`.pub`)."""
    import os

    from mes_conformity.dossier import keys

    given = ctx.env.variables.get(PASSPHRASE)
    pem = keys.new_key(given.encode() if given else None)
    public = path.with_name(path.name + ".pub")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(pem)
    except FileExistsError:
        message = both("ce fichier existe déjà : une clé n'est jamais remplacée")
        raise Conflict("SIG008", message, location=Location(str(path))) from None
    except OSError as error:
        message = both("la clé ne peut pas être écrite ici")
        raise UsageError("SIG008", message, location=Location(str(path)), obtained=str(error.strerror)) from None
    key = keys.load_key(pem, given.encode() if given else None, str(path))
    public.write_bytes(keys.public_pem(key))
    document = {"path": str(path), "public": str(public), "keyid": keys.key_id(keys.spki(key.public_key()))}
    ctx.emit({"key": document}, lambda: _tell_key(ctx, document, protected=bool(given)))
    return ExitCode.OK


def _tell_key(ctx: Context, document: dict[str, str], *, protected: bool) -> None:
    ctx.print(_("✓ clé faite : {path} (à garder pour vous)", path=document["path"]))
    ctx.print("  " + _("clé {keyid}", keyid=document["keyid"]))
    ctx.print("  " + _("à donner à ceux qui vérifient : {path}", path=document["public"]))
    if not protected:
        ctx.note(_("Sans phrase secrète : pour en mettre une, donnez-la dans {name}.", name=PASSPHRASE))


def _sign(ctx: Context, file: Path | None, who: "Signer", output: Path | None) -> ExitCode:
    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier import signing
    from mes_conformity.dossier.archive import read
    from mes_conformity.dossier.keys import key_id
    from mes_conformity.foundation.digests import sha256
    from mes_conformity.foundation.storage import write

    path = find(ctx, file)
    dossier = read(path)
    raw = signing.sign(dossier.raw, who)
    into = ctx.directory / output if output is not None else path
    write(into, raw)
    document = {
        "path": str(into),
        "sha256": sha256(raw),
        "size": len(raw),
        "files": len(dossier.files),
        "signed": True,
        "keyid": key_id(who.public_key),
    }
    ctx.emit({"dossier": document}, lambda: _tell_signed(ctx, document))
    return ExitCode.OK


def _tell_signed(ctx: Context, document: dict[str, Any]) -> None:
    ctx.print(_("✓ dossier signé : {path}", path=document["path"]))
    ctx.print("  " + _("clé {keyid}", keyid=document["keyid"]))
    ctx.note(_("Ensuite : mes-conformity dossier verify {path}", path=document["path"]))
