"""Owners' files: for when the handover is planned, what an owner told, and the poster that is offered once."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import CareFile, Deal, Milestone, MilestoneKind, OwnerFile, Person, PlannedHandover
from ...models.care.files import carer_of
from ...session import Session
from .. import audit, contacts
from ..care import files
from ..contacts import vault_of
from ..inserts import insert_unless_there
from ..joining import invitations

LONGEST = 500
"""Letters of what is written down of a family, or of hobbies."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an owner told of himself."""

    moved_in_on: date | None = None
    family: str = ""
    hobbies: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner as a list shows him: name and phone, masked; the home; when it was, or is to be, handed over; the
    file if there is one."""

    deal: Deal
    name: str
    phone: str
    handed_over_at: datetime | None
    planned_on: date | None
    file: OwnerFile | None


# The file


def open_for(session: Session, actor: Actor, now: datetime, deal: Deal) -> OwnerFile:
    """The owner's file of a deal; opened if there is none. Two who open it at once get the same one."""
    name = contacts.open_name(session, deal.name_sealed)
    care_file = files.open_file(session, actor, now, deal.development_id, deal.client_id, name=name)
    added = insert_unless_there(
        session,
        OwnerFile,
        ("deal_id",),
        deal_id=deal.id,
        file_id=care_file.id,
        link_key=secrets.token_urlsafe(16),
        opened_at=now,
        opened_by=actor.person_id,
    )
    row = session.scalars(select(OwnerFile).where(OwnerFile.deal_id == deal.id)).one()
    if added is not None:
        audit.record(session, actor, now, "owner_file_opened", row, deal=deal.id)
    return row


def by_key(session: Session, key: str) -> OwnerFile | None:
    """The owner whose page has this key; nobody where the deal was cancelled since."""
    row = session.scalar(select(OwnerFile).where(OwnerFile.link_key == key).options(joinedload(OwnerFile.deal)))
    return row if row is not None and row.deal.cancelled_at is None else None


def describe(session: Session, actor: Actor, now: datetime, owner: OwnerFile, told: Told) -> None:
    """Write down what the owner told: since when he lives there, of family and hobbies."""
    owner.moved_in_on = told.moved_in_on
    owner.family_sealed = _sealed(session, owner, told.family)
    owner.hobbies_sealed = _sealed(session, owner, told.hobbies)
    audit.record(session, actor, now, "owner_described", owner)


def told(session: Session, owner: OwnerFile) -> Told:
    """What an owner told of himself, in plain."""
    plain = [
        vault_of(session).open_text(sealed, context(owner.deal_id)) if sealed else ""
        for sealed in (owner.family_sealed, owner.hobbies_sealed)
    ]
    return Told(owner.moved_in_on, *plain)


def context(deal_id: int) -> str:
    """What words about an owner are sealed for."""
    return f"owner file:{deal_id}"


def _sealed(session: Session, owner: OwnerFile, text: str) -> bytes | None:
    return vault_of(session).seal_text(text.strip(), context(owner.deal_id)) if text.strip() else None


# The handover


def plan_handover(session: Session, actor: Actor, now: datetime, deal: Deal, day: date) -> PlannedHandover:
    """Write down for which day a handover is planned; an earlier plan stays, and counts no longer.

    Raises Refusal: handover_not_signed, handover_took_place (the milestone is there), with the field.
    """
    steps = {step.kind for step in deal.milestones}
    if deal.cancelled_at is not None or MilestoneKind.SIGNED not in steps:
        raise Refusal("handover_not_signed", field="day")
    if MilestoneKind.HANDED_OVER in steps:
        raise Refusal("handover_took_place", field="day")
    row = PlannedHandover(deal_id=deal.id, on_day=day, by_id=actor.id, at=now)
    session.add(row)
    audit.record(session, actor, now, "handover_planned", deal, on=day.isoformat())
    return row


def planned_days(session: Session, deals: Collection[int]) -> dict[int, date]:
    """For which day the handover of each of these deals is planned; those without a plan are left out."""
    latest = select(func.max(PlannedHandover.id)).where(PlannedHandover.deal_id.in_(deals))
    stmt = select(PlannedHandover.deal_id, PlannedHandover.on_day)
    rows = session.execute(stmt.where(PlannedHandover.id.in_(latest.group_by(PlannedHandover.deal_id))))
    return dict(rows.all())


# Finding them


def shown(session: Session, rows: Sequence[Deal]) -> list[Owner]:
    """Deals as the list of owners shows them, in a bounded number of queries."""
    ids = [row.id for row in rows]
    handed = select(Milestone.deal_id, Milestone.at).where(Milestone.kind == MilestoneKind.HANDED_OVER)
    handed_over: Mapping[int, datetime] = dict(session.execute(handed.where(Milestone.deal_id.in_(ids))).all())
    known = {row.deal_id: row for row in session.scalars(select(OwnerFile).where(OwnerFile.deal_id.in_(ids)))}
    planned = planned_days(session, ids)
    return [
        Owner(
            row,
            contacts.mask_name(contacts.open_name(session, row.name_sealed)),
            contacts.open_phone(session, row.client).masked,
            handed_over.get(row.id),
            planned.get(row.id),
            known.get(row.id),
        )
        for row in rows
    ]


def of_files(session: Session, actor: Actor, care_file: CareFile) -> list[OwnerFile]:
    """The owner's files of a client at a development: one a home."""
    stmt = visible(actor, OwnerFile).where(OwnerFile.file_id == care_file.id)
    return list(session.scalars(stmt.options(joinedload(OwnerFile.deal)).order_by(OwnerFile.id)))


def carer_id(session: Session, owner: OwnerFile) -> int | None:
    """In whose care the owner is."""
    found: int | None = session.scalar(select(carer_of(owner.file_id)))
    return found


# The poster


def offer_poster(session: Session, actor: Actor, now: datetime, owner: OwnerFile) -> None:
    """Ask an owner on his page whether he wants a poster to bring friends: once, and never again.

    Raises Refusal: poster_offered (with `at`).
    """
    once = update(OwnerFile).where(OwnerFile.id == owner.id, OwnerFile.poster_offered_at.is_(None))
    offered = session.scalar(once.values(poster_offered_at=now).returning(OwnerFile.id))
    session.refresh(owner)
    if offered is None:
        raise Refusal("poster_offered", at=owner.poster_offered_at)
    audit.record(session, actor, now, "owner_poster_offered", owner)


def answer_poster(session: Session, now: datetime, owner: OwnerFile, *, wanted: bool) -> bool:
    """What the owner says of it, once; a yes invites him by text to refer friends. Whether this was the first word.

    Raises Refusal: those of `invitations.invite`.
    """
    unanswered = OwnerFile.poster_offered_at.is_not(None), OwnerFile.poster_answered_at.is_(None)
    stmt = update(OwnerFile).where(OwnerFile.id == owner.id, *unanswered)
    said = session.scalar(stmt.values(poster_answered_at=now, poster_wanted=wanted).returning(OwnerFile.id))
    session.refresh(owner)
    if said is None:
        return False
    nobody = Actor(None, None)
    audit.record(session, nobody, now, "owner_poster_answered", owner, wanted=wanted)
    inviter = session.get(Person, carer_id(session, owner) or owner.opened_by or 0)
    if wanted and inviter is not None:
        deal = owner.deal
        invitations.invite(
            session,
            Actor.of(inviter),
            now,
            deal.development,
            name=contacts.open_name(session, deal.name_sealed),
            phone=contacts.open_phone(session, deal.client),
            home=deal.unit,
        )
    return True
