"""The queries of docs/measures.md, run on both databases: each says what the board says."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from portal.cli.measures import facts_of
from portal.clock import month_end, month_start
from portal.models import Decision, Development, Role, ShowingReview, Verdict
from portal.rules.measures.board import Figure, Measure
from portal.services.measures import board, figures
from portal.types import BigInt, UtcDateTime
from tests import factories as make
from tests import measures_world as world

QUERIES = re.findall(
    r"```sql\n(.*?)```", (Path(__file__).parents[3] / "docs" / "measures.md").read_text(encoding="utf-8"), re.DOTALL
)
MONTH = "2026-02"
INSIDE, BEFORE, AFTER = (datetime.fromisoformat(f"2026-{day}T12:00+08:00") for day in ("02-10", "01-31", "03-01"))


def review(session: Session, showing_id: int, decision: Decision) -> None:
    by = make.person(session, Role.RECEPTION).id
    session.add(ShowingReview(showing_id=showing_id, decision=decision, reason="看了录像", reviewer_id=by, at=AFTER))


@pytest.fixture
def places(session: Session) -> tuple[Development, Development]:
    """February in two developments, with all that must not count around it."""
    one, other = make.development(session), make.development(session)
    for place in (one, other, one):
        world.shown_deal(session, INSIDE, place)
    for at in (month_start(MONTH), month_end(MONTH)):  # half-open
        world.shown_deal(session, at, one)
    world.referred(session, INSIDE, one)
    world.referred(session, INSIDE, other)
    cancelled = world.shown_deal(session, INSIDE, one)
    make.cancel(session, cancelled, AFTER)
    make.deal(session, development=one, touch=None, signed_at=INSIDE)
    make.deal(session, development=one, signed_at=INSIDE)  # of an agency, and never shown
    world.shown(session, INSIDE, one)
    world.shown(session, BEFORE, one)
    world.shown(session, INSIDE, one, verdict=Verdict.NEEDS_REVIEW)
    for verdict, decision in ((Verdict.NEEDS_REVIEW, Decision.GENUINE), (Verdict.VERIFIED, Decision.FAKE)):
        review(session, world.shown(session, INSIDE, other, verdict=verdict).id, decision)
    first = world.entry(session, Measure.WECHAT, MONTH, 100, 1000, development_id=one.id)
    world.entry(session, Measure.WECHAT, MONTH, 150, 1000, development_id=one.id, corrects_id=first.id, reason="补报")
    world.entry(session, Measure.WECHAT, MONTH, 10, 200)
    world.entry(session, Measure.OWN_MEDIA, MONTH, 90_000_00, 180, development_id=other.id)
    world.entry(session, Measure.OWN_MEDIA, "2026-01", 1, 1)
    session.flush()
    return one, other


def by_queries(session: Session, development_id: int | None) -> dict[Measure, Figure]:
    def ask(query: str, **given: object) -> tuple[int | None, ...]:
        named = [bindparam("development", type_=BigInt)]
        named += [bindparam(name, type_=UtcDateTime()) for name in ("from", "until") if f":{name}" in query]
        return tuple(session.execute(text(query).bindparams(*named), {"development": development_id, **given}).one())

    of_month = {"from": month_start(MONTH), "until": month_end(MONTH)}
    sides = [ask(query, **of_month)[0] for query in QUERIES[:4]]
    entered = [ask(QUERIES[4], month=MONTH, measure=one) for one in ("wechat", "own_media")]
    return dict(zip(Measure, [Figure(*sides[:2]), Figure(*sides[2:]), *(Figure(*one) for one in entered)], strict=True))


def test_queries_say_what_the_command_prints(session: Session, places: tuple[Development, Development]) -> None:
    for place, name in ((None, None), *((one.id, one.name) for one in places)):
        said = facts_of(board.of_month(session, AFTER, MONTH, place), name)
        asked = {Measure(one["measure"]): Figure(one["numerator"], one["denominator"]) for one in said["measures"]}
        assert (said["development"], asked) == (name, by_queries(session, place))
        assert said["measured_weight"] + said["unmeasured_weight"] == 100


def test_queries_say_what_the_board_says(session: Session, places: tuple[Development, Development]) -> None:
    one, other = places
    found = figures.of_months(session, ["2026-01", MONTH, "2026-03"])
    for place in (None, one.id, other.id):
        said = by_queries(session, place)
        assert found[MONTH, place] == said
        assert figures.of_months(session, [MONTH], place)[MONTH, place] == said
    assert found[MONTH, None] == {
        Measure.AGENCIES: Figure(4, 7),
        Measure.REFERRAL: Figure(2, 8),
        Measure.WECHAT: Figure(160, 1200),
        Measure.OWN_MEDIA: Figure(90_000_00, 180),
    }
