"""The board's services: versions by two people, entries and corrections, sealed months, and who has not delivered."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import month_start
from portal.models import Event, MeasureEntry, Role, SealedMeasure
from portal.rules.measures.board import Figure, Measure
from portal.rules.measures.board_toml import board_from_toml
from portal.services.home.figure import counted
from portal.services.measures import board, boards, entries, rows, seals, telling
from portal.services.measures.entries import Entry
from portal.services.measures.rows import Side
from tests import factories as make
from tests import measures_world as world

FEBRUARY = datetime.fromisoformat("2026-02-10T12:00+08:00")
OTHER = board_from_toml(world.LOW_TARGET)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def finance(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


def told(session: Session) -> list[str]:
    session.flush()
    return sorted(session.scalars(select(Event.kind).where(Event.kind.startswith("measure"))))


def test_a_board_holds_from_its_month_on_and_takes_two(
    session: Session, manager: Actor, finance: Actor, now: datetime
) -> None:
    following = boards.months_to_begin(now)[0]
    row = boards.propose(session, manager, now, boards.Proposed(board=OTHER, month=following, note="旺季"))
    session.flush()
    assert (counted(session, boards.to_decide(manager)), counted(session, boards.to_decide(finance))) == (0, 1)
    with pytest.raises(Refusal, match="own_proposal"):
        boards.confirm(session, manager, now, row)
    boards.confirm(session, finance, now, row)
    session.flush()
    assert boards.all_in_force(session, "2026-03").board(None) == boards.before(session, row) == boards.given()
    assert boards.all_in_force(session, following).board(7) == boards.board_of(session, row) == OTHER
    assert told(session) == ["measure_board_decided", "measure_board_waits"]
    with pytest.raises(Refusal, match="measure_board_month_taken"):
        boards.propose(session, manager, now, boards.Proposed(board=OTHER, month=following, note="再来"))
    with pytest.raises(Refusal, match="measure_board_month"):
        boards.propose(session, manager, now, boards.Proposed(board=OTHER, month="2026-03", note="回头"))


def test_a_development_gives_its_own_board_up(session: Session, manager: Actor, finance: Actor, now: datetime) -> None:
    place = make.development(session).id
    world.board(session, world.LOW_TARGET, "2026-01", development_id=place)
    held = boards.all_in_force(session, "2026-03")
    assert (held.board(place), held.board(None)) == (OTHER, boards.given())
    months = boards.months_to_begin(now)
    ends = boards.Proposed(board=None, month=months[1], note="同大家", development_id=place)
    boards.confirm(session, finance, now, boards.propose(session, manager, now, ends))
    session.flush()
    assert boards.all_in_force(session, months[1]).board(place) == boards.given()
    assert boards.all_in_force(session, months[0]).board(place) == OTHER
    with pytest.raises(Refusal, match="measure_board_none_own"):
        boards.propose(session, manager, now, boards.Proposed(board=None, month=months[2], note="x", development_id=0))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"month": "2026-04"}, "measure_entry_month"),
        ({"month": "2024-03"}, "measure_entry_month"),
        ({"whole": 0}, "measure_entry_value"),
        ({"part": -1}, "measure_entry_value"),
        ({"part": 11, "whole": 10}, "measure_entry_part"),
    ],
)
def test_what_cannot_be_entered(
    session: Session, manager: Actor, now: datetime, entry: dict[str, object], code: str
) -> None:
    values = {"development_id": None, "month": "2026-02", "measure": Measure.WECHAT, "part": 1, "whole": 10}
    with pytest.raises(Refusal) as refused:
        entries.enter(session, manager, now, Entry(**values | entry))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_second_entry_corrects_with_a_reason(session: Session, manager: Actor, finance: Actor, now: datetime) -> None:
    first = Entry(development_id=None, month="2026-02", measure=Measure.OWN_MEDIA, part=50_000_00, whole=100)
    assert entries.enter(session, manager, now, first) is not None
    session.flush()
    assert entries.enter(session, manager, now, first) is None
    other = Entry(**{name: getattr(first, name) for name in first.__slots__} | {"whole": 125})
    with pytest.raises(Refusal, match="measure_entry_reason_needed"):
        entries.enter(session, finance, now, other)
    assert entries.take(session, finance, now, [other], "漏报一个渠道") == 1
    assert told(session) == ["measure_corrected"]
    assert [row.whole for row in session.scalars(select(MeasureEntry).order_by(MeasureEntry.id))] == [100, 125]
    assert board.of_month(session, now, "2026-02").line(Measure.OWN_MEDIA).value == 40_000


def test_a_sealed_month_keeps_what_it_was_and_tells_what_came_late(
    session: Session, manager: Actor, finance: Actor, now: datetime
) -> None:
    place = make.development(session)
    deals = [world.shown_deal(session, FEBRUARY, place) for _number in range(2)]
    world.shown(session, FEBRUARY, place)
    version = world.board(session, world.LOW_TARGET, "2026-02")
    with pytest.raises(Refusal, match="measure_month_running"):
        seals.propose(session, manager, now, "2026-03")
    row = seals.propose(session, manager, now, "2026-02")
    session.flush()
    with pytest.raises(Refusal, match="measure_month_proposed"):
        seals.propose(session, finance, now, "2026-02")
    seals.confirm(session, finance, now, row)
    session.flush()
    before = board.of_month(session, now, "2026-02")
    make.cancel(session, deals[0], now)
    session.flush()
    found = board.of_month(session, now, "2026-02", place.id)
    line = found.line(Measure.AGENCIES)
    assert (found.sealed, found.version, line.figure) == (True, version, Figure(2, 3))
    assert line.correction is not None
    assert (line.correction.was, line.correction.now) == (Figure(2, 3), Figure(1, 3))
    assert board.of_month(session, now, "2026-02").tenths == before.tenths
    past = board.past(session, "2026-03")
    assert [(one.month, one.sealed) for one in past[-2:]] == [("2026-02", True), ("2026-03", False)]
    assert past[-2].tenths == before.tenths
    by_place = board.load(session, ["2026-02"]).by_development([(place.id, place.name)])
    assert [one.month.figures[Measure.AGENCIES] for one in by_place] == [Figure(2, 3)]
    with pytest.raises(Refusal, match="measure_month_sealed"):
        seals.propose(session, manager, now, "2026-02")
    assert told(session) == ["measure_seal_decided", "measure_seal_waits"]
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE sealed_measures SET part = 9"))
    assert session.scalars(select(SealedMeasure.part).where(SealedMeasure.part == 9)).all() == []


def test_every_figure_opens_as_many_rows_as_it_says(session: Session, finance: Actor, now: datetime) -> None:
    one, other = make.development(session), make.development(session)
    for place in (one, one, other):
        world.shown_deal(session, FEBRUARY, place)
        world.referred(session, FEBRUARY, place)
        world.shown(session, FEBRUARY, place)
    world.entry(session, Measure.WECHAT, "2026-02", 30, 100, development_id=one.id)
    world.entry(session, Measure.WECHAT, "2026-02", 5, 50)
    for place_id in (None, one.id):
        for line in board.of_month(session, now, "2026-02", place_id).lines:
            for side in Side:
                stmt = rows.of_figure(finance, line.measure, side, "2026-02", place_id)
                said = getattr(line.figure, side)
                assert rows.count(session, line.measure, side, "2026-02", place_id) == (said or 0)
                if line.measure not in entries.ELSEWHERE:
                    assert len(session.scalars(stmt).all()) == said


def test_on_the_third_somebody_is_told_what_is_missing(session: Session, now: datetime) -> None:
    one, other = make.development(session), make.development(session)
    world.entry(session, Measure.WECHAT, "2026-02", 1, 2)
    world.entry(session, Measure.OWN_MEDIA, "2026-02", 1, 2, development_id=one.id)
    third = month_start("2026-03") + timedelta(days=2)
    for at in (third - timedelta(seconds=1), third, third + timedelta(hours=5), third + timedelta(days=6)):
        telling.tell_due(session, at)
    events = session.scalars(select(Event).where(Event.kind == "measures_missing")).all()
    assert [(event.development_id, event.facts) for event in events] == [(other.id, {"month": "2026-02"})]
