"""How a command opens the database: when its schema is this version's and the keys are its own, and not otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..config import Config
from ..db import Database
from ..rules.keys.starting import Hindrance
from ..services.keys import starting


@contextmanager
def opened(config: Config) -> Iterator[Database]:
    """The database, ready to work with; closed at the end. A command ends in one line where something does not fit."""
    with opened_as_it_is(config) as database:
        demand(database, config)
        yield database


@contextmanager
def opened_as_it_is(config: Config) -> Iterator[Database]:
    """The database unlooked at: for the commands that put in order what does not fit."""
    database = Database(config.url, config.vault(), config.signer(), config.money_limits())
    try:
        yield database
    finally:
        database.dispose()


def demand(database: Database, config: Config) -> None:
    """End in one line unless schema and keys fit; write down keys that are new."""
    marks = starting.marks_of(config)
    with database.reading() as session:
        end_at(starting.of_schema(session))
        if not starting.unknown(session, marks):
            end_at(starting.hindrance(session, marks))
            return
    settle(database, config)


def settle(database: Database, config: Config) -> None:
    """Write down which keys are in use here, or end in one line."""
    with database.transaction() as session:
        end_at(starting.settle(session, database.now(), starting.marks_of(config)))


def end_at(hindrance: Hindrance | None) -> None:
    """End the command where something hinders it."""
    if hindrance is not None:
        raise click.ClickException(hindrance.said)
