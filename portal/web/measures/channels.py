"""Where clients come from, over time: leads, visits, signings and cost of each channel, and the rows of each count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Deal, FriendVisit, MeasureEntry, PostedLine, Registration, Reward, Showing, Touch
from ...rules.measures.channels import Channel, ChannelMonths, Step, channels_of
from ...services.measures import board, channels
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..words import channels as words
from . import pictures
from .routes import chosen_month, months_to_choose

bp = Blueprint("channel_measures", __name__, url_prefix="/measures/channels")

_EXPORT_ROWS = 10_000


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """Twelve months of one step, a line each channel."""
    found, step = _found(), chosen(Step, request.args.get("step")) or Step.LEADS
    return render_template(
        "measures/channels.html",
        found=found,
        step=step,
        figures=_figures(found),
        columns=_columns(step),
        picture=_picture(found, step),
        choices=_choices(),
        place=number_of(request.args.get("development")),
        words=words,
        now=now(),
    )


@bp.get("/channels.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """All steps of all channels in twelve months, as a file."""
    found = _found()
    columns = [Column(_("Month"), lambda month: month)]
    columns += [
        Column(f"{words.NAMES[channel]} · {words.STEPS[step]}", _value(found, channel, step))
        for step in Step
        for channel in channels_of(step)
    ]
    return export(found.months, columns, "channels", kind)


@bp.get("/<channel>/<step>")
@guard(Permission.READ_MEASURES)
def rows(channel: str, step: str) -> ResponseReturnValue:
    """The rows that one count of a channel is made of."""
    of, how = _of(channel, step)
    month, place = chosen_month(), number_of(request.args.get("development"))
    model = channels.model_of(of, how)
    found = channels.of_months(db(), [month], place)
    stmt = channels.rows_of(actor(), of, how, month, place)
    page = page_of(db(), stmt, model.id, request.args.get("after"))
    return render_template(
        "measures/channel_rows.html",
        channel=of,
        step=how,
        month=month,
        place=place,
        count=words.shown(how, found.value(month, of, how)),
        rows=[_linked(_ROWS[model](one)) for one in page.rows],
        next_cursor=page.next_cursor,
        choices=_choices(),
        words=words,
    )


@bp.get("/<channel>/<step>.<kind>")
@guard(Permission.READ_MEASURES)
def rows_file(channel: str, step: str, kind: str) -> Response:
    """The same rows as a file."""
    of, how = _of(channel, step)
    model = channels.model_of(of, how)
    stmt = channels.rows_of(actor(), of, how, chosen_month(), number_of(request.args.get("development")))
    found = [_ROWS[model](row) for row in db().scalars(stmt.order_by(model.id.desc()).limit(_EXPORT_ROWS))]
    columns = (
        Column(_("Development"), lambda one: one.place),
        Column(_("On"), lambda one: one.at),
        Column(_p("row", "What"), lambda one: one.what),
        Column(_p("row", "By whom"), lambda one: one.whose),
        Column(_("Amount"), lambda one: None if one.fen is None else yuan(one.fen)),
    )
    return export(found, columns, f"channel-{of}-{how}", kind)


@dataclass(frozen=True, slots=True)
class Row:
    """A row behind a count, whatever it is: where, when, what, whose, and what it cost or brought."""

    place: str
    at: Any
    what: str
    whose: str
    fen: int | None = None
    endpoint: str = ""
    number: Mapping[str, int] = field(default_factory=dict)
    url: str = ""


def _linked(row: Row) -> Row:
    """The row with the page that it leads to, where it has one that the reader may open."""
    permission = _OPENS.get(row.endpoint)
    if permission is None or not may(actor(), permission):
        return row
    return replace(row, url=url_for(row.endpoint, **row.number))  # type: ignore[arg-type]  # numbers of the address


def _deal(one: Deal) -> Row:
    whose = one.agency.name if one.agency else ""
    return Row(one.development.name, one.signed_at, one.unit, whose, one.price_fen, "deals.show", {"deal_id": one.id})


def _registration(one: Registration) -> Row:
    number = {"registration_id": one.id}
    what = _("Registration %(number)s", number=one.id)
    whose = f"{one.agency.name} · {one.broker.name}"
    return Row(one.development.name, one.at, what, whose, None, "registrations.show", number)


def _showing(one: Showing) -> Row:
    whose = f"{one.agency.name} · {one.broker.name}"
    what = _("Showing %(number)s", number=one.id)
    return Row(one.development.name, one.at, what, whose, None, "showings.show", {"showing_id": one.id})


def _touch(one: Touch) -> Row:
    return Row(one.development.name, one.at, str(words.TOUCHES[one.kind]), one.person.name)


def _visit(one: FriendVisit) -> Row:
    return Row(one.touch.development.name, one.at, _("Visit of a friend"), one.touch.person.name)


def _line(one: PostedLine) -> Row:
    deal, number = one.deal, {"line_id": one.id}
    place, unit = (deal.development.name, deal.unit) if deal else ("", "")
    return Row(place, one.posted_at, unit, one.payee_name, one.amount_fen, "earnings.line", number)


def _reward(one: Reward) -> Row:
    number = {"deal_id": one.deal_id}
    return Row(one.development.name, one.granted_at, one.deal.unit, one.title, one.value_fen, "deals.show", number)


def _entry(one: MeasureEntry) -> Row:
    place = one.development.name if one.development else _("All developments together")
    return Row(place, one.at, _("Leads: %(number)s", number=one.whole), one.by.name, one.part)


_ROWS: Mapping[Any, Callable[[Any], Row]] = {
    Deal: _deal,
    Registration: _registration,
    Showing: _showing,
    Touch: _touch,
    FriendVisit: _visit,
    PostedLine: _line,
    Reward: _reward,
    MeasureEntry: _entry,
}

_OPENS: Mapping[str, Permission] = {
    "deals.show": Permission.READ_DEALS,
    "registrations.show": Permission.READ_REGISTRATIONS,
    "showings.show": Permission.READ_SHOWINGS,
    "earnings.line": Permission.READ_EARNINGS,
}
"""Which rows lead to a page of their own, and for whom."""


def _choices() -> dict[str, list[tuple[Any, str]]]:
    """What the page can be narrowed to."""
    months = [(one, month_word(one)) for one in months_to_choose()]
    return {"months": list(months), "developments": list(partners.development_choices(db(), actor()))}


def _found() -> ChannelMonths:
    return channels.of_months(db(), board.months_until(chosen_month()), number_of(request.args.get("development")))


def _of(channel: str, step: str) -> tuple[Channel, Step]:
    of, how = chosen(Channel, channel), chosen(Step, step)
    if of is None or how is None or of not in channels_of(how):
        abort(404)
    return of, how


def _picture(found: ChannelMonths, step: Step) -> dict[str, Any]:
    lines = [
        {"label": str(words.NAMES[one]), "values": [found.value(month, one, step) for month in found.months]}
        for one in channels_of(step)
    ]
    title = _("%(what)s by channel and month", what=words.STEPS[step])
    return pictures.months(title, found.months, lines, money=step is Step.COST)


def _figures(found: ChannelMonths) -> list[dict[str, Any]]:
    """The last month, all channels together, beside the month before."""
    before, month = found.months[-2:]
    return [
        {
            "label": words.STEPS[step],
            "value": words.shown(step, found.total(month, step)),
            "note": _("the month before: %(points)s", points=words.shown(step, found.total(before, step))),
            "url": url_for(".index", step=step, month=month, development=request.args.get("development")),
        }
        for step in Step
    ]


def _columns(step: Step) -> list[dict[str, Any]]:
    """Of the table: a column each channel."""
    kept = [{"key": one, "label": words.NAMES[one], "number": True, "place": "second"} for one in channels_of(step)]
    month = {"key": "month", "label": _("Month"), "place": "title"}
    return [month, *kept, {"key": "total", "label": _("Together"), "place": "figure"}]


def _value(found: ChannelMonths, channel: Channel, step: Step) -> Callable[[str], Any]:
    def find(month: str) -> Any:
        value = found.value(month, channel, step)
        return yuan(value) if step is Step.COST and value is not None else value

    return find
