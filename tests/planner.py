"""How PostgreSQL would answer what pages ask, if there were a million rows of whatever grows.

No million rows are stored. The planner works with the rows that a table is said to hold a page (`pg_class`), times the
pages that its file has: each table gets one page, which a row that is rolled back leaves behind, and a million rows on
it. Nothing is said of values, so that the planner takes its own guess: one in two hundred for an equality, a third for
what is later than an instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from portal.db import Database

ROWS = 1_000_000

_TABLES = "SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_EMPTY = f"{_TABLES} AND pg_relation_size(oid) = 0"
_KEYS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_index JOIN pg_attribute ON attrelid = indrelid
    WHERE indrelid = %s AND indisprimary AND attnum = ANY (indkey)
"""
_NOT_NULL = "SELECT attname FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND attnotnull AND NOT attisdropped"
_CHECKS = "SELECT conname FROM pg_constraint WHERE conrelid = %s AND contype = 'c'"
_INSTANTS = """
    SELECT relname, attname, attnotnull FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    AND atttypid IN ('timestamptz'::regtype, 'date'::regtype)
"""
_QUARTERS = [f"{year}-{month:02}-01" for year in range(2016, 2026) for month in (1, 4, 7, 10)]
_TEN_YEARS = "{" + ",".join([*_QUARTERS, "2026-03-10"]) + "}"
_SPREAD = """
    SELECT pg_restore_attribute_stats(
        'schemaname', 'public', 'relname', %s::text, 'attname', %s::text, 'inherited', false, 'null_frac', %s::real,
        'avg_width', 8, 'n_distinct', '-1'::real, 'histogram_bounds', %s::text)
"""
_PARTIAL = "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
_SAID = f"""
    UPDATE pg_class SET reltuples = {ROWS}, relpages = pg_relation_size(oid) / current_setting('block_size')::int
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""

_STOPPING = {"Sort", "Incremental Sort", "Aggregate", "Hash", "HashAggregate", "WindowAgg", "Materialize", "BitmapOr"}
"""What asks for all rows below it before it gives one."""


class Scan(NamedTuple):
    """A table that is read from its one end to the other."""

    page: str
    table: str


@dataclass
class Asked:
    """What each page asked, a statement once."""

    page: str = ""
    statements: dict[tuple[str, str], Any] = field(default_factory=dict)
    _asker: int = field(default_factory=get_ident)

    def note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if self.page and get_ident() == self._asker and statement.lstrip().startswith(("SELECT", "WITH")):
            self.statements[self.page, statement] = parameters


def pretend_much(database: Database) -> None:
    """From now on the planner takes each table for a million rows."""
    with _connected(database) as connection:
        for oid, table in connection.execute(_EMPTY).fetchall():
            _leave_a_page(connection, oid, table)
        connection.execute(_SAID)


def read_through(database: Database, asked: Asked) -> set[Scan]:
    """The tables that a page would read all of, whether few of their instants are missing or nearly all."""
    with _connected(database) as connection:
        partial = frozenset(name for (name,) in connection.execute(_PARTIAL).fetchall())
        found = []
        for missing in (0.001, 0.999):
            _spread(connection, missing)
            found.append(_all_scans(connection, asked, partial))
    return {Scan(page, table) for page, _statement, table in found[0] & found[1]}


def _all_scans(connection: psycopg.Connection[Any], asked: Asked, partial: frozenset[str]) -> set[tuple[str, str, str]]:
    found = set()
    for (page, statement), parameters in asked.statements.items():
        row = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), parameters).fetchone()
        assert row is not None
        found |= {(page, statement, table) for table in _scans(row[0][0]["Plan"], partial, stops_early=False)}
    return found


def _spread(connection: psycopg.Connection[Any], missing: float) -> None:
    for table, column, filled in connection.execute(_INSTANTS).fetchall():
        connection.execute(_SPREAD, [table, column, 0 if filled else missing, _TEN_YEARS])


def _scans(plan: dict[str, Any], partial: frozenset[str], *, stops_early: bool) -> Iterator[str]:
    """Tables read from end to end: row after row, or by a whole index, unless a page's last row ends it. A partial
    index holds what is open or rare: to read all of that is what it is for."""
    kind = plan["Node Type"]
    by_index = "Index" in kind and "Index Cond" not in plan and plan.get("Index Name") not in partial
    whole = by_index and not stops_early and plan["Plan Rows"] >= ROWS / 10
    if "Relation Name" in plan and (kind == "Seq Scan" or whole):
        yield plan["Relation Name"]
    stops_early = kind == "Limit" or (stops_early and kind not in _STOPPING)
    for nth, part in enumerate(plan.get("Plans", [])):
        beside = part.get("Parent Relationship") in {"SubPlan", "InitPlan"} or (nth and "Merge" not in kind)
        yield from _scans(part, partial, stops_early=stops_early and not beside)


def _connected(database: Database) -> psycopg.Connection[Any]:
    return psycopg.connect(database.engine.url.set(drivername="postgresql").render_as_string(False), autocommit=True)


def _leave_a_page(connection: psycopg.Connection[Any], oid: int, table: str) -> None:
    """Store a row that means nothing, and take it back: its page stays."""
    keys = connection.execute(_KEYS, [oid]).fetchall()
    named = {name for name, _type in keys}
    free = [name for (name,) in connection.execute(_NOT_NULL, [oid]).fetchall() if name not in named]
    checks = [name for (name,) in connection.execute(_CHECKS, [oid]).fetchall()]
    here = sql.Identifier(table)
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")  # no trigger and no foreign key objects
        for name in checks:
            connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(here, sql.Identifier(name)))
        for name in free:
            connection.execute(sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(here, sql.Identifier(name)))
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                here,
                sql.SQL(", ").join(sql.Identifier(name) for name, _type in keys),
                sql.SQL(", ").join(sql.Literal("1" if "int" in type_ else "2026-01-01") for _name, type_ in keys),
            )
        )
