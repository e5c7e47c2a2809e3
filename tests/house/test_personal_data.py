"""Of every column that may say something about a person it is said what becomes of it on request (ADR 53)."""

import ast
from pathlib import Path

from sqlalchemy import JSON, Enum, Float, LargeBinary, String

from portal.models import Base
from portal.rules.erasure import personal_data
from portal.rules.erasure.grounds import Ground
from portal.services import facts
from portal.services.erasure.parts import What
from portal.web.words.erasure import GONE, GROUNDS

_MAY_SAY = (String, LargeBinary, JSON, Float)
ERASERS = ("portal/services/erasure", "portal/services/faces/erasure.py", "portal/services/faces/enrolments.py")


def _may_say() -> set[str]:
    """Every column of text, bytes, JSON or a position; fixed words and keys of rows say nothing."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, _MAY_SAY) and not isinstance(column.type, Enum) and not column.foreign_keys
    }


def test_every_column_is_sorted_once() -> None:
    sorted_columns = personal_data.sorted_columns()
    assert {name for name, times in sorted_columns.items() if times > 1} == set(), "sorted twice"
    assert sorted(_may_say() - sorted_columns.keys()) == [], "say in rules/erasure/personal_data.py what becomes of it"
    assert sorted(sorted_columns.keys() - _may_say()) == [], "these are gone"


def test_what_is_said_to_be_erased_has_an_eraser() -> None:
    """Each table is named by who erases; that nothing is left, `tests/db/erasure` reads off the tables."""
    named: set[str] = set()
    for place in ERASERS:
        files = sorted(Path(place).glob("*.py")) if Path(place).is_dir() else [Path(place)]
        for file in files:
            named |= {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
    mappers = [mapper for mapper in Base.registry.mappers if mapper.inherits is None]  # two apps share a table
    models = {mapper.local_table.name: mapper.class_.__name__ for mapper in mappers}  # type: ignore[attr-defined]  # a table
    assert {table for table in personal_data.ERASED if models[table] not in named} == set()


def test_no_chain_hashes_what_may_go() -> None:
    """The register of facts digests what money rests on: an erasure must leave it as it was."""
    erased = {f"{table}.{column}" for table, columns in personal_data.ERASED.items() for column in columns.split()}
    digested = {
        f"{column.table.name}.{column.name}"
        for kind in facts.KINDS.values()
        for column in kind.stmt.selected_columns
        if getattr(column, "table", None) is not None and hasattr(column.table, "name")
    }
    assert digested
    assert digested & erased == set()


def test_all_has_its_words() -> None:
    assert (set(GONE), set(GROUNDS)) == (set(What), set(Ground))
