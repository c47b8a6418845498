"""The curl line, read back by an independent reader (shlex) and by a real shell."""

import shlex
import subprocess
from typing import Any

import dossier_samples as samples
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes_conformity.reporting.curl import command


def request(**more: Any) -> dict[str, Any]:
    return {"method": "GET", "url": "https://x.example/a", "headers": [], **more}


def words(shape: dict[str, Any], file: str = "C-1.body") -> list[str]:
    text = command(shape, file)
    assert text is not None
    return shlex.split(text)


def header(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def test_a_get_is_plain() -> None:
    assert command(request(), "b") == "curl --url 'https://x.example/a'"


def test_a_post_sends_its_headers_and_its_body() -> None:
    assert words(samples.exchange()["request"]) == [
        "curl", "-H", "Content-Type: application/fhir+json", "-H", "Authorization: [expurgé]",
        "--data-raw", samples.BUNDLE.decode(), "--url", "https://127.0.0.1:8443/mesures/fhir/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("DELETE", "", ["-X", "DELETE"]),
        ("GET", "q", ["-X", "GET"]),
        ("POST", "", ["-X", "POST"]),
        ("HEAD", "", ["--head"]),
    ],
)
def test_the_method_is_said_where_curl_would_choose_another(method: str, body: str, expected: list[str]) -> None:
    found = words(request(method=method, postData={"text": body}))
    assert found[1 : 1 + len(expected)] == expected


def test_a_secret_is_a_variable_that_the_reader_sets() -> None:
    shape = request(headers=[header("Authorization", "Bearer [redacted:fb2a5da812f7]")])
    assert command(shape, "b") == (
        "curl -H 'Authorization: Bearer '\"$SECRET_FB2A5DA812F7\" --url 'https://x.example/a'"
    )


def test_a_shell_fills_the_secrets_and_nothing_else() -> None:
    shape = request(
        method="POST",
        headers=[header("Authorization", "Bearer [redacted:fb2a5da812f7]"), header("X", "$HOME `id` $(id) \\ '\"")],
        postData={"text": "token=[redacted:fb2a5da812f7]&a='$(id)'"},
    )
    told = command(shape, "b")
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}; SECRET_FB2A5DA812F7='s e'; {told}"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "-H", "Authorization: Bearer s e", "-H", "X: $HOME `id` $(id) \\ '\"", "-H", "Content-Type:",
        "--data-raw", "token=s e&a='$(id)'", "--url", "https://x.example/a",
    ]  # fmt: skip


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="[\0"))


@settings(max_examples=200)
@given(TEXT, TEXT, st.text(st.characters(codec="ascii"), max_size=20))
def test_no_text_leaves_its_quotes(value: str, body: str, name: str) -> None:
    found = words(request(method="POST", headers=[header(name, value)], postData={"text": body}))
    assert found[0] == "curl"
    assert found[-2:] == ["--url", "https://x.example/a"]
    pairs = dict(zip(found[1::2], found[2::2], strict=False))
    assert set(pairs) <= {"-X", "-H", "--data-raw", "--data-binary", "--url"}
    assert pairs.get("--data-raw", body) == body
    assert pairs.get("--data-binary", "@C-1.body") == "@C-1.body"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "-o/tmp/x", "@x", "https://", "https://x/\x1b[2J", "https://x/\u202e", "ftp://x/y"]
)
def test_what_curl_must_not_be_asked_has_no_line(url: str) -> None:
    assert command(request(url=url), "b") is None


@pytest.mark.parametrize("method", ["GET;id", "G T", "-o", ""])
def test_a_method_that_is_none_has_no_line_or_is_quoted(method: str) -> None:
    told = command(request(method=method), "b")
    assert told is None or shlex.split(told)[1:3] == ["-X", method]


@pytest.mark.parametrize("name", ["@/etc/passwd", "a b", "", "a\nb", "a:b"])
def test_a_header_that_is_none_is_left_out(name: str) -> None:
    assert "-H" not in words(request(headers=[header(name, "x")]))


def test_an_empty_header_is_still_sent() -> None:
    assert words(request(headers=[header("X-Empty", "")]))[1:3] == ["-H", "X-Empty;"]


@pytest.mark.parametrize("post", [{"text": "a\x1bb"}, {"text": "AAEC", "_encoding": "base64"}, {"text": "é" * 5_000}])
def test_a_body_that_cannot_be_read_on_a_line_comes_from_a_file(post: dict[str, str]) -> None:
    found = words(request(method="POST", postData=post))
    assert found[found.index("--data-binary") + 1] == "@C-1.body"


def test_a_body_that_begins_with_an_at_sign_names_no_file() -> None:
    assert "--data-raw" in words(request(method="POST", postData={"text": "@/etc/passwd"}))


def test_an_address_is_taken_as_it_is() -> None:
    found = words(request(url="https://x.example/a[1-9]{b}/../c"))
    assert "--globoff" in found
    assert "--path-as-is" in found


def test_what_curl_writes_itself_is_left_to_it() -> None:
    assert "-H" not in words(request(headers=[header("Content-Length", "3"), header("host", "x")]))
