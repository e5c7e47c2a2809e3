"""At which line of its file a design is wrong: from the place that a fault names back to the text.

TOML's own reader keeps no lines, so the headings and keys are found here again. A place inside a table that stands on
one line has that line.
"""

import re
from collections.abc import Mapping

_HEADING = re.compile(r"\s*\[{1,2}\s*([\w.-]+)\s*\]{1,2}")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=\s*(.*)""")
_TOLD = re.compile(r"\(at line (\d+)")
_NAMES = re.compile(r" \([^)]*\)")  # of the texts of a stack, for people
_ONE = {"stacks": "stack", "texts": "text", "bands": "band", "panels": "panel"}
_FENCES = ('"""', "'" * 3)

Path = tuple[str, ...]


def lines_of(text: str) -> Mapping[Path, int]:
    """The lines of a file's headings and keys, from 1, by their places: ``("stack 2", "text 1", "size")``."""
    found: dict[Path, int] = {}
    counted: dict[Path, int] = {}
    here: Path = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        begins_inside = quoted
        quoted ^= sum(line.count(fence) for fence in _FENCES) % 2 == 1
        if begins_inside:
            continue
        if heading := _HEADING.match(line):
            here = _below(heading[1].split("."), counted, several=line.lstrip().startswith("[["))
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault((*here, key[1]), number)
            if key[1] == "name" and here:
                found.setdefault((*here[:-1], key[2].strip().strip("\"'")), number)
    return found


def line_of(text: str, place: str, reason: str = "") -> int | None:
    """The line that a place names, or the nearest around it; None where the whole file is meant."""
    if told := _TOLD.search(reason):
        return int(told[1])
    found, path = lines_of(text), tuple(_NAMES.sub("", place).split(", "))
    while path:
        for last in (path[-1], _several(path[-1]), f"{_ONE.get(path[-1], '')} 1"):
            if (*path[:-1], last) in found:
                return found[(*path[:-1], last)]
        path = path[:-1]
    return None


def _below(words: list[str], counted: dict[Path, int], *, several: bool) -> Path:
    """Where a heading leads: lists are counted anew below each table that they stand in."""
    here: Path = ()
    for depth, word in enumerate(words, 1):
        one = _ONE.get(word)
        if one is None:
            here = (*here, word)
            continue
        step = (*here, one)
        if several and depth == len(words):
            counted[step] = counted.get(step, 0) + 1
        here = (*here, f"{one} {counted.get(step, 1)}")
    return here


def _several(word: str) -> str:
    """The key of the list that holds ``panel 3``: where all stand on its line, that is the line."""
    return next((many for many, one in _ONE.items() if word.startswith(f"{one} ")), word)
