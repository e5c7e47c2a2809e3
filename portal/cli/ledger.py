"""`portal ledger`: prove that the ledger holds, from a shell or a timer."""

import sys

import click

from commissions.money import format_fen

from ..config import Config
from ..db import Database
from ..services import ledger as ledgers


@click.group()
def ledger() -> None:
    """The double-entry ledger."""


@ledger.command()
def verify() -> None:
    """Recompute everything and name the first fault.

    The chain of hashes, commission lines, statements, payouts, bank files and balances. Exits with 1 when something
    does not hold.
    """
    config = Config.from_env()
    database = Database(config.url, config.vault(), config.signer())
    with database.reading() as session:
        found = ledgers.verify(session)
    database.dispose()
    if found.fault is not None:
        where = f"block {found.fault.number}" if found.fault.number else "beside the chain"
        click.echo(f"fault: {found.fault.what} {found.fault.reference or ''} ({where})", err=True)
        sys.exit(1)
    click.echo(
        f"The ledger holds: {found.batches} blocks, {found.transfers} transfers, {found.lines} lines, "
        f"turnover {format_fen(found.turnover_fen)} yuan."
    )
