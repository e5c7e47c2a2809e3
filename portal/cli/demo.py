"""`portal demo`: the portal with a small believable world in it, on this machine, in one command."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select

from .. import clock
from ..access.actor import SYSTEM
from ..adapters.storage.bucket import open_files
from ..config import Config
from ..db import Database
from ..models import Person
from ..services import timekeeping
from ..services.sandbox.opening import Sandboxes
from .operate import PORT, server_command, upgraded
from .world import apps, build, groups, receivers, sign_ins, systems

_READY_SECONDS = 30
Note = dict[str, Any]
"""What is kept beside the world in clear: the password of everybody, and the keys of one agency's systems."""
_YEARS = range(2020, 2100)
"""A world's end falls into one of these: its taxes and plans are of our time."""


def _instant(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is no instant: write it like 2026-11-30T23:59+08:00") from error
    if instant.tzinfo is None:
        raise click.BadParameter(f"{text} has no offset: add that of Shanghai, {text}+08:00, or another")
    if instant.year not in _YEARS:
        raise click.BadParameter(f"{text} is too far away: the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    return instant.astimezone(UTC)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port to listen on.")
@click.option("--seed-only", is_flag=True, help="Make the world, say the sign-ins, and stop.")
@click.option("--at", callback=_instant, metavar="INSTANT", help="With --seed-only: the world as of this instant.")
def demo(host: str, port: int, seed_only: bool, at: datetime | None) -> None:
    """Make a small world (once), start server and worker, and say who can sign in.

    INSTANT is written with its offset, like 2026-11-30T23:59+08:00.
    """
    if at is not None and not seed_only:
        raise click.UsageError("--at makes a world as of another time and no more: add --seed-only")
    config = Config.from_env()
    if config.production:
        raise click.ClickException("this is a production environment: the demo's people must not come into it")
    if not seed_only and _taken(host, port):
        raise click.ClickException(f"port {port} is in use: stop what runs there, or choose another with PORT=…")
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with upgraded(config) as database:
        note = _make_world(config, database, at)
        with database.transaction() as session:
            receivers.listen(session, config, at or database.now(), port)
            if timekeeping.judged(session, database.now(), database.own_clock()).doubt is not None:
                timekeeping.confirm(session, SYSTEM, database.now(), database.own_clock())  # it slept since it was made
        with database.reading() as session:
            people = sign_ins(session)
    if seed_only:
        _say_sign_ins(people, note)
        return
    Sandboxes(config.data_dir, config.vault(), config.signer()).prepare()
    with _running(config, host, port) as address:
        click.echo(f"\n  The portal is open at {address}\n")
        _say_sign_ins(people, note)
        click.echo("\n  Ctrl-C stops it; the data stays. A fresh world: delete the data folder and start again.")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        click.echo("")


def _make_world(config: Config, database: Database, at: datetime | None) -> Note:
    """Fill an empty database; an existing world is kept. Returns what is told of it: nobody could find it out later."""
    note = config.data_dir / "demo.json"
    with database.reading() as session:
        there = session.scalar(select(Person.id).limit(1)) is not None
    if there:
        if not note.exists():
            raise click.ClickException("this database already holds people who are not the demo's: use another folder")
        if at is not None:
            raise click.ClickException("there is a world here already, as of its own time: --at needs an empty folder")
        kept: Note = {"api_keys": {}, **json.loads(note.read_text())}
        return kept
    password = f"demo-{secrets.token_hex(4)}"
    with (
        database.transaction() as session,
        click.progressbar(length=100, label="  Making a small world", file=sys.stderr) as bar,
    ):
        files = open_files(config, database.vault)
        now = at or clock.now()
        build(session, files, now, password, lambda percent: bar.update(percent - bar.pos))
        groups.show(session, config)
        apps.show(session, config, now)
        made: Note = {"password": password, "api_keys": systems.make_keys(session, now)}
    note.write_text(json.dumps(made))
    note.chmod(0o600)
    return made


def _say_sign_ins(people: list[tuple[str, str, str]], note: Note) -> None:
    """One person of each role; the password is everybody's. And the keys of the first agency's systems."""
    click.echo(f"  Everybody's password: {note['password']}\n")
    for role, phone, name in people:
        click.echo(f"    {role:<18} {phone}  {name}")
    for mode, key in note["api_keys"].items():
        click.echo(f"    {f'{mode} API key':<18} {key}")


def _taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


@contextmanager
def _running(config: Config, host: str, port: int) -> Iterator[str]:
    """Server and worker as children, both stopped at the end."""
    address = f"http://{host}:{port}"
    environ = {**os.environ, "PORTAL_DATA_DIR": str(config.data_dir.resolve())}
    environ.setdefault("PORTAL_BASE_URL", address)
    environ.setdefault("PORTAL_LOG_LEVEL", "WARNING")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    unblocked: dict[str, Any] = {"env": environ, "start_new_session": True, "preexec_fn": _unblock}
    children = [
        subprocess.Popen(server_command(config, host, port), **unblocked),  # noqa: S603 - our own command
        subprocess.Popen([sys.executable, "-m", "portal.cli", "worker"], **unblocked),
    ]
    try:
        _wait_until_ready(address, children[0])
        yield address
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=30)


def _unblock() -> None:
    """A child must hear the signals that its parent waits for."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(_READY_SECONDS * 10):
        if server.poll() is not None:
            raise click.ClickException(f"the server stopped at once, with exit status {server.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(f"the server did not answer within {_READY_SECONDS} seconds")
