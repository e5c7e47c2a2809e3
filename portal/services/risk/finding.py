"""Figures over their limits become flags, once a day; and what waits too long is told, or ends."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import JobRun, RiskFlag, waits_for_us
from ...rules.notifications.deadlines import PATIENCE, Queue
from ...rules.risk import figures
from ...rules.risk.figures import Figure, Party, Reading, Row
from ...rules.risk.flag import FlagState
from ...session import Session
from .. import audit
from ..bank_details import bank_details
from ..events.deadlines import tell_of_queue
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..partners import papers
from . import facts, flags, limits
from .facts import Asked

RUN = "risk"
"""Under this name it is noted that figures were looked at."""

_EVIDENCE = 200
"""So many rows a flag names at most; the figure counts all of them."""

Key = tuple[Figure, int | None, Party]


def sweep_due(session: Session, now: datetime) -> Mapping[str, int]:
    """End what nobody answered, find what is new once a Shanghai day, tell what waits; how much of each."""
    expired, found = flags.expire_due(session, now), 0
    run = session.get(JobRun, RUN)
    if run is None or local_day(run.ran_at) < local_day(now):
        bank_details.index_accounts(session)
        papers.index_contacts(session)
        found = open_found(session, now)
        session.merge(JobRun(name=RUN, ran_at=now, found={"flags": found}))
    waits = select(RiskFlag.since).where(waits_for_us(), RiskFlag.since <= now - PATIENCE[Queue.RISKS])
    late = tell_of_queue(session, now, Queue.RISKS, waits)
    return {"risk_flags_found": found, "risk_flags_expired": expired, "late_risk_flags_told": late}


def open_found(session: Session, now: datetime) -> int:
    """Open a flag of each figure that is over its limit and that no open flag names; how many."""
    named, waiting = _named(session)
    held, opened = limits.in_force(session), 0
    for figure, party, rows in facts.shared(session):
        if (figure, None, party) not in waiting:
            reading = Reading(figure, len(rows), len(rows), over=True, evidence=rows)
            opened += _open(session, now, None, party, reading)
    for place, known in facts.load(session, now, Asked()).items():
        for party, reading in figures.find(known, held, now, _since(named, place)):
            if (reading.figure, place, party) not in waiting:
                opened += _open(session, now, place, party, reading)
    return opened


def _since(named: Mapping[Key, datetime], place: int) -> figures.Since:
    return lambda figure, party: named.get((figure, place, party))


def _named(session: Session) -> tuple[Mapping[Key, datetime], set[Key]]:
    """When a figure of a partner was a flag for the last time, and where one has not ended."""
    of = RiskFlag
    what = (of.figure, of.development_id, of.person_id, of.agency_id)
    lately = select(*what, func.max(of.opened_at), func.count() - func.count(of.ended_at)).group_by(*what)
    named: dict[Key, datetime] = {}
    waiting: set[Key] = set()
    for figure, place, person, agency, at, still in session.execute(lately):
        key = Figure(figure), place, Party(person, agency)
        named[key] = at
        if still:
            waiting.add(key)
    return named, waiting


def _open(session: Session, now: datetime, place: int | None, party: Party, reading: Reading) -> bool:
    """Open a flag, unless another look did so at the same time."""
    key = insert_unless_there(
        session,
        RiskFlag,
        ("found",),
        figure=reading.figure,
        development_id=place,
        agency_id=party.agency_id,
        person_id=party.person_id,
        count=reading.count,
        whole=reading.whole,
        evidence=[list(row) for row in reading.evidence[:_EVIDENCE]],
        found=_found(place, party, reading),
        opened_at=now,
        state=FlagState.OPEN,
        since=now,
    )
    if key is None:
        return False
    flag = session.get_one(RiskFlag, key)
    audit.record(session, SYSTEM, now, "risk_found", flag, figure=flag.figure, count=flag.count)
    whom = Concerned(development=place)
    tell(session, SYSTEM, now, "risk_found", flag, whom, figure=flag.figure, count=flag.count)
    return True


def _found(place: int | None, party: Party, reading: Reading) -> str:
    """Under what it is found: the same rows of the same partner once. Of a shared mark all of them count, so that
    another holder is news; of the others the first, since more come to it every day."""
    shared = reading.figure in (Figure.SAME_ACCOUNT, Figure.SAME_PHONE)
    rows: Sequence[Row] = reading.evidence if shared else reading.evidence[:1]
    who = f"{party.agency_id or 0}:{party.person_id or 0}"
    return f"{reading.figure}:{place or 0}:{who}:{_digest(rows)}"


def _digest(rows: Iterable[Row]) -> str:
    return hashlib.sha256(" ".join(f"{row.table}:{row.id}" for row in rows).encode()).hexdigest()[:16]
