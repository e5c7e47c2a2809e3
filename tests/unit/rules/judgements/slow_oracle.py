"""The judgement of docs/judgement.md once more, by looking at everything every time: no queue, no heap."""

from dataclasses import dataclass
from datetime import datetime

from portal.rules.judgements.judging import Touch
from portal.rules.judgements.profile import DealFrom, Profile, WhoWins


@dataclass
class Case:
    """A touch with what has become of it so far."""

    touch: Touch
    outcome: str = "accepted"
    code: str | None = None
    until: datetime | None = None
    stands_for: "Case | None" = None
    in_doubt: bool = False
    shown: bool = False
    took: bool = False

    def runs(self, at: datetime) -> bool:
        return self.outcome != "refused" and (self.until is None or at < self.until)


class Client:
    """One client in one development."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.visits_win = profile.who_wins is WhoWins.FIRST_VISITED
        self.cases: list[Case] = []
        self.pending: list[tuple[datetime, int, int, Case]] = []
        self.sold: list[datetime] = []
        self.now: datetime | None = None

    def come(self, touch: Touch) -> None:
        case = Case(touch)
        self.now = touch.at if self.now is None else max(self.now, touch.at)
        if touch.subscribed_at:
            self.pending.append((touch.subscribed_at, 3, touch.touch_id, case))
        self.pass_to(self.now, last=False)
        own = [one for one in self.cases if one.runs(self.now) and self.same(one.touch, touch)]
        rival = self.holder(self.now)
        sale = any(until is not None and self.now < until for until in map(self.profile.sold_until, self.sold))
        older = [one for one in self.cases if one.outcome == "provisional" and one.runs(self.now)]
        if own:
            case.outcome, case.code, case.stands_for = "refused", "already_yours", own[-1]
        elif touch.masked:
            case.outcome = "provisional"
            case.in_doubt = rival is not None or sale or (bool(older) and not self.visits_win)
        elif rival:
            walked_in = rival.touch.kind == "walk_in"
            case.outcome, case.code = "refused", "walked_in_first" if walked_in else "protected_by_other"
        elif sale:
            case.outcome, case.code = "refused", "protected_by_other"
        if case.outcome != "refused":
            until = self.profile.registered_until(touch.at)
            case.until = until if touch.kind == "registration" else self.profile.known_until(touch.at, touch.kind)
            case.took = touch.kind == "walk_in" and case.outcome == "accepted"
        self.cases.append(case)
        if touch.visited_at:
            self.pending.append((touch.visited_at, 0, touch.touch_id, case))
        if touch.released_at:
            self.pending.append((touch.released_at, 1, touch.touch_id, case))
        if touch.extended:
            self.pending.append((touch.extended[0], 2, touch.touch_id, case))

    @staticmethod
    def same(one: Touch, other: Touch) -> bool:
        return (one.kind, one.party) == (other.kind, other.party)

    def holder(self, at: datetime) -> Case | None:
        living = [one for one in self.cases if one.outcome == "accepted" and one.runs(at)]
        if not self.visits_win:
            return min(living, key=lambda one: one.touch.touch_id, default=None)
        visited = [one for one in living if one.took]
        known = [one for one in living if one.touch.kind != "registration"]
        return next(iter(visited or known), None)

    def pass_to(self, at: datetime, *, last: bool) -> None:
        while True:
            due = [one for one in self.pending if one[0] < at or (one[0] == at and (last or one[1] < 3))]
            if not due:
                return
            event = min(due, key=lambda one: one[:3])
            self.pending.remove(event)
            at_last, what, _number, case = event
            if what == 3:
                self.subscribe(at_last)
            elif what == 0:
                self.visit(case, at_last)
            elif case.runs(at_last):
                self.end_or_prolong(case, at_last, released=what == 1)

    @staticmethod
    def end_or_prolong(case: Case, at: datetime, *, released: bool) -> None:
        if released:
            case.until = at
        elif case.outcome == "accepted" and case.until is not None and case.touch.extended:
            case.until = max(case.until, case.touch.extended[1])

    def visit(self, case: Case, at: datetime) -> None:
        case = case.stands_for or case
        if not case.runs(at) or case.outcome == "refused":
            return
        if case.outcome == "provisional":
            if case.in_doubt:
                case.code = "mask_conflict"
                return
            case.outcome = "accepted"
        if self.visits_win:
            if any(one.took and one is not case and one.outcome == "accepted" and one.runs(at) for one in self.cases):
                return
            case.took = True
        if case.until is not None and (not case.shown or self.profile.deal_from is DealFrom.LATEST):
            case.until = max(case.until, self.profile.shown_until(at))
        case.shown = True

    def subscribe(self, at: datetime) -> None:
        if at in self.sold:
            return
        owner = self.holder(at)
        if owner and owner.touch.at <= at:
            until = self.profile.sold_until(at)
            owner.until = None if until is None or owner.until is None else max(owner.until, until)
        self.sold.append(at)


def decide(touches: list[Touch], profile: Profile, end: datetime) -> list[tuple[object, ...]]:
    """Number, outcome, code, protection and ownership of one client's touches in commit order."""
    client = Client(profile)
    for touch in touches:
        client.come(touch)
    client.pass_to(end, last=True)
    owner = client.holder(end)
    return [
        (one.touch.touch_id, one.outcome, one.code, None if one.outcome == "refused" else one.until, one is owner)
        for one in client.cases
    ]
