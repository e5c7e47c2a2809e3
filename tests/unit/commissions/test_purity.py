"""The money rules import nothing but the standard library and each other."""

import ast
import sys
from pathlib import Path

import pytest

import commissions

ALLOWED = sys.stdlib_module_names | {"commissions"}
MODULES = sorted(Path(commissions.__file__).parent.glob("*.py"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or ".").partition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_only_the_standard_library_comes_in(path):
    assert set(imported(ast.parse(path.read_text(encoding="utf-8")))) <= ALLOWED


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_float_comes_near_money(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert not [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in nodes if isinstance(node, ast.Div)]
    assert "float" not in {node.id for node in nodes if isinstance(node, ast.Name)}
