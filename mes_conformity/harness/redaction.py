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

import base64
import binascii
import codecs
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import disguises
from mes_conformity.suites.evidence import (
    ActionFailure,
    ActionRecord,
    Exchange,
    Failure,
    Record,
    Request,
    Response,
)
from mes_conformity.validators.national_ids import nir_key_holds

SECRET_NAMES: Final = frozenset(
    {
        *("access_token", "refresh_token", "id_token", "id_token_hint", "token", "subject_token", "actor_token"),
        *("client_secret", "client_assertion", "assertion", "code_verifier", "verifier"),
        *("password", "passwd", "pwd", "passphrase", "otp", "secret", "api_key", "apikey"),
        *("auth_token", "session_token", "csrf_token", "private_key"),
    }
)
# RFC 7518, §6.2.2, §6.3.2 and §6.4.1: what only the owner of a key has (a JWK, which says its `kty`).
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SECRET_HEADERS: Final = frozenset({"cookie", "set-cookie", "x-api-key", "authentication-info"})
_SECRET_HEADER: Final = re.compile(r"x-.*(?:token|secret|password|api-?key)\Z")
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*")
_TOKEN: Final = re.compile(r"(?=\D*\d)[\w.~+/=-]{16,}")
"""What a target gives under a secret name is looked for elsewhere only when it can be nothing but a secret."""
_CHARSET: Final = re.compile(r"charset=\"?(utf-(?:16|32)(?:-?[bl]e)?|iso-8859-\d{1,2}|windows-125\d)\b", re.IGNORECASE)
_DEPTH: Final = 2  # how many disguises one over the other are seen through
# `code` is also what FHIR calls a code: it is secret only in the company of these (RFC 6749 §4.1.2, §4.1.3).
_BESIDE_A_CODE: Final = frozenset({"state", "grant_type", "code_verifier", "redirect_uri", "iss", "session_state"})
_MARK: Final = re.compile(r"\[redacted:[0-9a-f]{12}\]")
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\\]+")
_WORD: Final = re.compile(r"[A-Za-z0-9_~+/%-][A-Za-z0-9_.~+/%-]{4,}[A-Za-z0-9_~+/%-]")
_RECENT: Final = 128
_LONG: Final = 10
"""The values of a cookie shorter than this (`/`, `Lax`, a number of seconds) are its settings."""
_SHORTEST: Final = 6
_CERTAIN: Final = 8  # characters from which a secret is nothing else wherever it shows
"""A learnt secret shorter than this is only replaced under a secret name: `1` must not vanish from every body."""

_PRODUCTION_OID: Final = re.compile(r"(?<![\d.])1\.2\.250\.1\.213\.1\.4\.[89](?![\d]|\.\d)")
_NIR: Final = re.compile(r"(?<![0-9A-Za-z])([1-478]\d{4}(?:\d{2}|2[AB])\d{6})(\d{2})(?![0-9A-Za-z])")


class _Own(threading.local):
    """What each thread of a run keeps for itself: cases played at the same time must not push the secrets of one
    another out of the recent ones."""

    def __init__(self) -> None:
        self.recent: list[str] = []
        self.sending = False


class Redactor:
    """Redacts records of one run, whatever the thread. `salt` is random per run and never written."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._known: dict[str, str] = {}
        self._own = _Own()

    def mark(self, value: str) -> str:
        """What stands for a secret value; a mark stays itself."""
        if _MARK.fullmatch(value):
            return value
        said = value.encode("utf-8", "surrogatepass")
        return f"[redacted:{hmac.new(self._salt, said, hashlib.sha256).hexdigest()[:12]}]"

    def _hide(self, value: str) -> str:
        """The mark of a value found under a secret name; it is learnt, since it may be repeated elsewhere."""
        if self._own.sending or _TOKEN.fullmatch(value):
            self.learn(value)
        return self.mark(value)

    def learn(self, value: str) -> None:
        """Never keep this value from now on, in whatever form it travels (as is, percent-encoded, inside JSON)."""
        if len(value) < _SHORTEST or value in self._known or _MARK.fullmatch(value):
            return
        for form in {value, quote(value, safe="", errors="surrogatepass"), json.dumps(value)[1:-1]}:
            self._known[form] = self.mark(value)
            self._own.recent.append(form)
        del self._own.recent[:-_RECENT]

    def text(self, text: str, depth: int = 0) -> str:
        """`text` without learnt secrets, JSON web tokens and credentials in addresses, plain or in disguise.

        The latest secrets are looked for anywhere, the older ones as whole words: the cost of a text must not grow
        with the length of the run. `depth`: under how many disguises it was found.
        """
        if len(text) < _SHORTEST:
            return text
        found = [secret for secret in self._own.recent if secret in text]
        for secret in sorted(found, key=len, reverse=True):  # the longest first: one secret may start another
            text = self._without(text, secret)
        if len(self._known) > len(self._own.recent):
            text = _WORD.sub(lambda word: self._known.get(word[0], word[0]), text)
        if "=" in text and _NAMED.search(text):
            text = _ASSIGNED.sub(lambda found: f"{found[1]}{self._hide(unquote(found[2]))}", text)
        if "earer " in text or "asic " in text:
            text = _CREDENTIAL.sub(lambda found: f"{found[1]}{self.mark(found[2])}", text)
        if "eyJ" in text:
            text = _JWT.sub(lambda found: self.mark(found[0]), text)
        if "://" in text:
            text = _ADDRESS.sub(lambda found: self._address(found[0]), text)
        if "PRIVATE KEY" in text:
            text = _PRIVATE_KEY.sub(lambda found: self.mark(found[0]), text)
        return text if depth == _DEPTH else disguises.rewritten(text, lambda said: self._revealed(said, depth + 1))

    def _revealed(self, said: str, depth: int) -> str:
        """What was said in disguise, redacted like a body: whoever repeats a request may encode the whole of it."""
        return self.text(self._members(said) if _NAMED.search(said) else said, depth)

    def _without(self, text: str, secret: str) -> str:
        """A short secret is hidden where it stands alone: six digits of a one-time code also stand inside identifiers,
        and hiding them there would change what is judged."""
        if len(secret) >= _CERTAIN:
            return text.replace(secret, self._known[secret])
        mark = self._known[secret]
        return re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", lambda _found: mark, text)

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
            user, _, host = place.rpartition("@")
            self._hide(unquote(user.partition(":")[2]))
            place = f"{self._hide(user)}@{host}"
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
        kept = [(name, self._hide(value) if hidden(name, value) else value) for name, value in pairs]
        return urlencode(kept, safe="[]:/", quote_via=quote)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers whose credentials are marks; the scheme of `Authorization` stays readable."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name in ("authorization", "proxy-authorization"):
            scheme, _, credential = value.partition(" ")
            self.learn(credential or scheme)
            if scheme.lower() == "basic":
                self._learn_password(credential)
            return f"{scheme} {self.mark(credential)}" if credential else self.mark(scheme)
        if name in _SECRET_HEADERS or _SECRET_HEADER.match(name) or _is_secret(name):
            for piece in (value, *(item.partition("=")[2] for item in value.split(";"))):
                if len(piece.strip()) >= _LONG:
                    self.learn(piece.strip())
            return self.mark(value)
        if name in ("location", "content-location", "referer"):
            return self.url(value)
        return self.text(value)

    def _learn_password(self, credential: str) -> None:
        """The password of a Basic credential, as it was typed and as OAuth has it encoded (RFC 6749, §2.3.1)."""
        try:
            pair = base64.b64decode(credential).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return
        for secret in {pair.partition(":")[2], unquote(pair.partition(":")[2])}:
            self.learn(secret)

    def body(self, body: bytes, media_type: str) -> bytes:
        """A body: JSON and forms by their names, any text by its values; what hides nothing keeps its bytes."""
        if not body:
            return body
        text, encoding = _decoded(body, media_type)
        if media_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            kept = self.text(self._pairs(text))
        else:
            kept = self.text(self._members(text) if _NAMED.search(text) else text)
        return body if kept == text else kept.encode(encoding, "replace")

    def _members(self, text: str) -> str:
        """Secret members of a JSON, XML or multipart text, replaced in place: the rest stays as it was sent."""
        text = _JSON_MEMBER.sub(
            lambda found: f"{found[1]}{json.dumps(self._hide(_unquoted(found[2])))}" if found[2] != '""' else found[0],
            text,
        )
        for pattern in (_ESCAPED_MEMBER, _ELEMENT, _ATTRIBUTE, _PART):
            text = pattern.sub(lambda found: f"{found[1]}{self._hide(found[2])}", text)
        return text

    def learn_from(self, data: Any) -> None:
        """Learn every text that stands under a secret name in what is about to be sent."""
        if isinstance(data, Mapping):
            for key, value in data.items():
                if isinstance(value, str) and _is_secret(str(key)):
                    self.learn(value)
                self.learn_from(value)
        elif isinstance(data, list | tuple):
            for item in data:
                self.learn_from(item)

    def json(self, data: Any) -> Any:
        """JSON data: secret names lose their values, every other text is redacted as text."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, Mapping):
            return {key: self._member(str(key), value, "kty" in data) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.json(item) for item in data]
        return data

    def _member(self, name: str, value: Any, of_a_key: bool) -> Any:
        secret = _is_secret(name) or (of_a_key and name in _PRIVATE_MEMBERS)
        if secret and isinstance(value, str) and value:
            return self.mark(value)
        return self.json(value)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange that may be kept. Raises InvalidInput `RUN003` for an identity of production."""
        request = exchange.request
        _refuse_in(exchange)
        self._own.sending = True
        headers = self.headers(request.headers)  # first: what is learnt there is looked for in the rest
        url, body = self.url(request.url), self.body(request.body, _media_type(request.headers))
        self._own.sending = False
        sent = Request(request.method, url, headers, body)
        response = exchange.response
        got = response and self._response(response)
        failure = exchange.failure and Failure(exchange.failure.kind, self.text(exchange.failure.detail))
        return Exchange(sent, got, failure, exchange.started_at, exchange.duration_ms, exchange.tls)

    def _response(self, response: Response) -> Response:
        """The headers are redacted again after the body: one may repeat what is learnt in the other."""
        headers = self.headers(response.headers)
        body = self.body(response.body, _media_type(response.headers))
        return Response(response.status, self.headers(headers), body)

    def record(self, record: Record) -> Record:
        """A record that may be kept. Raises InvalidInput `RUN003` for an identity of production."""
        action = record.action
        if action is not None:
            refuse_production_identity(json.dumps([action.inputs, action.result], ensure_ascii=False, default=str))
            if action.failure is not None:
                refuse_production_identity(json.dumps(dict(action.failure.message), ensure_ascii=False))
            failure = action.failure and ActionFailure(
                action.failure.outcome, action.failure.code, self.json(action.failure.message)
            )
            action = ActionRecord(action.name, self.json(action.inputs), self.json(action.result), failure)
        exchange = record.exchange and self.exchange(record.exchange)
        return Record(record.iteration, record.step, action, exchange, record.artefact, record.supporting)


# `client_secret`, `clientSecret`, `Client-Secret`: one name.
_ANY_NAME: Final = "(?:" + "|".join(sorted((n.replace("_", "[-_]?") for n in SECRET_NAMES), reverse=True)) + ")"
_NAMED: Final = re.compile(_ANY_NAME, re.IGNORECASE)
_JSON_MEMBER: Final = re.compile(rf'("{_ANY_NAME}"\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)', re.IGNORECASE)
_ESCAPED_MEMBER: Final = re.compile(rf'(\\+"{_ANY_NAME}\\+"\s*:\s*\\+")([^"\\]+)', re.IGNORECASE)
_ELEMENT: Final = re.compile(rf"(<(?:[\w.-]+:)?{_ANY_NAME}(?:\s[^<>]*)?>)([^<\[]+)(?=</)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(rf"(<[^<>]*\s{_ANY_NAME}\s*=\s*[\"'])([^\"'<>\[]+)", re.IGNORECASE)
_PART: Final = re.compile(
    rf'(content-disposition:[^\r\n]*\bname="?{_ANY_NAME}"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n\[]+)',
    re.IGNORECASE,
)
_ASSIGNED: Final = re.compile(rf"(\b{_ANY_NAME}=)([^\s&;,\"'<>\[\]]+)", re.IGNORECASE)
_CREDENTIAL: Final = re.compile(r"(\b(?:Bearer|Basic) +)((?=[^\s\"',;]*\d)[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal


def _is_secret(name: str) -> bool:
    return name.lower() in SECRET_NAMES or _NAMED.fullmatch(name) is not None


def _decoded(body: bytes, media_type: str) -> tuple[str, str]:
    """The text of a body and its encoding: the one its media type names, UTF-16 where it looks like it, or UTF-8."""
    told = _CHARSET.search(media_type)
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and body.count(0) * 4 > len(body)
    for encoding in (*((told[1],) if told else ()), *(("utf-16",) if wide else ()), "utf-8"):
        try:
            return body.decode(encoding), encoding
        except (LookupError, UnicodeError):
            continue
    return body.decode("latin-1"), "latin-1"


def _media_type(headers: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


_SPACED: Final = re.compile(r"(?<=\d)[ \u00a0](?=[\dAB])|(?<=[AB])[ \u00a0](?=\d)")


def _refuse_in(exchange: Exchange) -> None:
    """Raise InvalidInput `RUN003` for an identity of production anywhere in a raw exchange."""
    request, response = exchange.request, exchange.response
    texts = [request.url, _decoded(request.body, _media_type(request.headers))[0]]
    texts += [value for _name, value in request.headers]
    if response is not None:
        texts.append(_decoded(response.body, _media_type(response.headers))[0])
        texts += [value for _name, value in response.headers]
    if exchange.failure is not None:
        texts.append(exchange.failure.detail)
    for text in texts:
        refuse_production_identity(text)


def refuse_production_identity(text: str, what: str = "") -> None:
    """Raise InvalidInput `RUN003` when `text`, or what it says in any disguise, has an INS of production.

    That is a valid number, spaced or not, beside a production OID.
    """
    for said in (text, *disguises.revealed(text)):
        _refuse(said, what)


def _refuse(text: str, what: str) -> None:
    if "1.2.250.1.213.1.4." not in text or not _PRODUCTION_OID.search(text):
        return
    spaceless = _SPACED.sub("", text)
    if any(nir_key_holds(found[1], found[2]) for said in (text, spaceless) for found in _NIR.finditer(said)):
        raise InvalidInput(
            "RUN003",
            both("une identité réelle (INS de production) a été rencontrée : rien n'en est gardé"),
            about=((both("où"), what),) if what else (),
            hint=both("n'utilisez que des identités de test (OID 1.2.250.1.213.1.4.10 ou .11), puis relancez"),
        )
