"""What if (rules 5.7): another plan, or one cancellation, tried on the deals as they are, before anyone commits it.

A question becomes a run. `commissions.what_if` compares; here its facts are read as columns, some thousand deals of
whole agencies at a time, and what comes out is stored agency by agency. Reading needs no write lock, and each step
stores its results together with the place where the next one begins. So a run shows how far it is, can be left, and
goes on where a killed worker stood; two that work on it at once store nothing twice (ADR 4).
"""

import logging
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from commissions.plan import Plan
from commissions.refusal import Refusal
from commissions.what_if import Change, Effect, compare, under_plan, without

from ...access.actor import Actor
from ...db import Database
from ...models import Deal, PlanDraft, PlanVersion, RunState, WhatIfEffect, WhatIfRun
from ...outages import outage_of, passing_over
from .. import audit
from . import plans, what_if_facts

log = logging.getLogger(__name__)

AT_ONCE = 100_000
"""So many deals are compared while the asker waits; more are left to the worker."""

STEP = 20_000
"""Deals a step, about: no agency is cut in two."""

KEPT = timedelta(days=90)
"""How long what came out is kept: history moves on, and a question can be asked again."""


class Told(NamedTuple):
    """A deal that differs, as it is stored: plain values in this order, which are short to write and to read."""

    deal_id: int
    price_fen: int
    why: str
    before_fen: int
    after_fen: int
    rank_before: int | None
    rank_after: int | None
    counted_before: int | None
    counted_after: int | None
    window_before: str | None
    window_after: str | None
    rate_before_bps: int | None
    rate_after_bps: int | None
    benefit_before: str | None
    benefit_after: str | None


_TRIED = "tried"


@dataclass(frozen=True, slots=True)
class Selection:
    """The deals that a plan is tried on: signed from `since` on and before `until` (UTC), and narrowed."""

    since: datetime
    until: datetime
    development_id: int | None = None
    agency_id: int | None = None
    plan_name: str | None = None


def ask_plan(
    session: Session, actor: Actor, now: datetime, tried: PlanDraft | PlanVersion, selection: Selection
) -> WhatIfRun:
    """Ask what a plan would have made of the selected deals, instead of the versions that they keep.

    Raises Refusal: `what_if_span`; `what_if_empty` when no signed deal is selected.
    """
    if selection.since >= selection.until:
        raise Refusal("what_if_span", field="until")
    kept = what_if_facts.versions(session)
    counting = [plan for name, plan in kept.values() if selection.plan_name in (None, name)]
    reads = what_if_facts.around(selection.since, selection.until, [*counting, plans.parse(tried.toml)])
    source = {"draft": tried} if isinstance(tried, PlanDraft) else {"version": tried}
    run = _new_run(actor, now, selection, reads, **source)
    if not session.scalar(select(Deal.id).where(what_if_facts.selected(run, kept)).limit(1)):
        raise Refusal("what_if_empty", field="since")
    return _begun(session, actor, now, run)


def ask_cancellation(session: Session, actor: Actor, now: datetime, deal: Deal) -> WhatIfRun:
    """Ask what the cancellation of a deal would do to all deals of its agency's windows.

    Raises Refusal: `what_if_not_signed`; `what_if_cancelled`.
    """
    if deal.agency_id is None or deal.signed_at is None:
        raise Refusal("what_if_not_signed")
    if deal.cancelled_at is not None:
        raise Refusal("what_if_cancelled")
    used = select(Deal.plan_version_id).where(Deal.agency_id == deal.agency_id).distinct()
    kept = what_if_facts.versions(session)
    counting = [kept[key][1] for key in session.scalars(used) if key is not None]
    selection = Selection(deal.signed_at, deal.signed_at + timedelta(seconds=1), agency_id=deal.agency_id)
    reads = what_if_facts.around(selection.since, selection.until, counting)
    return _begun(session, actor, now, _new_run(actor, now, selection, reads, deal=deal))


def work_off(database: Database, now: datetime) -> int:
    """Finish every run that is not; returns how many there were."""
    with database.reading() as session:
        waiting = session.scalars(select(WhatIfRun.id).where(WhatIfRun.state == RunState.RUNNING)).all()
    for run_id in waiting:
        with passing_over(log, "a what-if waits for the next look", run=run_id):
            work(database, now, run_id)
    return len(waiting)


def work(database: Database, now: datetime, run_id: int) -> None:
    """Bring one run to its end, step by step, each in a transaction of its own.

    A run that breaks, such as over facts that it cannot rate, is marked as failed, and the log says why: it is not
    tried again, and whoever asked can ask anew. An outage of the database is raised.
    """
    try:
        while _advance(database, now, run_id):
            pass
    except Exception as error:
        if outage_of(error) is not None:
            raise
        log.exception("what-if failed", extra={"run": run_id})
        with database.transaction() as session:
            running = (WhatIfRun.id == run_id, WhatIfRun.state == RunState.RUNNING)
            session.execute(update(WhatIfRun).where(*running).values(state=RunState.FAILED, finished_at=now))


# Asking


def _new_run(
    actor: Actor,
    now: datetime,
    selection: Selection,
    reads: tuple[datetime | None, datetime | None],
    **tried: PlanDraft | PlanVersion | Deal,
) -> WhatIfRun:
    counts = dict.fromkeys(("whole", "done", "cursor", "changed", "before_fen", "after_fen"), 0)
    return WhatIfRun(
        since=selection.since,
        until=selection.until,
        reads_since=reads[0],
        reads_until=reads[1],
        development_id=selection.development_id,
        agency_id=selection.agency_id,
        plan_name=selection.plan_name,
        asked_by=actor.id,
        asked_at=now,
        state=RunState.RUNNING,
        reasons={},
        gained={},
        lost={},
        **counts,
        **tried,
    )


def _begun(session: Session, actor: Actor, now: datetime, run: WhatIfRun) -> WhatIfRun:
    run.whole = session.scalar(select(func.count()).where(what_if_facts.read(run))) or 0
    session.add(run)
    audit.record(session, actor, now, "what_if_asked", run, deals=run.whole)
    return run


# Working


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step found: the last agency that it looked at, how many deals, and the effects."""

    cursor: int
    deals: int
    effects: Sequence[Effect]
    last: bool


def _advance(database: Database, now: datetime, run_id: int) -> bool:
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


def _told(change: Change) -> Told:
    before, after = change.before, change.after
    return Told(
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
