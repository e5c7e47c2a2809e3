"""Random histories of touches: few clients and parties, instants that meet, and everything that the rules look at."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from portal.clock import SHANGHAI
from portal.rules.judgements.judging import Touch
from portal.rules.judgements.profile import DealFrom, Profile, Slots, WhoWins
from portal.rules.judgements.protection import Kind

FIRST = datetime(2026, 3, 1, 10, tzinfo=SHANGHAI)
STEP = timedelta(hours=12)
"""Spans are whole days, so half days make instants fall together with the ends of protections."""

steps = st.integers(0, 120)
after = st.none() | st.integers(0, 24)
few_days = st.integers(1, 12)


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    masked: bool = True,
    subscribed: bool = True,
    walk_ins_visit: bool = True,
    backwards: bool = False,
    deeds: bool = False,
    most: int = 12,
) -> list[Touch]:
    """Touches in commit order, of two clients in two developments."""
    rows = draw(
        st.lists(
            st.tuples(steps, st.sampled_from(Kind), st.sampled_from("AB"), st.sampled_from("xy"), after, after),
            max_size=most,
        )
    )
    if not backwards:
        rows.sort(key=lambda row: row[0])
    ends = draw(st.lists(st.tuples(after, after, few_days), min_size=len(rows), max_size=len(rows)))
    masks = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    touches = []
    for number, (row, mask, end) in enumerate(zip(rows, masks, ends, strict=True), 1):
        step, kind, party, client, visited, sold = row
        released, prolonged, days = end if deeds else (None, None, 1)
        at = FIRST + step * STEP
        visits = visited is not None and (walk_ins_visit or kind is not Kind.WALK_IN)
        touches.append(
            Touch(
                touch_id=number,
                development="D" if number % 4 else "E",
                client=client,
                party=party,
                kind=kind,
                at=at,
                visited_at=at + visited * STEP if visits and visited is not None else None,
                subscribed_at=at + sold * STEP if subscribed and sold is not None else None,
                masked=masked and mask and kind is Kind.REGISTRATION,
                released_at=at + released * STEP if released is not None else None,
                extended=(at + prolonged * STEP, at + (prolonged + 2 * days) * STEP) if prolonged is not None else None,
            )
        )
    return touches


profiles = st.builds(
    Profile,
    who_wins=st.sampled_from(WhoWins),
    showing_days=few_days,
    showing_until=st.none()
    | st.just(datetime(2026, 3, 1, 10).time())
    | st.times().map(lambda at: at.replace(microsecond=0, tzinfo=None)),
    deal_days=few_days,
    deal_from=st.sampled_from(DealFrom),
    developer_days=st.integers(0, 12),
    after_subscription_days=st.none() | st.integers(0, 12),
    slots=st.sampled_from(Slots),
    split_parts=st.sampled_from([0, 2, 3]),
)
