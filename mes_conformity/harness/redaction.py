"""Nothing secret is ever kept: redaction at the border, before a record exists.

A secret becomes `[redacted:<12 hex>]`, a salted digest: two equal secrets stay visibly equal within a run, and nothing
more can be learnt, since the salt dies with the run. What is redacted: values under secret names (headers, form and
JSON bodies, query and fragment of addresses, credentials in addresses), and every value the run has learnt to be
secret, wherever it shows up.

A national identity (INS) of production is not redacted but refused: the record stops (architecture.md, trust
boundaries). Source of the key and of the identifiers' OIDs: Référentiel INS, annexes (NIR key 97 − n mod 97; OID
1.2.250.1.213.1.4.8 for the NIR, .9 for the NIA, .10 and .11 for tests).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.suites.evidence import (
    ActionFailure,
    ActionRecord,
    Exchange,
    Failure,
    Record,
    Request,
    Response,
)

SECRET_NAMES: Final = frozenset(
    {
        *("access_token", "refresh_token", "id_token", "id_token_hint", "token", "subject_token", "actor_token"),
        *("client_secret", "client_assertion", "assertion", "code_verifier", "verifier"),
        *("password", "otp", "secret", "api_key", "apikey"),
    }
)
_SECRET_HEADERS: Final = frozenset({"cookie", "set-cookie", "x-api-key", "authentication-info"})
# `code` is also what FHIR calls a code: it is secret only in the company of these (RFC 6749 §4.1.2, §4.1.3).
_BESIDE_A_CODE: Final = frozenset({"state", "grant_type", "code_verifier", "redirect_uri", "iss", "session_state"})
_MARK: Final = re.compile(r"\[redacted:[0-9a-f]{12}\]")
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\\]+")
_WORD: Final = re.compile(r"[A-Za-z0-9_~+/%-][A-Za-z0-9_.~+/%-]{4,}[A-Za-z0-9_~+/%-]")
_RECENT: Final = 128
_SHORTEST: Final = 6
"""A learnt secret shorter than this is only replaced under a secret name: `1` must not vanish from every body."""

_PRODUCTION_OID: Final = re.compile(r"(?<![\d.])1\.2\.250\.1\.213\.1\.4\.[89](?![\d]|\.\d)")
_NIR: Final = re.compile(r"(?<![0-9A-Za-z])([1-478]\d{4}(?:\d{2}|2[AB])\d{6})(\d{2})(?![0-9A-Za-z])")


class Redactor:
    """Redacts records of one run. `salt` is random per run and never written."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._known: dict[str, str] = {}
        self._recent: list[str] = []

    def mark(self, value: str) -> str:
        """What stands for a secret value; a mark stays itself."""
        if _MARK.fullmatch(value):
            return value
        return f"[redacted:{hmac.new(self._salt, value.encode(), hashlib.sha256).hexdigest()[:12]}]"

    def learn(self, value: str) -> None:
        """Never keep this value from now on, in whatever form it travels (as is, percent-encoded, inside JSON)."""
        if len(value) < _SHORTEST or value in self._known or _MARK.fullmatch(value):
            return
        for form in {value, quote(value, safe=""), json.dumps(value)[1:-1]}:
            self._known[form] = self.mark(value)
            self._recent.append(form)
        del self._recent[:-_RECENT]

    def text(self, text: str) -> str:
        """`text` without learnt secrets, JSON web tokens and credentials in addresses.

        The latest secrets are looked for anywhere, the older ones as whole words: the cost of a text must not grow
        with the length of the run.
        """
        if len(text) < _SHORTEST:
            return text
        found = [secret for secret in self._recent if secret in text]
        for secret in sorted(found, key=len, reverse=True):  # the longest first: one secret may start another
            text = text.replace(secret, self._known[secret])
        if len(self._known) > len(self._recent):
            text = _WORD.sub(lambda word: self._known.get(word[0], word[0]), text)
        if "eyJ" in text:
            text = _JWT.sub(lambda found: self.mark(found[0]), text)
        if "://" in text:
            text = _ADDRESS.sub(lambda found: self._address(found[0]), text)
        return text

    def url(self, url: str) -> str:
        """An address, absolute or not, without secrets in its query, fragment or authority."""
        return self._address(self.text(url))

    def _address(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        place = parts.netloc
        if "@" in place:
            place = f"{self.mark(place.rpartition('@')[0])}@{place.rpartition('@')[2]}"
        query, fragment = self._pairs(parts.query), self._pairs(parts.fragment)
        if (place, query, fragment) == (parts.netloc, parts.query, parts.fragment):
            return url
        return urlunsplit((parts.scheme, place, parts.path, query, fragment))

    def _pairs(self, text: str) -> str:
        """A query or a form: secret names lose their values; the rest stays byte for byte."""
        if "=" not in text:
            return text
        pairs = parse_qsl(text, keep_blank_values=True)
        oauth = any(name in _BESIDE_A_CODE for name, _value in pairs)

        def hidden(name: str, value: str) -> bool:
            return bool(value) and (_is_secret(name) or (oauth and name == "code")) and not _MARK.fullmatch(value)

        if not any(hidden(name, value) for name, value in pairs):
            return text
        kept = [(name, self.mark(value) if hidden(name, value) else value) for name, value in pairs]
        return urlencode(kept, safe="[]:/", quote_via=quote)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers whose credentials are marks; the scheme of `Authorization` stays readable."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name in ("authorization", "proxy-authorization"):
            scheme, _, credential = value.partition(" ")
            return f"{scheme} {self.mark(credential)}" if credential else self.mark(scheme)
        if name in _SECRET_HEADERS or _is_secret(name.removeprefix("x-").replace("-", "_")):
            return self.mark(value)
        if name in ("location", "content-location", "referer"):
            return self.url(value)
        return self.text(value)

    def body(self, body: bytes, media_type: str) -> bytes:
        """A body: JSON and forms by their names, any text by its values."""
        if not body:
            return body
        try:
            text, encoding = body.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, encoding = body.decode("latin-1"), "latin-1"
        if media_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            return self.text(self._pairs(text)).encode(encoding, "replace")
        if any(f'"{name}"' in text for name in SECRET_NAMES):
            text = self._json_text(text)
        return self.text(text).encode(encoding, "replace")

    def _json_text(self, text: str) -> str:
        """Secret members of a JSON text, replaced in place so that numbers and spaces stay as they were sent."""
        return _JSON_MEMBER.sub(
            lambda found: f"{found[1]}{json.dumps(self.mark(_unquoted(found[2])))}" if found[2] != '""' else found[0],
            text,
        )

    def json(self, data: Any) -> Any:
        """JSON data: secret names lose their values, every other text is redacted as text."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, Mapping):
            return {key: self._member(str(key), value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.json(item) for item in data]
        return data

    def _member(self, name: str, value: Any) -> Any:
        if _is_secret(name) and isinstance(value, str) and value:
            return self.mark(value)
        return self.json(value)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange that may be kept. Raises InvalidInput `RUN003` for an identity of production."""
        request = exchange.request
        sent = Request(
            request.method,
            self.url(request.url),
            self.headers(request.headers),
            self.body(request.body, _media_type(request.headers)),
        )
        response = exchange.response
        got = response and Response(
            response.status, self.headers(response.headers), self.body(response.body, _media_type(response.headers))
        )
        failure = exchange.failure and Failure(exchange.failure.kind, self.text(exchange.failure.detail))
        for text in (request.url, *(value for _name, value in request.headers)):
            refuse_production_identity(text)
        refuse_production_identity(request.body.decode("latin-1"))
        if response is not None:
            refuse_production_identity(response.body.decode("latin-1"))
        return Exchange(sent, got, failure, exchange.started_at, exchange.duration_ms, exchange.tls)

    def record(self, record: Record) -> Record:
        """A record that may be kept. Raises InvalidInput `RUN003` for an identity of production."""
        action = record.action
        if action is not None:
            refuse_production_identity(json.dumps([action.inputs, action.result], ensure_ascii=False, default=str))
            failure = action.failure and ActionFailure(
                action.failure.outcome, action.failure.code, self.json(action.failure.message)
            )
            action = ActionRecord(action.name, self.json(action.inputs), self.json(action.result), failure)
        exchange = record.exchange and self.exchange(record.exchange)
        return Record(record.iteration, record.step, action, exchange, record.artefact, record.supporting)


_JSON_MEMBER: Final = re.compile(rf'("(?:{"|".join(sorted(SECRET_NAMES))})"\s*:\s*)("(?:[^"\\]|\\.)*")')


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal


def _is_secret(name: str) -> bool:
    return name.lower() in SECRET_NAMES


def _media_type(headers: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def nir_key_holds(number: str, key: str) -> bool:
    """Whether `key` (2 digits) is the key of the 13 characters `number`; Corsica 2A counts as 19, 2B as 18."""
    plain = number.replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and 97 - int(plain) % 97 == int(key)


def refuse_production_identity(text: str, what: str = "") -> None:
    """Raise InvalidInput `RUN003` when `text` holds an INS of production: a valid number and a production OID."""
    if "1.2.250.1.213.1.4." not in text or not _PRODUCTION_OID.search(text):
        return
    if any(nir_key_holds(found[1], found[2]) for found in _NIR.finditer(text)):
        raise InvalidInput(
            "RUN003",
            both("une identité réelle (INS de production) a été rencontrée : rien n'en est gardé"),
            about=((both("où"), what),) if what else (),
            hint=both("n'utilisez que des identités de test (OID 1.2.250.1.213.1.4.10 ou .11), puis relancez"),
        )
