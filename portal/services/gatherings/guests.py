"""Guests of a gathering: chosen by filter, invited, their answers within the places, and their arrival.

A place is taken by a conditional update of the gathering's count, which the database holds below its places: of two who
answer at once for the last one, one is told that it is full.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, false, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Event

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import local_day
from ...models import (
    CareFile,
    ContactOutcome,
    Gathering,
    GatheringGuest,
    Voucher,
)
from ...models.care.files import carer_of
from ...rules.care.plan import Channel, Grade, Stage
from ...rules.gatherings.gathering import GuestState, check_answer, check_arrival, guest_state
from ...session import Session
from .. import audit, contacts
from ..care import files, limits, scope
from ..care.contacts import NewContact, log
from ..care.day import CAME_TO_GATHERING
from ..care.files import FileRow
from ..care.limits import NewText
from ..care_files import tags
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..messages import texts
from ..programmes import gifts
from ..vouchers import vouchers
from . import gatherings

MOST = 200
"""So many clients are shown, and invited, at once."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which clients of the development are looked for."""

    stage: Stage | None = None
    grade: Grade | None = None
    carer_id: int | None = None
    tag_id: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client who could be invited; `why_not`: why no text may reach him now."""

    row: FileRow
    why_not: Refusal | None


@dataclass(frozen=True, slots=True)
class GuestRow:
    """A guest as a list shows him: name and phone, masked; what became of the invitation."""

    guest: GatheringGuest
    name: str
    phone: str
    state: GuestState


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation came to: how many are invited, how many of them get a text, and why the others get none."""

    number: int
    texted: int
    not_texted: Counter[str]


# Inviting


def candidates(session: Session, actor: Actor, now: datetime, gathering: Gathering, wanted: Filter) -> list[Candidate]:
    """The clients of the development whom the actor may see, who fit, and are not invited yet."""
    there = select(GatheringGuest.file_id).where(GatheringGuest.gathering_id == gathering.id)
    stmt = scope.care_files(session, actor).where(
        CareFile.development_id == gathering.development_id, CareFile.id.not_in(there)
    )
    if wanted.carer_id is not None:
        stmt = stmt.where(carer_of(CareFile.id) == wanted.carer_id)
    if wanted.tag_id is not None:
        tag = tags.find(session, actor, wanted.tag_id)
        stmt = stmt.where(tags.bears(actor, now, tag) if tag else false())
    loaded = joinedload(CareFile.client), joinedload(CareFile.development)
    rows = files.shown(session, actor, session.scalars(stmt.options(*loaded).order_by(CareFile.id.desc())).all())
    fitting = [row for row in rows if _fits(row, wanted)][:MOST]
    refusals = texts.refusals_of(session, now, {row.file.client_id for row in fitting})
    return [Candidate(row, refusals[row.file.client_id]) for row in fitting]


def _fits(row: FileRow, wanted: Filter) -> bool:
    if wanted.stage is None and row.standing.stage is Stage.LOST:
        return False  # whom nobody asked for by name is left alone
    if wanted.stage is not None and row.standing.stage is not wanted.stage:
        return False
    grade = row.judgement.grade if row.judgement else None
    return grade is wanted.grade if wanted.grade is not None else grade is not Grade.INVALID


def invite(
    session: Session,
    actor: Actor,
    now: datetime,
    gathering: Gathering,
    chosen: Collection[int],
    say: Callable[[GatheringGuest], str] | None,
) -> Invited:
    """Invite clients of the development, each once. `say`: the words of the text; None: no text goes out.

    An invitation is advertising: its text goes within the hard limits (`care.limits`). Whom they keep it from has a
    carer with the link. Raises Refusal: gathering_cancelled, gathering_began.
    """
    gatherings.check_to_come(gathering, now)
    stmt = scope.care_files(session, actor).where(CareFile.development_id == gathering.development_id)
    rows = session.scalars(stmt.where(CareFile.id.in_(list(chosen)[:MOST])).order_by(CareFile.id)).all()
    number, texted, not_texted = 0, 0, Counter[str]()
    for file in rows:
        made = insert_unless_there(
            session,
            GatheringGuest,
            ("gathering_id", "file_id"),
            gathering_id=gathering.id,
            file_id=file.id,
            link_key=secrets.token_urlsafe(16),
            invited_at=now,
            invited_by=actor.id,
        )
        if made is None:
            continue
        number += 1
        if say is None:
            continue
        try:
            limits.send(session, actor, now, file, NewText(say(session.get_one(GatheringGuest, made))))
            texted += 1
        except Refusal as refusal:
            not_texted[refusal.code] += 1
    audit.record(session, actor, now, "guests_invited", gathering, guests=number, texted=texted)
    return Invited(number, texted, not_texted)


# Answering


def by_key(session: Session, key: str) -> GatheringGuest | None:
    """The guest whose card this is."""
    loaded = joinedload(GatheringGuest.gathering).joinedload(Gathering.development)
    return session.scalar(select(GatheringGuest).where(GatheringGuest.link_key == key).options(loaded))


def answer(session: Session, now: datetime, guest: GatheringGuest, party: int) -> None:
    """Take a guest's answer down: with how many people he comes; 0: he does not. It may be changed until it begins.

    Raises Refusal: gathering_full (with `left`), and those of `check_answer`.
    """
    gathering = guest.gathering
    while True:
        came = guest.arrived_at is not None
        check_answer(gatherings.state_of(gathering, now), party, came=came)
        before = guest.party
        if _answered(session, now, guest, before, party):
            break
        session.refresh(guest)  # answered twice at once: the first is counted
    more = party - (before or 0)
    fits = Gathering.id == gathering.id, Gathering.taken + more <= Gathering.places, Gathering.cancelled_at.is_(None)
    stmt = update(Gathering).where(*fits).values(taken=Gathering.taken + more).returning(Gathering.id)
    taken = session.scalar(stmt)
    session.refresh(gathering)
    if taken is None:
        raise Refusal("gathering_full", field="party", left=gathering.places - gathering.taken)
    nobody = Actor(None, None)
    audit.record(session, nobody, now, "guest_answered", guest, party=party)
    person_id = session.scalar(select(carer_of(guest.file_id)))
    whom = Concerned(person_id, development=gathering.development_id)
    tell(session, nobody, now, "guest_answered", guest, whom, gathering=gathering.id, people=party)


def _answered(session: Session, now: datetime, guest: GatheringGuest, before: int | None, party: int) -> bool:
    same = GatheringGuest.party.is_(None) if before is None else GatheringGuest.party == before
    stmt = update(GatheringGuest).where(GatheringGuest.id == guest.id, same)
    done = session.scalar(stmt.values(party=party, answered_at=now).returning(GatheringGuest.id)) is not None
    session.refresh(guest)
    return done


# At the site


def receive(session: Session, actor: Actor, now: datetime, guest: GatheringGuest) -> list[Voucher]:
    """A guest is there: written down once, as a contact in his file too; what he gets.

    Raises Refusal: those of `check_arrival`.
    """
    gathering = guest.gathering
    check_arrival(gatherings.times_of(gathering), now, cancelled=gathering.cancelled_at is not None)
    stmt = update(GatheringGuest).where(GatheringGuest.id == guest.id, GatheringGuest.arrived_at.is_(None))
    values = {"arrived_at": now, "received_by": actor.id}
    first = session.scalar(stmt.values(**values).returning(GatheringGuest.id)) is not None
    session.refresh(guest)
    if not first:
        return gifts_of(session, guest)
    tomorrow = local_day(now) + timedelta(days=1)  # so that the carer speaks with the guest then
    came = NewContact(Channel.EVENT, now, ContactOutcome.REACHED, next_on=tomorrow, step=CAME_TO_GATHERING)
    log(session, actor, now, guest.file, came)
    audit.record(session, actor, now, "guest_received", guest, gathering=gathering.id)
    if gathering.with_gift:
        _give(session, actor, now, guest)
    return gifts_of(session, guest)


def _give(session: Session, actor: Actor, now: datetime, guest: GatheringGuest) -> None:
    """The visit's gift of the plan in force: what gifts may cost is finance's word, here as at a stand."""
    place = guest.gathering.development_id
    gift = gifts.planned(session, now, Event.VISIT, place)
    for slot, item in enumerate(gift.items if gift else ()):
        issue = vouchers.Issue(f"{_reference(guest)}{slot}", place, item, gift.valid_days if gift else 0)
        vouchers.issue(session, actor, now, issue)


def gifts_of(session: Session, guest: GatheringGuest) -> list[Voucher]:
    """The vouchers that a guest got at a gathering."""
    return list(vouchers.shown(session, Voucher.reference.startswith(_reference(guest), autoescape=True)))


def _reference(guest: GatheringGuest) -> str:
    return f"gathering:{guest.id}:"


# Finding them


def listed(actor: Actor, gathering: Gathering) -> Select[GatheringGuest]:
    """The guests of a gathering whom the actor may see."""
    stmt = visible(actor, GatheringGuest).where(GatheringGuest.gathering_id == gathering.id)
    loaded = joinedload(GatheringGuest.file).joinedload(CareFile.client)
    return stmt.options(loaded).order_by(GatheringGuest.party.is_(None), GatheringGuest.party.desc(), GatheringGuest.id)


def shown(session: Session, now: datetime, rows: Sequence[GatheringGuest]) -> list[GuestRow]:
    """Guests as a list shows them."""
    return [
        GuestRow(
            row,
            contacts.mask_name(files.name_of(session, row.file)),
            contacts.open_phone(session, row.file.client).masked,
            guest_state(gatherings.state_of(row.gathering, now), row.party, came=row.arrived_at is not None),
        )
        for row in rows
    ]
