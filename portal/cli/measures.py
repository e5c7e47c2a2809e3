"""`portal measures`: the board of a month, from a shell."""

import json
import sys
from typing import Any

import click
from sqlalchemy import select

from commissions.money import format_fen

from ..clock import SHANGHAI, YEARS, month_start
from ..config import Config
from ..models import Development
from ..rules.measures.board import COSTS, Measure
from ..services.measures import board as boards
from ..services.measures.board import Line, MonthBoard
from ..session import Session
from .opening import opened

NAMES = {
    Measure.AGENCIES: "showings that become deals",
    Measure.REFERRAL: "deals from referrals",
    Measure.WECHAT: "WeChat interaction",
    Measure.OWN_MEDIA: "cost per lead",
}


@click.command()
@click.argument("month")
@click.option("--development", metavar="NAME", help="Of this development alone.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def measures(month: str, development: str | None, as_json: bool) -> None:
    """Print the board of MONTH (such as 2026-11): each figure with part, whole and points, and of when it is."""
    _check(month)
    with opened(Config.from_env()) as database, database.reading() as session:
        place = None if development is None else _development(session, development)
        found = boards.of_month(session, database.now(), month, place)
        if as_json:
            click.echo(json.dumps(facts_of(found, development), ensure_ascii=False))
            return
        for line in _lines(found, development):
            click.echo(line)


def _check(month: str) -> None:
    try:
        known = len(month) == 7 and month_start(month).year in YEARS
    except ValueError:
        known = False
    if not known:
        raise click.BadParameter(f"{month!r} is no month such as 2026-11", param_hint="'MONTH'")


def _development(session: Session, name: str) -> int:
    key = session.scalar(select(Development.id).where(Development.name == name))
    if key is None:
        click.echo(f"Error: there is no development called {name}", err=True)
        sys.exit(1)
    return key


def _lines(found: MonthBoard, development: str | None) -> list[str]:
    lines = [f"{found.month}  {development or 'all developments'}  {'sealed' if found.sealed else 'open'}"]
    for line in found.lines:
        points = "not measured" if line.tenths is None else f"{line.tenths / 10:g} points"
        fresh = f"{line.fresh_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if line.fresh_at else "never"
        lines.append(
            f"{NAMES[line.measure]}: {_said(line.measure, line.value)} ({_side(line.measure, line.figure.part)} of "
            f"{_count(line.figure.whole)}), target {_said(line.measure, line.aim.target)}, weight {line.aim.weight}, "
            f"{points}, as of {fresh}"
        )
        if line.correction is not None:
            now = line.correction.now
            lines.append(f"  today it would be {_side(line.measure, now.part)} of {_count(now.whole)}")
    points = "nothing was measured" if found.tenths is None else f"{found.tenths / 10:g} points"
    lines.append(f"total: {points}, over {found.total.measured} of 100; not measured: {found.total.unmeasured}")
    return lines


def _said(measure: Measure, value: int | None) -> str:
    if value is None:
        return "–"
    return f"{format_fen(value)} yuan" if measure in COSTS else f"{format_fen(value)} %"


def _side(measure: Measure, part: int | None) -> str:
    return "–" if part is None else f"{format_fen(part)} yuan" if measure in COSTS else str(part)


def _count(whole: int | None) -> str:
    return "–" if whole is None else str(whole)


def facts_of(found: MonthBoard, development: str | None) -> dict[str, Any]:
    """The board as its JSON."""
    return {
        "month": found.month,
        "development": development,
        "sealed": found.sealed,
        "version": found.version.id if found.version else None,
        "points": None if found.tenths is None else found.tenths / 10,
        "measured_weight": found.total.measured,
        "unmeasured_weight": found.total.unmeasured,
        "measures": [_fact(line) for line in found.lines],
    }


def _fact(line: Line) -> dict[str, object]:
    """Values and targets are basis points, of a cost fen."""
    late = None
    if line.correction is not None:
        late = {"numerator": line.correction.now.part, "denominator": line.correction.now.whole}
    return {
        "measure": str(line.measure),
        "numerator": line.figure.part,
        "denominator": line.figure.whole,
        "value": line.value,
        "target": line.aim.target,
        "weight": line.aim.weight,
        "points": None if line.tenths is None else line.tenths / 10,
        "fresh_at": line.fresh_at.isoformat() if line.fresh_at else None,
        "correction": late,
    }
