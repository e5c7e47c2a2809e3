"""What a client's file shows of what came after the purchase, and of gatherings: one part of its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile, Complaint, Gathering, GatheringGuest, OwnerFile
from ...session import Session
from . import complaints, owners
from .surveys import Answered, of_owner


@dataclass(frozen=True, slots=True)
class Section:
    """The homes of a client with their surveys, his complaints, and the gatherings to come that he is invited to."""

    owners: Sequence[OwnerFile]
    surveys: Sequence[Answered]
    complaints: Sequence[Complaint]
    invited: Sequence[GatheringGuest]
    now: datetime

    def late(self, complaint: Complaint) -> str:
        """The state of a complaint as its badge says it: an overdue one is late."""
        standing = complaints.standing(complaint)
        return "late" if standing.late(self.now) else str(standing.state)


def section(session: Session, actor: Actor, now: datetime, file: CareFile) -> Section | None:
    """The part of one file's page; None for who may not serve owners, or where there is nothing."""
    if not may(actor, Permission.SERVE_OWNERS):
        return None
    homes = owners.of_files(session, actor, file)
    answered = [one for home in homes for one in of_owner(session, now, home)]
    complained = complaints.of_owners(session, [home.id for home in homes]) if homes else []
    stmt = select(GatheringGuest).join(Gathering).where(GatheringGuest.file_id == file.id, Gathering.ends_at > now)
    invited = session.scalars(stmt.options(joinedload(GatheringGuest.gathering)).order_by(Gathering.begins_at)).all()
    return Section(homes, answered, complained, invited, now) if homes or invited else None
