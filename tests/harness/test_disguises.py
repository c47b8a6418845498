"""What is said in disguise is found, changed and said again in the same disguise."""

import base64
import html
import json
import time
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.harness.disguises import revealed, rewritten
from mes_conformity.harness.redaction import Redactor

SECRET = "mot/de+passe=secret 42"
DISGUISED = {
    "percent": quote(SECRET, safe=""),
    "percent, lower case": "".join(f"%{ord(sign):02x}" for sign in SECRET),
    "HTML": "".join(f"&#x{ord(sign):x};" for sign in SECRET),
    "JSON": "".join(f"\\u{ord(sign):04x}" for sign in SECRET),
    "JSON, slash": SECRET.replace("/", "\\/").replace(" ", "\\u0020"),
    "base64": base64.b64encode(f"client:{SECRET}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"??>>{SECRET}".encode()).decode().rstrip("="),
    "base64, folded": base64.encodebytes(f"{'é' * 40}{SECRET}{'x' * 40}".encode()).decode(),
    "hexadecimal": f"said {SECRET.encode().hex()}.",
    "HEXADECIMAL": SECRET.encode().hex().upper(),
}


def change(said: str) -> str:
    return said.replace(SECRET, "[…]")


@pytest.mark.parametrize("name", DISGUISED)
def test_what_is_in_disguise_is_changed(name: str) -> None:
    changed = rewritten(DISGUISED[name], change)
    assert changed != DISGUISED[name]
    assert not any(SECRET in said for said in revealed(changed))
    assert SECRET not in changed


def test_what_is_around_stays_as_it_was() -> None:
    text = f'{{"a": "caf\\u00e9 &amp; 100%25", "b": "{DISGUISED["base64"]}", "c": "SGVsbG8gd29ybGQh"}}'
    changed = rewritten(text, change)
    assert changed.startswith('{"a": "caf\\u00e9 &amp; 100%25", "b": "')
    assert changed.endswith('", "c": "SGVsbG8gd29ybGQh"}')
    assert base64.b64decode(json.loads(changed)["b"]).decode() == "client:[…]"


@pytest.mark.parametrize(
    "text", ["", "Observation", "2f5c1f9e-7e2b-4c1a-9d53-0b3a6c1e2f4d", "%zz &nothing; \\q \\ud800"]
)
def test_what_says_nothing_is_left_alone(text: str) -> None:
    assert rewritten(text, change) == text


def test_half_of_a_pair_of_signs_is_put_back() -> None:
    text = f"\\ud800{DISGUISED['JSON']}"
    assert rewritten(text, change) == "\\ud800[\\u2026]"
    assert rewritten(quote(f"\\ud800 {SECRET}"), lambda said: said.replace(SECRET, "\ud800")).endswith("%ED%A0%80")


@pytest.mark.parametrize("sign", ["a", "aA0_", '\\"', "%", "&", "\\", "+/", "a\n", "A" * 76 + "\n"])
def test_a_long_text_is_read_in_linear_time(sign: str) -> None:
    text = sign * (400_000 // len(sign))
    began = time.process_time()
    rewritten(text, change)
    assert time.process_time() - began < 5


@given(st.text(), st.sampled_from([quote, html.escape, lambda text: base64.b64encode(text.encode()).decode()]))
def test_a_secret_survives_in_no_disguise(around: str, disguise: object) -> None:
    redactor = Redactor(b"salt")
    redactor.learn(SECRET)
    kept = redactor.text(disguise(f"{around} {SECRET} {around}"))  # type: ignore[operator]
    assert not any(SECRET in said for said in (kept, unquote(kept), html.unescape(kept), *revealed(kept)))
