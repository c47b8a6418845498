"""A small catalogue that says everything the rules look at, and a workspace that answers it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.creation import TOOL
from mes_conformity.assessment.facts import parse_value, set_fact
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.assessment.pinning import pin_of
from mes_conformity.assessment.workspace import (
    Service,
    Workspace,
    open_workspace,
    settings_data,
    write_settings,
)
from mes_conformity.catalogue.loader import from_documents
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.environment import Environment

AT = "2026-11-01T08:00:00Z"

CATALOGUE = """
schema_version: 1
catalogue:
  id: petit
  version: 1.0.0
  title: {fr: Petit catalogue, en: Small catalogue}
  status: active
  publisher: test
  sources: [{id: source, title: Une source}]
sections:
  - {id: un, title: {fr: Un, en: One}}
  - {id: deux, title: {fr: Deux, en: Two}}
facts:
  - {id: exchange, type: choice, prompt: {fr: Échange ?, en: Exchange?},
     choices: [{id: none, label: {fr: Aucun, en: None}}, {id: write, label: {fr: Écriture, en: Write}}]}
  - {id: measures, type: boolean, prompt: {fr: Mesures ?, en: Measures?}, asked_when: {fact: exchange, is: write}}
  - {id: supports, type: multichoice, prompt: {fr: Supports ?, en: Platforms?}, asked_when: {fact: measures, is: true},
     choices: [{id: web, label: {fr: Site, en: Site}}, {id: ios, label: {fr: iOS, en: iOS}}]}
requirements:
  - id: hds
    section: un
    title: {fr: Hébergement, en: Hosting}
    statement: {fr: Les données sont hébergées., en: Data are hosted.}
    obligation: mandatory
    lifecycle: active
    not_applicable: {allowed: false}
    evidence: [{id: certificat, kind: certificate, title: {fr: Certificat, en: Certificate}, required_for: [conform],
      max_age_days: 400}]
    verification: {methods: [examine], automation: manual}
    provenance: {grade: derived, sources: [source]}
  - id: mesures
    section: deux
    title: {fr: Mesures, en: Measures}
    statement: {fr: Les mesures partent., en: Measures leave.}
    obligation: mandatory
    lifecycle: active
    applicability: {fact: measures, is: true}
    remediation: {text: {fr: Corrigez., en: Fix it.}}
    verification: {methods: [test], automation: automated}
    provenance: {grade: derived, sources: [source]}
  - id: erreurs
    section: deux
    title: {fr: Erreurs, en: Errors}
    statement: {fr: Les erreurs sont traitées., en: Errors are handled.}
    obligation: recommended
    lifecycle: active
    verification: {methods: [test, interview], automation: partial}
    provenance: {grade: derived, sources: [source]}
  - id: ancien
    section: deux
    title: {fr: Ancien, en: Old}
    statement: {fr: Ancienne règle., en: Old rule.}
    obligation: mandatory
    lifecycle: upcoming
    verification: {methods: [interview], automation: manual}
    provenance: {grade: derived, sources: [source]}
"""


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The small catalogue."""
    return from_documents({"petit.yaml": CATALOGUE.encode()})


@pytest.fixture
def assessment(catalogue: Catalogue) -> Assessment:
    """Nothing answered."""
    subject = {"publisher": "Éditeur", "product": "Produit", "version": "1.0"}
    identifier = "00000000-0000-4000-8000-00000000abcd"
    return Assessment(identifier, "draft", AT, AT, TOOL, pin_of(catalogue), subject)


@pytest.fixture
def workspace(tmp_path: Path, assessment: Assessment, env: Environment) -> Workspace:
    """A workspace on disk, nothing answered."""
    folder = tmp_path / "espace"
    write_settings(folder, settings_data(Service("Éditeur", "Produit", "1.0"), "petit", "1.0.0"))
    opened = open_workspace(folder)
    store.create(opened, assessment, env)
    return opened


Answering = Callable[..., Assessment]


@pytest.fixture
def answering(catalogue: Catalogue) -> Answering:
    """Answer: `answering(assessment, hds="conform", exchange="write")`, facts by their words."""

    def answer(assessment: Assessment, **values: Any) -> Assessment:
        person = Provenance("person", AT)
        for name, value in values.items():
            if name in {fact.id for fact in catalogue.facts}:
                fact = catalogue.fact(name)
                assessment = set_fact(assessment, fact, parse_value(fact, value), person)
            else:
                given = Given(value, justification="ne concerne pas ce service")
                assessment = give(assessment, catalogue.requirement(name), given, person)
        return assessment

    return answer
