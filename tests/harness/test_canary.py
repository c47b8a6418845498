"""Secrets planted wherever one can hide, in over 300 exchanges run by the program itself: none is ever found again.

What is searched: the run folder, the dossier and its reports, everything printed by `test run`, `dossier build`, `show`
and `replay`, and the log files of the temporary folder.
"""

import base64
import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

pytestmark = pytest.mark.slow
SECRET = re.compile(rb"CANARI[0-9a-z]{12}", re.IGNORECASE)
JSON, XML, FORM = "application/json", "application/xml", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=limite"


def canary(number: int, place: str) -> str:
    """A secret of its own for each exchange and place: `Canari` and twelve signs."""
    import hashlib

    return "Canari" + hashlib.sha256(f"{number} {place}".encode()).hexdigest()[:12]


def token(secret: str) -> str:
    """A web token that carries the secret in its payload and its signature."""
    parts = (b'{"alg":"none"}', json.dumps({"sub": secret}).encode(), secret.encode())
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def part(name: str, secret: str) -> str:
    return f'--limite\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{secret}\r\n--limite--\r\n'


# Where a request hides a secret: extra keys of its step, made from the secret.
SENT: dict[str, Callable[[str], dict[str, Any]]] = {
    "bearer": lambda s: {"headers": {"Authorization": f"Bearer {s}"}},
    "basic": lambda s: {"headers": {"Authorization": "Basic " + base64.b64encode(f"client:{s}".encode()).decode()}},
    "bare authorization": lambda s: {"headers": {"Authorization": s}},
    "cookie": lambda s: {"headers": {"Cookie": f"session={s}; theme=clair"}},
    "api key": lambda s: {"headers": {"X-Api-Key": s}},
    "token header": lambda s: {"headers": {"X-Access-Token": s}},
    "referer": lambda s: {"headers": {"Referer": f"https://ici.test/retour?code={s}&state=x"}},
    "query": lambda s: {"query": {"access_token": s}},
    "query of authorization": lambda s: {"query": {"code": s, "state": "abc"}},
    "form": lambda s: {"form": {"grant_type": "x", "client_secret": s, "code_verifier": s}},
    "form code": lambda s: {"form": {"grant_type": "authorization_code", "code": s}},
    "json": lambda s: {"body": {"deep": [{"client_secret": s}], "password": s}},
    "json in camel case": lambda s: {"body": {"clientSecret": s, "accessToken": s}},
    "json in a text": lambda s: {"body": json.dumps({"inner": json.dumps({"refresh_token": s})})},
    "xml element": lambda s: {"headers": {"Content-Type": XML}, "body": f"<a><n:password>{s}</n:password></a>"},
    "xml attribute": lambda s: {"headers": {"Content-Type": XML}, "body": f'<user password="{s}" id="1"/>'},
    "multipart": lambda s: {"headers": {"Content-Type": MULTIPART}, "body": part("client_secret", s)},
    "jwt": lambda s: {"form": {"client_assertion": token(s)}},
    "jwt anywhere": lambda s: {"body": {"note": f"voir {token(s)} ici"}},
    "access token of the step": lambda s: {"auth": {"access_token": s, "id_token": s}},
}
# Where an answer hides one: (status, headers, body).
Answer = tuple[int, dict[str, str], str]
GIVEN: dict[str, Callable[[str], Answer]] = {
    "set-cookie": lambda s: (200, {"Set-Cookie": f"sid={s}; Path=/; HttpOnly"}, "{}"),
    "location": lambda s: (302, {"Location": f"https://ici.test/retour?code={s}&state=x"}, ""),
    "location fragment": lambda s: (302, {"Location": f"https://ici.test/#access_token={s}"}, ""),
    "location user": lambda s: (302, {"Location": f"https://moi:{s}@ici.test/"}, ""),
    "token answer": lambda s: (200, {}, json.dumps({"access_token": s, "refresh_token": s, "expires_in": 300})),
    "numbers": lambda s: (200, {}, json.dumps({"otp": 482913, "token": s})),
    "token in camel case": lambda s: (200, {}, json.dumps({"refreshToken": s})),
    "json in a text": lambda s: (200, {}, json.dumps({"log": json.dumps({"id_token": s})})),
    "xml": lambda s: (200, {"Content-Type": XML}, f"<r><access_token type='x'>{s}</access_token></r>"),
    "multipart": lambda s: (200, {"Content-Type": MULTIPART}, part("password", s)),
    "form": lambda s: (200, {"Content-Type": FORM}, f"access_token={s}&token_type=bearer"),
    "text": lambda s: (400, {"Content-Type": "text/plain"}, f"refused: client_secret={s} is unknown"),
    "html": lambda s: (400, {"Content-Type": "text/html"}, f"<p>Bearer {s}9 refused</p><input password='{s}'>"),
    "jwt": lambda s: (400, {}, json.dumps({"diagnostics": f"bad {token(s)}"})),
    "address in an error": lambda s: (400, {}, json.dumps({"text": f"see https://moi:{s}@ici.test/?token={s}"})),
    "authentication header": lambda s: (401, {"WWW-Authenticate": f'Bearer error="x", access_token={s}'}, "{}"),
    "authentication info": lambda s: (200, {"Authentication-Info": f"nextnonce={s}"}, "{}"),
    "repeated beside itself": lambda s: (200, {"X-Trace": f"for {s}"}, json.dumps({"said": s, "access_token": s})),
    "in UTF-16": lambda s: (400, {"Content-Type": "text/plain; charset=utf-16"}, f"client_secret={s} is unknown"),
    "in a document in base64": lambda s: (200, {}, json.dumps({"data": _base64(json.dumps({"access_token": s}))})),
}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# How a target repeats what it was sent.
ECHOES: dict[str, Callable[[str], str]] = {
    "word for word": lambda said: said,
    "percent-encoded": quote,
    "every sign percent-encoded": lambda said: "".join(f"%{ord(sign):02x}" for sign in said),
    "percent-encoded twice": lambda said: quote(quote(said, safe=""), safe=""),
    "in HTML": html.escape,
    "in numeric references": lambda said: "".join(f"&#{ord(sign)};" for sign in said),
    "in JSON": json.dumps,
    "in JSON escapes": lambda said: json.dumps({"said": "".join(f"\\u{ord(sign):04x}" for sign in said)}),
    "in base64": _base64,
    "in base64, folded": lambda said: base64.encodebytes(said.encode()).decode(),
    "in base64 for addresses": lambda said: base64.urlsafe_b64encode(said.encode()).decode().rstrip("="),
    "in hexadecimal": lambda said: json.dumps({"said": said.encode().hex()}),
    "in a header": lambda said: said,
    "the password of a Basic credential": lambda said: said,
}


def pairs() -> list[tuple[str, str]]:
    """(place of the request, place of the answer): every request with every echo, every answer with some requests."""
    sent = list(SENT)
    echoed = [(place, echo) for place in sent for echo in ECHOES]
    return echoed + [(sent[(n + 7 * turn) % len(sent)], given) for turn in range(2) for n, given in enumerate(GIVEN)]


class Handler(BaseHTTPRequestHandler):
    """Answers `/n/place` with the secret of its number hidden in that place."""

    def do_POST(self) -> None:
        number, _, place = self.path.split("?")[0][1:].partition("/")
        if not number.isdigit():  # the program looks whether somebody is there
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        name = [*GIVEN, *ECHOES][int(place)]
        status, headers, text = self.answer(name, int(number), body)
        raw = text.encode("utf-16" if "utf-16" in headers.get("Content-Type", "") else "utf-8")
        self.send_response(status)
        for key, value in {"Content-Type": JSON, **headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST  # noqa: N815

    def answer(self, name: str, number: int, body: str) -> Answer:
        """What is given, or the request repeated."""
        if name in GIVEN:
            return GIVEN[name](canary(number, "given"))
        credential = self.headers.get("Authorization") or ""
        if name == "in a header":
            return 200, {"X-Echo": (credential or body).replace("\r", " ").replace("\n", " ")}, ""
        if name == "the password of a Basic credential":
            typed = base64.b64decode(credential.partition(" ")[2]) if credential.startswith("Basic ") else b""
            return 401, {}, f"unknown client: {typed.decode()}"
        return 200, {}, ECHOES[name](f"{self.path}\n{self.headers}\n{body}")

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def write_suites(root: Path) -> int:
    """One case per exchange, one exchange per pair."""
    cases = []
    for number, (sent, given) in enumerate(pairs()):
        place = [*GIVEN, *ECHOES].index(given)
        request = {"method": "POST", "path": f"/{number}/{place}", **SENT[sent](canary(number, "sent"))}
        cases.append(
            {
                "id": f"CAN-{number}",
                "title": {"fr": f"{sent}, {given}", "en": f"{sent}, {given}"},
                "subject": "target",
                "basis": "assumption",
                "requirements": ["x-ech-erreurs"],
                "source": "canari",
                "broken_by": ["slow"],
                "remedy": {"fr": "Rien.", "en": "Nothing."},
                "steps": [{"request": request, "expect": {"status": 200, "equals": [{"json": "/x", "to": "y"}]}}],
            }
        )
    suite = {
        "schema_version": 1,
        "suite": "canari",
        "kind": "connection",
        "title": {"fr": "Canari", "en": "Canary"},
        "cases": cases,
    }
    (root / "connection").mkdir(parents=True)
    (root / "connection" / "canari.yaml").write_text(json.dumps(suite), encoding="utf-8")
    return len(cases)


def test_no_secret_is_ever_found_again(
    tmp_path: Path, address: str, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "logs"))
    (tmp_path / "logs").mkdir()
    suites = tmp_path.parent / f"{tmp_path.name}-suites"  # they hold the secrets that they send
    count = write_suites(suites)
    assert count >= 300
    said = [run("test", "run", "--suites", suites, "--target", address, "-v")]
    said.append(run("dossier", "build", "--suites", suites, "-o", "d.mesdossier.zip"))
    assert said[-1].code == 0, said[-1].err
    dossier = tmp_path / "d.mesdossier.zip"
    said.append(run("dossier", "replay", dossier, "--format", "json"))
    for number in range(0, count, 20):
        said.append(run("dossier", "show", dossier, "--case", f"CAN-{number}"))
    texts = {f"printed {n}": (result.out + result.err).encode() for n, result in enumerate(said)}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != dossier:
            texts[str(path)] = path.read_bytes()
    from mes_conformity.dossier import container

    files = container.unpack(dossier.read_bytes())
    texts |= {f"dossier {name}": files[name] for name in files if not name.startswith("suites/")}
    assert sum(name.endswith("exchanges.har") for name in files) == count
    found = {where: [said[:200] for said in _readings(text) if SECRET.search(said)] for where, text in texts.items()}
    assert {where: secrets for where, secrets in found.items() if secrets} == {}


def _readings(text: bytes) -> Iterator[bytes]:
    """A text as it stands, and as it reads once decoded, by means that are not those of the program."""
    yield text
    yield text.replace(b"\0", b"")
    plain = text.decode("utf-8", "replace")
    for said in (unquote(plain), unquote(unquote(plain)), html.unescape(plain), plain.replace("\\u00", "%")):
        yield unquote(said).encode("utf-8", "surrogatepass")
    for item in re.findall(rb"(?:[0-9a-fA-F]{2}){12,}", text):
        yield bytes.fromhex(item.decode())
    folded = re.sub(rb"\\r|\\n|\s", b"", text)
    for item in (item for each in (text, folded) for item in re.findall(rb"[A-Za-z0-9+/_-]{24,}", each)):
        yield from _from_base64(item)


def _from_base64(item: bytes) -> Iterator[bytes]:
    for start in range(4):
        plain = item[start:].replace(b"-", b"+").replace(b"_", b"/")
        plain = plain[: len(plain) - (len(plain) % 4 == 1)]
        yield base64.b64decode(plain + b"=" * (-len(plain) % 4))
