"""Which functions of the services write, and which write a deed down: found by reading, for the test that holds them.

A function writes where it adds, inserts, updates or deletes rows, or sets an attribute of something it was given or has
loaded. It answers for itself with `audit.record`; or whoever calls it does, on every way in.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.house.source import ROOT, calls, dotted, nodes, python_files

SERVICES = Path("portal/services")
WRITES = {"session.add", "session.add_all", "session.delete", "session.merge", "update", "delete", "insert"}
WRITES |= {"insert_unless_there", "session.write", "session.store"}


@dataclass(slots=True)
class Found:
    """What was read of one function.

    `writes`; `notes` a deed itself; `records` it, by itself or by a step of its own; `calls` whom.
    """

    writes: bool = False
    notes: bool = False
    records: bool = False
    calls: set[str] = field(default_factory=set)


@cache
def functions_of_services() -> Mapping[str, Found]:
    """Every function of a service module, by `domain/module.function`."""
    found: dict[str, Found] = {}
    for path in python_files("portal"):
        if path.is_relative_to(SERVICES):
            names = names_in(path)
            for node in nodes(path):
                if isinstance(node, ast.FunctionDef):
                    found[f"{module_of(path)}.{node.name}"] = _read(path, node, names)
    for name, one in found.items():  # a step of its own that writes the deed down is as good
        own = f"{name.rpartition('.')[0]}._"
        one.records |= any(found[step].notes for step in one.calls if step.startswith(own) and step in found)
    return found


def unanswered(found: Mapping[str, Found]) -> set[str]:
    """The functions that write and record nothing, on some way into which nobody records anything either."""
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for name, one in found.items():
        for called in one.calls:
            callers[called].add(name)

    def open_way(name: str, on_the_way: frozenset[str]) -> bool:
        if found[name].records:
            return False
        before = callers[name] - on_the_way - {name}
        return not before or any(open_way(one, on_the_way | {name}) for one in before)

    return {name for name, one in found.items() if one.writes and open_way(name, frozenset())}


def written_down(path: Path) -> Counter[str]:
    """The names of deeds that a module records, each as often as it stands there."""
    found: Counter[str] = Counter()
    for name, call in calls(path):
        if name == "audit.record":
            named = call.args[3]
            words = _words(named) or [word for one in ast.walk(named) for word in _assigned(path, dotted(one))]
            assert words, f"{path}:{call.lineno} records a deed without a name that can be read"
            found.update(words)
    return found


def _words(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _assigned(path: Path, name: str) -> Iterator[str]:
    """The words that a name stands for in a module."""
    for node in nodes(path):
        if isinstance(node, ast.Assign) and name:
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                yield from (word for one, value in pairs if dotted(one) == name for word in _words(value))


def _read(path: Path, function: ast.FunctionDef, names: Mapping[str, str]) -> Found:
    found = Found()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            found.writes |= name in WRITES
            found.notes |= name == "audit.record"
        if isinstance(node, ast.Assign | ast.AugAssign):
            found.writes |= any(_sets_a_row(target) for target in _targets(node))
        if isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = dotted(node).partition(".")
            if first in names:
                found.calls.add(f"{names[first]}.{rest}" if rest else names[first])
            elif not rest:
                found.calls.add(f"{module_of(path)}.{first}")
    found.records = found.notes
    return found


def _targets(node: ast.Assign | ast.AugAssign) -> Iterator[ast.expr]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield from target.elts if isinstance(target, ast.Tuple) else [target]


def _sets_a_row(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and not dotted(target).startswith(("self.", "report."))


def names_in(path: Path) -> dict[str, str]:
    """What other services are called in a module: `from . import x`, `from ..folder.x import y as z`."""
    names: dict[str, str] = {}
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            place = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for one in node.names:
                inside = (ROOT / place).is_dir()
                whole = module_of(place / one.name) if inside else f"{module_of(place)}.{one.name}"
                names[one.asname or one.name] = whole
    return names


def module_of(path: Path) -> str:
    """Where a module stands in the services, such as `payouts/holds`; its whole path where it stands elsewhere."""
    place = path.relative_to(SERVICES) if path.is_relative_to(SERVICES) else path
    return place.with_suffix("").as_posix()
