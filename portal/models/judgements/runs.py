"""What-if questions for judgements (判客试算), how far each has been worked through, and what would change hands."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.judgements.protection import Kind
from ...rules.judgements.what_if import Why
from ..accounts.people import Person
from ..base import Base, one_of
from ..commission.what_if import RunState
from ..partners.agreements import Development


class JudgementRun(Base):
    """A rule profile (`toml`) tried on the clients of whom anything lies between `since` and `asked_at`.

    The work goes client by client, up to the client of the development that the cursor names; it moves in the
    transaction that stores what was found, so whoever is killed leaves a run that goes on where it stood. `whole` and
    `done` count touches.
    """

    __tablename__ = "judgement_runs"
    __table_args__ = (
        one_of("state", RunState),
        CheckConstraint("since < asked_at", name="span"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
        Index("ix_judgement_runs_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    toml: Mapped[str]
    months: Mapped[int]
    since: Mapped[datetime]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    state: Mapped[RunState]
    whole: Mapped[int]
    done: Mapped[int]
    clients: Mapped[int]
    cursor_development: Mapped[int]
    cursor_client: Mapped[int]
    clients_moved: Mapped[int]
    deals_moved: Mapped[int]
    moved_fen: Mapped[int]
    finished_at: Mapped[datetime | None]

    development: Mapped[Development | None] = relationship()
    asker: Mapped[Person] = relationship()


class JudgementMove(Base):
    """A client, or with `deal_id` a deal, that would be another's: whose it is, whose it would be (no kind: nobody's),
    why, and the commission that was posted for it."""

    __tablename__ = "judgement_moves"
    __table_args__ = (
        one_of("why", Why),
        one_of("before_kind", Kind),
        one_of("after_kind", Kind),
        Index("ix_judgement_moves_shift", "run_id", "moved_fen", "id"),
        Index("ix_judgement_moves_before", "run_id", "before_agency_id"),
        Index("ix_judgement_moves_after", "run_id", "after_agency_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("judgement_runs.id", ondelete="CASCADE"))
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    why: Mapped[Why]
    before_kind: Mapped[Kind | None]
    before_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    before_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    after_kind: Mapped[Kind | None]
    after_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    after_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    within_agency: Mapped[bool]
    moved_fen: Mapped[int]

    run: Mapped[JudgementRun] = relationship()
    development: Mapped[Development] = relationship()
