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
        for code in _codes(path, call)
    ]


def _codes(path: Path, call: ast.Call) -> Iterator[str]:
    """The codes that a call can refuse with; `?` for one that cannot be read from the source."""
    return _texts(path, call, call.args[0])


def _texts(path: Path, call: ast.Call, value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.IfExp):
        yield from _texts(path, call, value.body)
        yield from _texts(path, call, value.orelse)
    elif isinstance(value, ast.Name) and (given := [*_assigned(value.id, call), *_handed_in(path, value.id, call)]):
        for one in given:
            yield from _texts(path, call, one)
    else:
        yield "?"


def _assigned(name: str, call: ast.Call) -> Iterator[ast.expr]:
    """What the function around a call puts into one of its variables."""
    function = function_around(call)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            yield node.value


def _handed_in(path: Path, name: str, call: ast.Call) -> Iterator[ast.expr]:
    """What the same file hands to the function around a call by this keyword."""
    function = getattr(function_around(call), "name", None)
    for called, other in calls(path):
        if called == function:
            yield from (word.value for word in other.keywords if word.arg == name)


def _facts(call: ast.Call) -> frozenset[str] | None:
    if any(word.arg is None for word in call.keywords):
        return None
    return frozenset(str(word.arg) for word in call.keywords)


def test_every_code_can_be_read_from_the_source() -> None:
    """A code that is put together at run time is a code whose sentence nobody can check."""
    assert not [site.where for site in sites() if site.code == "?"]


def test_every_refusal_is_worded() -> None:
    missing = sorted({f"{site.code} ({site.where})" for site in sites() if site.code not in {*SENTENCES, "?"}})
    assert not missing, "\n".join(missing)


def test_no_sentence_waits_for_a_refusal_that_never_comes() -> None:
    idle = SENTENCES.keys() - {site.code for site in sites()}
    assert not idle


def test_sentences_ask_only_for_facts_that_are_given() -> None:
    missing = {
        site.where: asked - site.facts
        for site in sites()
        if site.facts is not None and (asked := _asked(site.code)) - site.facts
    }
    assert not missing


def _asked(code: str) -> set[str]:
    return set(PLACEHOLDER.findall(str(SENTENCES[code]))) if code in SENTENCES else set()
