"""TLS of one sandbox: its authority, its certificate, the certificates of partners, in a folder that ends with it.

How a handshake goes is decided when it begins: each behaviour has an OpenSSL context of its own, made when it is first
asked for, so that a fault takes nothing back from a context that others still use.
"""

import contextlib
import os
import shutil
import ssl
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.storage import lock
from mes_conformity.sandbox.authority import Authority, write_pair
from mes_conformity.sandbox.behaviour import SOUND, Behaviour
from mes_conformity.sandbox.identities import CLIENT
from mes_conformity.sandbox.mutual_tls import CertificateFiles, Demand

_PREFIX = "mes-conformity-"
_IN_USE = "in-use"


class _Handshakes(ssl.SSLContext):
    """What the server is given: each connection is shaken hands with by the context that is current when it comes."""

    current: ssl.SSLContext

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """A session of the current context."""
        return self.current.wrap_bio(*arguments, **options)


class _Telling(ssl.SSLObject):
    """A session that sends the alert of a failed handshake: asyncio closes the connection and drops it otherwise.

    asyncio flushes what is to be sent only when the handshake waits for more, so that is what a failure says first.
    """

    _failed: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Shake hands, as far as what came in allows."""
        if self._failed is not None:
            raise self._failed
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failed = error
            raise ssl.SSLWantReadError from error


class TransportSecurity:
    """The authority of one sandbox, and how its server shakes hands. `mutual` asks partners for a certificate."""

    def __init__(self, folder: Path, *, mutual: bool = False) -> None:
        self.authority = Authority()
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.authority.pem)
        self._folder = folder
        self._demand = Demand(self.authority, CLIENT.client_id, folder) if mutual else None
        self._made: dict[object, ssl.SSLContext] = {}
        self.context = _Handshakes(ssl.PROTOCOL_TLS_SERVER)
        self.behave(SOUND)

    @classmethod
    @contextmanager
    def made(cls, *, mutual: bool = False) -> Iterator["TransportSecurity"]:
        """In a folder of its own, which goes at the end; one that a killed process left goes now."""
        _sweep(Path(tempfile.gettempdir()))
        with contextlib.ExitStack() as cleanup:
            fresh = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
            cleanup.callback(shutil.rmtree, fresh, ignore_errors=True)
            cleanup.enter_context(lock(fresh / _IN_USE, owner="mes-conformity sandbox"))
            # Under its name only once it is locked: a sweep takes what nobody holds.
            folder = fresh.rename(fresh.with_name(fresh.name.removeprefix(".")))
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            yield cls(folder, mutual=mutual)

    @property
    def client_certificates(self) -> CertificateFiles:
        """The files of a certificate in each state; none where no certificate is asked for."""
        return self._demand.files if self._demand else {}

    def behave(self, behaviour: Behaviour) -> None:
        """Shake hands so with the next connections."""
        asked = behaviour.client_certificate_checked
        let_in = behaviour.client_certificates_let_in
        shape = (behaviour.certificate, behaviour.old_tls_refused, asked, let_in)
        if shape not in self._made:
            self._made[shape] = self._context(behaviour)
        self.context.current = self._made[shape]

    def _context(self, behaviour: Behaviour) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslobject_class = _Telling
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 9325, §3.1.1
        if not behaviour.old_tls_refused:
            _accept_old_tls(context)
        context.set_alpn_protocols(["http/1.1"])
        certificate, key = self._folder / "server.pem", self._folder / "server.key"
        write_pair(self.authority.server(behaviour.certificate), certificate, key)
        context.load_cert_chain(certificate, key)
        key.unlink()
        if self._demand is not None and behaviour.client_certificate_checked:
            self._demand.made_by(context, behaviour.client_certificates_let_in)
        return context


def _accept_old_tls(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():  # this fault is what the warning is about
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _sweep(folder: Path) -> None:
    """Remove the folders that no living process holds: whoever is killed cannot tidy up."""
    for left in folder.glob(f"{_PREFIX}*"):
        if not (_is_ours(left) and (left / _IN_USE).is_file()):
            continue
        with contextlib.suppress(ConformityError, OSError), lock(left / _IN_USE, owner="mes-conformity sweep"):
            shutil.rmtree(left, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """A folder of this user, and no link: anybody may put something of that name where temporary folders are."""
    with contextlib.suppress(OSError):
        found = folder.lstat()
        user = getattr(os, "getuid", lambda: found.st_uid)()  # Windows has no such number, and a folder for each user
        return stat.S_ISDIR(found.st_mode) and found.st_uid == user
    return False
