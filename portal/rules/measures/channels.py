"""Where clients come from, over time: what each channel brought in a month, and what that cost (docs/measures.md,
section 7).

Each count has its own instant. What nobody counts of a channel, such as the visits that own media brought, is None and
never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """What brings a client, in the order in which it is shown."""

    AGENCIES = "agencies"
    """Brokers, who register clients."""
    REFERRAL = "referral"
    """Friends, who leave their number on a referrer's page."""
    WALK_IN = "walk_in"
    """Who comes by himself."""
    OWN_MEDIA = "own_media"
    """Leads of our own media, as they were entered: they have no names here, so nobody knows which of them came."""
    NONE = "none"
    """Deals that no contact brought."""


class Step(StrEnum):
    """How far clients came, and what was spent on them."""

    LEADS = "leads"
    VISITS = "visits"
    SIGNINGS = "signings"
    COST = "cost"


ENTERED = Channel.OWN_MEDIA
"""The channel of which nothing is known but what somebody enters."""

COUNTED: Mapping[Channel, tuple[Step, ...]] = {
    Channel.AGENCIES: tuple(Step),
    Channel.REFERRAL: tuple(Step),
    Channel.WALK_IN: (Step.LEADS, Step.VISITS, Step.SIGNINGS),
    Channel.OWN_MEDIA: (Step.LEADS, Step.COST),
    Channel.NONE: (Step.SIGNINGS,),
}
"""Which steps of a channel anybody counts."""


def channels_of(step: Step) -> list[Channel]:
    """The channels of which a step is counted."""
    return [channel for channel, steps in COUNTED.items() if step in steps]


@dataclass(frozen=True, slots=True)
class ChannelMonths:
    """What successive months brought: `counts` by month, channel and step, where there was anything."""

    months: Sequence[str]
    counts: Mapping[tuple[str, Channel, Step], int]

    def value(self, month: str, channel: Channel, step: Step) -> int | None:
        """So many, or so many fen; None where nobody counts it, or has entered it yet."""
        if step not in COUNTED[channel]:
            return None
        return self.counts.get((month, channel, step), None if channel is ENTERED else 0)

    def total(self, month: str, step: Step) -> int:
        """All that is known of a step in a month."""
        return sum(self.value(month, channel, step) or 0 for channel in channels_of(step))

    def signing_fen(self, month: str, channel: Channel) -> int | None:
        """What a signing of the month cost, half up to the fen; None where nothing was signed or no cost is counted."""
        signed, fen = (self.value(month, channel, step) for step in (Step.SIGNINGS, Step.COST))
        return (2 * fen + signed) // (2 * signed) if signed and fen is not None else None
