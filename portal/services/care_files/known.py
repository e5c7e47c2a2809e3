"""What a side knows of a client: needs, days he told, what he was seen to do, the grade, and that he is lost.

Nothing is edited: each entry is a row of its own, and the side's latest counts.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import CareDay, CareFile, CareGround, CareJudgement, CareLoss, CareNeeds, CareSighting
from ...rules.care.plan import MAD, Grade, Mark
from ...rules.care_files.days import ToldDay, check_told
from ...rules.care_files.facts import Behaviour, LossReason
from ...rules.care_files.needs import Needs, stored_needs
from ...session import Session
from .. import audit, contacts
from ..care import scope
from ..care import words as care_words
from ..contacts import Phone

NEEDS, DAY, GROUND = "care needs", "care day", "care ground"
"""For what each is sealed, with the number of its file or judgement."""

TWICE_WITHIN = timedelta(seconds=3)
"""A second tap within this is the first one's echo."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is thought of a client: his grade, the marks (MAD) that are known, and what each rests on."""

    grade: Grade | None
    marks: frozenset[Mark] = frozenset()
    grounds: Mapping[Mark, str] | None = None
    shown_to_other: bool = False


def reveal(session: Session, actor: Actor, now: datetime, files: Iterable[CareFile]) -> dict[int, Phone]:
    """The clients' phones in plain, by the file; of each it is written down who saw it (rules 9)."""
    found: dict[int, Phone] = {}
    for file in files:
        audit.record(session, actor, now, "phone_revealed", file)
        found[file.id] = contacts.open_phone(session, file.client)
    return found


# Needs


def say_needs(
    session: Session, actor: Actor, now: datetime, file: CareFile, needs: Needs, *, shown_to_other: bool = False
) -> CareNeeds | None:
    """Write down a client's needs as they are known now; None where nothing new was said."""
    before = needs_row(session, actor, file)
    if before is not None and (needs_in(session, before), before.shown_to_other) == (needs, shown_to_other):
        return None
    row = CareNeeds(
        file_id=file.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        shown_to_other=shown_to_other,
        at=now,
        known=needs.known,
        needs_sealed=_seal(session, NEEDS, file.id, json.dumps(needs.stored(), ensure_ascii=False)),
    )
    session.add(row)
    audit.record(session, actor, now, "care_needs_said", file, known=needs.known)
    return row


def needs_row(session: Session, actor: Actor, file: CareFile) -> CareNeeds | None:
    """The row that counts for the actor's side."""
    stmt = select(CareNeeds).where(CareNeeds.file_id == file.id, scope.own_side(actor, CareNeeds))
    return session.scalar(stmt.order_by(CareNeeds.id.desc()).limit(1))


def needs_history(session: Session, actor: Actor, file: CareFile) -> list[CareNeeds]:
    """Every row that the actor may read, the newest first."""
    stmt = select(CareNeeds).where(CareNeeds.file_id == file.id, scope.readable(actor, CareNeeds))
    return list(session.scalars(stmt.order_by(CareNeeds.id.desc())))


def needs_in(session: Session, row: CareNeeds) -> Needs:
    """The needs of a row; none of one that was erased."""
    plain = _open(session, NEEDS, row.file_id, row.needs_sealed)
    return stored_needs(json.loads(plain)) if plain else Needs()


# Days


def say_day(
    session: Session, actor: Actor, now: datetime, file: CareFile, kind: ToldDay, day: date | None, *, told: bool
) -> None:
    """Write down a day that the client told, or take it back (None). Raises the Refusals of `check_told`."""
    if day is not None:
        check_told(kind, day, local_day(now), told=told)
    sealed = _seal(session, DAY, file.id, day.isoformat() if day else "")
    session.add(
        CareDay(file_id=file.id, by_id=actor.id, agency_id=scope.side_of(actor), at=now, kind=kind, day_sealed=sealed)
    )
    audit.record(session, actor, now, "care_day_said" if day else "care_day_taken_back", file, kind=kind)


def days_of(session: Session, actor: Actor, file_ids: Iterable[int]) -> dict[int, dict[ToldDay, date]]:
    """The days that clients told the actor's side, by the file."""
    mine = scope.own_side(actor, CareDay), CareDay.file_id.in_(list(file_ids))
    latest = select(func.max(CareDay.id)).where(*mine).group_by(CareDay.file_id, CareDay.kind)
    found: dict[int, dict[ToldDay, date]] = {}
    for row in session.scalars(select(CareDay).where(CareDay.id.in_(latest)).order_by(CareDay.id)):
        plain = _open(session, DAY, row.file_id, row.day_sealed)
        if plain:
            found.setdefault(row.file_id, {})[row.kind] = date.fromisoformat(plain)
    return found


def told_in(session: Session, rows: Iterable[CareDay]) -> list[tuple[CareDay, str]]:
    """What each row says, in plain; empty where it takes a day back, or was erased."""
    return [(row, _open(session, DAY, row.file_id, row.day_sealed)) for row in rows]


# Behaviour


def see(session: Session, actor: Actor, now: datetime, file: CareFile, behaviour: Behaviour) -> CareSighting | None:
    """Note that a client did something, once; None for a second tap."""
    last = select(func.max(CareSighting.at)).where(
        CareSighting.file_id == file.id, CareSighting.behaviour == behaviour, CareSighting.by_id == actor.id
    )
    before = session.scalar(last)
    if before is not None and now - before < TWICE_WITHIN:
        return None
    row = CareSighting(file_id=file.id, by_id=actor.id, agency_id=scope.side_of(actor), at=now, behaviour=behaviour)
    session.add(row)
    audit.record(session, actor, now, "care_client_seen", file, behaviour=behaviour)
    return row


def unsee(session: Session, actor: Actor, now: datetime, file: CareFile, behaviour: Behaviour) -> bool:
    """Take the latest such note of one's own side back; whether there was one."""
    undoing = aliased(CareSighting)
    undone = select(undoing.id).where(undoing.undoes_id == CareSighting.id).correlate(CareSighting).exists()
    stmt = select(CareSighting).where(
        CareSighting.file_id == file.id,
        CareSighting.behaviour == behaviour,
        CareSighting.undoes_id.is_(None),
        ~undone,
        scope.own_side(actor, CareSighting),
    )
    last = session.scalar(stmt.order_by(CareSighting.id.desc()).limit(1))
    if last is not None:
        session.add(
            CareSighting(
                file_id=file.id,
                by_id=actor.id,
                agency_id=scope.side_of(actor),
                at=now,
                behaviour=behaviour,
                undoes_id=last.id,
            )
        )
        audit.record(session, actor, now, "care_client_unseen", file, behaviour=behaviour)
    return last is not None


# The grade


def judge(session: Session, actor: Actor, now: datetime, file: CareFile, judged: Judged) -> CareJudgement:
    """Write down what the actor's side thinks of a client. Raises Refusal(care_ground_missing) with `field` the mark's
    name, for a mark that rests on nothing."""
    grounds = judged.grounds or {}
    for mark in MAD:
        if mark in judged.marks and not grounds.get(mark, "").strip():
            raise Refusal("care_ground_missing", field=f"{mark.value}_ground")
    row = CareJudgement(
        file_id=file.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        shown_to_other=judged.shown_to_other,
        at=now,
        grade=judged.grade,
        **{mark.value: mark in judged.marks for mark in MAD},
    )
    session.add(row)
    session.flush()
    for mark in MAD:
        if mark in judged.marks:
            words = _seal(session, GROUND, row.id, grounds[mark].strip())
            session.add(CareGround(judgement_id=row.id, mark=mark, words_sealed=words))
    audit.record(session, actor, now, "care_judged", file, grade=judged.grade)
    return row


def grounds_of(session: Session, judgement: CareJudgement) -> dict[Mark, str]:
    """What each mark of a judgement rests on."""
    stmt = select(CareGround).where(CareGround.judgement_id == judgement.id).order_by(CareGround.id)
    return {row.mark: _open(session, GROUND, row.judgement_id, row.words_sealed) for row in session.scalars(stmt)}


# Lost, and back


def lose(
    session: Session, actor: Actor, now: datetime, file: CareFile, reason: LossReason, *, note: str = ""
) -> CareLoss:
    """Give a client up as lost, for the actor's side. A newer touch revives him by itself."""
    row = CareLoss(
        file_id=file.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        at=now,
        reason=reason,
        revived=False,
    )
    session.add(row)
    session.flush()
    care_words.write(session, row, note=note)
    audit.record(session, actor, now, "care_client_lost", file, reason=reason)
    return row


def revive(session: Session, actor: Actor, now: datetime, file: CareFile) -> CareLoss:
    """He is not lost after all. Raises Refusal(care_not_lost)."""
    last = loss_of(session, actor, file)
    if last is None:
        raise Refusal("care_not_lost")
    row = CareLoss(
        file_id=file.id, by_id=actor.id, agency_id=scope.side_of(actor), at=now, reason=last.reason, revived=True
    )
    session.add(row)
    audit.record(session, actor, now, "care_client_revived", file)
    return row


def loss_of(session: Session, actor: Actor, file: CareFile) -> CareLoss | None:
    """Why the actor's side gave a client up, while it did."""
    mine = CareLoss.file_id == file.id, scope.own_side(actor, CareLoss)
    last = session.scalar(select(CareLoss).where(*mine).order_by(CareLoss.id.desc()).limit(1))
    return last if last is not None and not last.revived else None


def context(what: str, key: int) -> str:
    """What something is sealed for."""
    return f"{what}:{key}"


def _seal(session: Session, what: str, key: int, text: str) -> bytes:
    return contacts.vault_of(session).seal_text(text, context(what, key))


def _open(session: Session, what: str, key: int, sealed: bytes) -> str:
    return contacts.vault_of(session).open_text(sealed, context(what, key)) if sealed else ""
