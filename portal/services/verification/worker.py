"""The verification of the ledger, run when it is due, by one worker at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic

from commissions.ledger import Fault

from ...access.actor import SYSTEM, Actor
from ...adapters.storage.files import Files
from ...db import Database
from ..locks import wait_in_line
from . import proof
from .runs import SAYS_EVERY, due, note, progress_of, say, verify


def run(
    database: Database,
    actor: Actor,
    clock: Callable[[], datetime],
    progress: proof.Progress = proof.quiet,
    *,
    kept: str | None = None,
    files: Files | None = None,
) -> proof.Verification:
    """Verify the ledger as it stands at one instant, and write down that it was done.

    `kept` is a block's hash that was noted down elsewhere: it must still be in the chain.
    """
    started = monotonic()
    with database.snapshot() as session:
        found = verify(session, progress, files)
        if found.fault is None and kept is not None and not proof.holds(session, kept):
            found = replace(found, fault=Fault(0, "rewritten", kept))
    with database.transaction() as session:
        note(session, actor, clock(), found, seconds=round(monotonic() - started))
    return found


def run_due(database: Database, clock: Callable[[], datetime], files: Files | None = None) -> proof.Verification | None:
    """Verify the ledger if it is due and no other worker is at it; what was found, or None."""
    with database.reading() as session:
        if not due(session, clock()):
            return None
        whole = proof.steps(session, with_files=files is not None)
    with database.transaction() as session:
        wait_in_line(session, "verify")
        if not due(session, clock()) or progress_of(session, clock()) is not None:
            return None
        say(session, clock(), 0, whole)
    return run(database, SYSTEM, clock, _told(database, clock, whole), files=files)


def _told(database: Database, clock: Callable[[], datetime], whole: int) -> proof.Progress:
    """Writes down every two seconds how far it is, for who looks at the page."""
    done, said = 0, monotonic()

    def progress() -> None:
        nonlocal done, said
        done += 1
        if monotonic() - said >= SAYS_EVERY:
            said = monotonic()
            with database.transaction() as session:
                say(session, clock(), done, whole)

    return progress
