"""Faces that somebody enrolled."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.models import FaceEnrolment, Person, ProposalState

from . import _kept


def waiting_face(session: Session, person: Person, at: datetime) -> FaceEnrolment:
    """A person's face that waits for a second person; nothing can be compared with it."""
    return _kept(
        session,
        FaceEnrolment(
            person_id=person.id,
            engine="sface",
            engine_version="1",
            vector_sealed=b"sealed",
            doubts=["not_live"],
            found={},
            state=ProposalState.PROPOSED,
            proposed_by=person.id,
            proposed_at=at,
        ),
    )
