"""`portal health`: whether all is well, for a timer, a container's health check, or whoever is called at night."""

import json
import sys
from datetime import datetime

import click

from ..config import Config
from ..rules.vital_signs import HealthLimits, Level, Sign, Vital, worst
from ..services.home.health import signs
from .opening import opened


@click.command()
@click.option("--worker", is_flag=True, help="Ask for the worker alone, as its own health check.")
@click.option("--strict", is_flag=True, help="Exit with 1 for what is late, too.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def health(worker: bool, strict: bool, as_json: bool) -> None:
    """Say how the portal's signs of life stand.

    Whether the worker looks, texts and mails go out, imports and closes come to an end, the ledger holds and was
    verified, what is over was deleted, and a backup was made. Exits with 1 when one of them is wrong; one that is late
    is said and is no failure yet.
    """
    config = Config.from_env()
    with opened(config) as database, database.reading() as session:
        now = database.now()
        found = signs(session, now, HealthLimits(**config.health_limits()))
    if worker:
        found = [one for one in found if one.vital is Vital.WORKER]
    if as_json:
        click.echo(json.dumps([_facts(one, now) for one in found], indent=1))
    else:
        for one in found:
            click.echo(f"{one.level:<6} {one.vital:<10} {_said(one, now)}")
    if worst(found) in ({Level.LATE, Level.WRONG} if strict else {Level.WRONG}):
        sys.exit(1)


def _facts(sign: Sign, now: datetime) -> dict[str, object]:
    age = sign.age(now)
    return {
        "sign": sign.vital,
        "level": sign.level,
        "why": sign.why,
        "at": None if sign.at is None else sign.at.isoformat(),
        "seconds": None if age is None else round(age.total_seconds()),
    }


def _said(sign: Sign, now: datetime) -> str:
    if sign.at is None:
        return "nothing waits" if sign.why == "nothing" else "has not happened yet"
    at = f"{sign.at:%Y-%m-%d %H:%M:%S} UTC"
    if sign.why == "ahead":
        return f"{at}, which is still to come: a clock was ahead"
    before = {"waits": "the oldest waits since", "broken": "does not hold, found"}.get(sign.why, "last")
    return f"{before} {at}, {_long((now - sign.at).total_seconds())} ago"


def _long(seconds: float) -> str:
    for size, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {word}"
    return f"{seconds:.0f} seconds"
