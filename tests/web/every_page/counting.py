"""How much a page asks of the database, and which pages may ask more than the others.

Counted, not timed: the same on a busy machine as on a quiet one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

from sqlalchemy import event

from portal.db import Database

MOST_QUERIES = 8
"""What a page may ask, the reader's session and bell among it."""

MORE: dict[str, dict[str, int]] = {
    "A desk, or a list of what hangs on many kinds of thing: a query for each kind of figure.": {
        "admin.health": 34,
        "arrivals.index": 9,
        "care.index": 21,
        "care_files.board": 13,
        "care_files.index": 12,
        "care_files.silent": 15,
        "care_measures.index": 16,
        "care_team.team": 9,
        "earnings.index": 12,
        "friends.index": 13,
        "funnel.index": 11,
        "graph.index": 10,
        "hand_overs.index": 13,
        "home.index": 28,
        "loans.index": 13,
        "loans.signing": 9,
        "measures.index": 23,
        "my_measures.index": 11,
        "not_bought.index": 15,
        "payout_queue.index": 17,
        "payouts.index": 24,
        "penalties.index": 10,
        "periods.index": 22,
        "privacy.assessment": 45,
        "privacy.index": 43,
        "programmes.index": 12,
        "rewards.index": 24,
        "slot_days.index": 10,
        "statements.index": 19,
    },
    "One thing with all that hangs on it: a query for each kind of fact, however many there are of a kind.": {
        "admin.person": 31,
        "agency.broker": 15,
        "appeals.show": 15,
        "broker_records.show": 13,
        "care_files.show": 65,
        "care_points.show": 9,
        "care_texts.show": 16,
        "care_texts.version": 14,
        "complaints.show": 9,
        "conflicts.show": 64,
        "deals.show": 20,
        "disputes.show": 11,
        "erasure.show": 23,
        "gatherings.show": 10,
        "graph.friend": 12,
        "hand_overs.show": 21,
        "landing_content.show": 9,
        "ledger.evidence": 17,
        "loans.show": 16,
        "measure_seals.show": 17,
        "owners.show": 10,
        "partners.agency": 10,
        "payouts.show": 34,
        "poster.show": 21,
        "programmes.show": 20,
        "promises.show": 13,
        "referrers.lead": 16,
        "referrers.show": 16,
        "registrations.show": 23,
        "risk.show": 13,
        "risk_limits.show": 12,
        "showings.show": 24,
        "slot_days.show": 9,
        "statements.show": 17,
        "subjects.client": 40,
        "subjects.person": 11,
        "vouchers.show": 9,
    },
    "The same as a file, or as a form in which it is changed.": {
        "batches.new": 17,
        "care_files.download": 12,
        "care_measures.download": 16,
        "care_plans.try_out": 15,
        "care_plans.try_out_file": 16,
        "deals.cancel": 14,
        "doing.do": 14,
        "faceless.code": 13,
        "funnel.download": 9,
        "gatherings.invite": 15,
        "graph.download": 9,
        "ledger.download": 11,
        "loans.download": 10,
        "measures.download": 9,
        "not_bought.help_with": 9,
        "objections.new": 16,
        "payouts.download": 21,
        "payouts.release": 23,
        "programmes.download": 12,
        "programmes.poster": 9,
        "showings.check_in": 12,
        "slot_hours.edit": 14,
        "subjects.client_file": 40,
        "subjects.person_file": 11,
    },
}
"""What single pages may ask beyond it, as they are read in the world of the walk. A number here only goes down."""

MORE_QUERIES = {page: most for pages in MORE.values() for page, most in pages.items()}

_NO_QUESTION = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


@dataclass
class Queries:
    """What was asked so far."""

    count: int = 0
    _asker: int = field(default_factory=get_ident)

    def note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if get_ident() == self._asker:  # what works in the background asks too
            self.count += not statement.startswith(_NO_QUESTION)


@contextmanager
def counted(database: Database) -> Iterator[Queries]:
    """Count what a database is asked, by whichever of its two engines."""
    queries = Queries()
    for engine in (database.engine, database.reader):
        event.listen(engine, "before_cursor_execute", queries.note)
    try:
        yield queries
    finally:
        for engine in (database.engine, database.reader):
            event.remove(engine, "before_cursor_execute", queries.note)
