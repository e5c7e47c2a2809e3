"""Walk-in sign-in (到访登记): reception signs in who came without a broker (rules 2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import Client, Development, Lead, Person, Touch, TouchKind, WalkInWithdrawal
from ...rules.judgements.protection import Kind
from ...session import Session
from .. import audit, contacts, timekeeping
from ..claims import decision_receipts, overtaken, rule_profiles, search_terms, touches
from ..clients import find_client, find_or_create_client
from ..leads import phone_proofs
from ..leads import visits as friend_visits


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The touch that holds the client now, and whether it is the one just made."""

    touch: Touch
    new: bool


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Who came without a broker, as reception reads it; `friend_of` where a referrer sent the visitor.

    `withdrawn`: it was a slip, and `receipt_key` is of that.
    """

    touch: Touch
    at: datetime
    client_name: str
    client_phone: str
    receipt_key: str | None = None
    friend_of: str = ""
    withdrawn: bool = False


def invitations(session: Session, now: datetime, *, development_id: int, phone: str) -> Sequence[Lead]:
    """The friends' invitations to this number that wait for a proof: reception asks the visitor which it was.

    Raises Refusal(invalid_phone).
    """
    client = find_client(session, contacts.parse_mobile(phone))
    if client is None or touches.holder(session, development_id, client.id, now) is not None:
        return []
    return phone_proofs.waiting(session, now, development_id, client.id)


def sign_in_walk_in(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    development_id: int,
    phone: str,
    name: str,
    invited_by: int | None = None,
) -> SignedIn:
    """Sign a visitor in. A client who is held already stays with the holder, whom staff may know.

    `invited_by`: which of the `invitations` the visitor names, or 0 for none of them. Raises Refusal: invalid_phone;
    visitor_invited where there are some and reception has not said which.
    """
    number, now = contacts.parse_mobile(phone), timekeeping.trusted(session, now)
    development = session.get_one(Development, development_id)
    client = find_or_create_client(session, now, number)
    waiting = invitations(session, now, development_id=development_id, phone=phone)
    if waiting and invited_by not in {0, *(one.id for one in waiting)}:
        raise Refusal("visitor_invited", field="invited_by")
    if invited_by is not None:
        phone_proofs.meet(session, actor, now, waiting, invited_by)
    signed_in = _sign_in(session, actor, now, development, client, name)
    if signed_in.new:
        search_terms.keep(session, signed_in.touch, name, number)
    audit.record(session, actor, now, "walk_in_signed_in", signed_in.touch, new=signed_in.new)
    if signed_in.new:
        decision_receipts.of_walk_in(session, now, signed_in.touch)
        overtaken.tell_who_waits(session, actor, now, signed_in.touch)
    if signed_in.touch.kind == TouchKind.REFERRAL_LEAD:
        friend_visits.record_visit(session, actor, now, signed_in.touch)
    return signed_in


def walk_ins_since(session: Session, actor: Actor, since: datetime) -> list[WalkIn]:
    """Who was signed in since an instant, newest first: walk-ins, and friends whom a referrer sent."""
    rows = list(
        session.scalars(
            visible(actor, Touch)
            .where(Touch.kind == TouchKind.WALK_IN, Touch.at >= since)
            .options(joinedload(Touch.development), joinedload(Touch.client), joinedload(Touch.withdrawal))
            .order_by(Touch.id.desc())
        )
    )
    keys = decision_receipts.keys_of(session, Touch, [row.id for row in rows])
    backs = [row.withdrawal.id for row in rows if row.withdrawal]
    taken_back = decision_receipts.keys_of(session, WalkInWithdrawal, backs)
    came = [
        _seen(session, row, row.at, receipt_key=taken_back.get(row.withdrawal.id), withdrawn=True)
        if row.withdrawal
        else _seen(session, row, row.at, receipt_key=keys.get(row.id))
        for row in rows
    ]
    for visit in friend_visits.visits_since(session, visible(actor, Touch), since):
        came.append(_seen(session, visit.touch, visit.at, friend_of=visit.touch.person.name))
    return sorted(came, key=lambda one: one.at, reverse=True)


def seen(session: Session, touch: Touch) -> WalkIn:
    """A walk-in as reception reads it."""
    return _seen(session, touch, touch.at)


def _seen(session: Session, touch: Touch, at: datetime, **more: str | bool | None) -> WalkIn:
    name, phone = contacts.open_name(session, touch.name_sealed), contacts.open_phone(session, touch.whom).masked
    return WalkIn(touch, at, name, phone, **more)  # type: ignore[arg-type]  # as the fields are typed


def _sign_in(
    session: Session, actor: Actor, now: datetime, development: Development, client: Client, name: str
) -> SignedIn:
    """Take the client, or find who holds it; whoever is overtaken between the two asks again."""
    until = rule_profiles.in_force(session, development, now).known_until(now, Kind.WALK_IN)
    while True:
        held = touches.holder(session, development.id, client.id, now)
        if held is not None:
            return SignedIn(held, new=False)
        touch = touches.hold(
            session,
            now,
            touches.NewTouch(
                development=development,
                client_id=client.id,
                kind=TouchKind.WALK_IN,
                person=session.get_one(Person, actor.id),
                name=name,
                until=until,
            ),
        )
        if touch is not None:
            return SignedIn(touch, new=True)
