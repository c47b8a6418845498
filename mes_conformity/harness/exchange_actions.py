"""The actions that build documents and appointments; `actions.py` registers them beside the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from mes_conformity.foundation.i18n import both
from mes_conformity.harness import exchange_samples, pairing
from mes_conformity.harness.session import ActionFailed, Session

Inputs = Mapping[str, Any]
Wish = TypeVar("Wish", exchange_samples.DocumentWish, exchange_samples.AppointmentWish)
Build = Callable[[Any, Any, Inputs, str, Callable[[], str]], dict[str, Any]]


def sample_document(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A conforming document for `identity`, its content inline, then `patch` (RFC 6902) applied to it."""
    wish = _wish(exchange_samples.DocumentWish, inputs)
    return _built(session, inputs, "mes-documents", exchange_samples.document, wish, "document")


def sample_submission(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A conforming submission (ITI-65) for `identity`, then `patch` applied to its bundle."""
    wish = _wish(exchange_samples.DocumentWish, inputs)
    return _built(session, inputs, "mes-documents", exchange_samples.submission, wish, "bundle")


def sample_appointment(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A conforming appointment for `identity`, then `patch` applied to it."""
    wish = _wish(exchange_samples.AppointmentWish, inputs)
    return _built(session, inputs, "mes-agenda", exchange_samples.appointment, wish, "appointment")


def _wish(kind: type[Wish], inputs: Inputs) -> Wish:
    return kind(**{field.name: str(inputs[field.name]) for field in fields(kind) if field.name in inputs})


def _built(session: Session, inputs: Inputs, contract: str, build: Build, wish: Any, part: str) -> dict[str, Any]:
    known = pairing.contract_named(session, contract)
    oid = pairing.solution_oid(session)
    sample = build(known, wish, inputs["identity"], oid, session.env.new_id)
    return {**sample, part: patched(sample[part], inputs.get("patch"))}


def patched(data: Any, patch: Any) -> Any:
    """`data` after a JSON Patch of a suite. Raises ActionFailed `patch_failed`."""
    if not patch:
        return data
    import jsonpatch
    import jsonpointer

    try:
        return jsonpatch.apply_patch(data, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        message = both("la modification prévue par la suite ne s'applique pas : {reason}", reason=str(error)[:200])
        raise ActionFailed("patch_failed", message) from None
