"""What another reward plan would have given: one referrer's friends under two plans, side by side (rules 7.3).

Nothing is granted by asking. Rewards are taken as `referral.rewards.reward.grant` earns them, so what is asked here is
answered as it would be posted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from referral.rewards.reward import Referral, Reward, grant
from referral.rewards.reward_plan import Item, Kind, RewardPlan


@dataclass(frozen=True, slots=True)
class Sum:
    """What rewards come to: cash and goods in fen, and how often each item comes."""

    cash_fen: int
    goods_fen: int
    items: Mapping[Item, int]

    def __add__(self, other: "Sum") -> "Sum":
        items = Counter(self.items) + Counter(other.items)
        return Sum(self.cash_fen + other.cash_fen, self.goods_fen + other.goods_fen, items)


NOTHING = Sum(0, 0, {})


@dataclass(frozen=True, slots=True)
class Effect:
    """One referrer in one development: the friends that are asked about, and what they bring under each plan."""

    friends: int
    before: Sum
    after: Sum

    @property
    def changes(self) -> bool:
        return self.before != self.after


def compare(
    referrals: Iterable[Referral],
    old: RewardPlan,
    new: RewardPlan,
    today: date,
    asked: Callable[[Referral], bool] = lambda _referral: True,
    under: Mapping[int, RewardPlan] | None = None,
) -> Effect:
    """A referrer's friends under both plans. All of them take their places on the ladder; only those that are `asked`
    about are added up. `under`: as it is, the plans of deals whose friend came while another than the old one held."""
    everybody = list(referrals)
    wanted = {friend.deal_id for friend in everybody if asked(friend)}
    counted = {friend.deal_id for friend in everybody if friend.signed_at and friend.cancelled_at is None}
    as_it_is, tried = grant(everybody, old, today, under=under or {}), grant(everybody, new, today)
    before, after = (_sum(one for one in earned if one.deal_id in wanted) for earned in (as_it_is, tried))
    return Effect(len(wanted & counted), before, after)


def _sum(rewards: Iterable[Reward]) -> Sum:
    items = Counter(reward.item for reward in rewards)
    worth = {
        kind: sum((item.value_fen or 0) * times for item, times in items.items() if (item.kind is Kind.CASH) is kind)
        for kind in (True, False)
    }
    return Sum(worth[True], worth[False], items)
