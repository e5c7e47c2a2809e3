"""`portal keys`: which keys this database was written with, and what to do when one was changed."""

from collections import Counter
from collections.abc import Mapping
from time import sleep

import click

from .. import clock
from ..adapters.storage.bucket import open_files
from ..adapters.storage.files import Files
from ..config import Config
from ..db import Database
from ..rules.keys.starting import KeyKind
from ..services.keys import marks, rotation, sealed_rows, starting
from ..session import Session
from .index_key import rotate_index
from .opening import end_at, opened, opened_as_it_is
from .users import SHELL

_PASSES = 5
_PAUSE = 1.0
"""Seconds until what somebody held is looked for again."""
_CHANGEABLE = click.Choice([kind.value for kind in marks.CHANGEABLE])


@click.group()
def keys() -> None:
    """The keys that this database was written with: by their marks, which tell nothing of the keys."""


keys.add_command(rotate_index)


@keys.command("list")
@click.option("--rows", "counted", is_flag=True, help="Count what each data key sealed: reads every sealed column.")
def list_keys(counted: bool) -> None:
    """List the keys: setting, name, since when, whether the environment has it, how many rows need it.

    Exits with 1 when one that is in use is missing.
    """
    config = Config.from_env()
    with opened_as_it_is(config) as database, database.reading() as session:
        end_at(starting.of_schema(session))
        for one in marks.listed(session, starting.marks_of(config), counted=counted):
            state = "given" if one.given else "given up" if one.row.ended_at else "MISSING"
            rows = "" if one.rows is None else f"\t{one.rows} rows"
            click.echo(f"{one.row.kind.setting}\t{one.row.name}\tsince {one.row.since:%Y-%m-%d}\t{state}{rows}")
        end_at(starting.hindrance(session, starting.marks_of(config)))


@keys.command()
@click.argument("kind", type=_CHANGEABLE)
def accept(kind: str) -> None:
    """Say that another PORTAL_SIGNING_KEY or PORTAL_SECRET_KEY is meant: from now on the environment's is the one.

    After a change of the signing key receipts of before still hold: the new key vouches for the one that was in use.
    Archives of before are not taken back, and vouchers' pictures of before not read. After a change of the secret key
    everybody signs in again. Then restart server and worker, on every host.
    """
    config, chosen = Config.from_env(), KeyKind(kind)
    with opened_as_it_is(config) as database, database.transaction() as session:
        end_at(starting.of_schema(session))
        changed = marks.accept(session, SHELL, database.now(), chosen, starting.marks_of(config))
    click.echo(f"{chosen.setting} of this environment is the one in use{' from now on' if changed else ' already'}.")


@keys.command()
@click.argument("name")
def retire(name: str) -> None:
    """Give up the data key NAME, if nothing is sealed by it any more: the settings need not hold it then.

    Take it out of PORTAL_DATA_KEYS first. Reads every sealed column and every file.
    """
    config = Config.from_env()
    with opened_as_it_is(config) as database, database.transaction() as session:
        end_at(starting.of_schema(session))
        row = marks.in_use(session, name)
        if row is None:
            raise click.ClickException(f"no data key of the name {name} is in use: portal keys list names them")
        if name in starting.marks_of(config).data_keys:
            raise click.ClickException(f"PORTAL_DATA_KEYS still holds the key {name}: take it out first")
        needed = _needed(session, name) or _files(config)
        if needed:
            raise click.ClickException(f"the key {name} is still needed: it sealed {needed}")
        marks.retire(session, SHELL, database.now(), row)
    click.echo(f"The key {name} is given up.")


@keys.command()
def status() -> None:
    """Show what stands on which data key: of each sealed column how many rows, and how many of the stored files.

    Reads every sealed column, and of every file its first bytes. `*` is the first key, which seals what is new.
    """
    config = Config.from_env()
    with opened(config) as database:
        newest = database.vault.newest
        for one in rotation.standing(database, open_files(config, database.vault)):
            stand = (f"{name}{'*' if name == newest else ''} {count}" for name, count in sorted(one.by_key.items()))
            click.echo(f"{one.what}\t{', '.join(stand) or '–'}")


@keys.command()
def rotate() -> None:
    """Seal everything anew with the first key of PORTAL_DATA_KEYS: rows and files, while the portal runs.

    First put the new key in front, the former one behind it, and restart server and worker on every host. It may be
    stopped, or killed, and run again: what is done is not done twice. In the end it proves that nothing is left on a
    former key; exit status 1 when something is, with its names.
    """
    config = Config.from_env()
    with opened(config) as database:
        files = open_files(config, database.vault)
        with database.transaction() as session:
            current = rotation.begin(session, SHELL, database.now()).id
        for tries in range(_PASSES):
            sleep(_PAUSE if tries else 0)
            broken = _pass(database, files, current)
            left = _left(database, files)
            if not left or left.total() <= broken:  # what does not open will not by waiting
                break
        if left:
            for what, count in left.items():
                click.echo(f"left on a former key: {count} of {what}", err=True)
            raise click.ClickException(_why(broken))
        with database.transaction() as session:
            done = rotation.finish(session, SHELL, database.now(), current)
        name, rows, sealed = database.vault.newest, done.rows, done.files
    click.echo(f"Nothing is left on a former key. {rows} values and {sealed} files were sealed anew with {name}.")


def _pass(database: Database, files: Files, current: int) -> int:
    """How many values and files do not open."""
    done, broken = Counter[str](), 0
    for step in rotation.run(database, files, current):
        done[step.what] += step.done
        broken += step.broken
        click.echo(f"{step.what}\t{done[step.what]}")
    return broken


def _left(database: Database, files: Files) -> Counter[str]:
    """The proof: what still stands on another key than the first, counted anew."""
    newest = database.vault.newest
    stand = rotation.standing(database, files)
    return +Counter({one.what: one.by_key.total() - one.by_key[newest] for one in stand})


def _why(broken: int) -> str:
    if broken:
        return f"{broken} of them do not open: the log names them, and portal files verify the files"
    return (
        "somebody seals with a former key: restart server and worker on every host with the new key first, run it again"
    )


def _needed(session: Session, name: str) -> str:
    found: Mapping[str, int] = sealed_rows.rows_by_key(session).get(name, {})
    return ", ".join(f"{count} rows of {table}" for table, count in sorted(found.items()))


def _files(config: Config) -> str:
    count = marks.unreadable_files(open_files(config, config.vault()), clock.now())
    return f"{count} files, or another missing key did" if count else ""
