"""A referrer's rewards added up: what was earned, what of it was received, and what is still to come."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from referral.rewards.reward import RewardState

from ...models import Reward
from .rewards import Earned


@dataclass(frozen=True, slots=True)
class Sum:
    """Rewards together: those with a sum in fen, and the months of those that are given for a time, by title."""

    fen: int
    months: Mapping[str, int]

    @classmethod
    def of(cls, rewards: Iterable[Reward]) -> "Sum":
        """The sum of some rewards."""
        fen, months = 0, Counter[str]()
        for reward in rewards:
            fen += reward.value_fen or 0
            if reward.term_months:
                months[reward.title] += reward.term_months
        return cls(fen, dict(months))


@dataclass(frozen=True, slots=True)
class Account:
    """A referrer's rewards as a page shows them: three sums, what is to come with the next first, and what is over with
    the latest first."""

    earned: Sum
    received: Sum
    to_come: Sum
    coming: tuple[Earned, ...]
    over: tuple[Earned, ...]


def account_of(earned: Iterable[Earned]) -> Account:
    """The account of rewards that come in the order of their days. What was turned down or withdrawn counts nowhere;
    what a person has to look at once more stays on top."""
    told = list(earned)
    coming = tuple(one for one in told if _is_coming(one.reward))
    over = tuple(one for one in reversed(told) if not _is_coming(one.reward))
    received = [one.reward for one in told if one.reward.state is RewardState.FULFILLED]
    to_come = [one.reward for one in coming if one.reward.state is not RewardState.FULFILLED]
    return Account(Sum.of([*received, *to_come]), Sum.of(received), Sum.of(to_come), coming, over)


def _is_coming(reward: Reward) -> bool:
    return reward.needs_review or (reward.state in _OPEN and not reward.refusal)


_OPEN = frozenset({RewardState.PENDING, RewardState.DUE, RewardState.APPROVED})
