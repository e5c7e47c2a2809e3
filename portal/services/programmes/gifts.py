"""Gifts that follow a scan or a visit, before there is any deal (rules 7.3): each event brings its voucher once.

The target is what the plan says for the events there are; the vouchers' references say what was given; so granting
again gives nothing. A gift belongs to whoever shows it: nobody's name is on it.

A stand gives no more than it has: of an item that is counted, every open voucher is a piece that is promised.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from commissions.refusal import Refusal
from referral.programme import ProgrammeState
from referral.rewards.reward_plan import Audience, Event, Gift, Item, Kind, RewardPlan
from referral.voucher import VoucherState

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import Lead, Programme, ProgrammeKind, Referrer, Stock, Touch, Voucher
from ...rules.partners.policy import Policy
from ...session import Session
from ..referral import referrers, scans
from ..referral.scans import Visitor
from ..rewards import promises, rewards
from ..vouchers import vouchers
from . import programmes

GIFTS_A_CODE = 6
"""So many gifts are given for one code of a stand's tablet: more people than can scan it in its minute."""


def give_visit_gifts(session: Session, actor: Actor, now: datetime, touch: Touch) -> list[Voucher]:
    """The gifts for the first visit of a referred friend, by the plan that was promised to the referrer.

    A touch that no referrer made brings none, nor does a plan without such a gift or one whose most is reached.
    """
    referrer = referrers.of_touch(session, touch)
    plan = None if referrer is None else _plan(session, referrer, now, touch)
    gift = None if plan is None else plan.gift_at(Event.VISIT)
    if referrer is None or gift is None:
        return []
    _hold(session, referrer.id)
    given_to = f"visit:{referrer.id}:"
    reference = f"{given_to}{touch.id}"
    if gift.most is not None and _events(session, given_to, but=reference) >= gift.most:
        return []
    return _issue(session, actor, now, referrer, gift, reference, days=gift.valid_days)


def of_visit(session: Session, touch: Touch) -> Sequence[Voucher]:
    """The vouchers that the first visit of a friend has brought, whatever became of them."""
    referrer = referrers.of_touch(session, touch)
    if referrer is None:
        return []
    named = Voucher.reference.startswith(f"visit:{referrer.id}:{touch.id}:", autoescape=True)
    return vouchers.shown(session, named)


def scan_gift(session: Session, now: datetime, programme: Programme) -> Gift | None:
    """What a passer-by gets at this stand today by the plan in force; None where nothing is promised there."""
    return open_gift(session, now, programme, Event.SCAN)


def open_gift(session: Session, now: datetime, programme: Programme, event: Event) -> Gift | None:
    """What an event brings at this stand today; None where it is not open, or nothing is promised."""
    is_open = programmes.state_of(programme, local_day(now)) is ProgrammeState.OPEN
    return stand_gift(session, now, programme, event) if is_open else None


def stand_gift(session: Session, now: datetime, programme: Programme, event: Event) -> Gift | None:
    """What this stand promises on the days on which it is open: the plan's gift, or its own in that one's place."""
    gift = (
        planned(session, now, event, programme.referrer.development_id)
        if programme.kind is ProgrammeKind.STAND
        else None
    )
    own = next((one for one in programme.own_gifts if one.event is event), None)
    if gift is None or own is None:
        return gift
    return replace(gift, items=(Item(Kind.GIFT, own.title, value_fen=own.value_fen),))


def planned(session: Session, now: datetime, event: Event, development_id: int) -> Gift | None:
    """What the plan of programmes in force in a development gives for an event."""
    plan = promises.in_force(session, Audience.PROGRAMME, now, development_id)
    return None if plan is None else plan.gift_at(event)


def gifts_left(session: Session, now: datetime, programme: Programme, gift: Gift) -> bool:
    """Whether somebody who asks now would get it: the day's number and the pieces that are counted."""
    today = (Voucher.referrer_id == programme.referrer_id) & (Voucher.issued_at >= day_start(local_day(now)))
    first = Voucher.reference.startswith(f"{gift.event}:") & Voucher.reference.endswith(":0")
    given = session.scalar(select(func.count(Voucher.id)).where(today, first)) or 0
    if gift.most is not None and given >= gift.most:
        return False
    wanted = Counter(item.title for item in gift.items)
    free = _free(session, now, programme.referrer.development_id, list(wanted))
    return all(free[title] >= number for title, number in wanted.items() if title in free)


def give_scan_gifts(
    session: Session, actor: Actor, now: datetime, programme: Programme, *, key: str, visitor: Visitor | None = None
) -> Sequence[Voucher]:
    """The gifts for a scan at an open stand, by the programmes' plan in force; good until the end of `valid_days`, of
    which today is the first.

    `key`, at most 40 signs, names the tap: the same one again brings the same vouchers. Raises Refusal: `no_gift_here`;
    `gifts_used_up`, when the day's number was given or no piece is left; `gifts_fetched` (fact `most`), when the
    `visitor` has as many of today as one may (policy `visitor_gifts`). Where the stand asks for the tablet's code,
    `key` begins with its half minute and a hyphen: `gift_code_needed`, `gift_code_used` when its gifts were given.
    """
    reference = f"scan:{programme.referrer_id}:{key}"
    _hold(session, programme.referrer_id)
    given = of_scan(session, programme.referrer_id, key)
    if given:
        return given
    gift = scan_gift(session, now, programme)
    if gift is None:
        raise Refusal("no_gift_here")
    counted = _counted_as(programme.referrer.development_id, [item.title for item in gift.items])
    session.execute(select(Stock.id).where(counted).order_by(Stock.id).with_for_update())  # other stands wait here
    if not gifts_left(session, now, programme, gift):
        raise Refusal("gifts_used_up")
    _check_code(session, programme, key)
    _check_visitor(session, now, programme, visitor)
    return _issue(session, actor, now, programme.referrer, gift, reference, days=gift.valid_days - 1)


def give_for_number(
    session: Session, actor: Actor, now: datetime, programme: Programme, gift: Gift, lead: Lead
) -> Sequence[Voucher]:
    """The gifts for a number that is new to a development: once for each, whatever stand it is left at. None where the
    day's number was given or no piece is left; the page has promised no more."""
    _hold(session, programme.referrer_id)
    counted = _counted_as(lead.development_id, [item.title for item in gift.items])
    session.execute(select(Stock.id).where(counted).order_by(Stock.id).with_for_update())
    if not gifts_left(session, now, programme, gift):
        return []
    reference = f"lead:{lead.development_id}:{lead.client_id}"
    return _issue(session, actor, now, programme.referrer, gift, reference, days=gift.valid_days)


def of_scan(session: Session, programme_id: int, key: str) -> Sequence[Voucher]:
    """The vouchers that a tap has brought."""
    named = Voucher.reference.startswith(f"scan:{programme_id}:{key}:", autoescape=True)
    return session.scalars(select(Voucher).where(named).order_by(Voucher.id)).all()


def _check_code(session: Session, programme: Programme, key: str) -> None:
    if not programme.asks_code:
        return
    step, hyphen, _tap = key.partition("-")
    if not (hyphen and step.isdigit()):
        raise Refusal("gift_code_needed")
    if _events(session, f"scan:{programme.referrer_id}:{step}-", but="") >= GIFTS_A_CODE:
        raise Refusal("gift_code_used")


def _check_visitor(session: Session, now: datetime, programme: Programme, visitor: Visitor | None) -> None:
    most = Policy.of(programme.referrer.development.policy).visitor_gifts
    if visitor and not scans.take_place(session, now, referrer_id=programme.referrer_id, visitor=visitor, most=most):
        raise Refusal("gifts_fetched", most=most)


def _plan(session: Session, referrer: Referrer, now: datetime, touch: Touch) -> RewardPlan | None:
    """A person's friend gets what held when the number was left; a programme gives what is in force."""
    if referrer.audience is Audience.PROGRAMME:
        return promises.in_force(session, Audience.PROGRAMME, now, referrer.development_id)
    return rewards.plan_of(session, referrer, rewards.left_at(session, touch))


def _hold(session: Session, referrer_id: int) -> None:
    """Let nobody else give by this code until the transaction ends."""
    session.execute(select(Referrer.id).where(Referrer.id == referrer_id).with_for_update())


def _free(session: Session, now: datetime, development_id: int, titles: Sequence[str]) -> dict[str, int]:
    """How many pieces of each counted item are promised to nobody."""
    counted = select(Stock.title, Stock.left_over).where(_counted_as(development_id, titles))
    promised = select(Voucher.title, func.count()).where(
        Voucher.development_id == development_id,
        Voucher.title.in_(titles),
        Voucher.state == VoucherState.OPEN,
        Voucher.expires_at > now,
    )
    out: dict[str, int] = dict(session.execute(promised.group_by(Voucher.title)).all())
    return {title: left - out.get(title, 0) for title, left in session.execute(counted)}


def _counted_as(development_id: int, titles: Sequence[str]) -> ColumnElement[bool]:
    return (Stock.development_id == development_id) & Stock.title.in_(titles)


def _issue(
    session: Session, actor: Actor, now: datetime, by: Referrer, gift: Gift, reference: str, *, days: int
) -> list[Voucher]:
    return [
        vouchers.issue(
            session,
            actor,
            now,
            vouchers.Issue(f"{reference}:{slot}", by.development_id, item, days, referrer_id=by.id),
        )
        for slot, item in enumerate(gift.items)
    ]


def _events(session: Session, given_to: str, *, but: str) -> int:
    """How many other events of this kind brought a gift: each has one voucher in slot 0."""
    of = Voucher.reference
    stmt = select(func.count(Voucher.id)).where(of.startswith(given_to), of.endswith(":0"), of != f"{but}:0")
    return session.scalar(stmt) or 0
