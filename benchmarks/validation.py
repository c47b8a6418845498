"""Validating 1,000 measures against the base model validation of the FHIR library alone.

The measures are those of the examples, each with a date of its own. The reference reads the same bytes and validates
the model; the program reads them strictly, judges every rule of the measures, and validates the same model.
"""

import json
from collections.abc import Iterator
from typing import Any

from benchmarks.measuring import Row, best

ARTEFACTS = 1_000
ROUNDS = 5


def artefacts() -> list[bytes]:
    """Bundles of the examples, repeated with other dates."""
    from mes_conformity.foundation.resources import root

    paths = sorted(root("examples").glob("*/artefacts/*.json"))
    models = [json.loads(path.read_bytes()) for path in paths]
    bundles = [model for model in models if _observes(model)]
    return [json.dumps(_varied(bundles[number % len(bundles)], number)).encode() for number in range(ARTEFACTS)]


def _observes(model: Any) -> bool:
    """Whether it is a bundle of measures: the examples hold documents, appointments and sheets too."""
    entries = model.get("entry", []) if model.get("resourceType") == "Bundle" else []
    return any(entry["resource"]["resourceType"] == "Observation" for entry in entries)


def _varied(bundle: Any, number: int) -> Any:
    made = json.loads(json.dumps(bundle))
    for observation in (entry["resource"] for entry in made["entry"]):
        if observation["resourceType"] == "Observation":
            observation["effectiveDateTime"] = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T08:30:00+01:00"
    return made


def measure() -> Iterator[Row]:
    """The ratio of the whole validation to the model's."""
    from fhir.resources.R4B.bundle import Bundle

    from mes_conformity.validators.artefact import judge
    from mes_conformity.validators.contract import load

    raws, contract = artefacts(), (load("mes-measures@1.5.2"),)

    def alone() -> None:
        for raw in raws:
            Bundle.model_validate(json.loads(raw))

    def whole() -> None:
        faults = [judge("measure-bundle", raw, contract, structure=True) for raw in raws]
        assert not any(finding.severity == "error" for found in faults for finding in found)

    alone()
    yield Row(f"{ARTEFACTS} measures validated / model", best(whole, ROUNDS), best(alone, ROUNDS), 4.0)
