"""Rules 2.2 to 2.4 as they decided before there were profiles, written down once more and slowly.

One touch at most holds a client. It ends by its days, a showing prolongs it, a deal makes it last for good; whoever
comes while it holds is refused, by a code of who holds. Nothing here asks the code that is tested.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.rules.judgements.judging import Touch

SHOWING_DAYS, DEAL_DAYS, KNOWN_DAYS = 7, 30, 30


@dataclass
class Held:
    """A touch that was taken, and until when it holds (None: for good)."""

    touch: Touch
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@dataclass
class Answer:
    outcome: str
    code: str | None
    held: Held | None


def decide(touches: Iterable[Touch], end: datetime) -> Iterator[tuple[int, str, str | None, datetime | None, bool]]:
    """Number, outcome, code, protection and whether it owns the client, of one client's touches in their order."""
    taken: list[Held] = []
    events: list[tuple[datetime, int, Held | None]] = []
    answers: list[tuple[Touch, Answer]] = []
    for touch in touches:
        _let_happen(taken, events, touch.at, before_subscriptions=True)
        answer = _answer(taken, touch)
        answers.append((touch, answer))
        if touch.visited_at is not None and answer.held is not None:
            events.append((touch.visited_at, 0, answer.held))
        if touch.subscribed_at is not None:
            events.append((touch.subscribed_at, 1, None))
    _let_happen(taken, events, end, before_subscriptions=False)
    owner = _oldest(taken, end)
    for touch, answer in answers:
        held = answer.held if answer.outcome == "accepted" else None
        yield (
            touch.touch_id,
            answer.outcome,
            answer.code,
            held.until if held else None,
            held is not None and held is owner,
        )


def _answer(taken: list[Held], touch: Touch) -> Answer:
    holder = next((held for held in taken if held.holds(touch.at)), None)
    if holder is None:
        days = SHOWING_DAYS if touch.kind == "registration" else KNOWN_DAYS
        held = Held(touch, touch.at + timedelta(days=days))
        taken.append(held)
        return Answer("accepted", None, held)
    if (holder.touch.kind, holder.touch.party) == (touch.kind, touch.party):
        return Answer("refused", "already_yours", holder)
    return Answer("refused", "walked_in_first" if holder.touch.kind == "walk_in" else "protected_by_other", None)


def _let_happen(
    taken: list[Held], events: list[tuple[datetime, int, Held | None]], until: datetime, *, before_subscriptions: bool
) -> None:
    for event in sorted(events, key=lambda one: one[:2]):
        at, _, shown = event
        if at > until or (before_subscriptions and shown is None and at == until):
            continue
        events.remove(event)
        if shown is None:
            owner = _oldest(taken, at)
            if owner is not None:
                owner.until = None
        elif shown.until is not None and at < shown.until:
            shown.until = max(shown.until, at + timedelta(days=DEAL_DAYS))


def _oldest(taken: list[Held], at: datetime) -> Held | None:
    return next((held for held in taken if held.touch.at <= at and held.holds(at)), None)
