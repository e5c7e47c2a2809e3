"""What a reward plan would have given to real referrers, before anyone publishes it (rules 7.3).

Each referrer's friends are ranked under the plan that was promised and under the one that is tried. All that a
referrer's friends ever signed takes its place on the ladder; the signings of the days asked about are added up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from referral.rewards.reward import Referral
from referral.rewards.reward_plan import RewardPlan
from referral.rewards.reward_toml import plan_from_toml
from referral.rewards.what_if import NOTHING, Effect, Sum, compare

from ...clock import local_day
from ...models import MADE_TOUCH, Deal, Lead, Milestone, MilestoneKind, Referrer, RewardPlanVersion, Touch, TouchKind
from ...session import Session
from . import promises
from .rewards import LEFT_AT


@dataclass(frozen=True, slots=True)
class ReferrerChange:
    """A referrer, and what would change."""

    referrer: Referrer
    effect: Effect


@dataclass(frozen=True, slots=True)
class Answer:
    """All referrers with a friend who signed in the days asked about, what changes most first; and the sums."""

    rows: Sequence[ReferrerChange]
    friends: int
    before: Sum
    after: Sum


def try_plan(
    session: Session,
    now: datetime,
    plan: RewardPlan,
    *,
    since: datetime,
    until: datetime,
    development_id: int | None = None,
) -> Answer:
    """Try a plan on the referrers of its audience, over signings from an instant up to another (half-open): of one
    development, or of all that have no plan of their own by now.

    A few queries, whatever the number of referrers.
    """
    friends = _friends(session, now, plan, development_id)

    def asked(friend: Referral) -> bool:
        return friend.signed_at is not None and since <= friend.signed_at < until

    own = {key: rows for key, rows in friends.items() if any(asked(one) for _at, one in rows)}
    referrers = _referrers(session, own)
    held, plans = promises.held_by_many(session, referrers, plan.audience), _plans(session, plan)
    today, rows = local_day(now), []
    for referrer in referrers:
        deals, mine = [deal for _at, deal in own[referrer.id]], held.get(referrer.id)
        under = {deal.deal_id: plans[mine.at(at)] for at, deal in own[referrer.id]} if mine else {}
        effect = compare(deals, plans[mine.now] if mine else plan, plan, today, asked, under)
        rows.append(ReferrerChange(referrer, effect))
    rows.sort(key=lambda told: (-_shift(told.effect), told.referrer.id))
    effects = [told.effect for told in rows]
    return Answer(
        rows,
        sum(effect.friends for effect in effects),
        sum((effect.before for effect in effects), NOTHING),
        sum((effect.after for effect in effects), NOTHING),
    )


def _shift(effect: Effect) -> int:
    cash = abs(effect.after.cash_fen - effect.before.cash_fen)
    return cash + abs(effect.after.goods_fen - effect.before.goods_fen) + int(effect.changes)


def _friends(
    session: Session, now: datetime, plan: RewardPlan, development_id: int | None
) -> Mapping[int, list[tuple[datetime, Referral]]]:
    """The signed friends of every referrer of the audience, by the referrer's id, with when the number was left."""
    stmt = (
        select(Referrer.id, LEFT_AT, Deal.id, Deal.signed_at, Deal.cancelled_at)
        .select_from(Deal)
        .join(Touch, Touch.id == Deal.touch_id)
        .join(Referrer, MADE_TOUCH)
        .outerjoin(Lead, Lead.touch_id == Touch.id)
        .where(Referrer.audience == plan.audience, Deal.signed_at.is_not(None))
    )
    if development_id is not None:
        stmt = stmt.where(Deal.development_id == development_id)
    else:
        stmt = stmt.where(Deal.development_id.not_in(promises.places_of_their_own(plan.audience, now)))
    deals = session.execute(stmt.order_by(Deal.id)).all()
    later = (MilestoneKind.LOAN_RELEASED, MilestoneKind.HANDED_OVER)
    steps = select(Milestone.deal_id, Milestone.kind, Milestone.at).join(Deal, Deal.id == Milestone.deal_id)
    steps = steps.join(Touch, Touch.id == Deal.touch_id).where(Touch.kind == TouchKind.REFERRAL_LEAD)
    reached = {(row.deal_id, row.kind): row.at for row in session.execute(steps.where(Milestone.kind.in_(later)))}
    found: dict[int, list[tuple[datetime, Referral]]] = defaultdict(list)
    for referrer_id, came_at, deal_id, signed_at, cancelled_at in deals:
        loan, keys = (reached.get((deal_id, kind)) for kind in later)
        found[referrer_id].append((came_at, Referral(deal_id, signed_at, loan, keys, cancelled_at)))
    return found


def _referrers(session: Session, ids: Iterable[int]) -> Sequence[Referrer]:
    stmt = select(Referrer).where(Referrer.id.in_(list(ids))).options(joinedload(Referrer.development))
    return session.scalars(stmt).unique().all()


def _plans(session: Session, plan: RewardPlan) -> Mapping[int, RewardPlan]:
    """The audience's versions by their ids."""
    stmt = select(RewardPlanVersion).where(RewardPlanVersion.audience == plan.audience)
    return {row.id: plan_from_toml(row.toml) for row in session.scalars(stmt)}
