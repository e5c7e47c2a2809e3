"""`portal ledger`: prove that the ledger holds, from a shell or a timer."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from commissions.money import format_fen

from ..access.actor import SYSTEM
from ..adapters.storage.bucket import open_files
from ..config import Config
from ..db import Database
from ..services.verification import proof
from ..services.verification import worker as verification_worker
from .opening import opened


@click.group()
def ledger() -> None:
    """The double-entry ledger."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Say what was found as JSON.")
@click.option("--holds", "kept", metavar="HASH", help="A hash noted down before: it must be in the chain.")
def verify(as_json: bool, kept: str | None) -> None:
    """Recompute everything and name the first fault.

    The chain of hashes, lines, statements, payouts and their steps, bank files and answers, adjustments, taxes and
    balances; the facts that they rest on, and what every deal should have earned. A bar on the terminal shows how far
    it is. Exits with 1 when something does not hold. That it was done is written to the audit log.
    """
    config = Config.from_env()
    with opened(config) as database, _bar(database) as progress:
        files = open_files(config, database.vault)
        found = verification_worker.run(database, SYSTEM, database.now, progress, kept=kept, files=files)
    if as_json:
        click.echo(json.dumps(_facts(found)))
    elif found.fault is None:
        click.echo(
            f"The ledger holds: {found.batches} blocks, {found.transfers} transfers, {found.lines} lines, "
            f"turnover {format_fen(found.turnover_fen)} yuan, {found.facts} facts.\n"
            f"Hash of the last block: {found.head or 'there is none'}\n"
            f"Hash of the last fact: {found.facts_head or 'there is none'}"
        )
    else:
        where = f"block {found.fault.number}" if found.fault.number else "beside the chain"
        click.echo(f"fault: {found.fault.what} {found.fault.reference or ''} ({where})", err=True)
    if found.fault is not None:
        sys.exit(1)


@contextmanager
def _bar(database: Database) -> Iterator[proof.Progress]:
    """A bar on the terminal; nothing where nobody looks."""
    with database.reading() as session:
        whole = proof.steps(session, with_files=True)
    with click.progressbar(length=whole, label="verifying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield lambda: bar.update(1)


def _facts(found: proof.Verification) -> dict[str, object]:
    return {
        "holds": found.fault is None,
        "head": found.head,
        "facts_head": found.facts_head,
        "blocks": found.batches,
        "facts": found.facts,
        "transfers": found.transfers,
        "lines": found.lines,
        "turnover_fen": found.turnover_fen,
        "fault": None if found.fault is None else found.fault._asdict(),
    }
