"""The board of a month: its figures, which open their rows, the months before it, and each development."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of
from ...models import Deal, MeasureEntry, Showing
from ...rules.measures.board import Measure
from ...rules.measures.months import opens_with
from ...services.measures import board, entries, rows
from ...services.measures.rows import Side
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, every, export, yuan
from ..lists.paging import Page, dated_page_of, page_of
from . import pictures, words

bp = Blueprint("measures", __name__, url_prefix="/measures")


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """A month's board, of one development or of all."""
    month, place = chosen_month(), number_of(request.args.get("development"))
    known = board.load(db(), board.months_until(month), place)
    found, past = known.board(now()), known.past()
    places = partners.all_developments(db(), actor())
    names = [(one.id, one.name) for one in places]
    selling = [one.id for one in places if one.closed_at is None]
    return render_template(
        "measures/index.html",
        board=found,
        past=past,
        before=past[-2],
        by_development=known.by_development(names) if place is None else [],
        missing=known.missing(selling) if not found.sealed else (),
        picture=pictures.points_by_month(past),
        months=[(one, month_word(one)) for one in months_to_choose()],
        developments=names,
        deeds=_deeds(),
        words=words,
    )


@bp.get("/board.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """Twelve months of the board as a file."""
    past = board.past(db(), chosen_month(), number_of(request.args.get("development")))
    columns = [Column(_("Month"), lambda one: one.month), Column(_("Points"), lambda one: pictures.points(one.tenths))]
    for measure in Measure:
        columns += [
            Column(f"{words.NAMES[measure]}", _value(measure)),
            Column(f"{words.SIDES[measure, Side.PART]}", _side(measure, Side.PART)),
            Column(f"{words.SIDES[measure, Side.WHOLE]}", _side(measure, Side.WHOLE)),
        ]
    columns.append(Column(_("Sealed"), lambda one: _("yes") if one.sealed else _("no")))
    return export(past, columns, "measures", kind)


@bp.get("/figures/<measure>/<side>")
@guard(Permission.READ_MEASURES)
def figure(measure: str, side: str) -> ResponseReturnValue:
    """The rows that one side of a figure counts."""
    of, which = _of(measure, side)
    month, place = chosen_month(), number_of(request.args.get("development"))
    stmt: Any = rows.of_figure(actor(), of, which, month, place)
    return render_template(
        "measures/rows.html",
        measure=of,
        side=which,
        month=month,
        development_id=place,
        count=rows.count(db(), of, which, month, place),
        page=_page(stmt, _model(of, which)),
        months=[(one, month_word(one)) for one in months_to_choose()],
        developments=partners.development_choices(db(), actor()),
        may_open=_opens(),
        words=words,
    )


@bp.get("/figures/<measure>/<side>.<kind>")
@guard(Permission.READ_MEASURES)
def figure_file(measure: str, side: str, kind: str) -> Response:
    """The same rows as a file."""
    of, which = _of(measure, side)
    stmt: Any = rows.of_figure(actor(), of, which, chosen_month(), number_of(request.args.get("development")))
    model = _model(of, which)
    return export(every(stmt.order_by(model.id.desc())), _COLUMNS[model](), f"measures-{of}-{which}", kind)


def months_to_choose() -> list[str]:
    """The months that the board is looked at for, the newest first: two years of them."""
    return board.months_until(month_of(now()), entries.OLDEST_MONTHS)[::-1]


def chosen_month() -> str:
    """The month that was asked for, or the one that the board opens with."""
    wanted = request.args.get("month")
    return wanted if wanted in months_to_choose() else opens_with(now())


def _of(measure: str, side: str) -> tuple[Measure, Side]:
    of, which = chosen(Measure, measure), chosen(Side, side)
    if of is None or which is None:
        abort(404)
    return of, which


def _page(stmt: Any, model: Any) -> Page[Any]:
    """A page of them, the newest first: by the instant that counts, so that an old month costs what a new one does."""
    after = request.args.get("after")
    if model is MeasureEntry:
        return page_of(db(), stmt, MeasureEntry.id, after)
    return dated_page_of(db(), stmt, Deal.signed_at if model is Deal else Showing.at, model.id, after)


def _model(measure: Measure, side: Side) -> type[Deal] | type[Showing] | type[MeasureEntry]:
    if measure in entries.ELSEWHERE:
        return MeasureEntry
    return Showing if measure is Measure.AGENCIES and side is Side.WHOLE else Deal


_COLUMNS: Mapping[Any, Any] = {
    Deal: lambda: (
        Column(_("Development"), lambda one: one.development.name),
        Column(_("Unit"), lambda one: one.unit),
        Column(_("Signed"), lambda one: one.signed_at),
        Column(_("Price"), lambda one: yuan(one.price_fen)),
        Column(_("Agency"), lambda one: one.agency.name if one.agency else None),
    ),
    Showing: lambda: (
        Column(_("Development"), lambda one: one.development.name),
        Column(_("Check-in"), lambda one: one.at),
        Column(_("Agency"), lambda one: one.agency.name),
        Column(_("Broker"), lambda one: one.broker.name),
    ),
    MeasureEntry: lambda: (
        Column(_("Development"), lambda one: one.development.name if one.development else _("All developments")),
        Column(_("Month"), lambda one: one.month),
        Column(_("Part"), lambda one: one.part),
        Column(_("Whole"), lambda one: one.whole),
        Column(_("Entered by"), lambda one: one.by.name),
        Column(_("Entered on"), lambda one: one.at),
    ),
}


def _deeds() -> dict[str, bool]:
    return {
        "enter": may(actor(), Permission.ENTER_MEASURES),
        "propose": may(actor(), Permission.PROPOSE_MEASURES),
        "care": may(actor(), Permission.READ_CARE_MEASURES),
    }


def _opens() -> dict[str, bool]:
    """Which rows lead to a page of their own."""
    return {"deal": may(actor(), Permission.READ_DEALS), "showing": may(actor(), Permission.READ_SHOWINGS)}


def _value(measure: Measure) -> Any:
    return lambda one: words.shown(measure, one.value(measure)).strip("–")


def _side(measure: Measure, side: Side) -> Any:
    def find(one: Any) -> Any:
        figure = one.figures[measure]
        count = figure.part if side is Side.PART else figure.whole
        return yuan(count) if measure is Measure.OWN_MEDIA and side is Side.PART and count is not None else count

    return find
