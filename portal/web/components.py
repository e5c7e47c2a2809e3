"""What every page shares: how a figure, a date, a status or a page of a list is shown to a reader.

Templates never format by hand. They use the filters and globals registered here, so that money, days and
countdowns look the same everywhere and follow the reader's language (flask-babel's locale) and Asia/Shanghai.
Nothing here asks the time or the database: a page hands over the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from flask import Flask, get_flashed_messages, request, url_for
from flask_babel import lazy_gettext, ngettext
from jinja2 import Environment, pass_environment
from jinja2.filters import make_attrgetter

from .drawing.language import language, locale_now
from .words.statuses import status, status_choices

BEIJING = ZoneInfo("Asia/Shanghai")
LOCALES = ("zh_Hans_CN", "en")
MINUS = "\N{MINUS SIGN}"
URGENT_SHARE = 20
"""A countdown with at most this many percent left draws the eye."""

FEW_PLACES = 9
"""So many places are found at a glance."""

FLASH_TONES = {"message": "info", "error": "danger"}
"""Flask's own category names, in our tones; any other category already is a tone."""


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One place a person can go to. `primary` places come first in a phone's bottom bar; `group`: the heading above."""

    label: str
    url: str
    icon: str
    current: bool = False
    primary: bool = False
    group: Any = None


@dataclass(frozen=True, slots=True)
class Site:
    """What the layouts know about the owner's brand and about who is reading.

    `person`, `role` and `sign_out_url` are None for a visitor who has not signed in. `language_url` leads
    to the same page in the other language. `rests_until`: while the reader's account moves no money yet.
    """

    name: str
    letter: str
    home_url: str
    language_url: str
    style_url: str
    person: str | None = None
    role: str | None = None
    sign_out_url: str | None = None
    wants_factor: bool = False
    rests_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """A countdown as the ring shows it: the largest whole unit, and the share (percent) that is left."""

    number: int
    unit: str
    share: int

    @property
    def ended(self) -> bool:
        return self.share == 0

    @property
    def tone(self) -> str:
        if self.ended:
            return "neutral"
        return "accent" if self.share <= URGENT_SHARE else "primary"


def reader_locale() -> Locale:
    """The reader's locale; Chinese where there is no request to ask."""
    return locale_now() or Locale.parse(LOCALES[0])


def gap() -> str:
    """What stands between two sentences: a space, but in Chinese, whose full stop is wide enough."""
    return "" if reader_locale().language == "zh" else " "


def dotted(*parts: str | None) -> str:
    """What is said, with a dot between two parts that stays with the first: no line of a page begins with it."""
    return "\N{NO-BREAK SPACE}· ".join(part for part in parts if part)


def colon() -> str:
    """What stands between a label and what it is about."""
    return "：" if reader_locale().language == "zh" else ": "


def language_tag() -> str:
    """The reader's language for HTML's `lang`, such as `zh-Hans-CN`."""
    return str(reader_locale()).replace("_", "-")


def open_graph_locale() -> str:
    """The reader's language as Open Graph writes it: with a country, and without a script."""
    return "zh_CN" if reader_locale().language == "zh" else "en_US"


def other_language() -> tuple[str, str]:
    """The language the switch leads to: its tag for `lang`, and its name in itself."""
    other = "en" if reader_locale().language == "zh" else "zh_Hans_CN"
    locale = Locale.parse(other)
    return other.replace("_", "-"), locale.languages[locale.language]


def money(fen: int, *, signed: bool = False) -> str:
    """Fen as yuan, `¥230,000.00`; below zero with a real minus; `signed` also shows a plus."""
    sign = MINUS if fen < 0 else "+" if signed and fen > 0 else ""
    return f"{sign}¥{Decimal(abs(fen)) / 100:,.2f}"  # both languages group and point alike


def percent(bps: int) -> str:
    """Basis points as percent without idle zeros: 180 is `1.8%`."""
    return format_percent(Decimal(bps) / 10_000, "#,##0.##%", locale=reader_locale())


def number(value: int | Decimal) -> str:
    """A count with the reader's grouping."""
    return f"{value:,}" if isinstance(value, int) else format_decimal(value, locale=reader_locale())


def _in_beijing(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant without a zone cannot be shown; store it in UTC")
    return at.astimezone(BEIJING)


def day(value: date | datetime) -> str:
    """A calendar day; an instant is first brought to Asia/Shanghai."""
    on = _in_beijing(value).date() if isinstance(value, datetime) else value
    return _day_in(language() or "zh", on)


@lru_cache(maxsize=2_000)
def _day_in(language: str, on: date) -> str:
    """A day in a language; the same few hundred stand on all pages."""
    return format_date(on, "medium", locale=next(locale for locale in LOCALES if locale.startswith(language)))


def last_day(ends_on: date) -> date:
    """The last day of what is no longer on the day `ends_on`."""
    return ends_on - timedelta(days=1)


def short_day(value: date | datetime) -> str:
    """A day without its year, where the full date is one tap or hover away."""
    on = _in_beijing(value).date() if isinstance(value, datetime) else value
    return format_skeleton("MMMd", on, locale=reader_locale())


def instant(at: datetime) -> str:
    """Day and minute in Asia/Shanghai."""
    local = _in_beijing(at)
    return f"{_day_in(language() or 'zh', local.date())} {local:%H:%M}"


def clock_time(at: datetime) -> str:
    """The minute of the day in Asia/Shanghai, `09:05`."""
    return f"{_in_beijing(at):%H:%M}"


def month(on: date | str) -> str:
    """A calendar month, such as a statement's, by a day of it or by its label `2026-03`."""
    if isinstance(on, str):
        on = date.fromisoformat(f"{on}-01")
    return format_skeleton("yMMM", on, locale=reader_locale())


def short_month(label: str, *, first: bool) -> str:
    """A month where there is little room: with its year below, in January and where it is the `first` of several."""
    on = date.fromisoformat(f"{label}-01")
    name = format_skeleton("MMM", on, locale=reader_locale())
    return f"{name}\n{on.year}" if first or on.month == 1 else name


def time_left(until: datetime, since: datetime, now: datetime) -> TimeLeft:
    """What is left at `now` of the span from `since` to `until`: in days, and below two days in hours.

    A week that has just begun is 7 days, not 6; and as long as anything is left it is at least a minute.
    """
    left = max(until - now, timedelta(0))
    whole = max(until - since, timedelta(seconds=1))
    # Anything left at all shows as at least 1 %: only an ended countdown is empty.
    share = min(100, -(-left * 100 // whole)) if left else 0
    if left >= timedelta(days=2):
        days = round(left / timedelta(days=1))
        return TimeLeft(days, ngettext("day", "days", days), share)
    if left >= timedelta(hours=1):
        hours = round(left / timedelta(hours=1))
        return TimeLeft(hours, ngettext("hour", "hours", hours), share)
    minutes = -(-left // timedelta(minutes=1))
    return TimeLeft(minutes, ngettext("minute", "minutes", minutes), share)


def masked_phone(e164: str) -> str:
    """A phone number with its middle hidden, `138****5678`, as rules 9 ask for."""
    national = e164.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"


def initial(name: str) -> str:
    """The letter that stands for a person or a company."""
    return name.strip()[:1].upper()


def url_with(**changes: Any) -> str:
    """The address of this page with some query arguments changed; None removes one.

    A list's cursor (`after`) never survives a change of its filters, so it is dropped unless it is given.
    """
    return url_filtered(request.endpoint or "", **(request.view_args or {}) | changes)


_NOT_FILTERS = {"after", "endpoint"}


def url_filtered(endpoint: str, **given: Any) -> str:
    """The address of a page with this page's filters; what is given by name goes before them, and None removes one.

    What `url_for` takes for itself (`endpoint`, `_external` …) no visitor sets.
    """
    filters: dict[str, Any] = request.args.to_dict(flat=False)
    kept = {name: value for name, value in filters.items() if name not in _NOT_FILTERS and not name.startswith("_")}
    arguments = kept | given
    return url_for(endpoint, **{name: value for name, value in arguments.items() if value is not None})


BENEFITS = {"overseas trip": lazy_gettext("overseas trip")}
"""The benefits of the given plans; another plan's benefit is shown in its own words."""


def benefit(name: str) -> str:
    """A plan's benefit in the reader's language, where it is one we know."""
    return str(BENEFITS.get(name, name))


PLANS = {
    "standard": lazy_gettext("Standard plan"),
    "homeowner ladder": lazy_gettext("Homeowners' ladder"),
    "citizen broker": lazy_gettext("Citizen brokers' plan"),
    "community stand": lazy_gettext("Stands' plan"),
}
"""The plans that come with the portal; another one is called as who wrote it called it."""


def plan_name(name: str) -> str:
    """A plan's name in the reader's language, where it is one we know."""
    return str(PLANS.get(name, name))


def notices() -> list[tuple[str, str]]:
    """The waiting flash messages as (tone, sentence)."""
    waiting: Iterable[Any] = get_flashed_messages(with_categories=True)
    return [(FLASH_TONES.get(tone, tone), text) for tone, text in waiting]


def bottom_bar(items: Iterable[NavigationItem]) -> tuple[list[NavigationItem], list[NavigationItem]]:
    """Navigation cut for a phone: what stands in the bar (five at most), and what waits under "More", in order."""
    places = list(items)
    ordered = sorted(places, key=lambda item: not item.primary)
    if len(ordered) <= 5:
        return ordered, []
    in_bar = ordered[:4]
    return in_bar, [item for item in places if item not in in_bar]


def sections(items: Iterable[NavigationItem]) -> list[tuple[Any, list[NavigationItem]]]:
    """Navigation under its headings, for a rail or a sheet. Few places need none: they are one section."""
    places = list(items)
    if len(places) <= FEW_PLACES:
        return [(None, places)]
    return [(heading, list(group)) for heading, group in groupby(places, lambda item: item.group)]


def icon_sheet() -> str:
    """Where all icons stand."""
    return url_for("static", filename="icons/sprite.svg")


@dataclass(frozen=True, slots=True)
class Cell:
    """What the cells of one column have in common; `second`: a phone shows it in the second line of a card."""

    key: str
    classes: str
    second: bool = False


def cells(columns: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """A row's cells, as a list's columns ask for them: made up once, not for each row."""
    return [Cell(column["key"], _classes(column), column.get("place") == "second") for column in columns]


def filled(row: Any, columns: Iterable[Cell], draw: Callable[[Any, str], str]) -> list[tuple[str, str]]:
    """A row's cells with what stands in them: classes and HTML.

    On a phone a dot parts the values of a second line. It hangs on the first of two, so that no line begins with
    it; which values are empty is known here alone, for the browsers that we meet have no `:has`.
    """
    shown: list[tuple[str, str]] = []
    before = None
    for place, cell in enumerate(columns):
        text = draw(row, cell.key)
        shown.append((cell.classes, text))
        if cell.second and text and not text.isspace():
            if before is not None:
                shown[before] = f"{shown[before][0]} cell-more", shown[before][1]
            before = place
    return shown


def _classes(column: Mapping[str, Any]) -> str:
    kinds = [kind for kind in ("number", "note", "whole") if column.get(kind)]
    return " ".join(f"cell-{kind}" for kind in [column.get("place") or "wide", *kinds])


@pass_environment
def pairs(
    environment: Environment,
    rows: Iterable[Any],
    first: str | Callable[[Any], Any] | None = None,
    second: str | Callable[[Any], Any] | None = None,
) -> list[tuple[Any, Any]]:
    """Two values of each row, as a select's options and a list of details want them.

    Each is an attribute's name, or what a function makes of the row; without either it is the row itself.
    """

    def taken(how: str | Callable[[Any], Any] | None) -> Callable[[Any], Any]:
        return how if callable(how) else make_attrgetter(environment, how)

    one, other = taken(first), taken(second)
    return [(one(row), other(row)) for row in rows]


def register_components(app: Flask) -> None:
    """Give every template the filters and globals of the design system.

    The application adds two more globals itself: `site()` returning a `Site`, and `navigation()` returning
    the `NavigationItem`s of the person's role.
    """
    app.jinja_env.filters.update(
        money=money,
        percent=percent,
        number=number,
        day=day,
        short_day=short_day,
        instant=instant,
        clock_time=clock_time,
        month=month,
        masked_phone=masked_phone,
        benefit=benefit,
        plan_name=plan_name,
        last_day=last_day,
        initial=initial,
        pairs=pairs,
        cells=cells,
        filled=filled,
    )
    app.jinja_env.globals.update(
        gap=gap,
        colon=colon,
        language_tag=language_tag,
        open_graph_locale=open_graph_locale,
        other_language=other_language,
        url_with=url_with,
        url_filtered=url_filtered,
        notices=notices,
        bottom_bar=bottom_bar,
        sections=sections,
        status=status,
        status_choices=status_choices,
        time_left=time_left,
        icon_sheet=icon_sheet,
    )
