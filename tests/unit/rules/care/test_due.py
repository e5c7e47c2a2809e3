"""What is owed: the laws that hold for any plan and any client, and what the tables of the page do not show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given

from portal.clock import SHANGHAI
from portal.rules.care.due import Due, Facts, Why, due
from portal.rules.care.plan import NOT_BOUGHT, Channel, Clients, Day, Limits, Mark, Plan, Stage, Step
from portal.rules.care.plan_toml import given_text, plan_from_toml
from portal.rules.care.span import Span
from tests.unit.rules.care.plans import facts, instants, plans

GIVEN = plan_from_toml(given_text())
NOON = datetime(2026, 6, 10, 12, tzinfo=SHANGHAI)


def codes(steps: Sequence[Due]) -> list[str]:
    return [step.step for step in steps]


@given(plans, facts, instants)
def test_what_is_due_can_be_done_when_it_is(plan: Plan, client: Facts, at: datetime) -> None:
    for step in due([client], plan, at, at + timedelta(days=3)):
        local = step.due_at.astimezone(SHANGHAI)
        assert step.due_at <= at + timedelta(days=3)
        assert not plan.limits.is_quiet(local.time())
        assert local.date() not in plan.holidays


@given(plans, facts, instants)
def test_looking_ahead_adds_and_takes_nothing_away(plan: Plan, client: Facts, at: datetime) -> None:
    """Only who is silent changes his name when one looks further."""
    now = {(step.step, step.due_at) for step in due([client], plan, at) if step.why is not Why.NO_CONTACT}
    ahead = {(step.step, step.due_at) for step in due([client], plan, at, at + timedelta(days=2))}
    yearly = {step.code for step in plan.steps if step.on}
    assert {found for found in now - ahead if found[0] not in yearly} == set()


@given(plans, facts, instants)
def test_who_has_just_been_met_by_every_way_is_owed_nothing(plan: Plan, client: Facts, at: datetime) -> None:
    met = {channel: at for channel in Channel if channel is not Channel.ANY}
    if client.stage_at <= at:
        assert due([client._replace(last=met)], plan, at) == []


@given(plans, facts, instants)
def test_limits_hold_and_who_opted_out_is_let_be(plan: Plan, client: Facts, at: datetime) -> None:
    steps = due([client], plan, at)
    if client.stage in NOT_BOUGHT:
        full = {
            Channel.CALL: client.calls_today >= plan.limits.calls_a_day,
            Channel.TEXT: client.texts_today >= plan.limits.texts_a_day,
        }
        assert not [step for step in steps if full.get(step.channel)]
    if client.opted_out:
        assert not [step for step in steps if step.channel is Channel.TEXT or client.stage in NOT_BOUGHT]


@given(plans, facts, facts, instants)
def test_clients_do_not_touch_each_other(plan: Plan, one: Facts, other: Facts, at: datetime) -> None:
    one, other = one._replace(client_id="a"), other._replace(client_id="b")
    alone = due([one], plan, at) + due([other], plan, at)
    together = due([other, one], plan, at)
    assert sorted(map(repr, together)) == sorted(map(repr, alone))
    assert [(step.due_at, step.client_id) for step in together] == sorted((s.due_at, s.client_id) for s in alone)


@given(plans)
def test_one_more_contact_never_makes_more_due(plan: Plan) -> None:
    client = Facts("a", Stage.VISITED, NOON - timedelta(days=40), None, (Mark.MONEY,))
    before = {step.step for step in due([client], plan, NOON)}
    called = client._replace(last={Channel.CALL: NOON - timedelta(days=1)})
    assert {step.step for step in due([called], plan, NOON)} - before <= {"remind"}


def test_a_price_above_the_line_has_its_own_calendar() -> None:
    for_them = [
        Step(f"for_{clients}", Stage.VISITED, Channel.CALL, "约", "Call", day=1, clients=clients) for clients in Clients
    ]
    plan = Plan("p", steps=tuple(for_them))
    client = Facts("a", Stage.VISITED, NOON - timedelta(days=2))
    assert plan.parts_by_price
    for yuan, others in ((0, "for_others"), (4_999_999, "for_others"), (5_000_000, "for_high_end")):
        assert codes(due([client._replace(yuan=yuan)], plan, NOON)) == ["for_all", others]


@pytest.mark.parametrize(("age", "wanted"), [(29, ["news"]), (30, [])])
def test_what_comes_again_ends_at_its_age(age: int, wanted: list[str]) -> None:
    news = Step("news", Stage.SIGNED, Channel.CALL, "近况", "News", every=Span(7, "day"), until=Span(30, "day"))
    client = Facts("a", Stage.SIGNED, NOON - timedelta(days=age))
    assert codes(due([client], Plan("p", steps=(news,)), NOON)) == wanted


COUNTDOWN = {
    "four days before": (6, "2026-06-20", "", []),
    "three days before": (6, "2026-06-13", "", ["papers_checked"]),
    "on the day": (6, "2026-06-10", "", ["papers_checked"]),
    "gone by": (6, "2026-06-09", "", []),
    "no day yet": (6, "", "", []),
    "called five days before it was due": (6, "2026-06-13", "2026-06-05", []),
    "called long before": (6, "2026-06-13", "2026-05-30", ["papers_checked"]),
}


@pytest.mark.parametrize(("ago", "signing", "called", "expected"), COUNTDOWN.values(), ids=COUNTDOWN)
def test_steps_count_down_to_a_day_that_is_known(ago: int, signing: str, called: str, expected: list[str]) -> None:
    client = Facts(
        "a",
        Stage.SUBSCRIBED,
        NOON - timedelta(days=ago),
        last={Channel.CALL: datetime.fromisoformat(f"{called}T12:00+08:00")} if called else {},
        days={Day.SIGNING: date.fromisoformat(signing)} if signing else {},
    )
    only = replace(GIVEN, steps=tuple(step for step in GIVEN.steps if step.before))
    assert codes(due([client], only, NOON)) == expected


BIRTHDAYS = {
    "today": ("1988-06-10", None, True),
    "a week ago": ("1988-06-03", None, True),
    "eight days ago": ("1988-06-02", None, False),
    "tomorrow": ("1988-06-11", None, False),
    "wished": ("1988-06-09", "2026-06-09", False),
    "wished last year": ("1988-06-09", "2025-06-09", True),
}


@pytest.mark.parametrize(("born", "wished", "is_due"), BIRTHDAYS.values(), ids=BIRTHDAYS)
def test_birthdays_come_each_year_and_are_wished_for_a_week(born: str, wished: str | None, is_due: bool) -> None:
    client = Facts(
        "a",
        Stage.HANDED_OVER,
        NOON - timedelta(days=500),
        last={Channel.WECHAT: datetime.fromisoformat(f"{wished}T12:00+08:00")} if wished else {},
        days={Day.BIRTHDAY: date.fromisoformat(born)},
    )
    assert ("birthday" in codes(due([client], GIVEN, NOON))) is is_due


def test_who_was_born_on_a_29th_of_february_is_wished_on_the_28th() -> None:
    client = Facts("a", Stage.HANDED_OVER, NOON - timedelta(days=900), days={Day.BIRTHDAY: date(1988, 2, 29)})
    (wish,) = due([client], GIVEN, datetime(2026, 2, 28, 12, tzinfo=SHANGHAI))
    assert (wish.step, wish.due_at) == ("birthday", datetime(2026, 2, 28, 9, tzinfo=SHANGHAI))


def test_a_holiday_passes_its_steps_on() -> None:
    holidays = frozenset({date(2026, 6, 8), date(2026, 6, 9)})
    client = Facts("a", Stage.NOT_VISITED, datetime(2026, 6, 7, 10, tzinfo=SHANGHAI))
    assert due([client], replace(GIVEN, holidays=holidays), NOON - timedelta(days=1)) == []
    (tour, *_) = due([client], replace(GIVEN, holidays=holidays), NOON)
    assert (tour.step, tour.due_at) == ("virtual_tour", datetime(2026, 6, 10, 9, tzinfo=SHANGHAI))


def test_a_limit_that_is_reached_says_until_when() -> None:
    client = Facts("a", Stage.NOT_VISITED, NOON - timedelta(days=3), calls_today=1)
    steps = {step.step: step for step in due([client], GIVEN, NOON, NOON + timedelta(days=1))}
    assert steps["early_offer"].limited
    assert steps["early_offer"].due_at == NOON + timedelta(hours=21)
    assert not steps["virtual_tour"].limited


def test_a_thank_you_before_the_stage_was_reached_does_no_step_of_it() -> None:
    came = datetime(2026, 6, 9, 15, tzinfo=SHANGHAI)
    before, after = came - timedelta(hours=1), came + timedelta(hours=1)
    client = Facts("a", Stage.VISITED, came)
    assert "second_look" in codes(due([client._replace(last={Channel.WECHAT: before})], GIVEN, NOON))
    assert "second_look" not in codes(due([client._replace(last={Channel.WECHAT: after})], GIVEN, NOON))


def test_the_same_day_is_meant_wherever_the_instant_was_written() -> None:
    """One in the morning in Hangzhou is the day before in UTC."""
    client = Facts("a", Stage.VISITED, datetime(2026, 6, 1, 17, 30, tzinfo=UTC), None, (Mark.MONEY,))
    (first, *_) = due([client], replace(GIVEN, steps=()), NOON)
    assert (first.since, first.due_at) == (date(2026, 6, 2), datetime(2026, 6, 5, 9, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("text", "day", "after"),
    [
        ("3 days", date(2026, 6, 1), date(2026, 6, 4)),
        ("1-2 weeks", date(2026, 6, 1), date(2026, 6, 15)),
        ("1 month", date(2027, 1, 31), date(2027, 2, 28)),
        ("1-2 months", date(2027, 12, 31), date(2028, 2, 29)),
        ("1 year", date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_spans_are_those_of_the_calendar(text: str, day: date, after: date) -> None:
    span = Span.read(text)
    assert span is not None
    assert str(span) == text
    assert date.fromordinal(span.after(day.toordinal())) == after


@pytest.mark.parametrize(
    ("limits", "clock", "quiet"),
    [
        (Limits(), time(21), True),
        (Limits(), time(7, 59), True),
        (Limits(), time(8), False),
        (Limits(), time(20, 59), False),
        (Limits(quiet_from=time(12), quiet_until=time(14)), time(13), True),
        (Limits(quiet_from=time(12), quiet_until=time(14)), time(14), False),
        (Limits(quiet_from=time(8), quiet_until=time(8)), time(8), False),
    ],
)
def test_quiet_hours_may_span_midnight(limits: Limits, clock: time, quiet: bool) -> None:
    assert limits.is_quiet(clock) is quiet
