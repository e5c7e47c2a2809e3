"""What came out of a what-if, as its pages and files read it."""

from collections.abc import Iterator

from sqlalchemy import Select
from sqlalchemy.orm import contains_eager, defer, joinedload

from ...models import Agency, WhatIfEffect, WhatIfRun
from ...session import Session
from .what_if import StoredChange

PAGE = 100
"""Deals of an agency that a page shows."""

_SOME = 200
"""Agencies whose changes are held in memory at once."""


def listed(stmt: Select[WhatIfRun]) -> Select[WhatIfRun]:
    """A visible selection of runs, with all that the list shows."""
    shown = (WhatIfRun.draft, WhatIfRun.version, WhatIfRun.deal, WhatIfRun.development, WhatIfRun.agency)
    return stmt.options(*(joinedload(one) for one in shown), joinedload(WhatIfRun.asker))


def effects(stmt: Select[WhatIfEffect], run: WhatIfRun, find: str | None = None) -> Select[WhatIfEffect]:
    """A run's effects with their agencies, without the single deals, by a part of the agency's name."""
    stmt = stmt.where(WhatIfEffect.run_id == run.id).join(WhatIfEffect.agency)
    if find and find.strip():
        stmt = stmt.where(Agency.name.icontains(find.strip(), autoescape=True))
    return stmt.options(contains_eager(WhatIfEffect.agency), defer(WhatIfEffect.changes))


def effect_of(session: Session, stmt: Select[WhatIfEffect], run: WhatIfRun, agency_id: int) -> WhatIfEffect | None:
    """What a run does to one agency; None where it does not concern it."""
    wanted = (WhatIfEffect.run_id == run.id, WhatIfEffect.agency_id == agency_id)
    return session.scalar(stmt.where(*wanted).options(joinedload(WhatIfEffect.agency)))


def changes(effect: WhatIfEffect) -> list[StoredChange]:
    """The deals of an agency that would change, the largest difference first."""
    told = [StoredChange(*one) for one in effect.changes]
    return sorted(told, key=lambda one: (-abs(one.after_fen - one.before_fen), one.deal_id))


def all_changes(session: Session, stmt: Select[WhatIfEffect], run: WhatIfRun) -> Iterator[tuple[str, StoredChange]]:
    """Every deal that would change with its agency's name, agency by agency."""
    stmt = stmt.where(WhatIfEffect.run_id == run.id).join(WhatIfEffect.agency).order_by(Agency.name, Agency.id)
    columns = stmt.with_only_columns(Agency.name, WhatIfEffect.changes).execution_options(yield_per=_SOME)
    for name, stored in session.execute(columns):
        yield from ((name, StoredChange(*one)) for one in stored)
