"""Reading a TOML text that a person wrote, so that it can be said where it broke off."""

import re
import tomllib
from typing import Any


class NotToml(ValueError):
    """A text that is not TOML: the line and column where it broke off, and why."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.line = line
        self.column = column
        self.reason = reason

    @property
    def place(self) -> str:
        """Where it broke off, as an editor says it."""
        return f"line {self.line}, column {self.column}"


def load(text: str) -> dict[str, Any]:
    """What a TOML text says. Raises NotToml."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number too long for Python, and brackets too deep
        raise _fault(text, str(error)) from error


def _fault(text: str, problem: str) -> NotToml:
    """The parser tells the place only inside its sentence, or that it was the end."""
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", problem)
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
    else:
        lines = text.splitlines()
        line, column = len(lines), len(lines[-1]) + 1
    return NotToml(line, column, problem[: match.start()] if match else problem)
