"""The contracts of the exchanges whose official documents were not read: loaded when first needed."""

from functools import cache

from mes_conformity.validators.contract import Contract, load

DOCUMENTS = "mes-documents@0.1.0"
AGENDA = "mes-agenda@0.1.0"
CODES = "ci-sis-value-sets@2024.12.13"


@cache
def documents() -> Contract:
    """What the exchange of documents fixes."""
    return load(DOCUMENTS)


@cache
def agenda() -> Contract:
    """What the exchange of appointments fixes."""
    return load(AGENDA)


@cache
def codes() -> Contract:
    """The value sets that documents are judged by."""
    return load(CODES)
