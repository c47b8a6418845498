"""Loading 400 requirements and 400 answers, what applies and the scores, against the bare parse of the same files."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from benchmarks.measuring import Row, best
from mes_conformity.assessment.documents import parse_assessment
from mes_conformity.assessment.scoring import scores
from mes_conformity.catalogue.applicability import applicability
from mes_conformity.catalogue.loader import from_documents, load_shipped
from mes_conformity.foundation.resources import root
from mes_conformity.foundation.yaml_documents import dump, parse

COUNT = 400


def _catalogue() -> dict[str, bytes]:
    """The shipped catalogue, its requirements repeated under new ids until there are enough."""
    files = {}
    whole: list[dict[str, Any]] = []
    for name, content in load_shipped().documents.items():
        data = parse(content, name).data
        if "requirements" in data:
            whole += data["requirements"]
        else:
            files[name] = content
    copies = [{**whole[number % len(whole)], "id": f"r-{number}", "label": f"R {number}"} for number in range(COUNT)]
    for start in range(0, COUNT, 50):
        section = {"schema_version": 1, "requirements": copies[start : start + 50]}
        files[f"part-{start:03}.yaml"] = dump(section).encode()
    return files


def _assessment(documents: dict[str, bytes]) -> bytes:
    """The answers of an example, repeated for every requirement."""
    path = root("examples") / "glucose-monitoring" / "assessment.yaml"
    data = parse(path.read_bytes(), path.name).data
    catalogue = from_documents(documents)
    given = list(data["answers"].values())
    answers = {item.id: given[rank % len(given)] for rank, item in enumerate(catalogue.requirements)}
    pin = {"id": catalogue.id, "version": catalogue.version, "sha256": catalogue.sha256}
    whole = {**data, "catalogue": pin, "answers": answers}
    kept = {key: value for key, value in whole.items() if key not in ("findings", "waivers", "actions", "set_aside")}
    return dump(json.loads(json.dumps(kept))).encode()


def measure() -> Iterator[Row]:
    """Strict YAML, schemas, CAT errors, applicability and scores together, one process."""
    documents = _catalogue()
    answers = _assessment(documents)
    texts = [content.decode() for content in (*documents.values(), answers)]

    def bare() -> None:
        for text in texts:
            yaml.load(text, Loader=yaml.CSafeLoader)

    def work() -> None:
        catalogue = from_documents(documents)
        assessment = parse_assessment(answers, "assessment.yaml")
        applicability(catalogue, assessment.fact_values())
        scores(assessment, catalogue)

    yield Row(f"{COUNT} requirements, {COUNT} answers / CSafeLoader", best(work, 5), best(bare, 5), 4)
