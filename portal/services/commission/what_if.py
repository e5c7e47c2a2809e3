"""What if (rules 5.7): another plan, or one cancellation, tried on the deals as they are, before anyone commits it.

A question becomes a run. `commissions.what_if` compares; here its facts are read as columns, some thousand deals of
whole agencies at a time, and what comes out is stored agency by agency. Reading needs no write lock, and each step
stores its results together with the place where the next one begins. So a run shows how far it is, can be left, and
goes on where a killed worker stood; two that work on it at once store nothing twice (ADR 4).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Deal, PlanDraft, PlanVersion, RunState, WhatIfRun
from ...session import Session
from .. import audit
from . import plans, what_if_facts

log = logging.getLogger(__name__)


AT_ONCE = 100_000
"""So many deals are compared while the asker waits; more are left to the worker."""


STEP = 20_000
"""Deals a step, about: no agency is cut in two."""


KEPT = timedelta(days=90)
"""How long what came out is kept: history moves on, and a question can be asked again."""


class StoredChange(NamedTuple):
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
