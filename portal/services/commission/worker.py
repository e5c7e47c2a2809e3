"""What-if questions, answered agency by agency, some in each transaction."""

import logging
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from commissions.plan import Plan
from commissions.what_if import Change, Effect, compare, under_plan, without

from ...db import Database
from ...models import PlanVersion, RunState, WhatIfEffect, WhatIfRun
from ...outages import outage_of, passing_over
from ...session import Session
from . import plans, what_if_facts
from .what_if import STEP, StoredChange

log = logging.getLogger(__name__)


_TRIED = "tried"


def run_due(database: Database, now: datetime) -> int:
    """Finish every run that is not; returns how many there were."""
    with database.reading() as session:
        waiting = session.scalars(select(WhatIfRun.id).where(WhatIfRun.state == RunState.RUNNING)).all()
    for run_id in waiting:
        with passing_over(log, "a what-if waits for the next look", run=run_id):
            run(database, now, run_id)
    return len(waiting)


def run(database: Database, now: datetime, run_id: int) -> None:
    """Bring one run to its end, step by step, each in a transaction of its own.

    A run that breaks, such as over facts that it cannot rate, is marked as failed, and the log says why: it is not
    tried again, and whoever asked can ask anew. An outage of the database is raised.
    """
    try:
        while advance(database, now, run_id):
            pass
    except Exception as error:
        if outage_of(error) is not None:
            raise
        log.exception("what-if failed", extra={"run": run_id})
        with database.transaction() as session:
            running = (WhatIfRun.id == run_id, WhatIfRun.state == RunState.RUNNING)
            session.execute(update(WhatIfRun).where(*running).values(state=RunState.FAILED, finished_at=now))


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step found: the last agency that it looked at, how many deals, and the effects."""

    cursor: int
    deals: int
    effects: Sequence[Effect]
    last: bool


def advance(database: Database, now: datetime, run_id: int) -> bool:
    """Work through the next agencies. False when the run is at its end."""
    with database.reading() as session:
        run = session.get(WhatIfRun, run_id)
        if run is None or run.state is not RunState.RUNNING:
            return False
        step = _step(session, run)
    with database.transaction() as session:
        _store(session, now, run, step)
    return not step.last


def _step(session: Session, run: WhatIfRun) -> _Step:
    deals, last = what_if_facts.next_deals(session, run, STEP)
    if not deals:
        return _Step(run.cursor, 0, (), last=True)
    kept = what_if_facts.versions(session)
    by_id: dict[Hashable, Plan] = {key: plan for key, (_name, plan) in kept.items()}
    cursor, count = int(str(deals[-1].agency)), len(deals)
    if run.deal_id is None:
        about = what_if_facts.chosen(run, deals, {key: name for key, (name, _plan) in kept.items()})
        concerned = {deal.agency for deal in deals if deal.deal_id in about}
        deals = [deal for deal in deals if deal.agency in concerned]
        by_id[_TRIED] = plans.parse((run.draft or session.get_one(PlanVersion, run.version_id)).toml)
    else:
        about = {deal.deal_id for deal in deals}
    deals, sealed = what_if_facts.as_known(session, run, deals)
    tried = under_plan(deals, about, _TRIED) if run.deal_id is None else without(deals, run.deal_id, run.asked_at)
    return _Step(cursor, count, compare(deals, tried, by_id, sealed, about), last)


def _store(session: Session, now: datetime, run: WhatIfRun, step: _Step) -> None:
    """Store a step, unless somebody else did it meanwhile."""
    changed = sum(len(effect.changes) for effect in step.effects)
    state = {"state": RunState.DONE, "finished_at": now} if step.last else {}
    moved = session.scalar(
        update(WhatIfRun)
        .where(WhatIfRun.id == run.id, WhatIfRun.state == RunState.RUNNING, WhatIfRun.cursor == run.cursor)
        .values(
            cursor=step.cursor,
            done=WhatIfRun.done + step.deals,
            changed=WhatIfRun.changed + changed,
            before_fen=WhatIfRun.before_fen + sum(effect.before_fen for effect in step.effects),
            after_fen=WhatIfRun.after_fen + sum(effect.after_fen for effect in step.effects),
            **_counted(run, step.effects),
            **state,
        )
        .returning(WhatIfRun.id)
    )
    if moved is not None and step.effects:
        session.execute(insert(WhatIfEffect), [_stored(run.id, effect) for effect in step.effects])


def _counted(run: WhatIfRun, effects: Sequence[Effect]) -> dict[str, dict[str, int]]:
    """The run's counts with those of a step. Nobody else moved it since it was read: the cursor says so."""
    found = {
        "reasons": Counter(change.why.value for effect in effects for change in effect.changes),
        "gained": Counter(name for effect in effects for name in effect.gained),
        "lost": Counter(name for effect in effects for name in effect.lost),
    }
    return {column: dict(Counter(getattr(run, column)) + counts) for column, counts in found.items()}


def _stored(run_id: int, effect: Effect) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "agency_id": effect.agency,
        "deals": effect.deals,
        "changed": len(effect.changes),
        "before_fen": effect.before_fen,
        "after_fen": effect.after_fen,
        "shift_fen": abs(effect.after_fen - effect.before_fen),
        "gained": list(effect.gained),
        "lost": list(effect.lost),
        "changes": [_told(change) for change in effect.changes],
    }


def _told(change: Change) -> StoredChange:
    before, after = change.before, change.after
    return StoredChange(
        change.deal.deal_id,
        change.deal.price_fen,
        change.why.value,
        before.commission_fen,
        after.commission_fen,
        before.rank,
        after.rank,
        before.counted,
        after.counted,
        before.window,
        after.window,
        before.rate_bps,
        after.rate_bps,
        before.benefit,
        after.benefit,
    )
