"""Why a client did not buy: said by his carer after a visit, and corrected by saying it anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import CareFile, NotBought, NotBoughtReason
from ...models.not_bought.answers import FIRST, LATER, OWN_FIRST, standing
from ...rules.not_bought.reasons import Reason, Tried
from ...rules.not_bought.visits import ASKED_DAYS, Known, asked, revived_on
from ...session import Session
from .. import audit, contacts
from ..care import scope
from ..inserts import insert_unless_there
from . import facts

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a carer says of one visit: each reason with what was tried against it, and a note."""

    visit_on: date
    reasons: Mapping[Reason, Tried]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as its own side reads it."""

    row: NotBought
    note: str
    revived_on: date | None


def say(session: Session, actor: Actor, now: datetime, file: CareFile, said: Said) -> NotBought:
    """Say why a visit was not followed by a subscription. Of two who say it at once one does.

    Raises Refusal: not_bought_no_visit, not_bought_said, not_bought_no_reason.
    """
    _check(said)
    if said.visit_on not in known_of(session, actor, file).visits:
        raise Refusal("not_bought_no_visit", field="visit", day=said.visit_on)
    side = scope.side_of(actor)
    key: tuple[str, ...] = ("file_id", "visit_on")
    key, where = (key, OWN_FIRST) if side is None else ((*key, "agency_id"), FIRST)
    added = insert_unless_there(session, NotBought, key, where, **_values(session, actor, now, file, said))
    if added is None:
        raise Refusal("not_bought_said", field="visit", day=said.visit_on)
    row = _kept(session, added, said)
    audit.record(session, actor, now, "not_bought_said", row, reasons=_named(said))
    return row


def correct(session: Session, actor: Actor, now: datetime, answer: NotBought, said: Said) -> NotBought:
    """Say it anew for the same visit; what was said stays, and counts no more.

    Raises Refusal: not_bought_no_reason; not_bought_corrected where somebody was faster; not_bought_not_yours.
    """
    _check(said)
    if answer.agency_id != scope.side_of(actor):
        raise Refusal("not_bought_not_yours")
    values = _values(session, actor, now, answer.file, said) | {"visit_on": answer.visit_on, "corrects_id": answer.id}
    added = insert_unless_there(session, NotBought, ("corrects_id",), LATER, **values)
    if added is None:
        raise Refusal("not_bought_corrected")
    row = _kept(session, added, said)
    audit.record(session, actor, now, "not_bought_corrected", row, reasons=_named(said))
    return row


def of_file(session: Session, actor: Actor, file: CareFile, known: Known) -> Sequence[Answer]:
    """What the actor's own side answered about a client and counts, the newest visit first; of whose visits so much is
    `known`."""
    stmt = select(NotBought).where(NotBought.file_id == file.id, standing(), scope.own_side(actor, NotBought))
    rows = session.scalars(
        stmt.options(joinedload(NotBought.by), selectinload(NotBought.reasons)).order_by(
            NotBought.visit_on.desc(), NotBought.id.desc()
        )
    ).all()
    return [Answer(row, note_of(session, actor, row), revived_on(row.visit_on, known)) for row in rows]


def known_of(session: Session, actor: Actor, file: CareFile) -> Known:
    """What is known of a client's visits, and for which of them the actor's side has said why."""
    return facts.visits_of(session, [file.id], scope.side_of(actor))[file.id].known


def to_say(known: Known, now: datetime) -> list[date]:
    """The visits of a client that a side has to say a reason for, the oldest first."""
    return asked(known, local_day(now))


def all_to_say(
    session: Session, actor: Actor, now: datetime, files: Collection[int] | None = None
) -> list[tuple[date, int]]:
    """The same of all clients whom the actor may see: (day of the visit, file), the oldest first. A carer's day asks
    this, and hands on the ids of his `files`, which it has read."""
    which = scope.care_files(session, actor).with_only_columns(CareFile.id) if files is None else session.listed(files)
    since = now - timedelta(days=ASKED_DAYS + 1)
    found = facts.visits_in(session, which, scope.side_of(actor), since)
    today = local_day(now)
    return sorted((day, key) for key, one in found.items() for day in asked(one.known, today))


def note_of(session: Session, actor: Actor, row: NotBought) -> str:
    """What was noted, for the side that wrote it."""
    if row.note_sealed is None or row.agency_id != scope.side_of(actor):
        return ""
    return contacts.vault_of(session).open_text(row.note_sealed, _context(row.file_id))


def _check(said: Said) -> None:
    if not said.reasons:
        raise Refusal("not_bought_no_reason")


def _values(session: Session, actor: Actor, now: datetime, file: CareFile, said: Said) -> dict[str, object]:
    note = said.note.strip()
    sealed = contacts.vault_of(session).seal_text(note, _context(file.id)) if note else None
    return {
        "file_id": file.id,
        "visit_on": said.visit_on,
        "by_id": actor.id,
        "agency_id": scope.side_of(actor),
        "at": now,
        "note_sealed": sealed,
    }


def _kept(session: Session, answer_id: int, said: Said) -> NotBought:
    for reason, tried in said.reasons.items():
        session.add(NotBoughtReason(answer_id=answer_id, reason=reason, tried=tried))
    return session.get_one(NotBought, answer_id)


def _named(said: Said) -> str:
    return " ".join(said.reasons)


def _context(file_id: int) -> str:
    return f"not bought.note:{file_id}"
