"""`portal close`: a month is closed from a shell, with a bar that shows how far it is."""

import sys
from datetime import date, datetime

import click
from sqlalchemy import select

from commissions.money import format_fen

from ..access.actor import Actor
from ..access.permissions import Permission
from ..access.policy import may
from ..clock import YEARS
from ..config import Config
from ..db import Database
from ..models import Period, PeriodState, Person
from ..rules.periods.close import Weight
from ..services import contacts, timekeeping
from ..services.periods import closing, periods
from ..services.periods import worker as close_worker
from ..session import Session
from .opening import opened


def _month(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise click.BadParameter("a month is written like 2026-03") from error
    if first.year not in YEARS:
        raise click.BadParameter(f"a month is written like 2026-03, of the years {YEARS[0]} to {YEARS[-1]}")
    return f"{first:%Y-%m}"


@click.command()
@click.argument("month", callback=_month)
@click.option("--by", "phone", required=True, help="The phone of the finance person who closes it.")
@click.option("--dry-run", is_flag=True, help="Only say what is missing.")
def close(month: str, phone: str, dry_run: bool) -> None:
    """Close MONTH (2026-03): seal its ranks and issue every payee's statement.

    Exits with 1 when something holds the month back. Killed in the middle, the same command goes on with it, and so
    does the worker.
    """
    config = Config.from_env()
    with opened(config) as database:
        held = _show_missing(database, month)
        if dry_run:
            sys.exit(1 if held else 0)
        _work(database, _begin(database, month, phone))
        _report(database, month)


def _show_missing(database: Database, month: str) -> bool:
    """Say what is open, and whether any of it holds the month back."""
    with database.reading() as session:
        open_ones = [one for one in periods.missing(session, database.now(), month) if one.count]
    for one in open_ones:
        click.echo(f"{one.weight}: {one.kind} ({one.count})", err=True)
    return any(one.weight is Weight.BLOCKS for one in open_ones)


def _begin(database: Database, month: str, phone: str) -> int:
    """Begin to close the month, or take hold of the close that was begun before. Raises Refusal."""
    with database.transaction() as session:
        there = periods.find(session, month)
        if there is not None and there.state is PeriodState.CLOSING:
            return there.id
        return periods.start_close(session, _actor(session, database.now(), phone), database.now(), month=month).id


def _actor(session: Session, now: datetime, phone: str) -> Actor:
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    person = session.scalar(select(Person).where(Person.phone_index == index, Person.deactivated_at.is_(None)))
    if person is None or not may(Actor.of(person), Permission.ISSUE_STATEMENT):
        raise click.ClickException("nobody with this phone may close a month")
    actor = Actor.of(person)
    actor.check_rested(timekeeping.trusted(session, now))
    return actor


def _work(database: Database, period_id: int) -> None:
    with database.reading() as session:
        period = session.get_one(Period, period_id)
    closing.keep_quick()
    with click.progressbar(length=period.whole, label=f"closing {period.month}", file=sys.stderr) as bar:
        bar.update(period.done)
        done = period.done
        for _chunk in close_worker.steps(database, database.now, period_id):
            with database.reading() as session:
                now_done = session.get_one(Period, period_id).done
            bar.update(now_done - done)
            done = now_done


def _report(database: Database, month: str) -> None:
    with database.reading() as session:
        period = periods.find(session, month)
    assert period is not None  # it was begun
    if period.state is not PeriodState.CLOSED:
        raise click.ClickException(f"the close stands still ({period.trouble}): the log says why; run this again then")
    click.echo(
        f"{month} is closed: {period.statements} statements of {period.lines} lines, "
        f"{format_fen(period.payable_fen)} yuan payable, {format_fen(period.carried_fen)} yuan carried on."
    )
