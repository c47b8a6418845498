"""What a run is driven against: the embedded sandbox, an address, a description in a file, a name of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput, Location, UsageError
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.suites.evidence import Request

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment

EMBEDDED: Final = "embedded"
DESCRIPTION: Final = "/_sandbox/target"
_MAX_DESCRIPTION = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go. `kind` is `embedded`, `url`, `file` or `workspace`; `client` and `users` hold credentials."""

    name: str
    kind: str
    url: str
    fhir_url: str
    issuer: str
    ca_file: Path | None = None
    client: Mapping[str, Any] = field(default_factory=dict)
    users: tuple[Mapping[str, Any], ...] = ()
    control_url: str | None = None
    validator_url: str | None = None  # a FHIR validator that the publisher chose to ask (`$validate`)
    people: tuple[Mapping[str, Any], ...] = ()  # persons in a special `situation`
    client_certificate: tuple[Path, Path] | None = None  # certificate and key, PEM
    client_certificates: Mapping[str, tuple[Path, Path]] = field(default_factory=dict)  # by state: valid, expired…
    jobs: int = 1  # cases that it bears at a time
    overrides: Mapping[str, Any] = field(default_factory=dict)  # `suites.overriding`
    paired: Callable[[], dict[str, Any]] | None = None  # tokens of a person who paired in a browser (`kept_pairing`)

    @property
    def origins(self) -> frozenset[str]:
        """The origins (scheme, host, port) that a token may travel to."""
        urls = (self.url, self.fhir_url, self.issuer, self.control_url or self.url)
        return frozenset(origin(url) for url in urls)

    def public(self) -> dict[str, str]:
        """What may be written of it: `{name, kind, url}`, no credential."""
        return {"name": self.name, "url": self.url, "kind": self.kind}


@lru_cache(maxsize=1_000)
def origin(url: str) -> str:
    """`https://host:port` of an address, the port always said."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def from_descriptor(data: Any, name: str, kind: str, where: str) -> Target:
    """The target in a description (`sandbox serve`, or `targets` of a workspace).

    Raises InvalidInput `TGT001` for a description without a usable address.
    """
    if isinstance(data, Mapping) and isinstance(data.get("sandbox"), Mapping):
        data = data["sandbox"]  # the JSON line of `sandbox serve`, as it is
    url = data.get("url") if isinstance(data, Mapping) else None
    if not isinstance(url, str) or not _usable(url):
        message = both("la description de la cible n'a pas d'adresse utilisable")
        raise InvalidInput("TGT001", message, location=Location(where), expected="url: https://…", obtained=str(url))
    url = url.rstrip("/")
    ca_file = data.get("ca_file")
    return Target(
        name=name,
        kind=kind,
        url=url,
        fhir_url=str(data.get("fhir_url") or f"{url}/fhir").rstrip("/"),
        issuer=str(data.get("issuer") or url).rstrip("/"),
        ca_file=Path(ca_file) if ca_file else None,
        client=_mapping(data.get("client")),
        users=_mappings(data.get("users")),
        people=_mappings(data.get("people")),
        client_certificate=_pair(data.get("client_certificate")),
        client_certificates=_pairs(data.get("client_certificates")),
        control_url=data.get("control_url"),
        validator_url=data.get("validator_url"),
        jobs=data["jobs"] if isinstance(data.get("jobs"), int) else 1,
        overrides=_mapping(data.get("contracts")),
    )


def _mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(item for item in value or () if isinstance(item, Mapping))


def _pair(value: Any) -> tuple[Path, Path] | None:
    """`{certificate, key}`: two files in PEM, for a target that asks for mutual TLS."""
    files = [_mapping(value).get(name) for name in ("certificate", "key")]
    if not all(isinstance(file, str) and file for file in files):
        return None
    return Path(str(files[0])), Path(str(files[1]))


def _pairs(value: Any) -> Mapping[str, tuple[Path, Path]]:
    found = {str(state): _pair(files) for state, files in _mapping(value).items()}
    return {state: files for state, files in found.items() if files is not None}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def opened(spec: str, known: Mapping[str, Any], env: Environment, directory: Path) -> Iterator[Target]:
    """The target that `--target` names, for the time of a run: `embedded`, an address, `@FILE`, or a name in `known`.

    The embedded sandbox starts here and stops at the end. Raises UsageError `TGT002` for an unknown name,
    InvalidInput for an unreadable description.
    """
    if spec == EMBEDDED and EMBEDDED not in known:
        from mes_conformity.sandbox.embedded import Sandbox, Settings

        with Sandbox.start(env=env, settings=Settings(mtls=True)) as sandbox:
            yield from_descriptor(sandbox.descriptor, EMBEDDED, EMBEDDED, EMBEDDED)
        return
    yield resolve(spec, known, env, directory)


def resolve(spec: str, known: Mapping[str, Any], env: Environment, directory: Path) -> Target:
    """Like `opened`, for a target that already runs."""
    if spec.startswith("@"):
        path = directory / spec[1:]
        data = json_documents.parse(read_bytes(path, _MAX_DESCRIPTION), str(path))
        return from_descriptor(data, path.name, "file", str(path))
    if spec in known:
        return _of_workspace(known[spec], spec, env, directory)
    if "://" in spec:
        return _from_address(spec, env)
    names = ", ".join([EMBEDDED, *sorted(known)])
    raise UsageError(
        "TGT002",
        both("cible inconnue : {name}", name=spec),
        expected=names,
        hint=both("donnez une adresse https://…, @FICHIER, `embedded`, ou un nom de mes-conformity.yaml"),
    )


def _of_workspace(data: Mapping[str, Any], name: str, env: Environment, directory: Path) -> Target:
    """A target of the workspace: its secrets read where they are, its files sought from its folder."""
    from mes_conformity.harness.credentials import filled

    where = "mes-conformity.yaml"
    target = from_descriptor(filled(data, name, env, where), name, "workspace", where)
    pair = target.client_certificate
    return replace(
        target,
        ca_file=target.ca_file and directory / target.ca_file,
        client_certificate=pair and (directory / pair[0], directory / pair[1]),
        client_certificates={
            state: (directory / files[0], directory / files[1]) for state, files in target.client_certificates.items()
        },
    )


def _from_address(url: str, env: Environment) -> Target:
    """A bare address; a sandbox on this machine describes itself, with its credentials and its authority."""
    target = from_descriptor({"url": url}, url, "url", "--target")
    described = _description(target.url, env) if is_loopback(url) else None
    if not described:
        return target
    found = from_descriptor(described, target.url, "url", url)
    near = found.validator_url and is_loopback(found.validator_url)
    return found if near else replace(found, validator_url=None)  # what a stranger says sends nothing elsewhere


def _description(url: str, env: Environment) -> Any:
    """What a local sandbox says of itself, None where nothing does.

    Its authority is not known yet, so that this one answer is read without verifying the certificate: only on
    loopback, and nothing secret is sent. Everything after is verified against the authority that it names.
    """
    from mes_conformity.harness.transports import Limits, LiveTransport

    transport = LiveTransport(verify=False, limits=Limits(body=_MAX_DESCRIPTION, total=5.0), now=env.now)
    try:
        exchange = transport.send(Request("GET", url + DESCRIPTION))
    finally:
        transport.close()
    if exchange.response is None or exchange.response.status != 200:
        return None
    try:
        data = json_documents.parse(exchange.response.body, url + DESCRIPTION)
    except InvalidInput:
        return None
    return data if isinstance(data, Mapping) and isinstance(data.get("url"), str) else None
