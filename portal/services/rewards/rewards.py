"""What referrers earn: recomputed from their friends' deals, written as differences, never promised twice.

The rule is `referral.rewards.reward`; this room loads its facts, writes its changes with their audit rows, and keeps
the plans. A referrer keeps the plan version that was in force on joining (rules 7.3, 7.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards import reward as rule
from referral.rewards.reward import Action, Change, Granted, Referral, RewardState
from referral.rewards.reward_plan import CITIZEN_BROKER, HOMEOWNER_LADDER, PROGRAMME, Item, Kind, RewardPlan
from referral.rewards.reward_toml import plan_from_toml, plan_to_toml

from ...access.actor import SYSTEM, Actor
from ...access.scope import visible
from ...clock import local_day
from ...models import (
    MADE_TOUCH,
    Deal,
    Lead,
    Milestone,
    MilestoneKind,
    Referrer,
    Reward,
    RewardPlanVersion,
    Touch,
    TouchKind,
)
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from ..vouchers import vouchers
from . import payments as reward_payments
from . import promises
from .telling import tell_of

LEFT_AT = func.coalesce(Lead.at, Touch.at).label("left_at")
"""When a friend left the number by which a touch came: its plan is the one that held then, also where the number was
confirmed later."""

_DEEDS = {
    Action.GRANT: "reward_granted",
    Action.RERANK: "reward_reranked",
    Action.RESCHEDULE: "reward_rescheduled",
    Action.RETELL: "reward_retold",
    Action.REVOKE: "reward_revoked",
    Action.REVIEW: "reward_sent_to_review",
    Action.CLOSE_REVIEW: "reward_review_closed",
}


_TOLD = {
    Action.GRANT: "reward_granted",
    Action.RERANK: "reward_changed",
    Action.REVOKE: "reward_revoked",
    Action.REVIEW: "reward_in_review",
    Action.CLOSE_REVIEW: "reward_stands",
}
"""What is told of; another day, or other words of the same, are not."""


@dataclass(frozen=True, slots=True)
class Earned:
    """A reward as its referrer sees it; of the friend no more than the masked name, and that only if he agreed.

    `set_off`: nothing was paid of it, because that much was owed.
    """

    reward: Reward
    friend: str
    set_off: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many of a referrer's friends count today, and what one more would bring."""

    plan: RewardPlan
    signed: int
    next: Sequence[rule.Reward]


def settle_rewards(session: Session, actor: Actor, now: datetime, deal: Deal) -> None:
    """Bring the rewards of the deal's referrer up to date, in the transaction that changed the deal.

    What was approved and is no longer earned is taken back, in money too. A deal that no referral brought changes
    nothing. Settling again changes nothing.
    """
    session.flush()
    referrer = _referrer_of(session, deal)
    held = None if referrer is None else promises.held_by(session, referrer)
    if referrer is None or held is None:
        return
    rows = {row.id: row for row in session.scalars(_living(referrer, deal.development_id))}
    granted = [_granted(row) for row in rows.values()]
    friends = _friends(session, referrer, deal.development_id)
    versions = _versions(held, friends)
    for change in rule.settle(_deals(friends), _plan(held.now), granted, local_day(now), _plans(versions)):
        key = (change.after or change.before).deal_id  # type: ignore[union-attr]  # a change has one of the two
        row = _apply(session, actor, now, change, rows, referrer, versions.get(key, held.now))
        audit.record(session, actor, now, _DEEDS[change.action], row, rung=row.rung, deal_id=row.deal_id)
        if change.action in _TOLD:
            tell_of(session, actor, now, _TOLD[change.action], row)


def hold(session: Session, deal: Deal) -> None:
    """Let nobody else move the rewards of the deal's referrer until the transaction ends; before a voucher is held."""
    referrer = _referrer_of(session, deal)
    if referrer is not None:
        session.scalars(_living(referrer, deal.development_id)).all()


def moved_by_signing(session: Session, now: datetime, deal: Deal, signed_at: datetime) -> int:
    """What the rewards of the deal's referrer would give or take in value, had it been signed at another instant; in
    fen, without signs. Stores nothing."""
    referrer = _referrer_of(session, deal)
    held = None if referrer is None else promises.held_by(session, referrer)
    if referrer is None or held is None:
        return 0
    granted = [_granted(row) for row in session.scalars(_living(referrer, deal.development_id))]
    friends = _friends(session, referrer, deal.development_id)
    under = _plans(_versions(held, friends))
    moved = [replace(one, signed_at=signed_at) if one.deal_id == deal.id else one for one in _deals(friends)]
    return rule.moved_fen(rule.settle(moved, _plan(held.now), granted, local_day(now), under))


def due_rewards(session: Session, now: datetime) -> int:
    """Let every pending reward whose day has come be due; how many there were. For the worker's sweep."""
    came = (Reward.state == RewardState.PENDING) & (Reward.due_on <= local_day(now))
    rows = session.scalars(update(Reward).where(came).values(state=RewardState.DUE).returning(Reward)).all()
    for row in rows:
        audit.record(session, SYSTEM, now, "reward_due", row)
        tell_of(session, SYSTEM, now, "reward_due", row)
    return len(rows)


def publish_reward_plan(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    plan: RewardPlan,
    effective_from: datetime,
    development_id: int | None = None,
    offered_until: date | None = None,
) -> RewardPlanVersion:
    """Publish the next version of an audience's plan, for one development or for all; who has joined before keeps the
    older one, and is told where this one is offered.

    Raises Refusal(plan_published_meanwhile) when another version came in between.
    """
    newest = select(func.max(RewardPlanVersion.version)).where(RewardPlanVersion.audience == plan.audience)
    row = RewardPlanVersion(
        audience=plan.audience,
        version=(session.scalar(newest) or 0) + 1,
        toml=plan_to_toml(plan),
        effective_from=effective_from,
        published_at=now,
        published_by=actor.person_id,
        development_id=development_id,
        offered_until=offered_until,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # uq_reward_plan_versions_audience_version is the only one it can run into
        raise Refusal("plan_published_meanwhile") from error
    audit.record(session, actor, now, "reward_plan_published", row, audience=plan.audience, version=row.version)
    facts = {"audience": plan.audience, "version": row.version, "effective_at": effective_from}
    tell(session, actor, now, "reward_plan_published", row, Concerned(), **facts)
    if offered_until is not None:
        promises.tell_offer(session, actor, now, row)
    return row


def publish_given_plans(session: Session, now: datetime, *, effective_from: datetime) -> None:
    """The plans of rules 7.3, for a portal that has none; an audience with a plan keeps it."""
    there = set(session.scalars(select(RewardPlanVersion.audience)))
    for plan in (HOMEOWNER_LADDER, CITIZEN_BROKER, PROGRAMME):
        if plan.audience not in there:
            publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=effective_from)


def plan_of(session: Session, referrer: Referrer, at: datetime | None = None) -> RewardPlan | None:
    """The plan by which a friend of a referrer is rewarded whose number was left at an instant, or is left next."""
    held = promises.held_by(session, referrer)
    return None if held is None else _plan(held.now if at is None else held.at(at))


def left_at(session: Session, touch: Touch) -> datetime:
    """When the number was left by which a touch came."""
    return session.scalar(select(Lead.at).where(Lead.touch_id == touch.id)) or touch.at


def plan_of_reward(session: Session, reward: Reward) -> RewardPlan | None:
    """The plan that a reward is by."""
    left_at = select(LEFT_AT).select_from(Deal).join(Touch, Touch.id == Deal.touch_id)
    left_at = left_at.outerjoin(Lead, Lead.touch_id == Touch.id)
    return plan_of(session, reward.referrer, session.scalar(left_at.where(Deal.id == reward.deal_id)))


def goods_titles(session: Session) -> list[str]:
    """What the plans of all versions hand out at a desk: what a stock can be counted of."""
    plans = [plan_from_toml(toml) for toml in session.scalars(select(RewardPlanVersion.toml))]
    items = {item for plan in plans for rung in plan.rungs for item in rung.items}
    items |= {item for plan in plans for gift in plan.gifts for item in gift.items}
    return sorted({item.title for item in items if item.kind in (Kind.VOUCHER, Kind.GIFT)})


def outlook_of(session: Session, now: datetime, referrer: Referrer) -> Outlook | None:
    """Where a referrer stands on the plan that was promised; None while there is no plan."""
    held = promises.held_by(session, referrer)
    if held is None:
        return None
    plan = _plan(held.now)
    mine = (Reward.referrer_id == referrer.id, Reward.development_id == referrer.development_id)
    granted = [
        _granted(row) for row in session.scalars(select(Reward).where(*mine, Reward.state != RewardState.REVOKED))
    ]
    friends = _friends(session, referrer, referrer.development_id)
    signed, under = _deals(friends), _plans(_versions(held, friends))
    return Outlook(plan, len(rule.counted(signed)), rule.one_more(signed, plan, local_day(now), granted, under))


def rewards_of(session: Session, wanted: Select[Reward]) -> Sequence[Earned]:
    """The rewards of a visible selection: what comes first comes first, what waits for a step after it."""
    loading = wanted.options(joinedload(Reward.deal).joinedload(Deal.touch), joinedload(Reward.referrer))
    rows = session.scalars(loading.order_by(Reward.due_on.is_(None), Reward.due_on, Reward.id)).all()
    brought = select(Lead).where(Lead.touch_id.in_([row.deal.touch_id for row in rows]))
    consents = joinedload(Lead.consent), joinedload(Lead.progress_consent)
    named = {lead.touch_id for lead in session.scalars(brought.options(*consents)) if lead.may_be_named}
    set_off = reward_payments.set_off(session, rows)
    return [
        Earned(row, friend_of(session, row) if row.deal.touch_id in named else "", row.id in set_off) for row in rows
    ]


def of_deal(session: Session, actor: Actor, deal: Deal) -> Sequence[Reward]:
    """What a deal brings its referrer: what is granted and not withdrawn, as far as the actor may see it."""
    stmt = visible(actor, Reward).where(Reward.deal_id == deal.id, Reward.state != RewardState.REVOKED)
    return session.scalars(stmt.order_by(Reward.slot)).all()


def friend_of(session: Session, reward: Reward) -> str:
    """The masked name of the friend whose deal a reward is for."""
    touch = reward.deal.touch
    return contacts.mask_name(contacts.open_name(session, touch.name_sealed)) if touch else ""


def _referrer_of(session: Session, deal: Deal) -> Referrer | None:
    """Whose lead owns the deal. The row is locked, so that two friends who sign at once are ranked in turn."""
    return session.scalar(
        select(Referrer).join(Touch, MADE_TOUCH).where(Touch.id == deal.touch_id).with_for_update(of=Referrer)
    )


def _friends(session: Session, referrer: Referrer, development_id: int) -> list[tuple[datetime, Referral]]:
    """The deals that the referrer's leads own there, each with when the number was left; read as columns: the session
    may hold older rows."""
    deals = session.execute(
        select(Deal.id, Deal.signed_at, Deal.cancelled_at, LEFT_AT)
        .select_from(Deal)
        .join(Touch, Touch.id == Deal.touch_id)
        .outerjoin(Lead, Lead.touch_id == Touch.id)
        .where(Touch.person_id == referrer.person_id, Touch.kind == TouchKind.REFERRAL_LEAD)
        .where(Deal.development_id == development_id)
    ).all()
    steps = session.execute(
        select(Milestone.deal_id, Milestone.kind, Milestone.at).where(Milestone.deal_id.in_([d.id for d in deals]))
    ).all()
    reached = {(step.deal_id, step.kind): step.at for step in steps}
    return [
        (
            deal.left_at,
            Referral(
                deal_id=deal.id,
                signed_at=deal.signed_at,
                loan_released_at=reached.get((deal.id, MilestoneKind.LOAN_RELEASED)),
                handed_over_at=reached.get((deal.id, MilestoneKind.HANDED_OVER)),
                cancelled_at=deal.cancelled_at,
            ),
        )
        for deal in deals
    ]


def _deals(friends: Iterable[tuple[datetime, Referral]]) -> list[Referral]:
    return [deal for _came_at, deal in friends]


def _versions(held: promises.Held, friends: Iterable[tuple[datetime, Referral]]) -> dict[int, RewardPlanVersion]:
    """The version by which each deal is rewarded: what held when the friend's number was left."""
    return {deal.deal_id: held.at(came_at) for came_at, deal in friends}


def _plans(versions: Mapping[int, RewardPlanVersion]) -> dict[int, RewardPlan]:
    """The plans of some deals; each text is read once."""
    read = {version.id: _plan(version) for version in {row.id: row for row in versions.values()}.values()}
    return {key: read[version.id] for key, version in versions.items()}


def _plan(version: RewardPlanVersion) -> RewardPlan:
    return plan_from_toml(version.toml)


def _living(referrer: Referrer, development_id: int) -> Select[Reward]:
    return (
        select(Reward)
        .where(Reward.referrer_id == referrer.id, Reward.development_id == development_id)
        .where(Reward.state != RewardState.REVOKED)
        .order_by(Reward.id)
        .with_for_update(of=Reward)
        .execution_options(populate_existing=True)
    )


def _granted(row: Reward) -> Granted:
    return Granted(
        reward_id=row.id,
        deal_id=row.deal_id,
        slot=row.slot,
        rung=row.rung,
        item=Item(row.kind, row.title, row.value_fen, row.term_months),
        state=RewardState(row.state),
        due_on=row.due_on,
        reviewed_rung=row.reviewed_rung,
        in_review=row.needs_review,
        told_nth=row.why["nth"],
    )


def _apply(
    session: Session,
    actor: Actor,
    now: datetime,
    change: Change,
    rows: dict[int, Reward],
    referrer: Referrer,
    version: RewardPlanVersion,
) -> Reward:
    if change.before is None:
        row = Reward(referrer_id=referrer.id, development_id=referrer.development_id, granted_at=now)
        session.add(row)
    else:
        row = rows[change.before.reward_id]
        if (
            row.state is RewardState.APPROVED and change.action is not Action.RETELL
        ):  # every change of what is given ends it
            reward_payments.take_back(session, actor, now, row)
            vouchers.take_back(session, actor, now, row)
            row.approved_at = row.approved_by = None
    if change.action is Action.RERANK:
        row.refused_at = row.refused_by = row.refusal = None
    if change.action is Action.REVOKE:
        row.state = RewardState.REVOKED
    elif change.action is Action.REVIEW:
        row.needs_review, row.reviewed_rung = True, change.after.rung if change.after else 0
    elif change.action is Action.CLOSE_REVIEW:
        row.needs_review, row.reviewed_rung = False, None
    elif change.action is Action.RETELL and change.after is not None:
        row.why = _told(change.after, version)
    elif change.after is not None:
        _write(row, change.after, version)
    return row


def _write(row: Reward, target: rule.Reward, version: RewardPlanVersion) -> None:
    row.deal_id, row.slot, row.rung = target.deal_id, target.slot, target.rung
    row.kind, row.title = target.item.kind, target.item.title
    row.value_fen, row.term_months = target.item.value_fen, target.item.term_months
    row.state, row.due_on, row.waits_for = target.state, target.due_on, target.waits_for
    row.why = _told(target, version)


def _told(target: rule.Reward, version: RewardPlanVersion) -> dict[str, Any]:
    return {"version": version.version} | {name: _plain(fact) for name, fact in asdict(target.why).items()}


def _plain(fact: Any) -> Any:
    return fact.isoformat() if isinstance(fact, date) else fact
