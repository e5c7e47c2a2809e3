"""What stands in a client's files, for the client: needs, days, grades, what he was seen to do, and how he was met.

Both sides' rows: whoever asks what is stored about him reads all of it (rules 9).
"""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...models import CareContact, CareDay, CareFile, CareJudgement, CareLoss, CareNeeds, CareSighting, NotBought
from ...session import Session
from .. import contacts
from ..care import words as care_words
from ..keys.sealed_columns import CONTEXTS
from . import known


def files_of(session: Session, client_id: int) -> list[CareFile]:
    """A client's files, in whichever development."""
    stmt = select(CareFile).where(CareFile.client_id == client_id).options(joinedload(CareFile.development))
    return list(session.scalars(stmt.order_by(CareFile.id)))


def of_client(session: Session, client_id: int) -> list[dict[str, Any]]:
    """Each row with its instant, the development, and what it says, oldest first."""
    found: list[dict[str, Any]] = []
    for file in files_of(session, client_id):
        found += [{"development": file.development.name, **row} for row in _rows(session, file)]
    return sorted(found, key=lambda row: str(row["at"]))


def _rows(session: Session, file: CareFile) -> list[dict[str, Any]]:
    made = session.scalars(_of(CareContact, file)).all()
    said = care_words.of_contacts(session, made)
    judged = session.scalars(_of(CareJudgement, file)).all()
    days = known.told_in(session, session.scalars(_of(CareDay, file)).all())
    return [
        {"at": file.opened_at.isoformat(), "what": "file opened"},
        *(
            _row(row, str(row.channel), str(row.outcome), said[row.id].note, said[row.id].promised)
            if row.id in said
            else _row(row, str(row.channel), str(row.outcome))
            for row in made
        ),
        *(_row(row, "grade", str(row.grade or ""), *known.grounds_of(session, row).values()) for row in judged),
        *(
            _row(row, "needs", *(f"{name}: {value}" for name, value in known.needs_in(session, row).stored().items()))
            for row in session.scalars(_of(CareNeeds, file))
        ),
        *(_row(row, str(row.kind), day) for row, day in days),
        *(_row(row, "seen", str(row.behaviour)) for row in session.scalars(_of(CareSighting, file))),
        *(_row(row, "lost", row.reason) for row in session.scalars(_of(CareLoss, file))),
        *(_row(row, "why not bought", *_reasons(session, row)) for row in session.scalars(_of(NotBought, file))),
    ]


def _reasons(session: Session, row: NotBought) -> list[str]:
    """Of which visit, why, what was tried, and what was noted."""
    context = CONTEXTS["not_bought.note_sealed"].format(file_id=row.file_id)
    note = contacts.vault_of(session).open_text(row.note_sealed, context) if row.note_sealed else ""
    return [row.visit_on.isoformat(), *(f"{one.reason}: {one.tried}" for one in row.reasons), note]


def _row(row: Any, what: str, *said: str) -> dict[str, Any]:
    return {"at": row.at.isoformat(), "what": what, "said": " · ".join(part for part in said if part)}


def _of(model: Any, file: CareFile) -> Select[Any]:
    return select(model).where(model.file_id == file.id).order_by(model.id)
