"""A face that somebody enrolled and another person has to confirm."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code
from ..proposals import Proposal, two_people

_OPEN = text("state = 'proposed'")


_KEPT = text("vector_sealed IS NOT NULL")


class FaceEnrolment(Proposal, Base):
    """A person's face that a second person is to confirm, on meeting him (rules 3.2).

    With `doubts` it waits: the face lies here, `vector_sealed`, and is nowhere compared with anything. Without doubts
    it is in force as the template `template_id`, and only accuses nobody until it is confirmed. The vector goes with
    the decision. `found` are the likenesses that gave rise to the doubts.
    """

    __tablename__ = "face_enrolments"
    __table_args__ = (
        *two_people(),
        CheckConstraint("state = 'proposed' OR vector_sealed IS NULL", name="erased_when_decided"),
        CheckConstraint("vector_sealed IS NULL OR template_id IS NULL", name="in_one_place"),
        Index("uq_face_enrolments_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_face_enrolments_state", "state", "id"),
        Index("ix_face_enrolments_kept", "person_id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("face_templates.id"))
    vector_sealed: Mapped[bytes | None]
    engine: Mapped[str] = mapped_column(Code)
    engine_version: Mapped[str] = mapped_column(Code)
    doubts: Mapped[list[str]]
    found: Mapped[dict[str, Any]]

    person: Mapped[Person] = relationship(foreign_keys=person_id)

    @property
    def waits(self) -> bool:
        """The face is in force only once somebody has confirmed it."""
        return bool(self.doubts)
