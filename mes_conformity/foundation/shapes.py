"""A quick yes or no for a JSON Schema, by the compiled validator jsonschema-rs.

Loading jsonschema costs more than reading every suite: it is called only where this module says no, to tell why
(`schemas.errors`).
"""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from mes_conformity.foundation.resources import root


@cache
def _validator(name: str) -> Any:
    path = root("requirements_catalogue") / "schemas" / f"{name}.schema.json"
    return _compile(json.loads(path.read_text(encoding="utf-8")))


def _compile(schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def holds(data: Any, schema: str) -> bool:
    """Whether `data` has the shape of the shipped schema named `schema` ("suite-1")."""
    return bool(_validator(schema).is_valid(data))


def conforms(data: Any, schema: dict[str, Any]) -> bool:
    """Whether `data` has the shape of `schema`, given whole. Raises ValueError for a schema that is none."""
    return bool(_compile(schema).is_valid(data))
