"""Figures, dates and countdowns as readers see them, in both languages, without a database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, flash, request
from flask_babel import Babel

from portal.access.policy import ALLOWED
from portal.models import Role
from portal.web import components
from portal.web.components import NavigationItem, TimeLeft, bottom_bar, register_components, sections, time_left
from portal.web.navigation import PLACES
from portal.web.words.statuses import STATUSES

NOON = datetime(2026, 3, 5, 16, 30, tzinfo=UTC)  # half past midnight on the 6th in Shanghai


@pytest.fixture
def app() -> Flask:
    """A bare application: the filters need a locale and an address, nothing more."""
    app = Flask("portal")
    app.secret_key = "only for this test's flashes"
    Babel(app, locale_selector=lambda: request.args.get("locale", "zh_Hans_CN"))
    register_components(app)
    app.add_url_rule("/clients/<int:number>", "client", lambda number: str(number))
    return app


@pytest.fixture(params=["zh_Hans_CN", "en"])
def locale(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """A request of a reader of each language."""
    with app.test_request_context(f"/clients/7?locale={request.param}"):
        yield request.param


def test_only_english_has_a_space_between_sentences(locale: str) -> None:
    assert (components.gap(), components.colon()) == (("", "：") if locale.startswith("zh") else (" ", ": "))


@pytest.mark.parametrize(
    ("parts", "said"),
    [(("a", "", None, "b", "c"), "a\N{NO-BREAK SPACE}· b\N{NO-BREAK SPACE}· c"), (("a",), "a"), (("", None), "")],
)
def test_a_dot_stays_with_the_part_before_it(parts: tuple[str | None, ...], said: str) -> None:
    assert components.dotted(*parts) == said


@pytest.mark.parametrize(
    ("row", "dots"),
    [
        ({"title": "T", "a": "1", "b": "2", "wide": "w", "c": "3"}, "ab"),
        ({"title": "T", "a": "1", "b": " \n ", "wide": "w", "c": "3"}, "a"),
        ({"title": "T", "a": "1", "b": "", "wide": "w", "c": ""}, ""),
        ({"title": "T", "a": "", "b": "", "wide": "w", "c": "3"}, ""),
        ({"title": "T", "a": "", "b": "2", "wide": "", "c": "3"}, "b"),
        ({"title": "", "a": "", "b": "", "wide": "", "c": ""}, ""),
    ],
)
def test_a_cards_second_line_has_dots_between_values_that_are_there(row: dict[str, str], dots: str) -> None:
    places = {"title": "title", "a": "second", "b": "second", "c": "second"}
    columns = components.cells([{"key": key, "place": places.get(key)} for key in row])
    shown = list(components.filled(row, columns, dict.__getitem__))
    assert [text for _classes, text in shown] == list(row.values())
    assert "".join(key for key, (classes, _) in zip(row, shown, strict=True) if "cell-more" in classes) == dots


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (23_000_000, "¥230,000.00"),
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-6_000_000, "−¥60,000.00"),
        (10**17 + 1, "¥1,000,000,000,000,000.01"),
    ],
)
def test_money_is_exact_to_the_fen(locale: str, fen: int, shown: str) -> None:
    assert components.money(fen) == shown


def test_a_signed_amount_shows_its_plus(locale: str) -> None:
    assert [components.money(fen, signed=True) for fen in (100, 0, -100)] == ["+¥1.00", "¥0.00", "−¥1.00"]


@pytest.mark.parametrize(
    ("bps", "shown"), [(180, "1.8%"), (250, "2.5%"), (300, "3%"), (3333, "33.33%"), (10_000, "100%")]
)
def test_percent_has_no_idle_zeros(locale: str, bps: int, shown: str) -> None:
    assert components.percent(bps) == shown


def test_an_instant_is_shown_in_shanghai(locale: str) -> None:
    expected = {"zh_Hans_CN": "2026年3月6日 00:30", "en": "Mar 6, 2026 00:30"}
    assert components.instant(NOON) == expected[locale]
    assert components.day(NOON) == expected[locale].removesuffix(" 00:30")


def test_a_month_in_the_readers_words(locale: str) -> None:
    assert components.month(date(2026, 3, 1)) == {"zh_Hans_CN": "2026年3月", "en": "Mar 2026"}[locale]


def test_an_instant_without_a_zone_is_refused(locale: str) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        components.instant(datetime(2026, 3, 5))


@pytest.mark.parametrize(
    ("left", "expected", "tone"),
    [
        (timedelta(days=10), TimeLeft(10, "days", 100), "primary"),
        (timedelta(days=7) - timedelta(seconds=1), TimeLeft(7, "days", 70), "primary"),
        (timedelta(days=6, hours=11), TimeLeft(6, "days", 65), "primary"),
        (timedelta(days=2), TimeLeft(2, "days", 20), "accent"),
        (timedelta(days=1, hours=23, minutes=59), TimeLeft(48, "hours", 20), "accent"),
        (timedelta(hours=1), TimeLeft(1, "hour", 1), "accent"),
        (timedelta(minutes=59, seconds=30), TimeLeft(60, "minutes", 1), "accent"),
        (timedelta(seconds=1), TimeLeft(1, "minute", 1), "accent"),
        (timedelta(0), TimeLeft(0, "minutes", 0), "neutral"),
        (-timedelta(days=3), TimeLeft(0, "minutes", 0), "neutral"),
    ],
)
def test_a_countdown_counts_days_hours_and_minutes_and_only_an_ended_one_is_empty(
    app: Flask, left: timedelta, expected: TimeLeft, tone: str
) -> None:
    with app.test_request_context("/?locale=en"):
        shown = time_left(until=NOON + left, since=NOON + left - timedelta(days=10), now=NOON)
    assert (shown, shown.tone) == (expected, tone)


def test_a_phone_hides_its_middle() -> None:
    assert components.masked_phone("+8613812345678") == "138****5678"


def test_a_changed_filter_drops_the_cursor(app: Flask) -> None:
    with app.test_request_context("/clients/7?state=open&q=li&after=abc"):
        assert components.url_with(state=None) == "/clients/7?q=li"
        assert components.url_with(after="def") == "/clients/7?state=open&q=li&after=def"


def test_notices_speak_in_tones(app: Flask) -> None:
    with app.test_request_context("/"):
        flash("one")
        flash("two", "error")
        assert components.notices() == [("info", "one"), ("danger", "two")]


@pytest.mark.parametrize(("places", "in_bar", "in_more"), [(0, 0, 0), (5, 5, 0), (6, 4, 2)])
def test_a_phone_has_at_most_five_places(places: int, in_bar: int, in_more: int) -> None:
    items = [NavigationItem(str(number), "/", "home", primary=number == places - 1) for number in range(places)]
    bar, more = bottom_bar(items)
    assert (len(bar), len(more)) == (in_bar, in_more)
    assert not bar or bar[0].primary


@pytest.mark.parametrize(("places", "headings"), [(9, [None]), (10, [None, "Deals"])])
def test_many_places_stand_under_headings(places: int, headings: list[str | None]) -> None:
    items = [NavigationItem(str(n), "/", "home", group="Deals" if n > 3 else None) for n in range(places)]
    assert [heading for heading, _ in sections(items)] == headings
    assert [item for _, group in sections(items) for item in group] == items


def test_every_status_has_a_known_tone() -> None:
    tones = {shown.tone for states in STATUSES.values() for shown in states.values()}
    assert tones <= {"neutral", "info", "success", "warning", "danger"}


@pytest.mark.parametrize("role", Role)
def test_no_two_places_of_a_role_look_alike_under_one_heading(app: Flask, role: Role) -> None:
    with app.open_resource("static/icons/sprite.svg") as file:
        sprite = file.read().decode()
    icons = [(place.group, place.icon) for place in PLACES if role in ALLOWED[place.permission]]
    assert len(icons) == len(set(icons))
    assert not {icon for _group, icon in icons if f'id="{icon}"' not in sprite}


def test_more_keeps_the_order_of_the_rail() -> None:
    """So that its groups stay whole, whichever of their places are in the bar."""
    items = [
        NavigationItem(str(nth), f"/{nth}", "home", primary=nth % 2 == 0, group=str(nth // 4)) for nth in range(20)
    ]
    bar, more = bottom_bar(items)
    assert [item.label for item in bar] == ["0", "2", "4", "6"]
    assert more == [item for item in items if item not in bar]
    assert [heading for heading, _ in sections(more)] == ["0", "1", "2", "3", "4"]


def test_every_status_icon_is_in_the_sprite(app: Flask) -> None:
    with app.open_resource("static/icons/sprite.svg") as file:
        sprite = file.read().decode()
    icons = {shown.icon for states in STATUSES.values() for shown in states.values()}
    assert not {icon for icon in icons if f'id="{icon}"' not in sprite}
