"""Whose client is it: touches in commit order and a profile in, what became of each touch out (docs/judgement.md).

`judge` reads the history of each client in a development as it happened: a touch is answered by what was known when it
came, a showing and a subscription count from their instant on, and nothing that came later changes an answer. What the
end of the history says, how long each touch protects and which one owns the client, is told beside it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import heappop, heappush
from typing import Final, NamedTuple

from commissions.refusal import Refusal

from .completing import Found, doubt_of
from .profile import DealFrom, Profile, WhoWins
from .protection import Kind, code_for, runs_at

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Touch(NamedTuple):
    """A touch as the judgement needs it. `touch_id` is the commit order, and only that ranks.

    `visited_at` is the touch's first verified showing, `subscribed_at` a subscription of the client, through whomever;
    `masked`: registered by parts of a number (隐号报备), so that nobody can be told who it is.
    """

    touch_id: int
    development: str
    client: str
    party: str
    kind: Kind
    at: datetime
    visited_at: datetime | None = None
    subscribed_at: datetime | None = None
    masked: bool = False
    shown_again: tuple[datetime, ...] = ()
    """further verified showings, where they are known"""
    released_at: datetime | None = None
    """its party gave the client up"""
    extended: tuple[datetime, datetime] | None = None
    """when a person made the protection longer, and until when"""


class Outcome(StrEnum):
    """How a touch was answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PROVISIONAL = "provisional"


MASK_CONFLICT = "mask_conflict"
"""The code of a masked touch whose number was completed, and somebody had the client before: a person decides."""


class Basis(StrEnum):
    """What a touch's protection counts from."""

    TOUCH = "touch"
    SHOWING = "showing"
    SUBSCRIPTION = "subscription"
    EXTENSION = "extension"


class Missed(StrEnum):
    """Why a showing brought its touch nothing."""

    TOO_LATE = "too_late"
    """the touch had ended"""
    SECOND = "second"
    """somebody else's first showing protected"""


@dataclass(slots=True, eq=False)
class Judged:
    """What became of a touch, with the facts of why.

    `against` is the number of the touch that stood against it, `against_until` the end of what kept it out (None beside
    a number: for good). `protected_until` (None: for good) holds for what was not refused, counted from `basis_at`.
    `standing` is the one that its party was told stands already; its showings count there.
    `owner`: it owns the client at the end; `owned_by` is the number of the touch that does.
    """

    touch: Touch
    outcome: Outcome = Outcome.ACCEPTED
    code: str | None = None
    against: int | None = None
    against_until: datetime | None = None
    protected_until: datetime | None = None
    basis: Basis = Basis.TOUCH
    basis_at: datetime = _BEGINNING
    standing: "Judged | None" = None
    completed_at: datetime | None = None
    shown_at: datetime | None = None
    missed: Missed | None = None
    took: bool = False
    """its showing, or its walk-in, took the client where that wins"""
    ended: bool = False
    owner: bool = False
    owned_by: int | None = None

    def protects(self, at: datetime) -> bool:
        """Whether it keeps others out at an instant, as far as its protection goes."""
        return self.outcome is Outcome.ACCEPTED and runs_at(self.protected_until, at)

    def extend(self, until: datetime | None, basis: Basis, at: datetime) -> None:
        """Protect longer, never shorter."""
        if self.protected_until is not None and (until is None or until > self.protected_until):
            self.protected_until, self.basis, self.basis_at = until, basis, at


def judge(touches: Iterable[Touch], profile: Profile) -> list[Judged]:
    """What became of every touch, in the order given, which does not matter.

    At the end means at the last instant among all touches, their showings and subscriptions. Raises Refusal
    duplicate_touch.
    """
    answers = [Judged(touch) for touch in touches]
    if not answers:
        return []
    histories: dict[tuple[str, str], list[Judged]] = {}
    for judged in sorted(answers, key=_number):
        client = judged.touch.development, judged.touch.client
        if client in histories:
            histories[client].append(judged)
        else:
            histories[client] = [judged]
    end = last_instant([judged.touch for judged in answers])
    for in_order in histories.values():
        history, before = History(profile), None
        for judged in in_order:
            number = judged.touch.touch_id
            if number == before:
                raise Refusal("duplicate_touch", touch_id=before)
            before = number
            history.answer(judged)
        history.close(end)
    return answers


def _number(judged: Judged) -> int:
    return judged.touch.touch_id


def last_instant(touches: Sequence[Touch]) -> datetime:
    """The last instant that some touches know of."""
    last = touches[0].at
    for touch in touches:
        for instant in (touch.at, touch.visited_at, touch.subscribed_at, touch.released_at):
            if instant is not None and instant > last:
                last = instant
        if touch.extended is not None and touch.extended[0] > last:
            last = touch.extended[0]
    return last


# What happens between two touches; at one instant in this order
_SHOWING: Final = 0
_RELEASE: Final = 1
_EXTENSION: Final = 2
_SUBSCRIPTION: Final = 3

_Event = tuple[datetime, int, int, Judged | None]
"""What happens: when, what, the touch's number and the touch; neither, where the client subscribes."""


class History:
    """One client's touches in one development, read in commit order. Time does not run backwards: a touch with an
    instant before an earlier one's is answered as at that one."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._visits_win = profile.who_wins is WhoWins.FIRST_VISITED
        self._now = self._looked = _BEGINNING
        self._due: list[_Event] = []
        self._queue: list[tuple[int, Judged]] = []  # who keeps others out without a showing, as a heap
        self._masked: deque[Judged] | None = None  # whose number is not known yet, oldest first
        self._visitor: Judged | None = None  # whose first showing protects, where that wins
        self._own: dict[tuple[Kind, str], Judged] = {}  # the newest that stands of each party
        self.sold: dict[datetime, Judged | None] = {}
        """who owned the client at each subscription that has happened"""
        self._sold_until: datetime | None = None
        self._answered: list[Judged] = []

    def add(self, touch: Touch) -> Judged:
        """Answer the next touch by what is known when it comes."""
        judged = Judged(touch)
        self.answer(judged)
        return judged

    def answer(self, judged: Judged) -> None:
        """The same, where the answer is written."""
        touch, due = judged.touch, self._due
        if touch.subscribed_at is not None:
            self.sell(touch.subscribed_at)
        if touch.at > self._now:
            self._now = touch.at
        if due:
            self._pass_to(self._now)
        self._answer(judged)
        self._answered.append(judged)
        if touch.visited_at is not None:
            for at in (touch.visited_at, *touch.shown_again):
                heappush(due, (at, _SHOWING, touch.touch_id, judged))
        if touch.released_at is not None:
            heappush(due, (touch.released_at, _RELEASE, touch.touch_id, judged))
        if touch.extended is not None:
            heappush(due, (touch.extended[0], _EXTENSION, touch.touch_id, judged))

    def sell(self, at: datetime) -> None:
        """Let the client subscribe at an instant; the same one again is the same subscription."""
        heappush(self._due, (at, _SUBSCRIPTION, 0, None))

    def close(self, end: datetime) -> None:
        """Let time run to the end, and say who owns the client then."""
        self._now = end
        while self._due:
            self._happen(heappop(self._due))
        owner = self._holder(end)
        if owner is not None:
            owner.owner = True
        for judged in self._answered:
            judged.owned_by = owner.touch.touch_id if owner else None
            judged.ended = not runs_at(judged.protected_until, end)

    # What a touch finds

    def _answer(self, judged: Judged) -> None:
        touch, now = judged.touch, self._now
        party = (touch.kind, touch.party)
        own = self._own.get(party)
        if own is not None and runs_at(own.protected_until, now):
            self._refuse(judged, own, mine=True)
            judged.standing = own
            return
        rival = self._holder(now)
        if touch.masked:
            self._hold_place(judged, rival or self._older_mask(now))
        elif rival is not None:
            self._refuse(judged, rival, mine=False)
            return
        elif self._sold_until is not None and now < self._sold_until:
            judged.outcome, judged.against_until = Outcome.REFUSED, self._sold_until
            judged.code = code_for(mine=False, walked_in=False)
            return
        self._own[party] = judged
        self._protect(judged)

    def _refuse(self, judged: Judged, standing: Judged, *, mine: bool) -> None:
        judged.outcome = Outcome.REFUSED
        judged.code = code_for(mine=mine, walked_in=standing.touch.kind is Kind.WALK_IN)
        judged.against, judged.against_until = standing.touch.touch_id, standing.protected_until

    def _hold_place(self, judged: Judged, older: Judged | None) -> None:
        """A masked touch keeps its place and nobody out; who was there before is remembered until it is completed."""
        judged.outcome = Outcome.PROVISIONAL
        if older is not None:
            judged.against, judged.against_until = older.touch.touch_id, older.protected_until
        elif self._sold_until is not None and self._now < self._sold_until:
            judged.against_until = self._sold_until

    def _protect(self, judged: Judged) -> None:
        touch = judged.touch
        profile, registered = self._profile, touch.kind is Kind.REGISTRATION
        until = profile.registered_until(touch.at) if registered else profile.known_until(touch.at, touch.kind)
        judged.protected_until, judged.basis_at = until, touch.at
        if judged.outcome is Outcome.PROVISIONAL:
            if self._masked is None:
                self._masked = deque()
            self._masked.append(judged)
        elif self._visits_win and touch.kind is Kind.WALK_IN:
            self._visitor, judged.took = judged, True
        elif not self._visits_win or not registered:
            heappush(self._queue, (touch.touch_id, judged))

    def _holder(self, at: datetime) -> Judged | None:
        """Who keeps others out: whose first showing protects, where that wins; else the first in commit order."""
        if at < self._looked:
            return self._kept_out_then(at)
        self._looked = at
        if self._visitor is not None:
            if self._visitor.protects(at):
                return self._visitor
            self._visitor = None
        while self._queue and not self._queue[0][1].protects(at):
            heappop(self._queue)
        return self._queue[0][1] if self._queue else None

    def _kept_out_then(self, at: datetime) -> Judged | None:
        """The same for an instant behind one that was asked about: a subscription that was told of late."""
        living = [one for one in self._answered if one.protects(at)]
        if not self._visits_win:
            return next(iter(living), None)
        visited = (one for one in living if one.took)
        known = (one for one in living if one.touch.kind is not Kind.REGISTRATION)
        return next(visited, None) or next(known, None)

    def _older_mask(self, at: datetime) -> Judged | None:
        """The oldest touch whose number is not known yet, where being registered counts."""
        waiting = self._masked
        while waiting and not (waiting[0].outcome is Outcome.PROVISIONAL and runs_at(waiting[0].protected_until, at)):
            waiting.popleft()
        return waiting[0] if waiting and not self._visits_win else None

    # What happens between two touches

    def _pass_to(self, now: datetime) -> None:
        """What lies before this instant, and all but subscriptions at it, has happened."""
        due, following = self._due, (now, _SUBSCRIPTION)
        while due and due[0] < following:
            self._happen(heappop(due))

    def _happen(self, event: _Event) -> None:
        at, what, _number, judged = event
        if judged is None:
            self._subscribe(at)
        elif what == _SHOWING:
            self._show(judged, at)
        elif what == _RELEASE:
            self._release(judged, at)
        else:
            self._prolong(judged, at)

    def _release(self, judged: Judged, at: datetime) -> None:
        """Its party gave the client up: what still protected ends there."""
        if judged.outcome is not Outcome.REFUSED and runs_at(judged.protected_until, at):
            judged.protected_until = at

    def _prolong(self, judged: Judged, at: datetime) -> None:
        """A person made the protection longer, if these rules still had one to make longer."""
        until = judged.touch.extended[1] if judged.touch.extended else None
        if judged.outcome is Outcome.ACCEPTED and runs_at(judged.protected_until, at) and until is not None:
            judged.extend(until, Basis.EXTENSION, at)

    def _show(self, judged: Judged, at: datetime) -> None:
        """A verified showing: under the touch itself, or under the one that its party was told stands already."""
        standing = judged.standing or judged
        if standing.outcome is Outcome.REFUSED:
            return
        if not runs_at(standing.protected_until, at):
            judged.missed = Missed.TOO_LATE
            return
        if standing.outcome is Outcome.PROVISIONAL and not self._complete(standing, at):
            return
        if self._visits_win and not self._take(standing, at):
            judged.missed = Missed.SECOND
            return
        if standing.shown_at is None or self._profile.deal_from is DealFrom.LATEST:
            standing.extend(self._profile.shown_until(at), Basis.SHOWING, at)
        standing.shown_at = standing.shown_at or at

    def _complete(self, judged: Judged, at: datetime) -> bool:
        """At the showing the full number is given: the touch stands with its own old time, unless somebody had the
        client when it came."""
        found = Found(held=judged.against is not None, sold=judged.against_until is not None)
        if doubt_of(found) is not None:
            judged.code = MASK_CONFLICT
            return False
        judged.outcome, judged.completed_at = Outcome.ACCEPTED, at
        if not self._visits_win:
            heappush(self._queue, (judged.touch.touch_id, judged))
        return True

    def _take(self, judged: Judged, at: datetime) -> bool:
        """Where the first showing wins: whether this one takes the client, or has him already."""
        then = self._answered if at < self._looked else [self._visitor] if self._visitor is not None else []
        if any(one.took and one is not judged and one.protects(at) for one in then):
            return False
        self._visitor, judged.took = judged, True
        return True

    def _subscribe(self, at: datetime) -> None:
        """The client subscribes: who owns him then is protected on, and nobody else may come for the profile's days."""
        if at in self.sold:
            return
        until, late = self._profile.sold_until(at), at < self._looked
        owner = self._holder(at)
        if owner is not None and owner.touch.at > at:
            owner = None
        self.sold[at] = owner
        if owner is not None:
            owner.extend(until, Basis.SUBSCRIPTION, at)
            if late:
                self._stand_again(owner)
        if until is not None and (self._sold_until is None or until > self._sold_until):
            self._sold_until = until

    def _stand_again(self, owner: Judged) -> None:
        """One that was left behind as ended, and protects after all."""
        if not self._visits_win or not owner.took:
            if all(owner is not judged for _number, judged in self._queue):
                heappush(self._queue, (owner.touch.touch_id, owner))
        elif self._visitor is None or owner.touch.touch_id < self._visitor.touch.touch_id:
            self._visitor = owner
