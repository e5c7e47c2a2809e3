"""Invitations to homeowners: a link by text that makes a referrer of who opens it, once (rules 7.1).

The link goes to the invited number alone, so that who holds it holds the phone. Texts that can wait go out by day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, select, true, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import joining as rule

from ...access.actor import Actor
from ...access.scope import visible
from ...crypto import token as new_token
from ...models import Audience, Campaign, Development, Invitation, JoinedBy, TextKind, TextMessage
from ...rules.messages.quiet_hours import earliest
from ...rules.messages.stop_word import says_stop
from ...session import Session
from .. import audit, contacts, timekeeping
from ..contacts import Phone, vault_of
from ..inserts import insert_unless_there
from ..messages import texts
from .joining import Joined, Manner, Member, Terms, account_of, make_member

LASTS = timedelta(days=14)
ERASED_AFTER = timedelta(days=30)
_PURPOSE = "referrer invitation"
_NAME = "invitation.name"
_UNENDED = and_(Invitation.accepted_at.is_(None), Invitation.declined_at.is_(None), Invitation.withdrawn_at.is_(None))


class InvitationState(StrEnum):
    """Where an invitation stands. Over: nobody answered within its days."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as staff see it: the name, the masked number, where it stands, and its latest text."""

    row: Invitation
    name: str
    phone: str
    state: InvitationState
    text: TextMessage | None


def state_of(row: Invitation, now: datetime) -> InvitationState:
    """Where an invitation stands."""
    if row.accepted_at is not None:
        return InvitationState.ACCEPTED
    if row.declined_at is not None:
        return InvitationState.DECLINED
    if row.withdrawn_at is not None:
        return InvitationState.WITHDRAWN
    return InvitationState.OPEN if now < row.until else InvitationState.OVER


def filtered(
    actor: Actor, now: datetime, *, development_id: int | None = None, state: InvitationState | None = None
) -> Select[Invitation]:
    """The invitations that the actor may see."""
    stmt = visible(actor, Invitation).options(joinedload(Invitation.development), joinedload(Invitation.inviter))
    if development_id is not None:
        stmt = stmt.where(Invitation.development_id == development_id)
    conditions: Mapping[InvitationState, ColumnElement[bool]] = {
        InvitationState.OPEN: _UNENDED & (Invitation.until > now),
        InvitationState.OVER: _UNENDED & (Invitation.until <= now),
        InvitationState.ACCEPTED: Invitation.accepted_at.is_not(None),
        InvitationState.DECLINED: Invitation.declined_at.is_not(None),
        InvitationState.WITHDRAWN: Invitation.withdrawn_at.is_not(None),
    }
    return stmt if state is None else stmt.where(conditions[state])


def shown(session: Session, now: datetime, rows: Sequence[Invitation]) -> list[Invited]:
    """Invitations as a list shows them, with what became of their texts, in one query for all."""
    sent = texts.of_keys(session, [_key(row) for row in rows])
    return [
        Invited(row, name_of(session, row), _masked(session, row), state_of(row, now), sent.get(_key(row)))
        for row in rows
    ]


def open_one(session: Session, development_id: int, phone: Phone) -> Invitation | None:
    """The invitation to a number in a development that has not ended, be it over by its day."""
    indexes = contacts.phone_indexes(session, phone)
    mine = (Invitation.development_id == development_id) & Invitation.phone_index.in_(indexes)
    return session.scalar(select(Invitation).where(mine, _UNENDED))


def invite(
    session: Session, actor: Actor, now: datetime, development: Development, *, name: str, phone: Phone, home: str
) -> Invitation | None:
    """Invite a homeowner by text, or once more whose invitation is over; None where somebody did so meanwhile."""
    index = contacts.phone_index(session, phone)
    before = open_one(session, development.id, phone)
    if before is not None and state_of(before, now) is InvitationState.OPEN:
        return None
    if before is not None:
        return resend(session, actor, now, before)
    secret = new_token(24)
    key = insert_unless_there(
        session,
        Invitation,
        ("development_id", "phone_index"),
        _UNENDED,
        development_id=development.id,
        name_sealed=vault_of(session).seal_text(name, _NAME),
        phone_sealed=contacts.seal_phone(session, phone),
        phone_index=index,
        home=home or None,
        digest=_digests(session, secret)[0],
        invited_at=now,
        invited_by=actor.id,
        sent_at=now,
        sent_times=1,
        until=now + LASTS,
    )
    if key is None:
        return None
    row = session.get_one(Invitation, key)
    _text(session, now, row, secret)
    audit.record(session, actor, now, "referrer_invited", row, development_id=development.id)
    return row


def resend(session: Session, actor: Actor, now: datetime, row: Invitation) -> Invitation:
    """Send an invitation once more, with another link; the one before is good no longer.

    Raises Refusal: invitation_ended, invitation_just_sent, invitation_sent_often.
    """
    if state_of(row, now) not in (InvitationState.OPEN, InvitationState.OVER):
        raise Refusal("invitation_ended")
    rule.check_sending_again(now, row.sent_at, row.sent_times)
    secret = new_token(24)
    digest, times = _digests(session, secret)[0], row.sent_times + 1
    anew = {"digest": digest, "sent_at": now, "sent_times": times, "until": now + LASTS}
    if not _write(session, row, Invitation.sent_times == row.sent_times, anew):
        raise Refusal("invitation_ended")
    _text(session, now, row, secret)
    audit.record(session, actor, now, "invitation_sent_again", row, count=row.sent_times)
    return row


def withdraw(session: Session, actor: Actor, now: datetime, row: Invitation) -> None:
    """Take an invitation back; its link is good no longer. Raises Refusal(invitation_ended)."""
    if not _end(session, row, withdrawn_at=now, withdrawn_by=actor.id):
        raise Refusal("invitation_ended")
    audit.record(session, actor, now, "invitation_withdrawn", row)


def find(session: Session, now: datetime, secret: str) -> Invitation:
    """The invitation of a link. Raises Refusal(invitation_over): made up, over, answered, or taken back."""
    found = select(Invitation).where(Invitation.digest.in_(_digests(session, secret)))
    row = session.scalar(found.options(joinedload(Invitation.development), joinedload(Invitation.inviter)))
    if row is None or state_of(row, now) is not InvitationState.OPEN or row.development.closed_at is not None:
        raise Refusal("invitation_over")
    return row


def accept(session: Session, now: datetime, secret: str, *, name: str, terms: Terms, address: str) -> Joined:
    """Make a referrer of who was invited.

    Raises Refusal: those of `find` (also for the slower of two), `check_terms`, `check_real_name`, `check_account`.
    """
    now = timekeeping.trusted(session, now)
    row = find(session, now, secret)
    rule.check_terms(terms.version)
    rule.check_real_name(name)
    phone = _phone(session, row)
    rule.check_account(account_of(session, phone, row.development_id))
    member = Member(row.development, phone, name, Audience.HOMEOWNER, row.home)
    joined = make_member(session, now, member, Manner(JoinedBy.INVITATION, terms, address, Campaign.SMS))
    ended = _end(
        session,
        row,
        accepted_at=now,
        referrer_id=joined.referrer.id,
        name_sealed=None,
        phone_sealed=None,
    )
    if not ended:
        raise Refusal("invitation_over")
    return joined


def decline(session: Session, now: datetime, secret: str, *, address: str) -> None:
    """Who was invited does not want to; nobody texts about it again. Raises Refusal(invitation_over)."""
    row = find(session, now, secret)
    if not _end(session, row, declined_at=now):
        raise Refusal("invitation_over")
    _note_declined(session, now, row, address)


def take_answer(session: Session, now: datetime, *, phone: str, text: str, address: str | None) -> int:
    """Read an answer to our texts: "T" says no to every invitation that is open; how many those were."""
    if not says_stop(text):
        return 0
    try:
        indexes = contacts.phone_indexes(session, contacts.parse_phone(phone))
    except Refusal:
        return 0  # a number that no phone of ours can be
    rows = session.scalars(select(Invitation).where(Invitation.phone_index.in_(indexes), _UNENDED)).all()
    ended = [row for row in rows if _end(session, row, declined_at=now)]
    for row in ended:
        _note_declined(session, now, row, address)
    return len(ended)


def erase_over(session: Session, now: datetime) -> int:
    """Forget name and number of invitations that ended, or were over, some days ago; how many those were."""
    cut = now - ERASED_AFTER
    ended = (Invitation.declined_at < cut) | (Invitation.withdrawn_at < cut) | (_UNENDED & (Invitation.until < cut))
    gone = update(Invitation).where(Invitation.phone_sealed.is_not(None), ended)
    return int(session.execute(gone.values(name_sealed=None, phone_sealed=None)).rowcount)  # type: ignore[attr-defined]


def refused_before(session: Session, indexes: Iterable[str]) -> set[str]:
    """Those of these numbers whose owner declined an invitation, to whatever development."""
    declined = select(Invitation.phone_index).where(Invitation.declined_at.is_not(None))
    return set(session.scalars(declined.where(Invitation.phone_index.in_(list(indexes)))))


def name_of(session: Session, row: Invitation) -> str:
    """Who is invited; of who joined, the account's name; empty when it is erased."""
    if row.referrer is not None:
        return row.referrer.person.name
    return "" if row.name_sealed is None else vault_of(session).open_text(row.name_sealed, _NAME)


def _end(session: Session, row: Invitation, **values: object) -> bool:
    """End it, unless somebody was faster; whether it was ended."""
    return _write(session, row, true(), values)


def _note_declined(session: Session, now: datetime, row: Invitation, address: str | None) -> None:
    audit.record(session, Actor(None, None, address=address), now, "invitation_declined", row)


def _write(session: Session, row: Invitation, where: ColumnElement[bool], values: Mapping[str, object]) -> bool:
    """Write what becomes of an invitation that has not ended, where that still holds; whether it was written."""
    stmt = update(Invitation).where(Invitation.id == row.id, _UNENDED, where).values(values)
    written = bool(session.execute(stmt).rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
    session.refresh(row)
    return written


def _text(session: Session, now: datetime, row: Invitation, secret: str) -> None:
    """Write the text down; to a client who may not be texted none goes, and staff see that none went."""
    params = {"token": secret, "development": row.development.name, "inviter": row.inviter.name}
    message = texts.enqueue_to_stranger(
        session, now, _phone(session, row), TextKind.INVITATION, params, key=_key(row), expires_at=row.until
    )
    if message is not None:
        message.not_before = message.next_try_at = earliest(now)


def _key(row: Invitation) -> str:
    return f"invitation-{row.id}-{row.sent_times}"


def _phone(session: Session, row: Invitation) -> Phone:
    return contacts.open_number(session, row.phone_sealed)


def _masked(session: Session, row: Invitation) -> str:
    if row.referrer is not None:
        return contacts.open_phone(session, row.referrer.person).masked
    return "" if row.phone_sealed is None else _phone(session, row).masked


def _digests(session: Session, secret: str) -> list[str]:
    return vault_of(session).keyed_digests(secret, _PURPOSE)
