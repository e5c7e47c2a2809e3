"""What share each reason has, and what came of what was tried.

An answer can have several reasons: each is a mention, and shares are of mentions, in tenths of a percent. They sum to
1000, the largest rest first, as parts of money do.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from .reasons import Reason, Tried

Group = TypeVar("Group", bound=Hashable)


class Mention(NamedTuple):
    """One reason of one answer, what was tried against it, and whether the client came back."""

    reason: Reason
    tried: Tried = Tried.NOTHING
    revived: bool = False


class Count(NamedTuple):
    """So many, of whom so many came back."""

    mentions: int = 0
    revived: int = 0

    @property
    def permille(self) -> int | None:
        """How many of a thousand came back; None of none."""
        return round(self.revived * 1_000 / self.mentions) if self.mentions else None


def shares(counts: Mapping[Reason, int]) -> dict[Reason, int]:
    """The share of each reason in tenths of a percent; all 0 where nobody said anything."""
    total = sum(counts.values())
    if not total:
        return dict.fromkeys(Reason, 0)
    parts = {reason: divmod(counts.get(reason, 0) * 1_000, total) for reason in Reason}
    left = 1_000 - sum(whole for whole, _rest in parts.values())
    order = list(Reason)
    most = sorted(Reason, key=lambda reason: (-parts[reason][1], order.index(reason)))[:left]
    return {reason: parts[reason][0] + (reason in most) for reason in Reason}


def by_reason(mentions: Iterable[Mention]) -> dict[Reason, Count]:
    """Each reason with how often it was said, and how many came back."""
    said, back = _counted((one.reason, one.revived) for one in mentions)
    return {reason: Count(said[reason], back[reason]) for reason in Reason}


def by_tried(mentions: Iterable[Mention]) -> dict[tuple[Reason, Tried], Count]:
    """Each reason with what was tried against it: only what was."""
    said, back = _counted(((one.reason, one.tried), one.revived) for one in mentions)
    order = [(reason, tried) for reason in Reason for tried in Tried]
    return {key: Count(said[key], back[key]) for key in order if said[key]}


def by_group(rows: Sequence[tuple[Group, Mention]]) -> dict[Group, dict[Reason, int]]:
    """How often each reason was said in each group (a month, an agency, a consultant), groups in the order of rows."""
    groups: dict[Group, Counter[Reason]] = {}
    for group, mention in rows:
        groups.setdefault(group, Counter())[mention.reason] += 1
    return {group: {reason: counted[reason] for reason in Reason} for group, counted in groups.items()}


def _counted(rows: Iterable[tuple[Group, bool]]) -> tuple[Counter[Group], Counter[Group]]:
    said: Counter[Group] = Counter()
    back: Counter[Group] = Counter()
    for key, revived in rows:
        said[key] += 1
        back[key] += revived
    return said, back
