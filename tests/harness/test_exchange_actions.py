"""The actions that build documents and appointments."""

from typing import Any

import pytest
from harness_partner import FakeSession, Script

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.actions import ACTIONS
from mes_conformity.harness.session import ActionFailed
from mes_conformity.validators.contract import load

IDENTITY = {"assign_auth": "urn:oid:1.2.3.2560", "idpe": "idpe-fictif-0001"}
PARTS = {"sample_document": "document", "sample_submission": "bundle", "sample_appointment": "appointment"}


@pytest.fixture
def session() -> FakeSession:
    contracts = {"contract": load("mes-documents@0.1.0"), "agenda": load("mes-agenda@0.1.0")}
    return FakeSession(Environment.system(), Script(lambda _request: None), contracts=contracts)


def use(session: FakeSession, name: str, **inputs: Any) -> Any:
    return ACTIONS[name].run(session, {"identity": IDENTITY, **inputs})


@pytest.mark.parametrize("name", PARTS)
def test_a_sample_is_changed_as_the_suite_asks(session: FakeSession, name: str) -> None:
    patch = [{"op": "add", "path": "/language", "value": "fr-FR"}]
    assert use(session, name, patch=patch)[PARTS[name]]["language"] == "fr-FR"
    assert "language" not in use(session, name)[PARTS[name]]


@pytest.mark.parametrize("name", PARTS)
def test_a_change_that_does_not_apply_is_no_accusation(session: FakeSession, name: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        use(session, name, patch=[{"op": "remove", "path": "/nulle/part"}])
    assert caught.value.code == "patch_failed"


def test_wishes_reach_the_sample(session: FakeSession) -> None:
    assert use(session, "sample_document", title="Titre", replaces="12")["document"]["relatesTo"]
    assert use(session, "sample_appointment", status="proposed")["status"] == "proposed"


@pytest.mark.parametrize("name", PARTS)
def test_a_suite_without_the_contract_is_told(name: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        use(FakeSession(Environment.system(), Script(lambda _request: None)), name)
    assert caught.value.code == "contract_missing"
