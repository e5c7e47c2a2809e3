"""What carers wrote, and what they promised: sealed for the one file."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ...models import CareContact, CareJudgement, CareLoss, CareWords
from ...session import Session
from .. import contacts


@dataclass(frozen=True, slots=True)
class Written:
    """A note and a promise in plain; empty where there is none."""

    note: str = ""
    promised: str = ""


NOTHING = Written()


def write(session: Session, row: CareContact | CareJudgement | CareLoss, *, note: str, promised: str = "") -> None:
    """Keep what was written with a row that has its id; nothing where nothing was."""
    note, promised = note.strip(), promised.strip()
    if not note and not promised:
        return
    column = {CareContact: "contact_id", CareJudgement: "judgement_id", CareLoss: "loss_id"}[type(row)]
    said = {
        "note_sealed": _sealed(session, row.file_id, note),
        "promised_sealed": _sealed(session, row.file_id, promised),
    }
    session.add(CareWords(file_id=row.file_id, **{column: row.id}, **said))
    session.flush()


def of_contacts(session: Session, rows: Collection[CareContact]) -> dict[int, Written]:
    """What was written with these contacts, by their ids; whether the reader may see it is the caller's to ask."""
    found = _written(session, CareWords.contact_id, rows)
    return {one.contact_id: opened(session, one) for one in found if one.contact_id is not None}


def of_judgements(session: Session, rows: Collection[CareJudgement]) -> dict[int, Written]:
    """What was written with these judgements, by their ids."""
    found = _written(session, CareWords.judgement_id, rows)
    return {one.judgement_id: opened(session, one) for one in found if one.judgement_id is not None}


def of_losses(session: Session, rows: Collection[CareLoss]) -> dict[int, Written]:
    """What was written with these losses, by their ids."""
    found = _written(session, CareWords.loss_id, rows)
    return {one.loss_id: opened(session, one) for one in found if one.loss_id is not None}


def opened(session: Session, row: CareWords) -> Written:
    """The words of one row in plain."""
    return Written(_plain(session, row.file_id, row.note_sealed), _plain(session, row.file_id, row.promised_sealed))


def context(file_id: int) -> str:
    """What words in a file are sealed for."""
    return f"care words:{file_id}"


def _sealed(session: Session, file_id: int, text: str) -> bytes | None:
    return contacts.vault_of(session).seal_text(text, context(file_id)) if text else None


def _plain(session: Session, file_id: int, sealed: bytes | None) -> str:
    return contacts.vault_of(session).open_text(sealed, context(file_id)) if sealed else ""


def _written(session: Session, column: Any, rows: Collection[Any]) -> Iterable[CareWords]:
    return session.scalars(select(CareWords).where(column.in_([row.id for row in rows]))) if rows else ()
