"""Every message in both languages: extract, compare, compile.

    python .ci/messages.py            say what has no English, compile the catalogue
    python .ci/messages.py --check    the same without writing; also fails when the compiled catalogue is stale

French is the source (the msgid). English stands in one fragment per room, `mes_conformity/locale/en/<room>.po`.
"""

import ast
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mes_conformity"
FRAGMENTS = PACKAGE / "locale" / "en"
COMPILED = FRAGMENTS / "LC_MESSAGES" / "mes_conformity.mo"
ARGUMENTS = {"_": 1, "both": 1, "plural": 2}
FIELDS = re.compile(r"\{(\w+)")


def wanted() -> dict[str | tuple[str, ...], str]:
    """Every message of the code, with the first place that says it.

    Read from the syntax tree: a tokenizer would miss what stands inside an f-string.
    """
    found: dict[str | tuple[str, ...], str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ARGUMENTS:
                texts = [argument.value for argument in node.args[: ARGUMENTS[node.func.id]] if literal(argument)]
                if texts:
                    message = texts[0] if len(texts) == 1 else tuple(texts)
                    found.setdefault(message, f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def literal(node: ast.expr) -> bool:
    """Whether an argument is a text written in place."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def fragments() -> tuple[Catalog, list[str]]:
    """The English of all fragments in one catalogue, and what is wrong with them."""
    merged = Catalog(locale="en", charset="utf-8")
    faults = []
    for path in sorted(FRAGMENTS.glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="en"):
                if not message.id or not message.string:
                    continue
                known = merged.get(message.id if isinstance(message.id, str) else message.id[0])
                if known is not None and known.string != message.string:
                    faults.append(f"{path.name}: two English texts for « {message.id} »")
                merged.add(message.id, message.string)
    return merged, faults


def missing(messages: dict[str | tuple[str, ...], str], english: Catalog) -> list[str]:
    """Messages without English, or whose English names other fields."""
    faults = []
    for message, place in messages.items():
        key = message if isinstance(message, str) else message[0]
        entry = english.get(key)
        if entry is None or not entry.string:
            faults.append(f"{place}: no English for « {message} »")
        elif set(FIELDS.findall(key)) != set(
            FIELDS.findall(entry.string if isinstance(entry.string, str) else entry.string[0])
        ):
            faults.append(f"{place}: other {{fields}} in the English of « {message} »")
    return faults


def compiled(messages: dict[str | tuple[str, ...], str], english: Catalog) -> bytes:
    """The binary catalogue: only what the code says, in a fixed order, without a date."""
    never = datetime.fromtimestamp(0, UTC)  # the catalogue would carry the minute it was compiled in
    used = Catalog(
        locale="en", charset="utf-8", header_comment="", fuzzy=False, creation_date=never, revision_date=never
    )
    for message in sorted(messages, key=str):
        entry = english.get(message if isinstance(message, str) else message[0])
        if entry is not None:
            used.add(message, entry.string)
    buffer = io.BytesIO()
    used.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
    ]
    write_mo(buffer, used)
    return buffer.getvalue()


def main(check: bool) -> int:
    messages = wanted()
    english, faults = fragments()
    faults += missing(messages, english)
    data = compiled(messages, english)
    if check and (not COMPILED.exists() or COMPILED.read_bytes() != data):
        faults.append(f"{COMPILED.relative_to(ROOT)} is stale: run `make messages`")
    if not check:
        COMPILED.parent.mkdir(parents=True, exist_ok=True)
        COMPILED.write_bytes(data)
    print("\n".join(faults) or f"{len(messages)} messages, all in both languages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
