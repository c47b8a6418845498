"""What a dossier left out: the cases that its suites hold and its run did not play."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.judges import embedded


def not_run(documents: Documents) -> tuple[str, ...]:
    """The cases that were not played at all, in the order of the suites; none where no suite is embedded.

    A case that does not apply to the service is in the run, with its reason: it is not one of them.
    Raises InvalidInput `DOS028`, `DOS029`.
    """
    return absent(documents.run, documents.folder("suites"))


def absent(run: Mapping[str, Any], suites: Mapping[str, bytes]) -> tuple[str, ...]:
    """The cases of `suites` (raw documents by path) that `run` (schema `run-1`) says nothing of."""
    played = {case["id"] for case in run["cases"]}
    return tuple(case.id for case in embedded(suites).cases if case.id not in played) if suites else ()
