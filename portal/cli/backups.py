"""`portal backup` and `portal restore`: the whole portal in one file, and back, with the proof that its books hold."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from .. import clock, db
from ..config import Config
from ..rules.keys.starting import KeyKind, Known, of_keys
from ..services.events.operation import BACKUP
from ..services.home import health
from ..services.keys import marks, starting
from . import archive
from .ledger import verify
from .opening import end_at, opened_as_it_is
from .operate import upgraded
from .scratch import is_held, scratch_folder
from .users import SHELL

_SUFFIX = ".tar.gz"
_RESTORING = ".restore-"


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write database and files into one archive, while the portal runs.

    TARGET is the archive's name (….tar.gz), or a folder in which it is named by its instant. Everything personal in it
    is sealed: keep the keys elsewhere, without them it cannot be read.
    """
    config, now = Config.from_env(), clock.now()
    revision = _revision(config)
    if revision is None:
        raise click.ClickException("there is nothing to back up: the database has no schema yet")
    keys = _keys(config)
    if target.is_dir() or not target.name.endswith(_SUFFIX):
        target = target / f"portal-{now:%Y%m%dT%H%M%SZ}{_SUFFIX}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(target.parent, ".backup-") as scratch:
        dump, draft = _dump(config, scratch), scratch / target.name
        with draft.open("wb") as file:
            signer = config.signer()
            about = archive.About(now, revision, keys)
            manifest = archive.write(file, dump, config.files_dir, about=about, signer=signer)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o600)
        draft.replace(target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _note(config, now)
    click.echo(f"The database and {len(manifest.members) - 1} files. SHA-256 {digest}", err=True)
    click.echo(str(target))


def _note(config: Config, now: datetime) -> None:
    """Write down that an archive was made, for *Health*. It is made whether or not that can be written."""
    database = db.Database(config.url, config.vault(), config.signer(), config.money_limits())
    try:
        with database.transaction() as session:
            health.note(session, BACKUP, now)
    except DBAPIError as error:
        click.echo(f"The archive is made; that it was made could not be noted: {error.orig}".splitlines()[0], err=True)
    finally:
        database.dispose()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite a portal that holds data.")
def restore(file: Path, force: bool) -> None:
    """Bring back the portal that FILE holds, into the database and the data folder that the settings name.

    Stop server and worker before. FILE is checked as a whole first: one that was changed, or made with another signing
    key, is refused and nothing is done. Afterwards the schema is brought up to date and the ledger verified; exits with
    1 when it does not hold.
    """
    config = Config.from_env()
    if _holds_data(config) and not force:
        raise click.ClickException("there is a portal with data in it already: --force overwrites it")
    config.data_dir.mkdir(parents=True, exist_ok=True)
    if is_held(config.data_dir, _RESTORING):
        raise click.ClickException(f"another restore into {config.data_dir} is under way")
    with scratch_folder(config.data_dir, _RESTORING) as folder:
        try:
            manifest = archive.unpack(file, folder, config.signer())
        except archive.BadArchive as error:
            raise click.ClickException(f"{file.name} is not restored: {error}") from error
        _check_kind(config, manifest, file)
        end_at(of_keys(_needed_keys(manifest), starting.marks_of(config)))
        dump = folder / archive.DUMPS[manifest.database]
        if manifest.database == "sqlite":
            _check_whole(dump, f"the database in {file.name} is damaged, and nothing is restored")
        with _files_put(folder / archive.FILES, config.files_dir):
            _load(config, dump)
    _accept_secret(config)
    with upgraded(config):
        click.echo(f"Restored the portal of {manifest.made_at}: its database and {len(manifest.members) - 1} files.")
    click.get_current_context().invoke(verify)


# The database, out and in


_LEFT_OUT = ("--exclude-table-data=face_index.vectors",)
"""Of a dump: plain vectors, which can be made anew from the sealed templates."""


def _dump(config: Config, folder: Path) -> Path:
    """The database as one consistent file: SQLite's own online copy, or pg_dump."""
    url = make_url(config.url)
    copy = folder / archive.DUMPS[url.get_backend_name()]
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(str(url.database), str(copy))
        _check_whole(copy, "the database is damaged, and nothing is archived: keep the archives of before")
    else:
        _run("pg_dump", "--format=custom", *_LEFT_OUT, f"--file={copy}", config=config, scratch=folder)
    return copy


def _check_whole(copy: Path, said: str) -> None:
    """Say no to a SQLite file with a page that does not hold, or with a row whose other row is gone."""
    try:
        with closing(sqlite3.connect(copy)) as opened:
            ((fault,), *_) = opened.execute("PRAGMA integrity_check(1)")
            alone = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        fault, alone = str(error), None
    if fault != "ok":
        raise click.ClickException(f"{said} ({' '.join(fault.split())})")
    if alone is not None:
        raise click.ClickException(f"{said} (a row of {alone[0]} names one of {alone[2]} that is not there)")


def _load(config: Config, dump: Path) -> None:
    """Put a dump in the place of the database: wholly, or not at all."""
    url = make_url(config.url)
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(str(dump), str(url.database))
    else:
        whole = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run("pg_restore", *whole, config=config, scratch=dump.parent, fed=dump)


def _copy_sqlite(source: str, target: str) -> None:
    try:
        with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(target)) as copy:
            opened.backup(copy)
    except sqlite3.Error as error:
        raise click.ClickException(f"{source} is not copied to {target}: {error}") from error


def _run(name: str, *arguments: str, config: Config, scratch: Path, fed: Path | None = None) -> None:
    """Run one of PostgreSQL's programs. The password goes by a file: a command line is everybody's to read.

    `fed` is handed to it through a pipe: should this command be killed, the pipe ends, and so does the program.
    """
    program = shutil.which(name)
    if program is None:
        raise click.ClickException(f"{name} is not installed: it comes with PostgreSQL's client programs")
    url = make_url(config.url).set(drivername="postgresql")
    environ = dict(os.environ)
    if url.password:
        passfile = scratch / ".pgpass"
        passfile.touch(mode=0o600)
        passfile.write_text(f"*:*:*:*:{_escaped(str(url.password))}\n")
        environ["PGPASSFILE"] = str(passfile)
    address = url._replace(password=None).render_as_string(hide_password=False)
    command = [program, f"--dbname={address}", *arguments]
    with (scratch / "said").open("w+") as said:
        status = _fed(command, fed, {"env": environ, "stdout": subprocess.DEVNULL, "stderr": said})
        said.seek(0)
        lines = said.read().strip().splitlines()
    if status:
        raise click.ClickException(f"{name} failed: {(lines or ['without a word'])[-1]}")


def _fed(command: Sequence[str], fed: Path | None, streams: Mapping[str, Any]) -> int:
    """Run a program to its end with the content of a file as its input; its exit status."""
    stdin = subprocess.DEVNULL if fed is None else subprocess.PIPE
    with subprocess.Popen(command, stdin=stdin, **streams) as program:  # noqa: S603 - found by its caller
        try:
            if fed is not None and program.stdin is not None:
                with fed.open("rb") as content, suppress(BrokenPipeError):  # it says itself why it ended
                    shutil.copyfileobj(content, program.stdin)
                    program.stdin.close()
            return program.wait()
        except BaseException:
            program.kill()
            raise


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")


# What is there, and what fits


def _holds_data(config: Config) -> bool:
    """Whether a person is known already: a schema alone, with the given plans, is no loss."""
    return _look(config, "people", "SELECT id FROM people LIMIT 1") is not None


def _revision(config: Config) -> str | None:
    """The revision of the schema that the database has; None where there is none."""
    revision: str | None = _look(config, "alembic_version", "SELECT version_num FROM alembic_version")
    return revision


def _look(config: Config, table: str, question: str) -> Any:
    """One value from a table; None where there is no such table, or no database at all."""
    url = make_url(config.url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return None
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(question)) if inspect(connection).has_table(table) else None
    finally:
        engine.dispose()


def _keys(config: Config) -> dict[str, str]:
    """The marks of the keys without which the archive could not be read. Ends in one line where they are not ours.

    The schema may be an older one: an archive is made before it is brought up to date.
    """
    with opened_as_it_is(config) as database, database.reading() as session:
        in_use = starting.keys_in_use(session)
    end_at(of_keys(in_use, starting.marks_of(config)))
    return {f"{key.kind} {key.name}": key.mark for key in in_use}


def _needed_keys(manifest: archive.Manifest) -> Iterator[Known]:
    """The keys that an archive names, but for the secret key: without that one, people only sign in again."""
    for named, mark in manifest.keys.items():
        kind, _, name = named.partition(" ")
        if kind != KeyKind.SECRET:
            yield Known(KeyKind(kind), name, mark, datetime.fromisoformat(manifest.made_at))


def _accept_secret(config: Config) -> None:
    """Another host may have its own secret key."""
    with opened_as_it_is(config) as database, database.transaction() as session:
        if starting.keys_in_use(session):
            marks.accept(session, SHELL, database.now(), KeyKind.SECRET, starting.marks_of(config))


def _check_kind(config: Config, manifest: archive.Manifest, file: Path) -> None:
    """Say no to an archive of the other kind of database, or of a schema that this version does not know yet."""
    kind = make_url(config.url).get_backend_name()
    if manifest.database != kind:
        raise click.ClickException(f"{file.name} holds a {manifest.database} database, and the settings name {kind}")
    known = {one.revision for one in ScriptDirectory(str(db.MIGRATIONS)).walk_revisions()}
    if manifest.revision not in known:
        raise click.ClickException(f"{file.name} was made by a newer version: its schema is {manifest.revision}")


@contextmanager
def _files_put(source: Path, target: Path) -> Iterator[None]:
    """Lay the files where they belong, and take them away again where what follows fails.

    Others that lie there are swept when no record names them.
    """
    added = []
    try:
        for path in source.glob("??/*"):
            place = target / path.parent.name / path.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not place.exists():
                added.append(place)
            path.chmod(0o600)
            path.replace(place)
        yield
    except BaseException:
        for place in added:
            place.unlink(missing_ok=True)
        raise
