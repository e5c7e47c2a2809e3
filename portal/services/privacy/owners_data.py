"""What is stored of an owner after the handover, and of a guest of gatherings, for who asks for his data."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...models import CareFile, Complaint, ComplaintStep, GatheringGuest, OwnerFile, Survey
from ...session import Session
from ..contacts import vault_of


def of_client(session: Session, client_id: int) -> list[dict[str, Any]]:
    """What an owner told, his surveys and complaints with their words, and the gatherings that he was invited to."""
    files = select(CareFile.id).where(CareFile.client_id == client_id)
    owners = session.scalars(select(OwnerFile).where(OwnerFile.file_id.in_(files)).order_by(OwnerFile.id)).all()
    ids = [owner.id for owner in owners]
    return [
        *(_owner(session, owner) for owner in owners),
        *_surveys(session, ids),
        *_complaints(session, ids),
        *_guests(session, files),
    ]


def _owner(session: Session, row: OwnerFile) -> dict[str, Any]:
    context = f"owner file:{row.deal_id}"
    return {
        "what": "owner_file",
        "at": row.opened_at.isoformat(),
        "moved_in_on": row.moved_in_on.isoformat() if row.moved_in_on else None,
        "family": _plain(session, row.family_sealed, context),
        "hobbies": _plain(session, row.hobbies_sealed, context),
    }


def _surveys(session: Session, owner_ids: list[int]) -> Iterator[dict[str, Any]]:
    stmt = select(Survey).where(Survey.owner_id.in_(owner_ids)).options(joinedload(Survey.answer))
    for row in session.scalars(stmt.order_by(Survey.id)):
        answer = row.answer
        yield {
            "what": "survey",
            "at": row.asked_at.isoformat(),
            "occasion": str(row.occasion),
            "marks": [answer.estate, answer.building, answer.service] if answer else None,
            "words": _plain(session, answer.words_sealed, f"survey answer:{row.id}") if answer else "",
        }


def _complaints(session: Session, owner_ids: list[int]) -> Iterator[dict[str, Any]]:
    stmt = select(ComplaintStep).join(Complaint).where(Complaint.owner_id.in_(owner_ids))
    for row in session.scalars(stmt.options(joinedload(ComplaintStep.words)).order_by(ComplaintStep.id)):
        sealed = row.words.text_sealed if row.words else None
        yield {
            "what": "complaint",
            "at": row.at.isoformat(),
            "complaint": row.complaint_id,
            "step": str(row.kind),
            "words": _plain(session, sealed, f"complaint words:{row.id}"),
        }


def _guests(session: Session, files: Any) -> Iterator[dict[str, Any]]:
    stmt = select(GatheringGuest).where(GatheringGuest.file_id.in_(files)).options(joinedload(GatheringGuest.gathering))
    for row in session.scalars(stmt.order_by(GatheringGuest.id)):
        yield {
            "what": "gathering",
            "at": row.invited_at.isoformat(),
            "title": row.gathering.title,
            "people": row.party,
            "arrived_at": row.arrived_at.isoformat() if row.arrived_at else None,
        }


def _plain(session: Session, sealed: bytes | None, context: str) -> str:
    return vault_of(session).open_text(sealed, context) if sealed else ""
