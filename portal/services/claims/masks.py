"""Masked registrations (隐号报备): how parts of a number rest, which of them a number fits, and what becomes of one.

Until a visit that counts has shown whose number it is, a mask keeps its place in the order of first contact and nobody
out, and nothing that anybody is told depends on it (ADR 73).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Exists, Select, SQLColumnExpression, and_, func, or_, select

from ...access.actor import SYSTEM
from ...models import (
    Client,
    Deal,
    MaskAnswer,
    Milestone,
    MilestoneKind,
    Outcome,
    Person,
    Registration,
    RegistrationMask,
    RegistrationWithdrawal,
    SearchTerm,
    Showing,
    Touch,
    TouchKind,
)
from ...rules.judgements.completing import Found, doubt_of
from ...rules.judgements.profile import Profile, WhoWins
from ...rules.judgements.protection import runs_at
from ...rules.registrations.masks import Mask
from ...rules.registrations.surnames import readings
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from . import known_clients, rule_profiles, search_terms, touches


def keep(session: Session, registration: Registration, mask: Mask, name: str) -> RegistrationMask:
    """Seal the parts of a number of a registration, and let it be found by them."""
    session.flush()
    sealed = contacts.seal_mask(session, registration.id, mask)
    row = RegistrationMask(registration=registration, touch=registration.touch, mask_sealed=sealed)
    session.add(row)
    search_terms.keep_masked(session, registration, name, mask)
    return row


def alike(session: Session, development_id: int, name: str, mask: Mask) -> Select[int | None]:
    """The masked registrations of a development whose parts are these, and whose surname sounds alike: their ids."""
    digests = search_terms.mask_digests(session, development_id, name, mask)
    return select(SearchTerm.registration_id).where(
        SearchTerm.digest.in_(digests), SearchTerm.registration_id.is_not(None)
    )


def own_running(session: Session, now: datetime, broker: Person, of: Select[int | None]) -> list[Registration]:
    """Which of these registrations are in the care of this broker of this agency and run, the oldest first."""
    rows = session.scalars(
        select(Registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(Registration.id.in_(of), Registration.agency_id == broker.agency_id, *_running(now))
        .order_by(Registration.id)
    )
    return [row for row in rows if row.carer.id == broker.id]


def running_of(broker_id: SQLColumnExpression[int], now: SQLColumnExpression[datetime]) -> Exists:
    """For the database: whether the broker registered anybody by parts of a number that runs; others, who took one
    over, look for it."""
    stmt = select(Registration.id).join(Touch, Touch.id == Registration.touch_id)
    mine = Registration.broker_id == broker_id, Registration.outcome == Outcome.PROVISIONAL
    return stmt.where(*mine, *_running(now)).exists()


def fits(session: Session, registration: Registration, mask: Mask, name: str) -> bool:
    """Whether the client of a registration, whose number is known, may be who a mask and a name stand for."""
    if registration.client is None or contacts.is_erased(registration.client):
        return False
    number = contacts.open_phone(session, registration.client).e164
    return mask.fits(number) and bool(readings(name) & readings(contacts.open_name(session, registration.name_sealed)))


def with_tail(session: Session, development_id: int, mask: Mask) -> Select[int | None]:
    """The registrations of a development whose number ends as a mask does: their ids."""
    digests = search_terms.tail_digests(session, development_id, mask.last)
    return select(SearchTerm.registration_id).where(
        SearchTerm.digest.in_(digests), SearchTerm.registration_id.is_not(None)
    )


# What becomes of one


def answer(session: Session, now: datetime, showing: Showing) -> MaskAnswer | None:
    """A visit that counts has shown whose number it is: what became of the mask, once. None where it was answered.

    It stands with its own old time, and whoever came after it stands behind it; or a person decides. The caller has
    locked the client. Two masks of one number, and one of two numbers, are answered one after another.
    """
    touch = session.get_one(Touch, showing.touch_id)
    row = touch.mask
    if row is None or row.answer is not None or touch.retired_at is not None:
        return None
    mask, name = Mask.read(contacts.open_mask(session, row)), contacts.open_name(session, touch.name_sealed)
    same = alike(session, touch.development_id, name, mask)
    of_these = select(Registration.touch_id).where(Registration.id.in_(same), Registration.touch_id.is_not(None))
    session.execute(
        select(Touch.id).where(Touch.id.in_(of_these)).order_by(Touch.id).with_for_update(of=Touch, key_share=True)
    )
    profile = rule_profiles.in_force(session, touch.development, touch.at)
    found = Found(
        held=_held(session, touch) or known_clients.known_at(session, touch),
        older_mask=profile.who_wins is WhoWins.FIRST_REGISTERED and _older(session, touch, of_these),
        sold=_sold(session, touch, profile),
        other_number=_other_number(session, now, touch, mask, name),
    )
    made = MaskAnswer(mask=row, client_id=touch.whose, showing_id=showing.id, doubt=doubt_of(found), at=now)
    session.add(made)
    session.flush()
    audit.record(session, SYSTEM, now, "mask_answered", row.registration, doubt=made.doubt)
    behind: Sequence[Touch] = ()
    if made.doubt is None and profile.who_wins is WhoWins.FIRST_REGISTERED:
        behind = touches.go_before(session, touch, showing.at)
    _tell(session, now, touch, row.registration, made, behind)
    return made


def _tell(
    session: Session,
    now: datetime,
    touch: Touch,
    registration: Registration,
    made: MaskAnswer,
    behind: Sequence[Touch],
) -> None:
    whom = Concerned(touch.carer.id, touch.agency_id, touch.development_id)
    kind = "mask_completed" if made.doubt is None else "mask_doubted"
    tell(session, SYSTEM, now, kind, registration, whom)
    stmt = select(Registration).where(Registration.touch_id.in_([one.id for one in behind])).order_by(Registration.id)
    for other in session.scalars(stmt) if behind else ():
        concerned = Concerned(other.carer.id, other.agency_id, other.development_id)
        tell(session, SYSTEM, now, "registration_behind", other, concerned)


def _held(session: Session, touch: Touch) -> bool:
    """Whether somebody else had the client when the mask came."""
    leads = and_(Touch.kind == TouchKind.REFERRAL_LEAD, Touch.holds_from.is_(None))
    there = select(Touch.id).where(*_before(touch), or_(Touch.holds_from <= touch.at, leads), *_of_others(touch))
    return session.scalar(there.where(*_not_taken_back()).limit(1)) is not None


def _older(session: Session, touch: Touch, of_these: Select[int | None]) -> bool:
    """Whether an older mask that fits the number ran when this one came, and has not turned out to be somebody else."""
    stmt = (
        select(Touch.id)
        .join(RegistrationMask, RegistrationMask.touch_id == Touch.id)
        .outerjoin(MaskAnswer, MaskAnswer.mask_id == RegistrationMask.id)
        .where(
            Touch.id.in_(of_these),
            Touch.id < touch.id,
            or_(Touch.protected_until.is_(None), Touch.protected_until > touch.at),
            or_(MaskAnswer.id.is_(None), MaskAnswer.doubt.is_not(None), MaskAnswer.client_id == touch.client_id),
            *_of_others(touch),
            *_not_taken_back(),
        )
    )
    return session.scalar(stmt.limit(1)) is not None


def _sold(session: Session, touch: Touch, profile: Profile) -> bool:
    """Whether nobody might come when the mask came, for the client had subscribed."""
    if not profile.after_subscription_days:
        return False
    here = Deal.development_id == touch.development_id, Deal.client_id == touch.client_id
    subscribed = select(func.max(Milestone.at)).join(Deal).where(*here, Milestone.kind == MilestoneKind.SUBSCRIBED)
    at = session.scalar(subscribed.where(Milestone.at < touch.at))
    return at is not None and runs_at(profile.sold_until(at), touch.at)


def _other_number(session: Session, now: datetime, touch: Touch, mask: Mask, name: str) -> bool:
    """Whether the mask fits another number as well, whose client somebody else has now."""
    digests = search_terms.tail_digests(session, touch.development_id, mask.last)
    registered = select(Registration.touch_id).join(SearchTerm, SearchTerm.registration_id == Registration.id)
    walked_in = select(SearchTerm.touch_id).where(SearchTerm.digest.in_(digests), SearchTerm.touch_id.is_not(None))
    found = registered.where(SearchTerm.digest.in_(digests), Registration.touch_id.is_not(None))
    rows = session.scalars(
        select(Touch)
        .outerjoin(RegistrationMask, RegistrationMask.touch_id == Touch.id)
        .where(
            or_(Touch.id.in_(found), Touch.id.in_(walked_in), Touch.id.in_(search_terms.touches_of_leads(digests))),
            Touch.client_id != touch.client_id,
            or_(RegistrationMask.id.is_(None), Touch.holds_from.is_not(None)),
            *_running(now),
            *_of_others(touch),
        )
        .order_by(Touch.id)
    )
    return any(_may_be(session, row, mask, name) for row in rows)


def _may_be(session: Session, row: Touch, mask: Mask, name: str) -> bool:
    if contacts.is_erased(row.whom) or not mask.fits(contacts.open_phone(session, row.whom).e164):
        return False
    return bool(readings(name) & readings(contacts.open_name(session, row.name_sealed)))


def _before(touch: Touch) -> tuple[ColumnElement[bool], ...]:
    """The touches of the same client that came before this one, and ran when it came."""
    return (
        Touch.development_id == touch.development_id,
        Touch.client_id == touch.client_id,
        Touch.id < touch.id,
        or_(Touch.protected_until.is_(None), Touch.protected_until > touch.at),
    )


def _of_others(touch: Touch) -> tuple[ColumnElement[bool], ...]:
    own = and_(
        Touch.kind == TouchKind.REGISTRATION,
        Touch.person_id == touch.person_id,
        Touch.agency_id == touch.agency_id,
    )
    return (~own,)


def _not_taken_back() -> tuple[ColumnElement[bool], ...]:
    registered = select(Registration.touch_id).join(
        RegistrationWithdrawal, RegistrationWithdrawal.registration_id == Registration.id
    )
    return ~Touch.withdrawal.has(), Touch.id.not_in(registered.where(Registration.touch_id.is_not(None)))


def _running(now: datetime | SQLColumnExpression[datetime]) -> tuple[ColumnElement[bool], ...]:
    return Touch.retired_at.is_(None), or_(Touch.protected_until.is_(None), Touch.protected_until > now)


def open_ones() -> ColumnElement[bool]:
    """For the database: masked registrations whose number nobody has shown."""
    answered = select(RegistrationMask.registration_id).join(MaskAnswer, MaskAnswer.mask_id == RegistrationMask.id)
    return and_(Registration.outcome == Outcome.PROVISIONAL, Registration.id.not_in(answered))


def provisional() -> ColumnElement[bool]:
    """For the database: masked registrations that do not stand: nobody has shown the number, or a person decides."""
    stands = (
        select(RegistrationMask.registration_id)
        .join(MaskAnswer, MaskAnswer.mask_id == RegistrationMask.id)
        .where(MaskAnswer.doubt.is_(None))
    )
    return and_(Registration.outcome == Outcome.PROVISIONAL, Registration.id.not_in(stands))


def that_fit(session: Session, development_id: int, client: Client) -> list[Registration]:
    """The masked registrations of a development whose number nobody gave, and whose parts and surname fit a client who
    is registered there: for who decides whose he is, the oldest first."""
    of = Registration
    here = of.development_id == development_id, of.client_id == client.id
    names = [contacts.open_name(session, sealed) for sealed in session.scalars(select(of.name_sealed).where(*here))]
    heard = {one for name in names for one in readings(name)}
    return [
        row
        for row in of_client(session, client)
        if row.development_id == development_id
        and row.withdrawal is None
        and readings(contacts.open_name(session, row.name_sealed)) & heard
    ]


def of_client(session: Session, client: Client) -> list[Registration]:
    """The masked registrations that were not completed and may mean this client, by the number alone: for who asks
    what is stored about him."""
    if contacts.is_erased(client):
        return []
    mask = Mask.of(contacts.open_phone(session, client).e164)
    if mask is None:
        return []
    digests = search_terms.tail_digests_everywhere(session, mask.last)
    stmt = select(Registration).join(SearchTerm, SearchTerm.registration_id == Registration.id)
    stmt = stmt.where(SearchTerm.digest.in_(digests), Registration.client_id.is_(None)).order_by(Registration.id)
    rows = session.scalars(stmt)
    return [row for row in rows if row.mask is not None and contacts.open_mask(session, row.mask) == str(mask)]
