"""Deals (成交): who owns them, and the milestones that they reach.

A subscription is attributed once, by the rule over all touches of the client; from then on the owning touch
protects for good (rules 2.2, 2.3). Each milestone posts what it changes in the same transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, select
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import month_end, month_start
from ...models import Attribution, Client, Deal, DealKin, DealPart, Development, Milestone, MilestoneKind, Touch
from ...rules.conflicts.conflict import Kin
from ...rules.deals.attribution import Attributed, Touched, attribute
from ...rules.deals.milestones import check_milestone
from ...rules.deals.prices import check_price
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, contacts
from ..claims import decision_receipts, rule_profiles, touches
from ..clients import find_client, find_or_create_client
from ..commission import accruals, held, plans, window_locks
from ..events.telling import tell
from ..inserts import insert_unless_there
from ..programmes import discounts
from ..rewards import rewards
from .telling import all_concerned, carer_id

OLDEST_PROTECTED = "oldest_protected"
"""The rule by which deals are attributed, as their reasons name it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription (认购) that happened at an instant.

    `price_fen` is the price before a programme's discount; `price_is_right`: somebody looked at an unusual one again.
    """

    development_id: int
    phone: str
    name: str
    unit: str
    price_fen: int
    at: datetime
    price_is_right: bool = False
    kin: Kin | None = None
    kin_phone: str = ""
    """whose spouse, parent or child the buyer is, where that is said, by the phone"""


def open_deal(session: Session, actor: Actor, now: datetime, subscription: Subscription) -> Deal:
    """Record a subscription, and find whose deal it is.

    Where a company's lead owns the deal and the client is known as its employee, the deal's own price is what the
    discount leaves (rules 7.3). Raises Refusal: `invalid_phone`; `unit_taken` when the unit has a deal that is not
    cancelled; `milestone_ahead`; `discount_own_check`; those of `_check_price` and `_kin_of`.
    """
    place, at = subscription.development_id, subscription.at
    check_milestone({}, MilestoneKind.SUBSCRIBED, at, now)
    _check_price(session, place, subscription.price_fen, sure=subscription.price_is_right)
    kin = _kin_of(session, subscription)
    client = find_or_create_client(session, now, contacts.parse_phone(subscription.phone))
    known = _touches(session, place, client.id)
    attributed = attribute([touches.as_attributed(touch) for touch in known.values()], at)
    owner = None if attributed.owner is None else known[attributed.owner.touch_id]
    reckoned = discounts.reckon(session, place, client.id, owner, list_price_fen=subscription.price_fen, at=at)
    key = insert_unless_there(
        session,
        Deal,
        ("development_id", "unit"),
        Deal.cancelled_at.is_(None),
        development_id=place,
        client_id=client.id,
        name_sealed=contacts.seal_name(session, subscription.name.strip()),
        unit=subscription.unit.strip(),
        price_fen=reckoned.price_fen,
        created_at=now,
        created_by=actor.id,
        **_owned_by(owner),
    )
    if key is None:
        raise Refusal("unit_taken", field="unit")
    deal = session.get_one(Deal, key)
    attribution = Attribution(deal_id=deal.id, touch_id=deal.touch_id, why=_why(attributed, known, at), at=now)
    audit.record(session, actor, now, "deal_opened", deal, touch_id=deal.touch_id, price_fen=deal.price_fen)
    discounts.record(session, actor, now, deal, reckoned)
    _note_kin(session, actor, now, deal, kin, subscription.kin)
    _hold_on(session, now, attribution, owner, at)
    _reach(session, actor, now, deal, MilestoneKind.SUBSCRIBED, at, "")
    return deal


def _kin_of(session: Session, subscription: Subscription) -> Client | None:
    """Whose kin the buyer is, where that is a client whom this development knows; of others nothing is kept.

    Raises Refusal `kin_phone_needed`, and `invalid_phone` at that field.
    """
    if subscription.kin is None:
        return None
    if not subscription.kin_phone.strip():
        raise Refusal("kin_phone_needed", field="kin_phone")
    try:
        kin = find_client(session, contacts.parse_phone(subscription.kin_phone))
    except Refusal as refusal:
        raise Refusal("invalid_phone", field="kin_phone") from refusal
    if kin is None:
        return None
    here = select(Touch.id).where(Touch.development_id == subscription.development_id, Touch.client_id == kin.id)
    return kin if session.scalar(here.limit(1)) is not None else None


def _note_kin(session: Session, actor: Actor, now: datetime, deal: Deal, kin: Client | None, how: Kin | None) -> None:
    if kin is not None and kin.id != deal.client_id:
        session.add(DealKin(deal_id=deal.id, client_id=kin.id, kin=how, said_by=actor.id, at=now))
        session.flush()


def _check_price(session: Session, development_id: int, price_fen: int, *, sure: bool) -> None:
    """As the development's policy has it; `sure`: somebody looked at an unusual price again."""
    development = session.get(Development, development_id)
    check_price(Policy.of(development.policy if development else {}), price_fen, sure=sure)


def record_milestone(
    session: Session, actor: Actor, now: datetime, deal: Deal, *, kind: MilestoneKind, at: datetime, note: str = ""
) -> Milestone:
    """Record that a deal was signed, its loan released, handed over, or cancelled, and post what follows.

    Signing fixes the plan version that the deal keeps. Raises Refusal: those of `check_milestone`; `no_plan`.
    """
    lock(session, deal)
    check_milestone(reached(deal), kind, at, now)
    version = _plan_version(session, deal, at) if kind is MilestoneKind.SIGNED else None
    milestone = _reach(session, actor, now, deal, kind, at, note)
    if kind is MilestoneKind.SIGNED:  # the database lets a deal repeat a milestone only once it is there
        deal.plan_version_id, deal.signed_at = version, at
    elif kind is MilestoneKind.CANCELLED:
        deal.cancelled_at = at
    accruals.post_accruals(session, actor, now, deal=deal, milestone=milestone)
    rewards.settle_rewards(session, actor, now, deal)
    return milestone


def reached(deal: Deal) -> Mapping[str, datetime]:
    """The milestones behind a deal and when they happened, the signing as it was corrected last."""
    steps: dict[str, datetime] = {step.kind: step.at for step in deal.milestones}
    if deal.signed_at is not None:
        steps[MilestoneKind.SIGNED] = deal.signed_at
    return steps


def state(deal: Deal) -> MilestoneKind:
    """How far a deal has come."""
    kinds = {step.kind for step in deal.milestones}
    return next((kind for kind in reversed(MilestoneKind) if kind in kinds), MilestoneKind.SUBSCRIBED)


def buyer(session: Session, actor: Actor, deal: Deal) -> str:
    """The buyer's name: in full for who cares for the client and for staff, masked for the rest of the agency (rules
    9)."""
    name = contacts.open_name(session, deal.name_sealed)
    return name if actor.staff or actor.person_id == carer_id(deal) else contacts.mask_name(name)


def parts_beside(session: Session, actor: Actor, rows: Iterable[Deal]) -> dict[int, DealPart]:
    """The parts that a partner's agency has of deals that another agency is named for, by the deals' ids: of the other
    he learns nothing."""
    ids = [row.id for row in rows if row.agency_id != actor.agency_id]
    if actor.staff or not ids:
        return {}
    mine = (DealPart.agency_id == actor.agency_id, DealPart.until.is_(None), DealPart.deal_id.in_(ids))
    return {part.deal_id: part for part in session.scalars(select(DealPart).where(*mine))}


def units(session: Session, ids: set[int]) -> dict[int, str]:
    """The units of some deals, by the deals' ids."""
    rows = session.execute(select(Deal.id, Deal.unit).where(Deal.id.in_(ids)))
    return {row.id: row.unit for row in rows}


def listed(
    stmt: Select[Deal],
    *,
    wanted: str | None = None,
    development_id: int | None = None,
    agency_id: int | None = None,
    unit: str | None = None,
    lacking: str | None = None,
    month: str | None = None,
) -> Select[Deal]:
    """A visible selection of deals, narrowed by the filters of the list, with all that the list shows.

    `lacking` is `plan` (an agency's signed deal, and none was in force) or `owner` (a signed deal, and it is nobody's);
    `month` is that of the signing.
    """
    if wanted:
        stmt = stmt.where(_state() == wanted)
    if development_id:
        stmt = stmt.where(Deal.development_id == development_id)
    if agency_id:
        stmt = stmt.where(Deal.agency_id == agency_id)
    if unit:
        stmt = stmt.where(Deal.unit.icontains(unit.strip(), autoescape=True))
    if lacking in _LACKING:
        stmt = stmt.where(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None), *_LACKING[lacking])
    if month:
        stmt = stmt.where(Deal.signed_at >= month_start(month), Deal.signed_at < month_end(month))
    return stmt.options(
        joinedload(Deal.development),
        joinedload(Deal.agency),
        joinedload(Deal.owner),
        joinedload(Deal.touch).joinedload(Touch.successor),
        selectinload(Deal.milestones),
    )


_LACKING = {
    "plan": (Deal.agency_id.is_not(None), Deal.plan_version_id.is_(None)),
    "owner": (Deal.agency_id.is_(None), Deal.touch_id.is_(None)),
}


def _state() -> ColumnElement[str]:
    """`state`, for the database."""

    def has(kind: MilestoneKind) -> ColumnElement[bool]:
        return exists().where(Milestone.deal_id == Deal.id, Milestone.kind == kind)

    return case(
        (Deal.cancelled_at.is_not(None), "cancelled"),
        (has(MilestoneKind.HANDED_OVER), "handed_over"),
        (has(MilestoneKind.LOAN_RELEASED), "loan_released"),
        (Deal.signed_at.is_not(None), "signed"),
        else_="subscribed",
    )


def lock(session: Session, deal: Deal) -> None:
    """Whoever else records on this deal, or posts for its agency, comes before or after; and see what he did."""
    lock_agencies(session, held.holders(session, deal))
    session.execute(select(Deal.id).where(Deal.id == deal.id).with_for_update(key_share=True))
    session.refresh(deal)
    session.expire(deal, ["milestones"])


def lock_agencies(session: Session, agencies: Collection[int]) -> None:
    """Wait for whoever posts for one of these agencies, in the order of their numbers."""
    for agency_id in sorted(set(agencies)):
        accruals.lock_agency(session, agency_id)


def _reach(
    session: Session, actor: Actor, now: datetime, deal: Deal, kind: MilestoneKind, at: datetime, note: str
) -> Milestone:
    known_at = now if kind is MilestoneKind.SUBSCRIBED else window_locks.stamp_deal(session, deal, now)
    milestone = Milestone(deal=deal, kind=kind, at=at, note=note.strip(), recorded_at=known_at, recorded_by=actor.id)
    session.add(milestone)
    session.flush()
    audit.record(session, actor, now, "milestone_recorded", deal, kind=kind, at=at.isoformat())
    for whom in all_concerned(session, deal):
        tell(session, actor, now, "deal_moved_on", deal, whom, unit=deal.unit, milestone=kind, reached_at=at)
    return milestone


def _plan_version(session: Session, deal: Deal, at: datetime) -> int | None:
    """The plan version that the signing fixes; a deal that no agency owns has none. Raises Refusal `no_plan`."""
    if deal.agency_id is None:
        return None
    version = plans.for_signing(session, deal.development_id, deal.agency_id, at)
    if version is None:
        raise Refusal("no_plan", field="at")
    return version.id


# Attribution


def _touches(session: Session, development_id: int, client_id: int) -> dict[int, Touch]:
    rows = session.scalars(
        select(Touch)
        .where(Touch.development_id == development_id, Touch.client_id == client_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _owned_by(owner: Touch | None) -> dict[str, int | None]:
    if owner is None:
        return {"touch_id": None, "owner_id": None, "agency_id": None}
    return {"touch_id": owner.id, "owner_id": owner.person_id, "agency_id": owner.agency_id}


def _hold_on(
    session: Session, now: datetime, attribution: Attribution, owner: Touch | None, subscribed_at: datetime
) -> None:
    """Store whose a deal is, with a receipt; its owner's contact protects on: for the days of its profile, or for good
    where there is none."""
    session.add(attribution)
    if owner is not None:
        profile = rule_profiles.in_force(session, owner.development, owner.at)
        touches.extend(session, owner, profile.sold_until(subscribed_at))
        decision_receipts.of_attribution(session, now, attribution, owner)


def _why(attributed: Attributed, known: dict[int, Touch], at: datetime) -> dict[str, Any]:
    """The reasons as they are stored: touches by id and kind; who is behind them stays in the touch."""
    return {
        "rule": OLDEST_PROTECTED,
        "at": at.isoformat(),
        "owner": None if attributed.owner is None else _told(attributed.owner, known),
        "lost": [_told(touch, known) | {"reason": reason.value} for touch, reason in attributed.lost],
    }


def _told(touch: Touched, known: dict[int, Touch]) -> dict[str, Any]:
    until = touch.protected_until
    return {
        "touch_id": touch.touch_id,
        "kind": str(known[touch.touch_id].kind),
        "at": touch.at.isoformat(),
        "protected_until": None if until is None else until.isoformat(),
    }
