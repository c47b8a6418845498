"""The narrative of a resource: XHTML inside JSON and inside XML (HL7 FHIR R4, §2.4.0)."""

from mes_conformity.foundation import xml_documents
from mes_conformity.foundation.errors import InvalidInput

DIV = "{http://www.w3.org/1999/xhtml}div"


def is_narrative(text: str) -> bool:
    """Whether a text is the `div` of a narrative: well-formed, without document type."""
    if text.startswith(("<?", "\ufeff")):  # it stands inside another document
        return False
    try:
        return bool(xml_documents.parse(text.encode(), "div").tag == DIV)
    except (InvalidInput, UnicodeEncodeError):
        return False
