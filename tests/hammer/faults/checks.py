"""What must hold when faults are over, each named when it does not: all is back by itself, each claim is one, nothing
went out twice or was erased before its time, and files and rows agree.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.adapters.storage.outgoing import SpooledFiles
from portal.db import Database
from portal.models import Erasure, Outcome, Photo, Registration, TextMessage, Touch
from portal.services import timekeeping
from portal.services.faces import erasure
from portal.services.messages import worker as message_worker
from portal.services.messages.texts import Texts
from portal.services.privacy import retention_sweep
from portal.services.storage import checks
from portal.services.sweeps import sweep
from tests.hammer import world
from tests.hammer.faults import surroundings
from tests.hammer.faults.deeds import COUNT
from tests.hammer.faults.telling_apps import shown_once
from tests.hammer.orders import Note, Orders

_BUSY = "outage: busy"
"""Who waited in vain for others comes again: on a busy machine that is no fault's doing."""
_LONGEST_WAIT = 30.0
"""Seconds that what began before a fault may still be under way in it."""


def violations(orders: Orders, database: Database, notes: Sequence[Note], hand: world.Hand) -> Iterator[str]:
    """Everything that does not hold, as `name: what`. Puts right what the portal puts right in time, and no more."""
    yield from (f"back: {what}" for what in _back(orders, notes))
    yield from (f"counted: {what}" for what in _counted(notes))
    yield from (f"back: {what}" for what in _spooled(orders, database))
    _let_texts_go(database, hand)
    told = [one.split()[1] for note in notes for one in note.told if one.startswith("texted ")]
    yield from (f"texts: {what}" for what in _texts(database, hand, told))
    yield from (f"erased: {what}" for what in _erased(database, hand))
    yield from (f"files: {what}" for what in _files(database, hand))
    with database.reading() as session:
        yield from (f"claims: {what}" for what in _claims(session))


def _back(orders: Orders, notes: Sequence[Note]) -> Iterator[str]:
    """Nobody meets an outage that is over."""
    faults = orders.faults.faults
    late: defaultdict[str, list[float]] = defaultdict(list)
    for note in notes:
        expected = any(one.begins - _LONGEST_WAIT <= note.began <= one.ends + orders.back for one in faults)
        if note.outcome.startswith(("outage", "error")) and note.outcome != _BUSY and not expected:
            late[f"{note.operation}: {note.outcome}"].append(note.began)
    for what, seconds in late.items():
        yield f"{what}, {len(seconds)} times, the last {max(seconds) - max(one.ends for one in faults):.1f} s later"


def _counted(notes: Sequence[Note]) -> Iterator[str]:
    """Nobody is kept out, and nobody waits, since a count cannot be made."""
    yield from {note.outcome for note in notes if note.operation == COUNT and note.outcome not in ("done", "broken")}


def _spooled(orders: Orders, database: Database) -> Iterator[str]:
    """What dead processes left on their way to the bucket, the next one sends by itself."""
    files, give_up = surroundings.files_of(orders, database), monotonic() + orders.back
    assert isinstance(files, SpooledFiles)
    while files.waiting():
        if monotonic() > give_up:
            yield f"{files.waiting()} files are still on their way to the bucket"
            return
        sleep(0.01)


def _let_texts_go(database: Database, hand: world.Hand) -> None:
    """Time goes on, until no text waits: a text's next try may be hours away."""
    boot, _ = clock.running()
    for minutes in range(600):
        later = timedelta(minutes=minutes)
        clock.running = lambda later=later: (boot, _seconds() + later.total_seconds())  # type: ignore[assignment]
        message_worker.run_due(database, Texts(hand.carrier), lambda later=later: hand.now() + later)
        with database.reading() as session:
            if not session.scalar(select(func.count()).where(TextMessage.next_try_at.is_not(None))):
                break
    clock.running = _running


_running = clock.running


def _seconds() -> float:
    return _running()[1]


def _texts(database: Database, hand: world.Hand, told: Sequence[str]) -> Iterator[str]:
    yield from shown_once(hand.carrier.folder)
    took = hand.carrier.took()
    yield from (f"{key} went out {times} times" for key, times in took.items() if times > 1)
    with database.reading() as session:
        rows = {row.key: row for row in session.scalars(select(TextMessage))}
    lost = [key for key in told if key not in rows or rows[key].sent_at is None or key not in took]
    why = {rows[key].failure if key in rows else "no row" for key in lost}
    if lost:
        yield f"{len(lost)} of {len(told)} texts did not go out: {', '.join(map(str, why))}"
    yield from (f"{key} went out, and nobody wanted it" for key in took.keys() - rows.keys())


def _erased(database: Database, hand: world.Hand) -> Iterator[str]:
    """What is over is erased by the next sweep of a right clock, and nothing else was."""
    with database.transaction() as session:
        found = timekeeping.look(session, hand.now(), hand.own_clock())
    if found.doubt is not None:
        yield f"the clock is right, and still in doubt: {found.doubt}"
    swept = sweep(database.transaction, hand.now(), hand.files)
    if swept.failed:
        yield f"steps of the sweep fail: {', '.join(swept.failed)}"
    with database.reading() as session:
        now = hand.now()
        for row in session.scalars(select(Photo)):
            if row.erased_at is not None and row.keep_until > now:
                yield f"photo {row.id} was to be kept until {row.keep_until:%d %b %H:%M}"
            if row.erased_at is None and row.keep_until <= now - timedelta(days=1):
                yield f"photo {row.id} was over on {row.keep_until:%d %b %H:%M}, and is still there"
        twice = select(Erasure.row_id).where(Erasure.row_id.is_not(None)).group_by(Erasure.kind, Erasure.row_id)
        yield from (f"photo {key} was erased twice" for key in session.scalars(twice.having(func.count() > 1)))


def _files(database: Database, hand: world.Hand) -> Iterator[str]:
    """Each row's file is there and opens; of files that are nobody's none is left when their day is over."""
    place: checks.Place | None = checks.START
    while place is not None:
        portion = checks.check(database, hand.files, place, 1000)
        yield from (f"{one.wrong}: that of {one.table} {one.row_id}" for one in portion.faults)
        place = portion.after
    later = clock.now() + timedelta(days=2)  # by the files' own time
    with database.transaction() as session:
        erasure.erase_files(session, hand.now(), hand.files, retention_sweep._nobodys(session, later, hand.files))
    left = checks.nobodys(database, hand.files, later)
    if left:
        yield f"{left} files are nobody's, and stay"


def _claims(session: Session) -> Iterator[str]:
    """A client whom brokers came with has one accepted registration, and one touch that holds."""
    pair = (Registration.development_id, Registration.client_id)
    accepted = select(*pair, func.count()).where(Registration.outcome == Outcome.ACCEPTED).group_by(*pair)
    holding: dict[Any, int] = {
        (development, client): times
        for development, client, times in session.execute(
            select(Touch.development_id, Touch.client_id, func.count())
            .where(Touch.retired_at.is_(None))
            .group_by(Touch.development_id, Touch.client_id)
        )
    }
    for development, client, times in session.execute(accepted):
        if times != 1 or holding.get((development, client)) != 1:
            held = holding.get((development, client), 0)
            yield f"client {client} was given {times} times, and is held by {held}"


def report_into(path: Path, found: Iterator[str]) -> None:
    """Write violations where the crew reads them."""
    path.write_text("\n".join(found))
