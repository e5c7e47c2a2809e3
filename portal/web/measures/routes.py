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
from ...services.measures import board, entries, rows, telling
from ...services.measures.rows import Side
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from . import words

bp = Blueprint("measures", __name__, url_prefix="/measures")

_EXPORT_ROWS = 10_000


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """A month's board, of one development or of all."""
    month, place = _month(), number_of(request.args.get("development"))
    found = board.of_month(db(), now(), month, place)
    past = board.past(db(), month, place)
    return render_template(
        "measures/index.html",
        board=found,
        past=past,
        before=past[-2],
        by_development=board.by_development(db(), month) if place is None else [],
        missing=telling.not_delivered(db(), month) if not found.sealed else (),
        picture=_picture(past),
        months=[(one, month_word(one)) for one in months_to_choose()],
        developments=partners.development_choices(db(), actor()),
        deeds=_deeds(),
        words=words,
    )


@bp.get("/board.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """Twelve months of the board as a file."""
    past = board.past(db(), _month(), number_of(request.args.get("development")))
    columns = [Column(_("Month"), lambda one: one.month), Column(_("Points"), lambda one: _points(one.tenths))]
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
    month, place = _month(), number_of(request.args.get("development"))
    stmt: Any = rows.of_figure(actor(), of, which, month, place)
    return render_template(
        "measures/rows.html",
        measure=of,
        side=which,
        month=month,
        development_id=place,
        count=rows.count(db(), stmt, of, which),
        page=page_of(db(), stmt, _model(of, which).id, request.args.get("after")),
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
    stmt: Any = rows.of_figure(actor(), of, which, _month(), number_of(request.args.get("development")))
    model = _model(of, which)
    found = db().scalars(stmt.order_by(model.id.desc()).limit(_EXPORT_ROWS)).all()
    return export(found, _COLUMNS[model](), f"measures-{of}-{which}", kind)


def months_to_choose() -> list[str]:
    """The months that the board is looked at for, the newest first: two years of them."""
    return board.months_until(month_of(now()), entries.OLDEST_MONTHS)[::-1]


def _month() -> str:
    wanted = request.args.get("month")
    return wanted if wanted in months_to_choose() else month_of(now())


def _of(measure: str, side: str) -> tuple[Measure, Side]:
    of, which = chosen(Measure, measure), chosen(Side, side)
    if of is None or which is None:
        abort(404)
    return of, which


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
    }


def _opens() -> dict[str, bool]:
    """Which rows lead to a page of their own."""
    return {"deal": may(actor(), Permission.READ_DEALS), "showing": may(actor(), Permission.READ_SHOWINGS)}


def _picture(past: Any) -> dict[str, Any]:
    """The points of twelve months: each measure, and all of them."""
    lines = [
        {"label": str(words.NAMES[measure]), "values": [_points(one.points_of(measure)) for one in past]}
        for measure in Measure
    ]
    return {
        "kind": "months",
        "title": _("Points by month"),
        "months": [month_word(one.month) for one in past],
        "lines": [{"label": _("All"), "values": [_points(one.tenths) for one in past]}, *lines],
        "unit": "",
        "most": 125,
    }


def _points(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


def _value(measure: Measure) -> Any:
    return lambda one: words.shown(measure, one.value(measure)).strip("–")


def _side(measure: Measure, side: Side) -> Any:
    def find(one: Any) -> Any:
        figure = one.figures[measure]
        count = figure.part if side is Side.PART else figure.whole
        return yuan(count) if measure is Measure.OWN_MEDIA and side is Side.PART and count is not None else count

    return find
