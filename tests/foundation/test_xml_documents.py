"""XML that comes in: what is read is read whole, what is dangerous is refused before a tree is built."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation import xml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.xml_documents import MAX_DEPTH, MAX_ELEMENTS, parse

BOMB = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;">]><a>&d;</a>'
EXTERNAL = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
PARAMETER = b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://exemple.invalid/b.dtd"> %b;]><a/>'


def refused(raw: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(raw, "document.xml")
    assert caught.value.location is not None
    assert caught.value.location.file == "document.xml"
    return caught.value


def test_an_element_knows_its_line_and_its_namespace() -> None:
    root = parse(b'<?xml version="1.0"?>\n<!-- x -->\n<a xmlns="urn:x">\n  <b/>\n</a>', "document.xml")
    inner = root[0]
    assert [root.tag, inner.tag] == ["{urn:x}a", "{urn:x}b"]
    assert str(inner.sourceline) == "4"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_document_is_read_in_the_encoding_that_it_says(encoding: str) -> None:
    raw = f'<?xml version="1.0" encoding="{encoding}"?><a>été</a>'.encode(encoding)
    assert parse(raw, "document.xml").text == "été"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"{}",
        b"texte",
        b"<a>\n<b></a>",
        b"<a>\0</a>",
        b"<a><x:b/></a>",
        b"<a>&nbsp;</a>",
        b'<a b="1" b="2"/>',
        '<?xml version="1.0" encoding="UTF-8"?><a>été</a>'.encode("latin-1"),
        b'<?xml version="1.0" encoding="UTF-7"?><a/>',
        b'<?xml version="1.0" encoding="rot13"?><a/>',
        b'<?xml version="1.0" encoding="base64"?><a/>',
        "<a/>".encode("utf-32"),
        b"<a>" + b"x" * 11_000_000 + b"</a>",
    ],
    ids=lambda raw: raw[:40].decode("latin-1"),
)
def test_what_is_not_well_formed_is_refused(raw: bytes) -> None:
    assert refused(raw).code == "XML001"


def test_a_fault_has_its_line_and_column() -> None:
    error = refused(b"<a>\n  <b></a>")
    assert error.location is not None
    assert (error.location.line, error.location.column, error.obtained) == (2, 8, "mismatched tag")


@pytest.mark.parametrize(
    "raw", [BOMB, EXTERNAL, PARAMETER, BOMB.decode().encode("utf-16"), b'<!DOCTYPE a SYSTEM "a.dtd"><a/>']
)
def test_a_dtd_is_refused_without_reading_it(raw: bytes) -> None:
    error = refused(raw)
    assert error.code == "XML002"
    assert error.hint is not None


def test_a_deep_document_is_refused() -> None:
    assert refused(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1)).code == "XML003"
    assert parse(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH, "document.xml").tag == "a"


def test_an_endless_document_is_refused_soon() -> None:
    start = time.perf_counter()
    assert refused(b"<a>" + b"<b/>" * (MAX_ELEMENTS + 10) + b"</a>").code == "XML003"
    assert time.perf_counter() - start < 5


def test_what_was_read_is_written_with_its_prefixes() -> None:
    raw = b'<p:a xmlns:p="urn:x" xmlns:t="urn:t" t:type="p:b">\xc3\xa9</p:a>'
    assert raw in xml_documents.dump(parse(raw, "document.xml"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        parse(raw, "document.xml")
    except InvalidInput as error:
        assert error.code.startswith("XML")
