"""Every deed that is written down has its word: the log would otherwise show its reader a code."""

import ast

from portal.models import Base
from portal.web.words.audit_actions import AUDIT_ACTIONS
from portal.web.words.audit_subjects import SUBJECTS
from tests.house.source import calls, dotted, functions, python_files


def test_every_deed_that_is_written_down_has_its_word() -> None:
    """The log would otherwise show its reader a code."""
    recorded = {
        str(argument.value)
        for path in python_files("portal")
        for name, call in calls(path)
        if name.endswith("audit.record") and len(call.args) > 3
        for argument in [call.args[3]]
        if hasattr(argument, "value") and isinstance(argument.value, str)
    }
    assert len(recorded) > 8
    assert not recorded - AUDIT_ACTIONS.keys()


def test_everything_that_a_deed_is_done_on_has_its_word() -> None:
    """As far as it can be read in the code: a word, or a record whose class stands beside its name."""
    tables = {one.class_.__name__: one.class_.__tablename__ for one in Base.registry.mappers}
    found = set()
    for path in python_files("portal"):
        for function in functions(path):
            classes = {
                argument.arg: ast.unparse(argument.annotation)
                for argument in (*function.args.args, *function.args.kwonlyargs)
                if argument.annotation is not None
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    classes[ast.unparse(node.targets[0])] = ast.unparse(node.value.func)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and dotted(node.func) == "audit.record" and len(node.args) > 4:
                    on = node.args[4]
                    named = on.value if isinstance(on, ast.Constant) else tables.get(classes.get(ast.unparse(on), ""))
                    found |= {named} - {None}
    assert len(found) > 40
    assert not found - SUBJECTS.keys()
