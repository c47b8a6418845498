"""Contracts aligned on the document that a publisher holds."""

import pytest

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.suites.loader import load_all
from mes_conformity.suites.overriding import overridden

LIBRARY = load_all()
LEAF = {"value": "/oauth/token", "basis": "published", "reference": "API Appariement 2.1, §3.2"}


def test_a_value_is_replaced_with_its_reference() -> None:
    made = overridden(LIBRARY, {"mes-pairing@2.1.0": {"token_path": LEAF, "claims.idpe": {**LEAF, "value": "sub"}}})
    contract = made.contracts["mes-pairing@2.1.0"]
    assert (contract.get("token_path"), contract.basis("token_path")) == ("/oauth/token", "published")
    assert contract.get("claims.idpe") == "sub"
    assert contract.get("claims.assign_auth") == "assignAuth"
    assert "API Appariement 2.1, §3.2" in made.documents["contracts/mes-pairing-2.1.0.yaml"].decode()
    assert contract.sha256 != LIBRARY.contracts["mes-pairing@2.1.0"].sha256
    assert len(made.cases) == len(LIBRARY.cases)


def test_without_override_nothing_is_read_again() -> None:
    assert overridden(LIBRARY, {}) is LIBRARY


@pytest.mark.parametrize(
    ("contract", "path"),
    [("mes-pairing@9", "token_path"), ("mes-pairing@2.1.0", "nothing"), ("mes-pairing@2.1.0", "claims"),
     ("mes-pairing@2.1.0", "token_path.deeper"), ("mes-pairing@2.1.0", "no.thing")],
)  # fmt: skip
def test_an_unknown_value_is_told(contract: str, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        overridden(LIBRARY, {contract: {path: LEAF}})
    assert caught.value.code == "TGT004"
