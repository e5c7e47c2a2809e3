"""`portal clock`: what the clocks say, and a person's word that they are right."""

import click

from ..config import Config
from ..db import Database
from ..rules.timekeeping import Doubt, Judged, said
from ..services import timekeeping
from .opening import opened
from .users import SHELL


@click.group()
def clock() -> None:
    """The clock by which things end: nothing is erased or closed while it is in doubt."""


@clock.command()
def show() -> None:
    """Say what the clocks say. Exits with 1 when one is in doubt."""
    with opened(Config.from_env()) as database, database.reading() as session:
        now, own = database.now(), database.own_clock()
        click.echo(f"The database's clock: {now:%Y-%m-%d %H:%M:%S} UTC")
        if own is not None:
            click.echo(f"This machine's clock: {own:%Y-%m-%d %H:%M:%S} UTC")
        found = timekeeping.judged(session, now, own)
        for row in timekeeping.doubted(session):
            click.echo(f"A worker has doubted its clock since {row.doubted_at:%Y-%m-%d %H:%M}: {row.doubt}", err=True)
    if found.doubt is not None:
        raise click.ClickException(said(found))


@clock.command()
def confirm() -> None:
    """Say that the clock is right: what ends by time goes on. It is written into the audit log."""
    with opened(Config.from_env()) as database, database.transaction() as session:
        now = database.now()
        found = timekeeping.confirm(session, SHELL, now, database.own_clock())
        if found.doubt is Doubt.APART:
            raise click.ClickException(said(found))
    click.echo(f"It is {now:%Y-%m-%d %H:%M} UTC: what ends by time goes by this clock.")


def warn(database: Database) -> None:
    """Say at a start what is odd about the clock."""
    with database.reading() as session:
        found: Judged = timekeeping.judged(session, database.now(), database.own_clock())
    if found.doubt is not None:
        click.echo(f"Warning: {said(found)}", err=True)
