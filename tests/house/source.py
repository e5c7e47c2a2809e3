"""The project's own files, read as text and as syntax trees, for the tests that hold the house's rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("commissions", "referral", "portal")


@cache
def committed() -> tuple[Path, ...]:
    """Every file that is, or would be, committed; relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted({Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}))


def python_files(*tops: str) -> list[Path]:
    """The Python files under these top folders."""
    return [path for path in committed() if path.suffix == ".py" and path.parts[0] in tops]


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree, with each node knowing its parent."""
    module = nodes(path)[0]
    assert isinstance(module, ast.Module)
    return module


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """What `ast.walk` finds in a file, the tree itself first: gone through once for all tests of the house."""
    found: list[ast.AST] = [ast.parse((ROOT / path).read_text(encoding="utf-8"))]
    for node in found:
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]
            found.append(child)
    return tuple(found)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def function_around(node: ast.AST) -> ast.AST | None:
    """The function that a node stands in."""
    around = getattr(node, "parent", None)
    while around is not None and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        around = getattr(around, "parent", None)
    return around


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of attributes, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a file, with the name that is called."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def at(path: Path, node: ast.AST) -> str:
    """Where to look."""
    return f"{path}:{getattr(node, 'lineno', 1)}"
