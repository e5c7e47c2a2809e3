"""What one can hold in mind: so many arguments a function, so many names a page. More is a value that wants a name."""

import ast
from collections.abc import Iterator

from tests.house.source import PRODUCT, at, calls, dotted, function_around, functions, python_files

MOST_ARGUMENTS = 7
MOST_NAMES = 10

RENDERING = {"render_template": 0, "stream_template": 0, "form_page": 1}
"""What shows a page → how many names it hands over beside those that are called by name."""


def test_no_function_takes_more_arguments_than_one_can_hold() -> None:
    """`(session, actor, now)` and four more. What belongs together beyond that is one frozen value."""
    assert {name: count for name, count in _functions() if count > MOST_ARGUMENTS} == {}


def test_no_page_is_handed_more_names_than_one_can_hold() -> None:
    """Whoever reads a template knows where each of its names comes from; what a page shows beyond that is a value."""
    assert {template: count for template, count in _pages() if count > MOST_NAMES} == {}


def _functions() -> Iterator[tuple[str, int]]:
    for path in python_files(*PRODUCT):
        for function in functions(path):
            given = function.args
            named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            stars = [one.arg for one in (given.vararg, given.kwarg) if one is not None]
            yield f"{path}::{function.name}", sum(one not in ("self", "cls") for one in (*named, *stars))


def _pages() -> Iterator[tuple[str, int]]:
    for path in python_files("portal"):
        for name, call in calls(path):
            own = RENDERING.get(name.rpartition(".")[2])
            if own is not None and not isinstance(call.args[0], ast.Name):
                names = (1 if word.arg else _spread(word.value, at(path, call)) for word in call.keywords)
                yield ast.unparse(call.args[0]).strip("'"), own + sum(names)


def _spread(value: ast.expr, where: str) -> int:
    """How many names `**value` hands over: those of a dictionary that is written out in the function, or in one of the
    same module that makes it."""
    if isinstance(value, ast.IfExp):
        return max(_spread(value.body, where), _spread(value.orelse, where))
    if isinstance(value, ast.Dict):
        return len(value.keys)
    scope: ast.AST | None = function_around(value)
    if isinstance(value, ast.Call):
        module = next(top for top in _around(value) if isinstance(top, ast.Module))
        makers = (one for one in module.body if isinstance(one, ast.FunctionDef) and one.name == dotted(value.func))
        scope = next(makers, None)
    assert scope is not None, f"{where}: what is spread here is not written out"
    written = [node for node in ast.walk(scope) if isinstance(node, ast.Dict) and None not in node.keys]
    assert written, f"{where}: what is spread here is not written out"
    return max(len(one.keys) for one in written)


def _around(node: ast.AST) -> Iterator[ast.AST]:
    while (node := getattr(node, "parent", None)) is not None:  # type: ignore[assignment]  # ends with None
        yield node
