"""Every way the portal says no has its sentence, and the sentence asks only for facts that are given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.web.messages import SENTENCES
from tests.house.source import PRODUCT, at, calls, function_around, python_files

DEFINES_REFUSAL = Path("commissions/refusal.py")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Site:
    """One place that refuses: with which code, and which facts (None: not to be seen from the source)."""

    where: str
    code: str
    facts: frozenset[str] | None


def sites() -> list[Site]:
    return [
        Site(at(path, call), code, _facts(call))
        for path in python_files(*PRODUCT)
        if path != DEFINES_REFUSAL
        for name, call in calls(path)
        if name.split(".")[-1] == "Refusal"
        for code in _codes(call)
    ]


def _codes(call: ast.Call) -> Iterator[str]:
    """The codes that a call can refuse with; `?` for one that cannot be read from the source."""
    assert call.args, ast.unparse(call)
    yield from _texts(call.args[0], call)


def _texts(value: ast.expr, call: ast.Call) -> Iterator[str]:
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body, call)
        yield from _texts(value.orelse, call)
    elif isinstance(value, ast.Name) and (given := list(_assigned(value.id, call))):
        for one in given:
            yield from _texts(one, call)
    else:
        yield "?"


def _assigned(name: str, call: ast.Call) -> Iterator[ast.expr]:
    function = function_around(call)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            yield node.value


def _facts(call: ast.Call) -> frozenset[str] | None:
    if any(word.arg is None for word in call.keywords):
        return None
    return frozenset(str(word.arg) for word in call.keywords)


def test_every_code_can_be_read_from_the_source() -> None:
    """A code that is put together at run time is a code whose sentence nobody can check."""
    assert not [site.where for site in sites() if site.code == "?"]


def test_every_refusal_is_worded() -> None:
    assert not {site.code: site.where for site in sites() if site.code not in SENTENCES}


def test_no_sentence_waits_for_a_refusal_that_never_comes() -> None:
    assert not SENTENCES.keys() - {site.code for site in sites()}


def test_sentences_ask_only_for_facts_that_are_given() -> None:
    missing = {
        site.where: asked - site.facts
        for site in sites()
        if site.facts is not None and (asked := _asked(site.code)) - site.facts
    }
    assert not missing


def _asked(code: str) -> set[str]:
    return set(PLACEHOLDER.findall(str(SENTENCES[code]))) if code in SENTENCES else set()
