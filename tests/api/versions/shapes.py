"""The shape of the interface as lines, so that two of its documents can be held against each other.

A line is a promise: an operation, what it takes, what it answers, a field with its type. Words are none.

    python -m tests.api.versions.shapes      # write the contracts again, after something was added
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel

import portal.api  # noqa: F401 - every operation is declared
from portal.api.openapi import document
from portal.rules.partner_api.versions import VERSIONS

FOLDER = Path(__file__).with_name("contracts")
_WORDS = {"title", "description", "examples", "example", "default"}
NEEDED = " (must be sent)"


def shape(told: Mapping[str, Any]) -> set[str]:
    """What a document promises."""
    lines = set(_fields(told["components"]["schemas"]))
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            lines |= set(_operation(f"{method.upper()} {path}", one))
    return lines


def broken(recorded: set[str], today: set[str]) -> list[str]:
    """What was promised and is not so any more, and what must be sent where it was not asked for before."""
    known = {_of(line) for line in recorded}
    asked_for = {line for line in today - recorded if line.endswith(NEEDED) and _of(line) in known}
    return sorted((recorded - today) | asked_for)


def recorded(version: str) -> set[str]:
    """The contract of a version."""
    return set((FOLDER / f"{version}.txt").read_text(encoding="utf-8").splitlines())


def _of(line: str) -> str:
    """Whose promise it is: an operation's, or a schema's."""
    return line.partition(" ?")[0] if " ?" in line else line.partition(".")[0]


def _operation(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}: {one['operationId']}"
    for given in one["parameters"]:
        if "$ref" not in given:
            yield f"{name} ?{given['name']}: {_type(given['schema'])}{NEEDED if given.get('required') else ''}"
    for kind, content in one.get("requestBody", {}).get("content", {}).items():
        yield f"{name} takes {kind}: {_type(content['schema'])}"
    for status, answer in one["responses"].items():
        for content in answer.get("content", {}).values():
            yield f"{name} answers {status}: {_type(content['schema'])}"


def _fields(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        if "enum" in schema:
            yield f"{name}: {_type(schema)}"
        asked = "Asked" in name or "Query" in name
        for field, told in schema.get("properties", {}).items():
            needed = field in schema.get("required", ())
            mark = (NEEDED if asked else "") if needed else ("" if asked else " (may be missing)")
            yield f"{name}.{field}: {_type(told)}{mark}"


def _type(schema: Any) -> str:
    """A schema in a line, without its words."""
    if isinstance(schema, list):
        return "|".join(_type(one) for one in schema)
    if not isinstance(schema, dict):
        return str(schema)
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kept = {key: value for key, value in sorted(schema.items()) if key not in _WORDS}
    return " ".join(f"{key}={_type(value)}" for key, value in kept.items())


def _write() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.app_context():  # for the words, which stand in no contract
        for version in VERSIONS:
            lines = sorted(shape(document("https://portal.example", version)))
            (FOLDER / f"{version}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
