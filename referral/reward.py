"""What a referrer earns for friends who sign: the plan, the ladder, and what must change.

As with commissions, the target is recomputed from the facts and compared with what was granted (rules 7.3,
7.4). ``grant`` says what a referrer should have; ``settle`` says what to do so that the records agree: run
again on the result, it says nothing. Nothing here knows who referred the referrer: a reward comes from one's
own friends alone, never from a friend's friends.

A referral is one friend of one referrer in one development. Calendar days are those of Asia/Shanghai.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referral.reward_plan import Item, Kind, Milestone, RewardPlan, Rung

_CALENDAR = ZoneInfo("Asia/Shanghai")


class State(StrEnum):
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
    REVOKE = "revoke"
    REVIEW = "review"


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
    state: State
    due_on: date | None
    waits_for: Milestone | None
    why: Why


@dataclass(frozen=True, slots=True)
class Granted:
    """A reward as recorded. One living record a (deal, slot); revoked ones are history.

    ``reviewed_rung`` is the rung (0: none) against which a fulfilled reward was last sent to review, so that
    a review which a person has closed is not opened again for the same reason.
    """

    reward_id: int
    deal_id: int
    slot: int
    rung: int
    item: Item
    state: State
    due_on: date | None = None
    reviewed_rung: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to write. ``before`` is None for a grant; ``after`` is None when nothing is earned now."""

    action: Action
    before: Granted | None
    after: Reward | None


def grant(referrals: Iterable[Referral], plan: RewardPlan, today: date) -> tuple[Reward, ...]:
    """What one referrer should have in one development: every item of the n-th friend's rung (rules 7.3).

    Friends count when signed and not cancelled, by signing instant, then deal id. ``today``: in Shanghai. Cash that
    would go beyond the plan's cap is left out, in the order of the friends.
    """
    earned = tuple(
        _reward(referral, nth, slot, rung, item, plan, today)
        for nth, referral in enumerate(_signed(referrals), start=1)
        for slot, (rung, item) in enumerate(plan.items_for(nth))
    )
    return earned if plan.most_cash_fen is None else tuple(_within(earned, plan.most_cash_fen))


def settle(
    referrals: Iterable[Referral], plan: RewardPlan, granted: Sequence[Granted], today: date
) -> tuple[Change, ...]:
    """Target minus granted: what to write so that the records agree, in order of deal and slot (rules 7.4).

    - earned, not recorded: grant
    - recorded, not fulfilled, on another rung now: rerank (an approval given for the old rung falls)
    - recorded, not fulfilled, another day or state now: reschedule (pending becomes due on its day)
    - recorded, not fulfilled, no longer earned: revoke
    - fulfilled, and now worth something else or nothing: review, once a finding. A person decides.

    Raises ValueError when two living records claim the same (deal, slot).
    """
    target = {(reward.deal_id, reward.slot): reward for reward in grant(referrals, plan, today)}
    living = _living(granted)
    changes = (_change(living.get(key), target.get(key)) for key in sorted(target.keys() | living.keys()))
    return tuple(change for change in changes if change is not None)


def _signed(referrals: Iterable[Referral]) -> list[Referral]:
    counted = [(r.signed_at, r.deal_id, r) for r in referrals if r.signed_at and r.cancelled_at is None]
    return [referral for _, _, referral in sorted(counted, key=lambda entry: entry[:2])]


def _within(earned: Iterable[Reward], most_cash_fen: int) -> Iterator[Reward]:
    """What stays below the cap on cash; a sum is given whole or not at all, so nobody's promise is cut in two."""
    left_fen = most_cash_fen
    for reward in earned:
        cash_fen = (reward.item.value_fen or 0) if reward.item.kind is Kind.CASH else 0
        if cash_fen <= left_fen:
            left_fen -= cash_fen
            yield reward


def _reward(
    referral: Referral, nth: int, slot: int, rung: Rung, item: Item, plan: RewardPlan, today: date
) -> Reward:
    reached_on = referral.reached_on(rung.milestone)
    due_on = None if reached_on is None else reached_on + timedelta(days=rung.delay_days)
    return Reward(
        deal_id=referral.deal_id,
        slot=slot,
        rung=rung.number,
        item=item,
        state=State.DUE if due_on is not None and due_on <= today else State.PENDING,
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
        if record.state is State.REVOKED:
            continue
        if living.setdefault((record.deal_id, record.slot), record) is not record:
            raise ValueError(f"deal {record.deal_id} has two living rewards in slot {record.slot}")
    return living


def _change(before: Granted | None, after: Reward | None) -> Change | None:
    if before is None:
        return Change(Action.GRANT, None, after)
    if before.state is State.FULFILLED:
        return _review(before, after)
    if after is None:
        return Change(Action.REVOKE, before, None)
    if (before.rung, before.item) != (after.rung, after.item):
        return Change(Action.RERANK, before, after)
    if before.due_on != after.due_on or not _state_holds(before.state, after.state):
        return Change(Action.RESCHEDULE, before, after)
    return None


def _review(before: Granted, after: Reward | None) -> Change | None:
    rung_now = 0 if after is None else after.rung
    if before.rung == rung_now or before.reviewed_rung == rung_now:
        return None
    return Change(Action.REVIEW, before, after)


def _state_holds(recorded: State, target: State) -> bool:
    """An approval goes further than due, and holds as long as the reward is due."""
    return recorded is target or (recorded is State.APPROVED and target is State.DUE)
