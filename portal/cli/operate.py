"""Running it: the server, the worker, the schema."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from pkgutil import resolve_name

import click

from .. import db
from ..access.actor import SYSTEM
from ..config import Config, new_secrets
from ..config_checks import doubts
from ..loading import uncollected
from ..rules.keys.starting import of_keys
from ..services import facts
from ..services.care_files import scoring as care_scoring
from ..services.care_files import tags as care_tags
from ..services.commission import plans
from ..services.exports.worker import Make
from ..services.faces.index import use_index
from ..services.keys import starting
from ..services.rewards import rewards
from ..services.taxes import tables as tax_tables
from ..web.exports.making import made
from . import opening
from .clock import warn

PAGES = "portal.app:create_app"
APP = f"{PAGES}()"
MASTER = "portal.master"
WORKER = "portal.server.WholeRequestWorker"
LOGGER = "portal.server.ServerLog"
KEEP_ALIVE_SECONDS = 75
"""Longer than the proxy and browsers keep an idle connection: nobody asks at a door that is just closing."""
PORT = click.IntRange(1, 65_535)


def server_command(config: Config, host: str, port: int) -> list[str]:
    """How gunicorn is started: with threads, since a request mostly waits for the database; none waits for a sender."""
    return [
        *(sys.executable, "-m", MASTER, APP),
        *("--worker-class", WORKER, "--workers", str(config.workers), "--threads", str(config.threads)),
        *("--bind", f"{host}:{port}", "--no-control-socket", "--log-level", "warning", "--logger-class", LOGGER),
        *("--umask", "0o077", "--graceful-timeout", "20", "--keep-alive", str(KEEP_ALIVE_SECONDS)),
        *("--max-requests", "5000", "--max-requests-jitter", "500"),
    ]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port to listen on.")
def run(host: str, port: int) -> None:
    """Serve the portal (gunicorn). Put a TLS proxy before it."""
    config = Config.from_env()
    for question in doubts(config):
        click.echo(f"Warning: {question}", err=True)
    with opening.opened(config) as database:  # it cannot serve where schema or keys do not fit, or look for faces
        warn(database)
        use_index(database, config.face_index)
    command = server_command(config, host, port)
    os.execv(command[0], command)  # noqa: S606 - the server takes this process's place


@click.command()
def worker() -> None:
    """Run what is due in the background (huey): sweeps over what lies in the database."""
    with uncollected():
        from ..jobs import consumer

    config = Config.from_env()
    with opening.opened(config) as database:  # or it says in one line what does not fit
        warn(database)
    consumer(config, _exports(config)).run()


def _exports(config: Config) -> Make:
    """How a list becomes a file: its page is asked, by an application that is made when the first one is due."""
    pages = cache(lambda: resolve_name(PAGES)(config))
    return lambda order: made(pages(), order)


@contextmanager
def upgraded(config: Config) -> Iterator[db.Database]:
    """The database with its schema up to date, its keys known, and in the register of facts whatever it did not know
    before. Nobody else brings it up to date meanwhile."""
    with opening.opened_as_it_is(config) as database:
        _check_before(database, config)
        with _turn(config):
            _check_before(database, config)  # somebody else may have been at it meanwhile
            db.migrate(config.url, vault=config.vault())
            with database.reading() as session:
                opening.end_at(starting.of_schema(session))
            opening.settle(database, config)
            with database.transaction() as session:
                facts.take_over(session, SYSTEM, database.now())
            yield database


@contextmanager
def _turn(config: Config) -> Iterator[None]:
    try:
        with db.turn_to_migrate(config.url, db.MIGRATION_WAIT):
            yield
    except db.Busy as busy:
        why = "another portal migrate is at work on this database: wait until it is done, then run this again"
        raise click.ClickException(why) from busy


def _check_before(database: db.Database, config: Config) -> None:
    """A schema of a newer version is left alone, and migrations that seal anew need the right keys."""
    with database.reading() as session:
        found = starting.of_schema(session)
        if found is not None and found.code not in {"no_schema", "older_schema"}:
            opening.end_at(found)
        opening.end_at(of_keys(starting.keys_in_use(session), starting.marks_of(config)))


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date, publish the given plans where there are none, and prepare the sandbox.

    Where several hosts serve the portal, run it on each: it does once what is to be done once.
    """
    from ..services.sandbox.opening import Sandboxes

    config = Config.from_env()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with upgraded(config) as database, database.transaction() as session:
        now = database.now()
        plans.publish_given_plan(session, now)
        rewards.publish_given_plans(session, now, effective_from=now)
        tax_tables.publish_given_table(session, now)
        care_tags.keep_given(session, now)
        care_scoring.keep_given(session, now)
    Sandboxes(config.data_dir, config.vault(), config.signer()).prepare()
    click.echo("The schema is up to date.")


def _keep_private(folder: Path) -> None:
    """What lies in the data folder is its owner's alone; earlier versions left it to the shell's own habit."""
    folder.chmod(0o700)
    for name in ("portal.db", "jobs.db"):
        for path in folder.glob(f"{name}*"):
            path.chmod(0o600)


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def secrets(file: Path | None) -> None:
    """Print fresh secrets for the environment of a production server, or write them into FILE, readable by you alone.

    FILE must not be there yet: secrets that are lost are not made again.
    """
    lines = "".join(f"PORTAL_{name.upper()}={value}\n" for name, value in new_secrets().items())
    if file is None:
        click.echo(lines, nl=False)
        return
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(lines)
    except FileExistsError as error:
        raise click.ClickException(f"{file} is there already, and is left as it is") from error
    click.echo(f"{file} holds fresh secrets. Keep it apart from the backups.", err=True)
