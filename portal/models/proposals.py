"""What a proposal of one person has in common that another person confirms or refuses: columns and checks."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .accounts.people import Person
from .base import one_of
from .partners.agreements import Development


class ProposalState(StrEnum):
    """Where a proposal stands. Only `proposed` is still open."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class OfTwo:
    """Columns of a table in which one person proposes and another decides: who, when, and why it was refused.

    What is proposed never changes and a decision is final: the table's migration sees to it by triggers, as 0009 does
    for drafts of plans.
    """

    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    @declared_attr
    def proposer(cls) -> Mapped[Person]:  # noqa: N805 - SQLAlchemy hands it the class
        return relationship(Person, foreign_keys=[cls.proposed_by])  # type: ignore[list-item]  # a column, on the class

    @declared_attr
    def decider(cls) -> Mapped[Person | None]:  # noqa: N805 - as above
        return relationship(Person, foreign_keys=[cls.decided_by])  # type: ignore[list-item]  # a column, on the class


class Proposal(OfTwo):
    """Columns of a table of proposals, which another person confirms."""

    state: Mapped[ProposalState]

    @property
    def open(self) -> bool:
        """Nobody has decided yet."""
        return self.state is ProposalState.PROPOSED


class Version(Proposal):
    """Columns of a table of texts that two publish. Confirmed, one holds from `starts_at` on.

    Without `development_id` it is for all that have none of their own. An empty `toml` of a development ends its own:
    from then on it follows the one for all again. It never changes, and none is confirmed whose time has begun.
    """

    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    toml: Mapped[str]
    starts_at: Mapped[datetime]
    note: Mapped[str]

    @declared_attr
    def development(cls) -> Mapped[Development | None]:  # noqa: N805 - as above
        return relationship(Development)


def versions(table: str) -> tuple[CheckConstraint | Index, ...]:
    """The checks and indexes of such a table: two people, nothing backdated, one version a beginning."""
    confirmed, for_all = text("state = 'confirmed'"), text("state = 'confirmed' AND development_id IS NULL")
    own = ("development_id", "starts_at")
    return (
        *two_people(),
        CheckConstraint("state <> 'confirmed' OR decided_at < starts_at", name="never_backdated"),
        CheckConstraint("development_id IS NOT NULL OR length(toml) > 0", name="all_have_one"),
        Index(f"uq_{table}_start", *own, unique=True, sqlite_where=confirmed, postgresql_where=confirmed),
        Index(f"uq_{table}_start_for_all", "starts_at", unique=True, sqlite_where=for_all, postgresql_where=for_all),
        Index(f"ix_{table}_state", "state", "id"),
    )


def two_people(states: type[StrEnum] = ProposalState, agreed: str = "confirmed") -> tuple[CheckConstraint, ...]:
    """The checks of such a table: nobody agrees to or refuses his own, and only he withdraws it."""
    return (
        one_of("state", states),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_when"),
        CheckConstraint(f"state NOT IN ('{agreed}', 'refused') OR decided_by <> proposed_by", name="second_person"),
        CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name="own_withdrawal"),
        CheckConstraint("state <> 'refused' OR length(reason) > 0", name="has_reason"),
    )
