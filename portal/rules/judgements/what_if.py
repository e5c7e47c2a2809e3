"""What if (判客试算): whose clients and deals would be another's under another profile, on touches as they were.

Both worlds are judged by the same code over the same facts, so that what differs is the profile's doing alone. Who was
refused in the real one had no showing there and has none in the other: a history cannot tell who would have come.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from .judging import History, Judged, Missed, Outcome, Touch
from .profile import Profile, WhoWins


class Sale(NamedTuple):
    """A subscription of a client, and the deal that it opened."""

    deal_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """One client in one development: touches in commit order, and subscriptions."""

    development_id: int
    client_id: int
    touches: Sequence[Touch]
    sales: Sequence[Sale] = ()


class Why(StrEnum):
    """Why somebody has not got under a profile what he had under another."""

    REFUSED = "refused"
    """somebody else had the client when he came"""
    ENDED = "ended"
    """his protection had ended by then"""
    UNSHOWN = "unshown"
    """he had not shown the client, and showings win"""
    SECOND = "second"
    """somebody else's first showing came before his"""
    LATER = "later"
    """somebody else was before him in the queue"""
    KEPT = "kept"
    """nobody had the client, and somebody has now"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A client at the end, or one of the client's deals (`deal_id`), that changes hands; touches by number, None:
    nobody's."""

    facts: ClientFacts
    deal_id: int | None
    before: int | None
    after: int | None
    why: Why


def compare(clients: Iterable[ClientFacts], before: Profile, after: Profile, end: datetime) -> Iterator[Moved]:
    """Everything that would change hands, client by client: the deals in their order, then the client at the end."""
    for facts in clients:
        one, other = World(facts, before, end), World(facts, after, end)
        for sale in facts.sales:
            yield from _moved(facts, sale, one.owner_at(sale), other, end)
        yield from _moved(facts, None, one.owner, other, end)


class World:
    """One client's history under one profile."""

    def __init__(self, facts: ClientFacts, profile: Profile, end: datetime) -> None:
        history = History(profile)
        for sale in facts.sales:
            history.sell(sale.at)
        judged = [history.add(touch) for touch in facts.touches]
        history.close(end)
        self.profile = profile
        self.judged = {one.touch.touch_id: one for one in judged}
        self.owner = judged[0].owned_by if judged else None
        self._sold = history.sold

    def owner_at(self, sale: Sale) -> int | None:
        """Whose touch owned the client at a subscription."""
        owner = self._sold.get(sale.at)
        return owner.touch.touch_id if owner else None


def _moved(facts: ClientFacts, sale: Sale | None, before: int | None, other: World, end: datetime) -> Iterator[Moved]:
    after = other.owner if sale is None else other.owner_at(sale)
    if after != before:
        why = Why.KEPT if before is None else _why(other.judged[before], other.profile, sale.at if sale else end)
        yield Moved(facts, sale.deal_id if sale else None, before, after, why)


def _why(lost: Judged, profile: Profile, at: datetime) -> Why:
    """Why a touch did not own the client at an instant."""
    if lost.outcome is Outcome.REFUSED:
        return Why.REFUSED
    if lost.missed is Missed.SECOND:
        return Why.SECOND
    if lost.protected_until is not None and lost.protected_until <= at:
        return Why.ENDED
    if profile.who_wins is WhoWins.FIRST_VISITED and (lost.shown_at is None or lost.shown_at > at):
        return Why.UNSHOWN
    return Why.LATER
