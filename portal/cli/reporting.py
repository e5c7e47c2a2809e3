"""`portal reporting`: who may read the views that other programs draw their pictures from."""

import sys

import click

from ..config import Config
from ..services.reporting import reader, schema
from .opening import opened

_BY_HAND = f"CREATE ROLE {reader.ROLE} LOGIN NOINHERIT;"


@click.group()
def reporting() -> None:
    """The reporting views, and who may read them (docs/reporting.md)."""


@reporting.command()
def grant() -> None:
    """Make the role portal_reader on PostgreSQL, let it read the reporting views and prove that it can do nothing else.

    The role has no password at first: give it one in psql with \\password portal_reader.
    """
    with opened(Config.from_env()) as database, database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            raise click.ClickException("SQLite has no roles: who may read the file reads all of it")
        try:
            made = reader.make(connection)
        except reader.MayNotMakeRoles:
            why = "this role may make no other. Have somebody who may run this in psql, then run this again:"
            raise click.ClickException(f"{why} {_BY_HAND}") from None
        schema.put_up(connection)
        reader.close_to_others(connection)
        beside = reader.beside_the_views(connection)
    click.echo(f"{reader.ROLE} {'is made and reads' if made else 'reads'} the views of the schema {schema.SCHEMA}.")
    if beside:
        click.echo(f"Error: and it may do more than that: {', '.join(beside)}", err=True)
        sys.exit(1)
    click.echo("It can read nothing else, and write nothing.")
