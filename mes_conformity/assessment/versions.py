"""Moving a workspace to another version of its catalogue: shown first, then written."""

from mes_conformity.assessment.migrating import Migrated, migrate
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.pinning import catalogue_at, way
from mes_conformity.assessment.store import editing, load
from mes_conformity.assessment.workspace import Workspace, set_catalogue_version
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.environment import Environment

Outcome = tuple[Catalogue, Catalogue, Migrated]


def preview(workspace: Workspace, version: str, now: str) -> Outcome:
    """(old catalogue, new one, what would become of the answers). Nothing is written, no lock is taken.

    Raises InvalidInput `CAT011` (a version that is not there), `CAT012` (no way to it), and what `load` raises.
    """
    return _migrated(workspace, load(workspace).assessment, version, now)


def carry(workspace: Workspace, version: str, env: Environment) -> Outcome:
    """The same, written: the assessment with its line in the journal, then the version in `mes-conformity.yaml`.

    Where a crash comes between the two, ASM002 says so and the same call finishes it. Raises what `editing` raises too.
    """
    new = catalogue_at(workspace, version)
    with editing(workspace, new, env, f"mes-conformity assess migrate --to {version}") as session:
        outcome = _migrated(workspace, session.assessment, version, env.now())
        session.commit(outcome[2].assessment, "migration", f"{outcome[0].version} → {version}")
        set_catalogue_version(workspace, version)
    return outcome


def _migrated(workspace: Workspace, assessment: Assessment, version: str, now: str) -> Outcome:
    # From what the answers say they answer: `mes-conformity.yaml` may have been edited by hand.
    answered = assessment.catalogue.version
    old, new = catalogue_at(workspace, answered), catalogue_at(workspace, version)
    return old, new, migrate(assessment, old, new, way(workspace, answered, version), now)
