"""What is kept of days says what counting the rows says, whatever happened in which order, and whoever swept when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import (
    Corrected,
    CorrectedFact,
    Correction,
    DayFigures,
    DayMark,
    Deal,
    Decision,
    Development,
    MilestoneKind,
    Role,
    Showing,
    ShowingReview,
    Verdict,
)
from portal.services.deals.moves import _give_unsigned
from portal.services.measures import counting, day_figures, figures
from portal.services.measures.counting import NOTHING, Counted
from tests import factories as make
from tests import measures_world as world
from tests.databases import Dialect, rolled_back
from tests.nightly import examples

MONTHS = ["2026-01", "2026-02", "2026-03"]
FIRST = datetime(2025, 12, 31, 16, tzinfo=UTC)
"""The first instant of the first month."""
HOURS = 90 * 24
"""Until the last one of the last."""


class History:
    """Things that happen to a few developments, each drawn by a roll."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.random = session, Random(seed)
        self.places = [make.development(session) for _ in range(2)]
        self.by = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        self.deeds: list[Callable[[], object]] = [
            *(self.sold, self.referred, self.unsigned, self.shown, self.doubtful, self.reviewed),
            *(self.shown_again, self.signed, self.cancelled, self.corrected, self.moved),
        ]

    def happen(self, which: int) -> None:
        self.deeds[which % len(self.deeds)]()
        self.session.flush()

    def at(self) -> datetime:
        return FIRST + timedelta(hours=self.random.randrange(HOURS), minutes=self.random.choice([0, 0, 59]))

    def place(self) -> Development:
        return self.random.choice(self.places)

    def sold(self) -> None:
        world.shown_deal(self.session, self.at(), self.place())

    def referred(self) -> None:
        world.referred(self.session, self.at(), self.place())

    def unsigned(self) -> None:
        make.deal(self.session, development=self.place(), signed_at=None)

    def shown(self) -> None:
        world.shown(self.session, self.at(), self.place())

    def doubtful(self) -> None:
        world.shown(self.session, self.at(), self.place(), verdict=Verdict.NEEDS_REVIEW)

    def reviewed(self) -> None:
        open_ones = select(Showing).outerjoin(ShowingReview).where(ShowingReview.id.is_(None)).order_by(Showing.id)
        if found := self.session.scalars(open_ones).all():
            key, decision = self.random.choice(found).id, self.random.choice(list(Decision))
            given = {"reason": "看了录像", "reviewer_id": self.by.id, "at": self.at()}
            self.session.add(ShowingReview(showing_id=key, decision=decision, **given))

    def shown_again(self) -> None:
        deal = self._deal()
        if deal is not None and deal.touch is not None and deal.touch.agency is not None:
            make.showing(self.session, touch=deal.touch, at=self.at(), verdict=Verdict.VERIFIED)

    def signed(self) -> None:
        if (deal := self._deal()) is not None and deal.signed_at is None and deal.cancelled_at is None:
            at = self.at()
            make.milestone(self.session, deal, MilestoneKind.SIGNED, at)
            deal.signed_at = at

    def cancelled(self) -> None:
        if (deal := self._deal()) is not None and deal.cancelled_at is None:
            make.cancel(self.session, deal, self.at())

    def corrected(self) -> None:
        """Its signing was another day."""
        if (deal := self._deal()) is not None and deal.signed_at is not None:
            at = self.at()
            before, after = (one.isoformat() for one in (deal.signed_at, at))
            fact = CorrectedFact(deal=deal, what=Corrected.SIGNED_AT, before=before, after=after)
            correction = Correction(reason="补录", made_by=self.by.id, made_at=at, facts=[fact])
            self.session.add(correction)
            self.session.flush()
            deal.signed_at = at

    def moved(self) -> None:
        """A conflict was decided: it is of another first contact, or of nobody's."""
        deal = self._deal()
        if deal is not None and deal.signed_at is None and deal.cancelled_at is None:
            other = make.touch(self.session, development=deal.development) if self.random.random() < 0.5 else None
            _give_unsigned(self.session, self.by, self.at(), deal, other, "判给他人")

    def _deal(self) -> Deal | None:
        found = self.session.scalars(select(Deal).order_by(Deal.id)).all()
        return self.random.choice(found) if found else None


def slowly(session: Session) -> dict[tuple[str, int], Counted]:
    """Every day of every development counted from its rows."""
    places = session.scalars(select(Development)).all()
    days = [local_day(FIRST) + timedelta(days=one) for one in range(90)]
    found: dict[tuple[str, int], Counted] = {}
    for (day, place), one in counting.count(session, [(day, place.id) for day in days for place in places]).items():
        if one != NOTHING:
            key = f"{day:%Y-%m}", place
            found[key] = day_figures._sum(found.get(key, NOTHING), one)
    return found


SWEPT = -1
"""The sweep counts what is marked."""


@settings(max_examples=examples(4, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), deeds=st.lists(st.integers(SWEPT, 10), min_size=6, max_size=14))
def test_it_says_what_the_rows_say_after_any_history(database_of_all: Database, seed: int, deeds: list[int]) -> None:
    with rolled_back(database_of_all) as session:
        history = History(session, seed)
        for deed in deeds:
            if deed == SWEPT:
                day_figures.count_due(session)
            else:
                history.happen(deed)
        assert day_figures.by_month(session, MONTHS) == slowly(session)
        day_figures.count_due(session)
        assert day_figures.count_due(session) == session.scalar(select(func.count()).select_from(DayMark)) == 0
        assert day_figures.by_month(session, MONTHS) == slowly(session)
        one = history.places[0].id
        of_one = {key: found for key, found in slowly(session).items() if key[1] == one}
        assert day_figures.by_month(session, MONTHS, one) == of_one


@pytest.fixture
def database_of_all(dialect: Dialect, shared: Callable[[Dialect], Database]) -> Database:
    return shared(dialect)


def test_what_is_kept_is_a_row_a_day_that_has_any(session: Session) -> None:
    place = make.development(session)
    deal = world.shown_deal(session, FIRST + timedelta(days=3, hours=12), place)
    session.flush()
    assert day_figures.count_due(session) == 1
    (kept,) = session.scalars(select(DayFigures)).all()
    assert (kept.day, kept.deals, kept.shown, kept.referred, kept.showings) == (local_day(deal.signed_at), 1, 1, 0, 1)
    assert (
        figures.of_months(session, MONTHS)[MONTHS[0], place.id] == figures.of_months(session, MONTHS)[MONTHS[0], None]
    )


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_change_behind_the_sweep_stays_marked(database: Database) -> None:
    """Two sweeps and a change between them, each waiting for the other: what is kept is what the rows say."""
    with database.transaction() as session:
        place = make.development(session)
        world.shown(session, FIRST, place)
    with database.transaction() as first:
        assert day_figures.count_due(first) == 1
        with database.transaction() as other:  # commits a change that the first sweep has not seen
            world.shown(other, FIRST, other.get_one(Development, place.id))
        second = Thread(target=lambda: _sweep(database))
        second.start()  # waits in the line
    second.join(timeout=60)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DayMark)) == 0
        assert session.scalar(select(DayFigures.showings)) == 2


def _sweep(database: Database) -> None:
    with database.transaction() as session:
        day_figures.count_due(session)
