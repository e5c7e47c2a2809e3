"""`portal import deals`: the file of deals and milestones, from a shell. The same preview, the same row by row."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from commissions.money import format_fen
from commissions.refusal import Refusal

from ..access.actor import Actor
from ..access.permissions import Permission
from ..access.policy import may
from ..config import Config
from ..db import Database
from ..models import DealImport, ImportRow, ImportState, Person, RowOutcome
from ..services import contacts
from ..services.imports import files as import_files
from ..services.imports import worker as import_worker
from ..services.imports.rows import refusal_of
from ..session import Session
from .opening import opened

_PAUSE_SECONDS = 0.5


@click.group("import")
def import_() -> None:
    """Bring in what comes as a file."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "phone", required=True, help="The phone of the channel manager or finance person who brings it.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON, a line a row.")
def deals(file: Path, phone: str, dry_run: bool, as_json: bool) -> None:
    """Record the deals and milestones of FILE (CSV or XLSX, in the layout of the template on the page Imports).

    Exits with 1 when a row was refused, and with 2 when nothing of FILE can be read. Killed in the middle, the worker
    goes on with it.
    """
    with opened(Config.from_env()) as database:
        try:
            key = _upload(database, phone, file)
        except Refusal as refusal:
            click.echo(f"{file.name}: {_worded(refusal.code, refusal.facts)}", err=True)
            sys.exit(2)
        _work(database, key, ImportState.CHECKING)
        done = not dry_run and _confirm(database, key)
        refused = _report(database, key, done=done, as_json=as_json)
        if not done:
            with database.transaction() as session:
                row = session.get_one(DealImport, key)
                import_files.discard(session, Actor.of(row.uploader), database.now(), row)
    sys.exit(1 if refused else 0)


def _upload(database: Database, phone: str, file: Path) -> int:
    opened = import_files.open_file(file.name, file.read_bytes())
    with database.transaction() as session:
        actor = _actor(session, phone)
        return import_files.upload(session, actor, database.now(), opened).id


def _actor(session: Session, phone: str) -> Actor:
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    person = session.scalar(select(Person).where(Person.phone_index == index, Person.deactivated_at.is_(None)))
    if person is None or not may(Actor.of(person), Permission.RECORD_DEAL):
        raise click.ClickException("there is no active account with this phone that may record deals")
    return Actor.of(person)


def _work(database: Database, key: int, state: ImportState) -> None:
    """Until the import is out of this state, whoever does the work: the worker may be at it too."""
    while True:
        steps = import_worker.run_due(database, database.now, only=key)
        with database.reading() as session:
            row = session.get_one(DealImport, key)
        if row.state is not state:
            return
        if row.trouble is not None:
            why = f"import {key} stands still ({row.trouble}): the log says why"
            raise click.ClickException(f"{why}, and its page goes on with it or ends it")
        if not steps:
            time.sleep(_PAUSE_SECONDS)


def _confirm(database: Database, key: int) -> bool:
    """Whether there was anything to do, and it is done."""
    with database.transaction() as session:
        row = session.get_one(DealImport, key)
        if not import_files.counts(session, row).good:
            return False
        import_files.confirm(session, Actor.of(row.uploader), database.now(), row)
    _work(database, key, ImportState.APPLYING)
    return True


def _report(database: Database, key: int, *, done: bool, as_json: bool) -> int:
    """Say what became of every row; how many were refused."""
    with database.reading() as session:
        row = session.get_one(DealImport, key)
        for one in session.scalars(import_files.rows_of(row).order_by(ImportRow.number)):
            told = _told(one)
            if as_json:
                click.echo(json.dumps(told, ensure_ascii=False))
            elif one.expected is RowOutcome.REFUSED or one.outcome is RowOutcome.REFUSED:
                click.echo(f"row {one.number}: {told['why']}", err=True)
        counts = import_files.counts(session, row)
    found = counts.outcome if done else counts.expected
    if not as_json:
        said = ", ".join(f"{found.get(outcome, 0)} {outcome}" for outcome in RowOutcome)
        total_fen = counts.posted_fen if done else counts.expected_fen
        click.echo(f"{'done' if done else 'nothing recorded'}: {said}; commission {format_fen(total_fen)} yuan")
    return found.get(RowOutcome.REFUSED, 0)


def _told(row: ImportRow) -> dict[str, Any]:
    outcome = row.outcome or row.expected
    facts = (row.facts if row.outcome else row.expected_facts) or {}
    why = _worded(*refusal_of(facts)) if outcome is RowOutcome.REFUSED else None
    total_fen = row.posted_fen if row.outcome else row.expected_fen
    return {
        "row": row.number,
        "outcome": outcome,
        "milestones": facts.get("steps", []),
        "agency_id": facts.get("agency_id"),
        "commission_fen": total_fen or 0,
        "deal_id": row.deal_id,
        "code": facts.get("code"),
        "why": why,
    }


def _worded(code: str, facts: Mapping[str, Any]) -> str:
    from ..web.messages import sentence  # needs the web's words; only when a rule said no

    return sentence(code, **facts)
