"""Running it: the server, the worker, the schema, a backup."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import make_url

from .. import clock, db
from ..config import Config, new_secrets
from ..services import plans, rewards
from ..services.face_index import use_index

APP = "portal.app:create_app()"


_LEFT_OUT = ("--exclude-table-data=face_index.vectors",)
"""Of a dump: plain vectors, which can be made anew from the sealed templates."""


def server_command(config: Config, host: str, port: int) -> list[str]:
    """How gunicorn is started: threads, since a request mostly waits for the database."""
    return [
        *(sys.executable, "-m", "gunicorn", APP),
        *("--worker-class", "gthread", "--workers", str(config.workers), "--threads", str(config.threads)),
        *("--bind", f"{host}:{port}", "--no-control-socket", "--log-level", "warning"),
        *("--graceful-timeout", "20", "--max-requests", "5000", "--max-requests-jitter", "500"),
    ]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
def run(host: str, port: int) -> None:
    """Serve the portal (gunicorn). Put a TLS proxy before it."""
    config = Config.from_env()
    _demand_index(config)
    command = server_command(config, host, port)
    os.execv(command[0], command)  # noqa: S606 - the server takes this process's place


def _demand_index(config: Config) -> None:
    """A server that cannot look for faces says so before it starts, in one line."""
    database = db.Database(config.url, config.vault(), config.signer())
    try:
        use_index(database, config.face_index)
    finally:
        database.dispose()


@click.command()
def worker() -> None:
    """Run what is due in the background (huey): sweeps over what lies in the database."""
    from ..jobs import consumer

    consumer(Config.from_env()).run()


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date, and publish the given plans where there are none."""
    config = Config.from_env()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    db.migrate(config.url)
    database = db.Database(config.url, config.vault(), config.signer())
    with database.transaction() as session:
        now = clock.now()
        plans.publish_given_plan(session, now)
        rewards.publish_given_plans(session, now, effective_from=now)
    database.dispose()
    click.echo("The schema is up to date.")


@click.command()
def secrets() -> None:
    """Print fresh secrets for the environment of a production server."""
    for name, value in new_secrets().items():
        click.echo(f"PORTAL_{name.upper()}={value}")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Write database and files into one archive in FOLDER, while the portal runs.

    Everything personal in it is sealed: keep the keys elsewhere, without them it cannot be read.
    """
    config = Config.from_env()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"portal-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        dump = _dump(config, Path(scratch))
        draft = Path(scratch) / target.name
        with tarfile.open(draft, "w:gz") as archive:
            archive.add(dump, dump.name)
            if config.files_dir.exists():
                archive.add(config.files_dir, "files")
        draft.rename(target)
    click.echo(str(target))


def _dump(config: Config, folder: Path) -> Path:
    """The database as one consistent file: SQLite's own backup, or pg_dump."""
    url = make_url(config.url)
    if url.get_backend_name() == "sqlite":
        copy = folder / "portal.db"
        with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy
    program = shutil.which("pg_dump")
    if program is None:
        raise click.ClickException("pg_dump is not installed: it comes with PostgreSQL's client programs")
    copy = folder / "portal.dump"
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - the program that was found, with our own address
        [program, "--format=custom", *_LEFT_OUT, f"--file={copy}", f"--dbname={address}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"pg_dump failed: {done.stderr.strip().splitlines()[-1]}")
    return copy
