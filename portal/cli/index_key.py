"""`portal keys rotate-index`: another index key takes the place of the one in force, while the portal runs (ADR 69)."""

import json
from collections import Counter
from collections.abc import Iterator
from time import monotonic, sleep

import click
from sqlalchemy.exc import OperationalError

from ..config import Config
from ..db import Database
from ..models import IndexRotation
from ..outages import Outage, of_database
from ..rules.keys.starting import NAME_LENGTH
from ..services.index_key import pairs, rounds, words
from ..services.index_key.staying import OF_ITSELF, staying
from ..services.index_key.turning import NotYet, turn
from .opening import opened
from .users import SHELL

_PASSES = 20
_TURNS = 40
_PAUSE = 1.0
"""Seconds until the turn is tried again, after somebody was under way for longer than it waits."""


@click.command("rotate-index")
@click.option("--status", is_flag=True, help="Say how far it is, and what would be lost without the former key.")
@click.option(
    "--proof", is_flag=True, help="Print the signed proof of the last round; exits with 1 if it does not hold."
)
def rotate_index(*, status: bool, proof: bool) -> None:
    """Let the other key of PORTAL_INDEX_KEY take the place of the one in force: phones, bank details, search words.

    First put both into PORTAL_INDEX_KEY, separated by a comma, and restart server and worker on every host. People go
    on working; for a moment everybody waits. It may be stopped, or killed, and run again at any time. In the end it
    makes everything anew once more and proves it; exit status 1 with the reason where it cannot.
    """
    with opened(Config.from_env()) as database:
        if status or proof:
            _show_proof(database) if proof else _show(database)
            return
        rotation = _begun(database)
        if rotation is None:
            click.echo("Nothing to do: the key in force is the last one, and the other one was left.")
            return
        try:
            rounds.check_processes(database, rotation)
            if rotation.turned_at is None:
                _prepare(database, rotation.id)
                rounds.check_processes(database, rotation)
                _turn(database, rotation.id)
            _conclude(database, rotation.id)
        except rounds.Unready as error:
            raise click.ClickException(str(error)) from error


def _begun(database: Database) -> IndexRotation | None:
    try:
        with database.transaction() as session:
            return rounds.begin(session, SHELL, database.now())
    except rounds.Unready as error:
        raise click.ClickException(str(error)) from error


def _prepare(database: Database, rotation_id: int) -> None:
    """Passes until one finds nothing new: what people write meanwhile comes with the next one, and with the turn."""
    for _ in range(_PASSES):
        done, broken = _said(pairs.fill(database, rotation_id))
        if broken:
            _give_up(broken)
        if not done:
            return


def _turn(database: Database, rotation_id: int) -> None:
    for tries in range(_TURNS):
        sleep(_PAUSE if tries else 0)
        begun = monotonic()
        try:
            with database.transaction() as session:
                moved = turn(session, SHELL, database.now(), session.get_one(IndexRotation, rotation_id))
        except OperationalError as error:
            if of_database(error.orig) is not Outage.BUSY:
                raise
            click.echo("somebody is under way for longer than the turn waits: tried again", err=True)
        except NotYet as error:
            _give_up(error.left)
        else:
            click.echo(f"turned: {moved.total()} digests, in {monotonic() - begun:.1f} s of waiting and work")
            return
    raise click.ClickException("others were under way at each try: run it again when less is going on")


def _conclude(database: Database, rotation_id: int) -> None:
    for _ in range(_PASSES):
        _, broken = _said(words.move(database))
        proof = rounds.prove(database)
        if not proof.wrong:
            break
        if broken.total() >= sum(proof.wrong.values()):
            _give_up(broken)
    else:
        _give_up(Counter(proof.wrong))
    with database.transaction() as session:
        rotation = session.get_one(IndexRotation, rotation_id)
        rounds.finish(session, SHELL, database.now(), rotation, proof)
    while True:
        with database.transaction() as session:
            if not rounds.forget_pairs(session):
                break
    _show(database)


def _said(steps: Iterator[pairs.Step]) -> tuple[Counter[str], Counter[str]]:
    """What was done, and what is broken, by column."""
    done, broken = Counter[str](), Counter[str]()
    for step in steps:
        done[step.what] += step.done
        broken[step.what] += step.broken
        click.echo(f"{step.what}\t{done[step.what]}")
    return +done, +broken


def _give_up(left: Counter[str]) -> None:
    for what, count in left.items():
        click.echo(f"does not move: {count} of {what}", err=True)
    raise click.ClickException(
        "what does not open, or is not what it says, would be found by nobody afterwards: the log names the rows"
    )


def _show(database: Database) -> None:
    with database.reading() as session:
        rotation = rounds.latest(session)
        if rotation is None:
            click.echo("No other index key ever took the place of the first one.")
            return
        names = f"{rotation.former[:NAME_LENGTH]} → {rotation.anew[:NAME_LENGTH]}"
        click.echo(f"{names}\tbegun {rotation.began_at:%Y-%m-%d %H:%M} UTC")
        if rotation.turned_at is None:
            click.echo("not turned: the former key is in force")
            return
        click.echo(f"turned {rotation.turned_at:%Y-%m-%d %H:%M} UTC, {rotation.rows} digests")
        if rotation.ended_at is None:
            click.echo("not proven yet: run portal keys rotate-index again")
        else:
            click.echo(f"proven: {sum((rotation.facts or {})['proven'].values())} made anew and found right")
        for what, count in staying(session, database.now(), rotation.turned_at).items():
            over = ", over by themselves" if what in OF_ITSELF else ""
            click.echo(f"needs the former key\t{count} {what}{over}")


def _show_proof(database: Database) -> None:
    with database.reading() as session:
        rotation = rounds.latest(session)
        if rotation is None or rotation.ended_at is None:
            raise click.ClickException("there is no proof: no round is through")
        click.echo(json.dumps(rounds.as_json(rotation), ensure_ascii=False, indent=1))
        if not rounds.holds_good(session, rotation):
            raise click.ClickException("the signature does not hold")
