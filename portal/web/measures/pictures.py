"""The facts of the board's pictures, as `static/js/months.js` and `static/js/bars.js` want them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from ...rules.measures.board import Measure
from ...services.measures.board import MonthBoard, Past
from ..components import month as month_word
from ..components import short_month
from . import words


def months(title: str, names: Sequence[str], lines: Iterable[Mapping[str, Any]], **given: Any) -> dict[str, Any]:
    """Lines over months. `given`: unit, most, money."""
    return {
        "kind": "months",
        "title": title,
        "months": [month_word(one) for one in names],
        "short": [short_month(one, first=place == 0) for place, one in enumerate(names)],
        "lines": list(lines),
        "unit": "",
        **given,
    }


def points_by_month(past: Sequence[Past]) -> dict[str, Any]:
    """The points of months: each measure, and all of them."""
    lines = [
        {"label": str(words.NAMES[measure]), "values": [points(one.points_of(measure)) for one in past]}
        for measure in Measure
    ]
    whole = {"label": _("All"), "values": [points(one.tenths) for one in past]}
    return months(_("Points by month"), [one.month for one in past], [whole, *lines], most=125, target=_target())


def against_target(board: MonthBoard, before: Past) -> dict[str, Any]:
    """A month's points beside those of the month before, and the line of the target."""
    return {
        "kind": "bars",
        "title": _("Points of %(month)s against the target and the month before", month=month_word(board.month)),
        "labels": [str(words.NAMES[line.measure]) for line in board.lines],
        "series": [
            {"label": month_word(board.month), "values": [points(line.tenths) for line in board.lines]},
            {
                "label": month_word(before.month),
                "values": [points(before.points_of(line.measure)) for line in board.lines],
                "before": True,
            },
        ],
        "target": _target(),
    }


def _target() -> dict[str, Any]:
    """Where the target stands, in points."""
    return {"value": 100, "label": _("Target")}


def points(tenths: int | None) -> float | None:
    """Points as a picture draws them."""
    return None if tenths is None else tenths / 10
