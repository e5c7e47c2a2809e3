"""Proving the whole ledger of a closed month, in a process of its own whose memory is measured.

The floor is reading: every transfer fetched once in the order of the chain, and nothing done with it. Rating every deal
anew, which is a part of the proof, is measured by itself too.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import text

from portal.access.actor import Actor
from portal.config import new_secrets
from portal.db import Database
from portal.models import Role
from portal.services.periods import periods
from portal.services.periods import worker as close_worker
from portal.services.verification import rating_checks
from tests import factories as make
from tests.benchmarks.close import AFTER, DEALS_AN_AGENCY, MONTH
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.databases import DIALECTS
from tests.factories import history

ROOT = Path(__file__).parents[2]
MOST_MB = 150

_CHILD = """
import json, sys
from pathlib import Path
from time import perf_counter
from portal.config import Config
from portal.db import Database
from portal.services.verification import proof

given = json.loads(sys.stdin.readline())
config = Config(database_url=given["url"], **given["secrets"])
database = Database(config.url, config.vault(), config.signer())
start = perf_counter()
with database.snapshot() as session:
    found = proof.verify_ledger(session)
assert found.fault is None, found.fault
peak_kb = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
print(json.dumps([perf_counter() - start, peak_kb / 1024]))
"""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases: the proof against reading alone, and its memory against what it may take."""
    for dialect in DIALECTS:
        secrets = new_secrets()
        with databases(dialect, secrets) as made:
            database = made("closed")
            lines = _closed(database, effort.closed_deals)
            peaks: list[float] = []

            def prove(database: Database = database, peaks: list[float] = peaks, secrets: object = secrets) -> float:
                spent, peak_mb = _in_a_process(database, secrets)
                peaks.append(peak_mb)
                return spent

            trials = {"ours": prove, "floor": lambda database=database: seconds(lambda: _read(database))}
            given = in_turn(effort, trials)
            rated = in_turn(effort, {"ours": partial(_rate, database), "floor": partial(_read_deals, database)})
        name = f"verify {lines:,} lines, {dialect}"
        yield row(name, "s", given["ours"], "reading the transfers alone", given["floor"])
        yield row(f"{name}: every deal rated anew", "s", rated["ours"], "reading the deals alone", rated["floor"])
        yield row(f"{name}, memory", "MB", peaks[-effort.rounds :], "the most it may take", [MOST_MB] * effort.rounds)


def _closed(database: Database, deals: int) -> int:
    """A month of so many deals, closed; how many lines it has."""
    with database.transaction() as session:
        finance = make.person(session, Role.FINANCE)
        history.load(session, deals=deals, agencies=max(1, deals // DEALS_AN_AGENCY), month=MONTH)
    settle(database)
    with database.transaction() as session:
        period = periods.start_close(session, Actor.of(finance), AFTER, month=MONTH).id
    close_worker.run(database, lambda: AFTER, period)
    settle(database)
    with database.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM posted_lines")) or 0)


def _in_a_process(database: Database, secrets: object) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        cwd=ROOT,
        input=json.dumps({"url": database.url, "secrets": secrets}) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    spent, peak_mb = json.loads(done.stdout)
    return spent, peak_mb


def _rate(database: Database) -> float:
    """Seconds to rate every deal anew and hold it against what is posted, without the rest of the proof."""

    def rate() -> None:
        with database.snapshot() as session:
            assert rating_checks.rating_fault(session, lambda: None) is None

    return seconds(rate)


def _read_deals(database: Database) -> float:
    stmt = text(
        "SELECT deals.id, agency_id, signed_at, price_fen, plan_version_id, kind, recorded_at "
        "FROM deals JOIN milestones ON deal_id = deals.id ORDER BY agency_id, deals.id"
    )

    def read() -> None:
        with database.reading() as session, session.execute(stmt.execution_options(yield_per=2_000)) as rows:
            for _row in rows:
                pass

    return seconds(read)


def _read(database: Database) -> None:
    stmt = text("SELECT reference, debit, credit, amount_fen, why FROM ledger_transfers ORDER BY batch_id, id")
    with database.reading() as session, session.execute(stmt.execution_options(yield_per=2_000)) as rows:
        for _row in rows:
            pass
