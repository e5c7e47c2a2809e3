"""A month's deals by the thousand, as a migration would load them: signed, and nothing of it posted.

    loaded = history.load(session, deals=1_000_000, agencies=20_000)

Most agencies have few deals and few have many, every run the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from portal.clock import month_end, month_start
from portal.models import Agency, Client, Deal, Development, Milestone, MilestoneKind, Person, PlanVersion, Role
from portal.services.bulk import insert_rows, take_ids
from tests import factories as make

LARGEST = 2_491
"""The deals of the largest agency, where there are enough of them."""

_STEP = 20_000
_CANCELLED = 50
"""One deal of so many is cancelled."""

_AGENCY = ("id", "name", "bank_sealed", "bank_changed_at", "created_at")
_DEAL = (
    "id",
    "development_id",
    "client_id",
    "name_sealed",
    "unit",
    "price_fen",
    "agency_id",
    "plan_version_id",
    "created_at",
    "created_by",
    "signed_at",
    "cancelled_at",
)
_MILESTONE = ("id", "deal_id", "kind", "at", "note", "recorded_at", "recorded_by")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: the agencies' ids, the largest one first, and how many deals there are."""

    agencies: Sequence[int]
    deals: int


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every deal refers to."""

    development: Development
    client: Client
    version: PlanVersion
    staff: Person


def load(
    session: Session, *, deals: int, agencies: int, month: str = "2026-03", toml: str | None = None, seed: int = 1
) -> Loaded:
    """Load deals of agencies of their own, all signed in one month under one plan version (the standard plan's)."""
    given: dict[str, Any] = {} if toml is None else {"name": f"loaded {seed}", "toml": toml}
    ground = _Ground(
        make.development(session),
        make.client(session),
        make.plan_version(session, **given),
        make.person(session, Role.FINANCE),
    )
    session.flush()
    keys = list(take_ids(session, Agency, agencies))
    named = ((key, f"第{key}号经纪", None, make.BEFORE, make.BEFORE) for key in keys)
    insert_rows(session, Agency, _AGENCY, named)
    made = _deals(Random(seed), ground, keys, _sizes(deals, agencies), month)
    total = 0
    while rows := list(islice(made, _STEP)):
        ids = take_ids(session, Deal, len(rows))
        keyed = [(key, *row) for key, row in zip(ids, rows, strict=True)]
        insert_rows(session, Deal, _DEAL, keyed)
        steps = list(_milestones(keyed, ground.staff.id))
        taken = take_ids(session, Milestone, len(steps))
        insert_rows(session, Milestone, _MILESTONE, ((key, *step) for key, step in zip(taken, steps, strict=True)))
        total += len(rows)
    return Loaded(keys, total)


def _sizes(deals: int, agencies: int) -> list[int]:
    """How many deals each agency has: the first the most, each at least one where there are enough."""
    largest = min(LARGEST, max(1, deals // 4))
    weights = [1 / place for place in range(1, agencies + 1)]
    spare, whole = max(0, deals - agencies), sum(weights)
    sizes = [min(largest, 1 + int(spare * weight / whole)) for weight in weights]
    missing = deals - sum(sizes)
    for place in range(agencies):
        more = min(largest - sizes[place], -(-missing // (agencies - place)))
        sizes[place] += more
        missing -= more
    return sizes


def _deals(
    random: Random, ground: _Ground, agencies: Sequence[int], sizes: Sequence[int], month: str
) -> Iterator[tuple[Any, ...]]:
    start = month_start(month)
    minutes = int((month_end(month) - start).total_seconds()) // 60
    for agency_id, size in zip(agencies, sizes, strict=True):
        for place in range(size):
            signed_at = start + timedelta(minutes=random.randrange(minutes))
            cancelled_at = signed_at + timedelta(days=3) if random.randrange(_CANCELLED) == 0 else None
            yield (
                ground.development.id,
                ground.client.id,
                b"sealed",
                f"{agency_id}-{place}",
                random.randrange(800_000, 6_000_000) * 100,
                agency_id,
                ground.version.id,
                make.BEFORE,
                ground.staff.id,
                signed_at,
                cancelled_at,
            )


def _milestones(deals: Sequence[tuple[Any, ...]], staff_id: int) -> Iterator[tuple[Any, ...]]:
    for key, *_facts, signed_at, cancelled_at in deals:
        steps: list[tuple[MilestoneKind, datetime]] = [
            (MilestoneKind.SUBSCRIBED, signed_at),
            (MilestoneKind.SIGNED, signed_at),
        ]
        if cancelled_at is not None:
            steps.append((MilestoneKind.CANCELLED, cancelled_at))
        for kind, at in steps:
            yield key, kind, at, "", at, staff_id
