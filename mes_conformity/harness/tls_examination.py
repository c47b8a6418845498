"""What a TLS connection shows before anything is asked: who signed the certificate, for whom, until when."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from mes_conformity.foundation.i18n import Text, both

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target

State = Literal["ok", "warning", "error", "unknown"]
Found = tuple[str, State, Text, Text | None, bool]
_WAIT_S: Final = 5.0
_SOON: Final = timedelta(days=15)
_UNKNOWN_AUTHORITY: Final = (2, 18, 19, 20, 21)
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
# Numbers of OpenSSL, X509_STORE_CTX_get_error(3)


def examine(host: str, port: int, target: Target, env: Environment) -> Iterator[Found]:
    """The chain, the name and the dates, as `(name, state, found, remedy, blocking)`."""
    try:
        context = ssl.create_default_context(cafile=str(target.ca_file) if target.ca_file else None)
    except (OSError, ssl.SSLError):
        found = both("l'autorité {path} ne peut pas être lue", path=str(target.ca_file))
        yield "tls", "error", found, both("donnez dans ca_file un fichier PEM d'autorité, lisible"), True
        return
    if target.client_certificate is not None:
        try:
            context.load_cert_chain(*target.client_certificate)
        except (OSError, ssl.SSLError):
            return  # told with the client's certificate
    try:
        with (
            socket.create_connection((host, port), timeout=_WAIT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            version, certificate = secure.version() or "", secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield _refused(error, host, target)
        return
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        found = both(
            "la connexion TLS n'a pas pu être établie ({reason})", reason=str(reason).replace("_", " ").lower()
        )
        yield (
            "tls",
            "error",
            found,
            both("vérifiez que l'adresse est bien celle d'un serveur HTTPS (TLS 1.2 ou plus)"),
            False,
        )
        return
    yield "tls", "ok", both("{version}, certificat vérifié pour {host}", version=version, host=host), None, False
    yield from _dates(certificate, env)


def _refused(error: ssl.SSLCertVerificationError, host: str, target: Target) -> Found:
    code = error.verify_code
    if code in _UNKNOWN_AUTHORITY:
        found = both("l'autorité qui a signé le certificat de la cible n'est pas connue de cette machine")
        remedy = (
            both("donnez-la dans ca_file, si vous la tenez de qui administre la cible")
            if target.ca_file is None
            else both("ca_file n'est pas la bonne autorité : demandez-la à qui administre la cible")
        )
        return "tls", "error", found, remedy, False
    if code == _EXPIRED:
        found = both("le certificat de la cible est périmé")
        return (
            "tls",
            "error",
            found,
            both("prévenez qui administre la cible ; vérifiez l'heure de cette machine"),
            False,
        )
    if code == _NOT_YET:
        found = both("le certificat de la cible n'est pas encore valable")
        return (
            "tls",
            "error",
            found,
            both("vérifiez l'heure de cette machine, puis prévenez qui administre la cible"),
            False,
        )
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        found = both("le certificat de la cible n'est pas au nom de {host}", host=host)
        return "tls", "error", found, both("vérifiez l'adresse : le nom doit être celui du certificat"), False
    found = both("le certificat de la cible est refusé ({reason})", reason=error.verify_message)
    return "tls", "error", found, both("prévenez qui administre la cible"), False


def _dates(certificate: Any, env: Environment) -> Iterator[Found]:
    written = certificate.get("notAfter")
    if not isinstance(written, str):
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(written), UTC)
    if ends - env.clock().astimezone(UTC) < _SOON:
        found = both("le certificat de la cible expire le {date}", date=ends.date().isoformat())
        yield "certificate", "warning", found, both("prévenez qui administre la cible"), False


def client_certificate(certificate: Path, key: Path, env: Environment) -> tuple[State, Text, Text | None]:
    """Whether our own certificate can be shown: readable, with its key, within its dates."""
    from cryptography import x509

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(certificate, key, password="")
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
    except OSError as error:  # ssl.SSLError is one
        if isinstance(error, ssl.SSLError):
            found = both("le certificat de client {path} ne va pas avec sa clé, ou n'est pas lisible",
                         path=str(certificate))  # fmt: skip
            return "error", found, both("donnez deux fichiers PEM, la clé sans mot de passe")
        found = both(
            "le certificat de client ou sa clé est introuvable : {path}", path=str(error.filename or certificate)
        )
        return "error", found, both("corrigez client_certificate dans la description de la cible")
    except ValueError:
        found = both("le certificat de client {path} n'est pas lisible", path=str(certificate))
        return "error", found, both("donnez un fichier PEM")
    now = env.clock().astimezone(UTC)
    ends = read.not_valid_after_utc
    if ends < now:
        found = both("le certificat de client est périmé depuis le {date}", date=ends.date().isoformat())
        return "error", found, both("demandez-en un nouveau à votre autorité")
    if read.not_valid_before_utc > now:
        found = both("le certificat de client n'est valable qu'à partir du {date}",
                     date=read.not_valid_before_utc.date().isoformat())  # fmt: skip
        return "warning", found, both("vérifiez l'heure de cette machine")
    found = both("le certificat de client est valable jusqu'au {date}", date=ends.date().isoformat())
    if ends - now < _SOON:
        return "warning", found, both("demandez-en un nouveau à votre autorité, sans attendre")
    return "ok", found, None
