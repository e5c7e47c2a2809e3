"""`portal files`: prove that every stored file is there and opens, from a shell or a timer."""

import sys

import click

from ..adapters.storage.bucket import open_files
from ..config import Config
from ..services.storage import checks as file_checks
from ..services.storage import worker as storage_worker
from ..services.storage.checks import FileFault, Wrong
from .opening import opened

_SAID = {
    Wrong.MISSING: "is not there",
    Wrong.SEALED: "does not open: its key is missing, or it was changed",
    Wrong.CHANGED: "is not what its row says",
}


@click.group()
def files() -> None:
    """The stored files: photos, papers, attachments."""


@files.command()
def verify() -> None:
    """Hold every stored file against the row that names it: it is there, opens with its key, and is what was stored.

    One line on standard error for each that is not, and then exit status 1. Files that no row names are counted; the
    daily sweep erases those that are older than a day. A bar on the terminal shows how far it is. The worker does the
    same every night; the page Health shows what was found last.
    """
    config = Config.from_env()
    with opened(config) as database:  # with a wrong key each file would be called sealed
        with database.reading() as session:
            whole = file_checks.whole(session)
        hidden, files = not sys.stderr.isatty(), open_files(config, database.vault)
        with click.progressbar(length=whole, label="verifying", file=sys.stderr, hidden=hidden) as bar:
            found = storage_worker.check_all(database, files, database.now(), bar.update, _say)
    if found.faults:
        click.echo(f"{found.faults} of {found.checked} files are wrong; nobody's: {found.nobodys}.", err=True)
        sys.exit(1)
    click.echo(f"{found.checked} files are there and open; nobody's: {found.nobodys}.")


def _say(fault: FileFault) -> None:
    click.echo(f"{fault.wrong}: {fault.table} {fault.row_id}: the file {fault.name} {_SAID[fault.wrong]}", err=True)
