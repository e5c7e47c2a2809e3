"""What-if questions, how far each has been worked through, and what came out for every agency."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..deals.deals import Deal
from ..partners.agreements import Agency, Development
from .plans import PlanDraft, PlanVersion


class RunState(StrEnum):
    """Where a what-if stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class WhatIfRun(Base):
    """A question (rules 5.7) put to the deals as they are: another plan for some of them, or one cancelled.

    Exactly one of `draft_id`, `version_id` and `deal_id` says what is tried. With a plan, the deals signed from
    `since` on and before `until` are taken, narrowed by development, agency and the name of the plan they keep;
    `reads_since` and `reads_until` hold the whole windows around them (None: without an end).

    The work goes agency by agency, up to the agency `cursor`; it moves in the transaction that stores the results, so
    whoever is killed leaves a run that goes on where it stood. `reasons`, `gained` and `lost` count the deals by why
    they change, and the benefits by their names.
    """

    __tablename__ = "what_if_runs"
    __table_args__ = (
        one_of("state", RunState),
        CheckConstraint(
            "(CASE WHEN draft_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN version_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN deal_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_question",
        ),
        CheckConstraint("since < until", name="span"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
        Index("ix_what_if_runs_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("plan_drafts.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_versions.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    reads_since: Mapped[datetime | None]
    reads_until: Mapped[datetime | None]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    plan_name: Mapped[str | None] = mapped_column(Code)
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    state: Mapped[RunState]
    whole: Mapped[int]
    done: Mapped[int]
    cursor: Mapped[int]
    changed: Mapped[int]
    before_fen: Mapped[int]
    after_fen: Mapped[int]
    reasons: Mapped[dict[str, Any]]
    gained: Mapped[dict[str, Any]]
    lost: Mapped[dict[str, Any]]
    finished_at: Mapped[datetime | None]

    draft: Mapped[PlanDraft | None] = relationship()
    version: Mapped[PlanVersion | None] = relationship()
    deal: Mapped[Deal | None] = relationship()
    development: Mapped[Development | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    asker: Mapped[Person] = relationship()


class WhatIfEffect(Base):
    """What a what-if does to one agency. `changes` holds its deals that differ, each as the values of
    `services.commission.what_if.StoredChange`.

    `shift_fen` is the size of the difference, without its sign: lists begin with the largest.
    """

    __tablename__ = "what_if_effects"
    __table_args__ = (
        UniqueConstraint("run_id", "agency_id"),
        Index("ix_what_if_effects_shift", "run_id", "shift_fen", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("what_if_runs.id", ondelete="CASCADE"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    deals: Mapped[int]
    changed: Mapped[int]
    before_fen: Mapped[int]
    after_fen: Mapped[int]
    shift_fen: Mapped[int]
    gained: Mapped[list[str]]
    lost: Mapped[list[str]]
    changes: Mapped[list[list[Any]]]

    run: Mapped[WhatIfRun] = relationship()
    agency: Mapped[Agency] = relationship()
