"""Checks values against JSON Schema (2020-12): as much of it as the schemas at hand use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
_SAYS_NOTHING = {
    *("$id", "$schema", "$defs", "definitions", "title", "description", "then", "else", "default"),
    *("format", "examples", "$comment"),
}


class Schema:
    """A JSON Schema in a file; files that it refers to are found beside it."""

    _files: ClassVar[dict[Path, Any]] = {}

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        if self.path not in self._files:
            self._files[self.path] = json.loads(self.path.read_text("utf-8"))

    def problems(self, value: Any) -> list[str]:
        """Return what is wrong with a value."""
        return list(self._check(self._files[self.path], value, "$"))

    def _at(self, ref: str) -> tuple[Schema, Any]:
        name, _, pointer = ref.partition("#")
        other = Schema(self.path.parent / name) if name else self
        found = self._files[other.path]
        for part in filter(None, pointer.split("/")):
            found = found[part]
        return other, found

    def _ok(self, schema: Any, value: Any) -> bool:
        return next(self._check(schema, value, ""), None) is None

    def _check(self, schema: Any, value: Any, at: str) -> Iterator[str]:
        if schema is False:
            yield f"{at}: not allowed"
        if isinstance(schema, bool):
            return
        for word, rule in schema.items():
            if word in _SAYS_NOTHING:
                continue
            yield from getattr(self, "_" + word.strip("$"))(rule, value, at, schema)

    def _ref(self, rule: str, value: Any, at: str, schema: Any) -> Iterator[str]:
        other, found = self._at(rule)
        yield from other._check(found, value, at)

    def _type(self, rule: str, value: Any, at: str, schema: Any) -> Iterator[str]:
        if not _TYPES[rule](value):
            yield f"{at}: not of type {rule}"

    def _enum(self, rule: list[Any], value: Any, at: str, schema: Any) -> Iterator[str]:
        if value not in rule:
            yield f"{at}: {value!r} not one of {rule[:5]}"

    def _const(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if value != rule:
            yield f"{at}: not {rule!r}"

    def _pattern(self, rule: str, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, str) and not re.search(rule, value):
            yield f"{at}: {value!r} does not match {rule}"

    def _required(self, rule: list[str], value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{at}: no {name}" for name in rule if name not in value)

    def _properties(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name in rule.keys() & value.keys():
                yield from self._check(rule[name], value[name], f"{at}.{name}")

    def _patternProperties(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for pattern, each in rule.items():
                for name in value:
                    if re.search(pattern, name):
                        yield from self._check(each, value[name], f"{at}.{name}")

    def _additionalProperties(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
            for name in value:
                if name not in known and not any(re.search(one, name) for one in patterns):
                    yield from self._check(rule, value[name], f"{at}.{name}")

    def _items(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._check(rule, each, f"{at}[{number}]")

    def _contains(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, list) and not any(self._ok(rule, each) for each in value):
            yield f"{at}: holds nothing of the kind"

    def _limit(self, low: Any, high: Any, number: Any, at: str) -> Iterator[str]:
        if not low <= number <= high:
            yield f"{at}: {number} is not from {low} to {high}"

    def _minItems(self, rule: int, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, list):
            yield from self._limit(rule, float("inf"), len(value), at)

    def _maxItems(self, rule: int, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, list):
            yield from self._limit(0, rule, len(value), at)

    def _uniqueItems(self, rule: bool, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, list) and len({json.dumps(one) for one in value}) < len(value):
            yield f"{at}: an item twice"

    def _minLength(self, rule: int, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield from self._limit(rule, float("inf"), len(value), at)

    def _maxLength(self, rule: int, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield from self._limit(0, rule, len(value), at)

    def _minProperties(self, rule: int, value: Any, at: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from self._limit(rule, float("inf"), len(value), at)

    def _minimum(self, rule: float, value: Any, at: str, schema: Any) -> Iterator[str]:
        if _TYPES["number"](value):
            yield from self._limit(rule, float("inf"), value, at)

    def _maximum(self, rule: float, value: Any, at: str, schema: Any) -> Iterator[str]:
        if _TYPES["number"](value):
            yield from self._limit(float("-inf"), rule, value, at)

    def _allOf(self, rule: list[Any], value: Any, at: str, schema: Any) -> Iterator[str]:
        for each in rule:
            yield from self._check(each, value, at)

    def _anyOf(self, rule: list[Any], value: Any, at: str, schema: Any) -> Iterator[str]:
        if not any(self._ok(each, value) for each in rule):
            yield f"{at}: none of {len(rule)} alternatives"

    def _oneOf(self, rule: list[Any], value: Any, at: str, schema: Any) -> Iterator[str]:
        if sum(self._ok(each, value) for each in rule) != 1:
            yield f"{at}: not exactly one of {len(rule)} alternatives"

    def _not(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        if self._ok(rule, value):
            yield f"{at}: what must not be"

    def _if(self, rule: Any, value: Any, at: str, schema: Any) -> Iterator[str]:
        word = "then" if self._ok(rule, value) else "else"
        yield from self._check(schema.get(word, True), value, at)
