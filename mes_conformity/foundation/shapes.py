"""A quick yes or no for our own JSON Schemas: `holds` interprets them without loading a validation library.

Loading jsonschema costs more than reading every suite. Where `holds` says no, `schemas.diagnose` tells why; where a
schema uses a keyword that is not known here, `holds` refuses to answer (`NotImplementedError`) rather than guess.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from mes_conformity.foundation.resources import root

Test = Callable[[Any], bool]

_TYPES: dict[str, Test] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    "null": lambda data: data is None,
    "number": lambda data: isinstance(data, int | float) and not isinstance(data, bool),
    "integer": lambda data: not isinstance(data, bool)
    and (isinstance(data, int) or (isinstance(data, float) and data.is_integer())),
}
_SILENT = {"$schema", "$id", "$defs", "title", "description", "then", "else", "format", "additionalProperties"}


@cache
def _schema(name: str) -> "_Schema":
    path = root("requirements_catalogue") / "schemas" / f"{name}.schema.json"
    return _Schema(json.loads(path.read_text(encoding="utf-8")))


def holds(data: Any, schema: str) -> bool:
    """Whether `data` has the shape of the schema `schema` ("suite-1"). Formats (dates, addresses) are not looked at.

    Raises NotImplementedError for a schema with a keyword unknown here.
    """
    return _schema(schema).test(data)


class _Schema:
    """One schema document, each part compiled once into a function."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._known: dict[str, Test] = {}
        self.test = self._compile(document)

    def _compile(self, schema: Any) -> Test:
        if isinstance(schema, bool):
            return lambda _data: schema
        tests = [self._keyword(key, schema) for key in schema if key not in _SILENT]
        if "additionalProperties" in schema and "properties" not in schema:
            tests.append(self._properties({**schema, "properties": {}}))
        if len(tests) == 1:
            return tests[0]
        return lambda data: all(test(data) for test in tests)

    def _keyword(self, key: str, schema: dict[str, Any]) -> Test:
        build = getattr(self, f"_{key.strip('$')}", None)
        if build is None:
            raise NotImplementedError(key)
        return build(schema)  # type: ignore[no-any-return]

    def _ref(self, schema: dict[str, Any]) -> Test:
        name = schema["$ref"]

        def test(data: Any) -> bool:
            # Compiled when first met: a definition may speak of itself.
            if name not in self._known:
                self._known[name] = self._compile(self._document["$defs"][name.removeprefix("#/$defs/")])
            return self._known[name](data)

        return test

    def _type(self, schema: dict[str, Any]) -> Test:
        wanted = schema["type"]
        if isinstance(wanted, str):
            return _TYPES[wanted]
        tests = [_TYPES[name] for name in wanted]
        return lambda data: any(test(data) for test in tests)

    def _const(self, schema: dict[str, Any]) -> Test:
        wanted = schema["const"]
        return lambda data: _same(data, wanted)

    def _enum(self, schema: dict[str, Any]) -> Test:
        choices = schema["enum"]
        return lambda data: any(_same(data, choice) for choice in choices)

    def _pattern(self, schema: dict[str, Any]) -> Test:
        search = re.compile(schema["pattern"]).search
        return lambda data: not isinstance(data, str) or search(data) is not None

    def _properties(self, schema: dict[str, Any]) -> Test:
        known = {key: self._compile(part) for key, part in schema["properties"].items()}
        rest = self._compile(schema.get("additionalProperties", True))

        def test(data: Any) -> bool:
            return not isinstance(data, dict) or all(known.get(key, rest)(value) for key, value in data.items())

        return test

    def _propertyNames(self, schema: dict[str, Any]) -> Test:  # noqa: N802 - the keyword's own name
        test = self._compile(schema["propertyNames"])
        return lambda data: not isinstance(data, dict) or all(map(test, data))

    def _required(self, schema: dict[str, Any]) -> Test:
        wanted = schema["required"]
        return lambda data: not isinstance(data, dict) or all(key in data for key in wanted)

    def _items(self, schema: dict[str, Any]) -> Test:
        test = self._compile(schema["items"])
        return lambda data: not isinstance(data, list) or all(map(test, data))

    def _uniqueItems(self, _schema: dict[str, Any]) -> Test:  # noqa: N802
        def test(data: Any) -> bool:
            return not isinstance(data, list) or not any(
                _same(one, other) for index, one in enumerate(data) for other in data[:index]
            )

        return test

    def _minItems(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, list) or len(data) >= schema["minItems"]

    def _maxItems(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, list) or len(data) <= schema["maxItems"]

    def _minProperties(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, dict) or len(data) >= schema["minProperties"]

    def _maxProperties(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, dict) or len(data) <= schema["maxProperties"]

    def _minLength(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, str) or len(data) >= schema["minLength"]

    def _maxLength(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not isinstance(data, str) or len(data) <= schema["maxLength"]

    def _minimum(self, schema: dict[str, Any]) -> Test:
        return lambda data: not _TYPES["number"](data) or data >= schema["minimum"]

    def _maximum(self, schema: dict[str, Any]) -> Test:
        return lambda data: not _TYPES["number"](data) or data <= schema["maximum"]

    def _exclusiveMinimum(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        return lambda data: not _TYPES["number"](data) or data > schema["exclusiveMinimum"]

    def _not(self, schema: dict[str, Any]) -> Test:
        test = self._compile(schema["not"])
        return lambda data: not test(data)

    def _allOf(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        tests = [self._compile(part) for part in schema["allOf"]]
        return lambda data: all(test(data) for test in tests)

    def _anyOf(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        tests = [self._compile(part) for part in schema["anyOf"]]
        return lambda data: any(test(data) for test in tests)

    def _oneOf(self, schema: dict[str, Any]) -> Test:  # noqa: N802
        tests = [self._compile(part) for part in schema["oneOf"]]
        return lambda data: sum(test(data) for test in tests) == 1

    def _if(self, schema: dict[str, Any]) -> Test:
        condition = self._compile(schema["if"])
        then, otherwise = self._compile(schema.get("then", True)), self._compile(schema.get("else", True))
        return lambda data: then(data) if condition(data) else otherwise(data)


def _same(one: Any, other: Any) -> bool:
    """Equality that keeps true apart from 1, as JSON does."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def conforms(data: Any, schema: dict[str, Any]) -> bool:
    """Whether `data` has the shape of the JSON Schema `schema`, given whole. Raises like `holds`."""
    return _Schema(schema).test(data)
