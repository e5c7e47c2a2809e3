"""The judgement of the bench's touches as the plain loop that one would write for this answer alone.

It is what `judging` is held against: the same grouping and comparing over the same touches, and every field that a line
of `portal judge` is written from. It knows one showing a touch, and sales that a row tells of before they happen;
what else a history may hold (released, prolonged, shown again, told of late, out of time) it has no code for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.rules.judgements.judging import Touch
from portal.rules.judgements.profile import Profile
from portal.rules.judgements.protection import Kind


@dataclass(slots=True, eq=False)
class Row:
    """A touch and what became of it."""

    touch: Touch
    outcome: str = "accepted"
    code: str | None = None
    against: int | None = None
    against_until: datetime | None = None
    until: datetime | None = None
    since: str = "touch"
    since_at: datetime | None = None
    standing: "Row | None" = None
    completed_at: datetime | None = None
    shown_at: datetime | None = None
    missed: str | None = None
    took: bool = False
    ended: bool = False
    owner: bool = False
    owned_by: int | None = None


def judge(touches: Sequence[Touch], profile: Profile) -> list[Row]:
    """Every touch answered, in the order given."""
    rows = [Row(touch) for touch in touches]
    end = max(touch.at for touch in touches)
    clients: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda one: one.touch.touch_id):
        touch = row.touch
        clients.setdefault((touch.development, touch.client), []).append(row)
        if touch.visited_at and touch.visited_at > end:
            end = touch.visited_at
        if touch.subscribed_at and touch.subscribed_at > end:
            end = touch.subscribed_at
    days = [
        timedelta(days=one)
        for one in (profile.showing_days, profile.developer_days, profile.deal_days, profile.after_subscription_days)
    ]
    visits_win = profile.who_wins == "first_visited"
    for history in clients.values():
        _client(history, end, visits_win, *days)
    return rows


def _client(  # noqa: C901 - one plain loop is what it is there for
    history: list[Row],
    end: datetime,
    visits_win: bool,
    showing: timedelta,
    known: timedelta,
    shown: timedelta,
    sold: timedelta,
) -> None:
    """Answer one client's touches in their order."""
    seen: list[Row] = []
    due: list[tuple[datetime, int, int, Row | None]] = []
    sold_until = None

    def holder(at: datetime) -> Row | None:
        first = None
        for one in seen:
            if one.outcome == "accepted" and at < one.until:
                if not visits_win or one.took:
                    return one
                if first is None and one.touch.kind != "registration":
                    first = one
        return first

    def happen(at: datetime, row: Row | None) -> None:  # noqa: C901
        nonlocal sold_until
        if row is None:
            owner = holder(at)
            if owner and at + sold > owner.until:
                owner.until, owner.since, owner.since_at = at + sold, "subscription", at
            sold_until = max(sold_until, at + sold) if sold_until else at + sold
            return
        shown_under, row = row, row.standing or row
        if row.outcome == "refused":
            return
        if at >= row.until:
            shown_under.missed = "too_late"
            return
        if row.outcome == "provisional":
            if row.against or row.against_until:
                row.code = "mask_conflict"
                return
            row.outcome, row.completed_at = "accepted", at
        if visits_win:
            for one in seen:
                if one.took and one is not row and at < one.until:
                    shown_under.missed = "second"
                    return
            row.took = True
        if at + shown > row.until:
            row.until, row.since, row.since_at = at + shown, "showing", at
        row.shown_at = row.shown_at or at

    for row in history:
        touch = row.touch
        now, kind = touch.at, touch.kind
        if touch.subscribed_at:
            due.append((touch.subscribed_at, 1, 0, None))
            due.sort()
        while due and (due[0][0] < now or (due[0][0] == now and due[0][1] == 0)):
            at, _what, _number, other = due.pop(0)
            happen(at, other)
        rival, mine, older = holder(now), None, None
        for one in seen:
            if one.outcome != "refused" and now < one.until:
                if one.touch.party == touch.party and one.touch.kind == kind:
                    mine = one
                if older is None and one.outcome == "provisional" and not visits_win:
                    older = one
        seen.append(row)
        before = rival or older
        if mine:
            row.outcome, row.code, row.standing = "refused", "already_yours", mine
            row.against, row.against_until = mine.touch.touch_id, mine.until
        elif touch.masked:
            row.outcome = "provisional"
            if before:
                row.against, row.against_until = before.touch.touch_id, before.until
            elif sold_until and now < sold_until:
                row.against_until = sold_until
        elif rival:
            row.outcome = "refused"
            row.code = "walked_in_first" if rival.touch.kind == "walk_in" else "protected_by_other"
            row.against, row.against_until = rival.touch.touch_id, rival.until
        elif sold_until and now < sold_until:
            row.outcome, row.code, row.against_until = "refused", "protected_by_other", sold_until
        if row.outcome != "refused":
            row.until, row.since_at = now + (showing if kind is Kind.REGISTRATION else known), now
            row.took = visits_win and kind is Kind.WALK_IN
        if touch.visited_at:
            due.append((touch.visited_at, 0, touch.touch_id, row))
            due.sort()
    for at, _what, _number, other in due:
        happen(at, other)
    owner = holder(end)
    if owner:
        owner.owner = True
    for row in history:
        row.owned_by = owner and owner.touch.touch_id
        row.ended = row.until is not None and row.until <= end
