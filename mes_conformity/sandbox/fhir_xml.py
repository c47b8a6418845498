"""FHIR resources in XML, as the sandbox reads and writes them: what cannot be read is refused.

The conversion itself belongs to the validators (`validators/fhir_xml.py`).
"""

from typing import Any

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.sandbox.answers import refuse
from mes_conformity.validators import fhir_xml
from mes_conformity.validators.fhir_xml import FHIR_XML, NAMESPACE, Unwritable, write

__all__ = ["FHIR_XML", "NAMESPACE", "Unwritable", "read", "write"]


def read(raw: bytes, max_depth: int) -> dict[str, Any]:
    """The resource in an XML document. Raises Refusal 400, naming the element where there is one; 422 for its type."""
    try:
        return fhir_xml.read(raw, max_depth)
    except InvalidInput as error:
        told = error.message if isinstance(error.message, str) else error.message.get("en", error.message["fr"])
        raise refuse(400, "structure", f"The body is not XML that is read here ({error.code}: {told})") from None
    except fhir_xml.NotFhir as error:
        if error.unknown:
            raise refuse(422, "not-supported", f"Resource of type {error.place} is not read here in XML") from None
        raise refuse(400, "structure", f"{error.place} {error.why['en']}", error.place) from None
