"""JSON or XML: what a FHIR body is written in, and what its answer is to be written in.

HL7 FHIR R4, §3.1.0.1.11: `_format` first, then `Accept` (RFC 9110, §12.5.1); without either, the format of the body.
PDSm 3.1.1 and GAP 3.0.0 ask for both formats; the measures API 1.5.2 names none, and is served in JSON only.
"""

from collections.abc import Iterator
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import fhir_xml
from mes_conformity.sandbox.answers import Fhir, refuse
from mes_conformity.sandbox.world import World

Format = Literal["json", "xml"]

_TYPES: Final[dict[str, Format]] = {
    "application/fhir+json": "json", "application/json": "json",
    "application/fhir+xml": "xml", "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip
_SHORT: Final[dict[str, Format]] = {"json": "json", "xml": "xml"}
_ANY = frozenset({"*/*", "application/*"})
_JSON_ONLY = frozenset({"Observation", "Device"})
_OWN_TYPE = "Binary"  # its content has a type of its own (documents_read)


def body_format(request: Request) -> Format | None:
    """The format that the body is announced in, None for another."""
    return _TYPES.get(request.headers.get("content-type", "").split(";")[0].strip().lower())


def answer_format(world: World, request: Request) -> Format:
    """The format that the caller asks the answer in. Raises Refusal 406 where it takes none that is served."""
    kind = request.url.path.removeprefix(str(world.measures.get("fhir_path"))).strip("/").partition("/")[0]
    served = ("json",) if kind in _JSON_ONLY else ("json", "xml")
    default: Format = "xml" if body_format(request) == "xml" and "xml" in served else "json"
    if not world.behaviour.accept_honoured:
        return default
    asked = request.query_params.getlist("_format")
    if asked:
        wanted = [_SHORT.get(name) or _TYPES.get(name.replace(" ", "+")) for name in asked]
    else:
        wanted = [_TYPES.get(name, default if name in _ANY else None) for name in accepted(request)]
    found = next((name for name in wanted if name in served), None)
    if found is not None or (not asked and kind == _OWN_TYPE):
        return found or "json"
    raise refuse(406, "not-supported", f"The answer can be written in {' or '.join(served)} only")


def accepted(request: Request) -> list[str]:
    """The media types of `Accept`, bare, the preferred first; what is refused (q=0) is left out."""
    ranges = list(_ranges(request.headers.get("accept") or "*/*"))
    return [name for quality, name in sorted(ranges, key=lambda pair: -pair[0]) if quality > 0]


def _ranges(accept: str) -> Iterator[tuple[float, str]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece.replace(" ", "")[2:] for piece in parameters if piece.startswith("q")), "1")
        if name:
            yield _number(quality), name


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


def written(response: Response, wanted: Format) -> Response:
    """The answer in the wanted format. Raises Refusal 406 where a resource it holds cannot be written in XML."""
    if wanted == "json" or not isinstance(response, Fhir):
        return response
    try:
        body = fhir_xml.write(response.resource)
    except fhir_xml.Unwritable as error:
        text = f"A resource of type {error} is not written in XML here: ask for JSON"
        raise refuse(406, "not-supported", text) from None
    kept = {name: value for name, value in response.headers.items() if name not in ("content-type", "content-length")}
    return Response(body, response.status_code, kept, media_type=f"{fhir_xml.FHIR_XML}; charset=utf-8")
