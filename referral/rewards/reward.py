"""What a referrer earns for friends who sign: the plan, the ladder, and what must change.

As with commissions, the target is recomputed from the facts and compared with what was granted (rules 7.3,
7.4). ``grant`` says what a referrer should have; ``settle`` says what to do so that the records agree: run
again on the result, it says nothing. Nothing here knows who referred the referrer: a reward comes from one's
own friends alone, never from a friend's friends.

A referral is one friend of one referrer in one development. Calendar days are those of Asia/Shanghai.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from referral.rewards.reward_plan import Item, Kind, Milestone, RewardPlan, Rung

_CALENDAR = ZoneInfo("Asia/Shanghai")
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_ALL_ALIKE: Mapping[int, RewardPlan] = MappingProxyType({})
"""No friend came under another plan."""


class RewardState(StrEnum):
    """Where a reward stands. The target is only ever pending or due; people do the rest."""

    PENDING = "pending"
    DUE = "due"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    REVOKED = "revoked"


class Action(StrEnum):
    """What a change does to the record."""

    GRANT = "grant"
    RERANK = "rerank"
    RESCHEDULE = "reschedule"
    RETELL = "retell"
    REVOKE = "revoke"
    REVIEW = "review"
    CLOSE_REVIEW = "close_review"


@dataclass(frozen=True, slots=True)
class Referral:
    """One friend's deal, with the UTC instants of what it reached."""

    deal_id: int
    signed_at: datetime | None = None
    loan_released_at: datetime | None = None
    handed_over_at: datetime | None = None
    cancelled_at: datetime | None = None

    def reached_on(self, milestone: Milestone) -> date | None:
        """The Shanghai day on which the deal reached the milestone."""
        instant = {
            Milestone.SIGNED: self.signed_at,
            Milestone.LOAN_RELEASED: self.loan_released_at,
            Milestone.HANDED_OVER: self.handed_over_at,
        }[milestone]
        return None if instant is None else instant.astimezone(_CALENDAR).date()


@dataclass(frozen=True, slots=True)
class Why:
    """The facts behind a reward, for the sentence under it."""

    plan: str
    nth: int  # the friend's place among those who signed and did not cancel
    rung: int
    repeats_last: bool  # the ladder has ended and its last rung is given again
    milestone: Milestone
    reached_on: date | None
    delay_days: int


@dataclass(frozen=True, slots=True)
class Reward:
    """What the plan says a referral earns now. ``slot``: the item's place in its rung, from 0.

    ``due_on`` is None while the deal has not reached the milestone, which ``waits_for`` then names.
    """

    deal_id: int
    slot: int
    rung: int
    item: Item
    state: RewardState
    due_on: date | None
    waits_for: Milestone | None
    why: Why


@dataclass(frozen=True, slots=True)
class Granted:
    """A reward as recorded. One living record a (deal, slot); revoked ones are history.

    ``reviewed_rung`` is the rung (0: none) against which a fulfilled reward was last sent to review, so that
    a review which a person has closed is not opened again for the same reason. ``in_review``: nobody has decided yet.
    ``told_nth``: the friend's place that its sentence names.
    """

    reward_id: int
    deal_id: int
    slot: int
    rung: int
    item: Item
    state: RewardState
    due_on: date | None = None
    reviewed_rung: int | None = None
    in_review: bool = False
    told_nth: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to write. ``before`` is None for a grant; ``after`` is None when nothing is earned now."""

    action: Action
    before: Granted | None
    after: Reward | None


def grant(
    referrals: Iterable[Referral],
    plan: RewardPlan,
    today: date,
    granted: Iterable[Granted] = (),
    under: Mapping[int, RewardPlan] = _ALL_ALIKE,
) -> tuple[Reward, ...]:
    """What one referrer should have in one development: every item of the n-th friend's rung (rules 7.3).

    ``under``: the plans of those deals whose friend came while another plan held than ``plan``. All friends take their
    places on one ladder; each brings what the own plan says of that place, and stays within the own plan's caps.

    Friends count when signed and not cancelled, by signing instant, then deal id. ``today``: in Shanghai. Cash that
    would go beyond the plan's cap is left out, in the order of the friends; what was ``granted`` and paid already
    counts first, until a person charges it back, whatever became of its friend.
    """
    earned = [
        (own, _reward(referral, nth, slot, rung, item, own, today))
        for nth, referral in enumerate(counted(referrals), start=1)
        for own in (under.get(referral.deal_id, plan),)
        for slot, (rung, item) in enumerate(own.items_for(nth))
    ]
    paid = {key: _cash(row.item) for key, row in _living(granted).items() if row.state is RewardState.FULFILLED}
    return tuple(_within(earned, paid))


def one_more(
    referrals: Iterable[Referral],
    plan: RewardPlan,
    today: date,
    granted: Iterable[Granted] = (),
    under: Mapping[int, RewardPlan] = _ALL_ALIKE,
) -> tuple[Reward, ...]:
    """What one more friend would bring, who signs after all others: the promise of a next step."""
    known = list(referrals)
    signed_at = max((friend.signed_at for friend in counted(known) if friend.signed_at), default=_BEFORE_ALL)
    friend = Referral(1 + max((one.deal_id for one in known), default=0), signed_at + timedelta(microseconds=1))
    rewards = grant([*known, friend], plan, today, granted, under)
    return tuple(reward for reward in rewards if reward.deal_id == friend.deal_id)


def settle(
    referrals: Iterable[Referral],
    plan: RewardPlan,
    granted: Sequence[Granted],
    today: date,
    under: Mapping[int, RewardPlan] = _ALL_ALIKE,
) -> tuple[Change, ...]:
    """Target minus granted: what to write so that the records agree, in order of deal and slot (rules 7.4).

    - earned, not recorded: grant
    - recorded, not fulfilled, on another rung now: rerank (an approval given for the old rung falls)
    - recorded, not fulfilled, another day or state now: reschedule (pending becomes due on its day)
    - recorded, not fulfilled, its friend has another place, which brings the same: retell (an approval holds)
    - recorded, not fulfilled, no longer earned: revoke
    - fulfilled, and now worth something else or nothing: review, once a finding. A person decides.
    - fulfilled, in review, and worth again what was received: close the review, nothing is left to decide

    Raises ValueError when two living records claim the same (deal, slot).
    """
    target = {(reward.deal_id, reward.slot): reward for reward in grant(referrals, plan, today, granted, under)}
    living = _living(granted)
    changes = (_change(living.get(key), target.get(key)) for key in sorted(target.keys() | living.keys()))
    return tuple(change for change in changes if change is not None)


def moved_fen(changes: Iterable[Change]) -> int:
    """What changes give or take in value, without their signs: two that cancel out still count. Another day moves
    nothing, and of what was fulfilled a person decides first."""
    return sum(abs(_value(one.after) - _value(one.before)) for one in changes if one.action in _MOVING)


_MOVING = (Action.GRANT, Action.RERANK, Action.REVOKE)


def _value(one: Granted | Reward | None) -> int:
    return (one.item.value_fen or 0) if one else 0


def counted(referrals: Iterable[Referral]) -> list[Referral]:
    """The friends who signed and did not cancel, in the order of their places."""
    signed = [(one.signed_at, one.deal_id, one) for one in referrals if one.signed_at and one.cancelled_at is None]
    return [referral for _, _, referral in sorted(signed, key=lambda entry: entry[:2])]


def _cash(item: Item) -> int:
    return (item.value_fen or 0) if item.kind is Kind.CASH else 0


def _within(earned: Iterable[tuple[RewardPlan, Reward]], paid: Mapping[tuple[int, int], int]) -> Iterator[Reward]:
    """What stays below the cap on cash of the friend's plan; a sum is given whole or not at all, so nobody's promise is
    cut in two.

    ``paid``: the cash that was received for a (deal, slot).
    """
    given_fen = sum(paid.values())
    for plan, reward in earned:
        more_fen = max(0, _cash(reward.item) - paid.get((reward.deal_id, reward.slot), 0))
        if not more_fen or plan.most_cash_fen is None or given_fen + more_fen <= plan.most_cash_fen:
            given_fen += more_fen
            yield reward


def _reward(referral: Referral, nth: int, slot: int, rung: Rung, item: Item, plan: RewardPlan, today: date) -> Reward:
    reached_on = referral.reached_on(rung.milestone)
    due_on = None if reached_on is None else reached_on + timedelta(days=rung.delay_days)
    return Reward(
        deal_id=referral.deal_id,
        slot=slot,
        rung=rung.number,
        item=item,
        state=RewardState.DUE if due_on is not None and due_on <= today else RewardState.PENDING,
        due_on=due_on,
        waits_for=rung.milestone if reached_on is None else None,
        why=Why(
            plan=plan.name,
            nth=nth,
            rung=rung.number,
            repeats_last=nth > len(plan.rungs),
            milestone=rung.milestone,
            reached_on=reached_on,
            delay_days=rung.delay_days,
        ),
    )


def _living(granted: Iterable[Granted]) -> dict[tuple[int, int], Granted]:
    living: dict[tuple[int, int], Granted] = {}
    for record in granted:
        if record.state is RewardState.REVOKED:
            continue
        if living.setdefault((record.deal_id, record.slot), record) is not record:
            raise ValueError(f"deal {record.deal_id} has two living rewards in slot {record.slot}")
    return living


def _change(before: Granted | None, after: Reward | None) -> Change | None:
    if before is None:
        return Change(Action.GRANT, None, after)
    if before.state is RewardState.FULFILLED:
        return _review(before, after)
    if after is None:
        return Change(Action.REVOKE, before, None)
    if (before.rung, before.item) != (after.rung, after.item):
        return Change(Action.RERANK, before, after)
    if before.due_on != after.due_on or not _state_holds(before.state, after.state):
        return Change(Action.RESCHEDULE, before, after)
    if before.told_nth not in (None, after.why.nth):
        return Change(Action.RETELL, before, after)
    return None


def _review(before: Granted, after: Reward | None) -> Change | None:
    rung_now = 0 if after is None else after.rung
    if before.rung == rung_now:
        return Change(Action.CLOSE_REVIEW, before, after) if before.in_review else None
    if before.reviewed_rung == rung_now:
        return None
    return Change(Action.REVIEW, before, after)


def _state_holds(recorded: RewardState, target: RewardState) -> bool:
    """An approval goes further than due, and holds as long as the reward is due."""
    return recorded is target or (recorded is RewardState.APPROVED and target is RewardState.DUE)
