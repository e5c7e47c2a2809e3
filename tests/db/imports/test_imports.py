"""Deals by file: the preview is what happens, every row is done once, and nothing is in anybody's way."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    AuditEntry,
    DealImport,
    ImportRow,
    ImportState,
    PostedLine,
    Role,
    RowOutcome,
)
from portal.services.imports import files as import_files
from portal.services.imports import order as import_order
from portal.services.imports import worker as import_worker
from tests import factories as make
from tests.db.office import DAY, NOW, Office, sheet


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def told(row: ImportRow) -> tuple[Any, ...]:
    """What the preview showed of a row, and what was done: they must be equal."""
    return row.expected, {k: v for k, v in (row.expected_facts or {}).items() if k != "estimate"}, row.expected_fen


def did(row: ImportRow) -> tuple[Any, ...]:
    return row.outcome, row.facts, row.posted_fen


# The file


def test_a_file_that_is_sent_again_from_its_page_is_one_import(office: Office) -> None:
    rows, others = ([office.row(unit, "2026-03-01")] for unit in ("1-1", "1-2"))
    with office.database.transaction() as session:
        colleague = Actor.of(make.person(session, Role.FINANCE))

    def sent(key: str | None, given: list[list[str]], by: Actor = office.actor) -> int:
        file = import_files.open_file("deals.csv", sheet(given))
        with office.database.transaction() as session:
            return import_files.upload(session, by, NOW, file, key=key).id

    first = sent("page", rows)
    assert sent("page", rows) == first, "its answer was lost"
    assert len(office.rows(first)) == 1
    elsewhere = {sent("page", others), sent("another page", rows), sent("page", rows, colleague), sent(None, rows)}
    assert len({first, sent(None, rows), *elsewhere}) == 6


# The preview


def test_the_preview_says_what_then_happens_and_stores_nothing(office: Office) -> None:
    repeated = office.row("1-1", "2026-03-01", "2026-03-02")
    key = office.upload(
        [
            repeated,
            repeated,
            office.row("1-2", "2026-03-01 10:00", "2026-03-02 10:00", broker=1),
            office.row("1-3", "2026-03-01", phone=make.new_phone()),
            office.row("1-4", "2026-04-01"),
            office.row("1-5", "2026-03-01", price="two millions"),
            office.row("1-2", "", "2026-03-02 10:00", "2026-03-04", phone="", name="", price=""),
        ]
    )
    before = office.stored()
    office.work()
    assert office.stored() == before, "a trial leaves nothing behind"
    seen = office.rows(key)
    assert [row.expected for row in seen] == ["opens", "nothing", "opens", "opens", "refused", "refused", "advances"]
    assert [row.expected_fen for row in seen] == [36_000_00, 0, 36_000_00, 0, 0, 0, 0]
    assert [(row.expected_facts or {}).get("code") for row in seen][4:6] == ["milestone_ahead", "import_cell_amount"]
    assert (seen[3].expected_facts or {})["owner_id"] is None, "nobody brought this client"
    office.confirm(key)
    office.work()
    after = office.rows(key)
    assert [told(row) for row in after] == [did(row) for row in after]
    assert office.state(key) is ImportState.DONE
    assert office.stored() - before == Counter(deals=3, milestones=6, posted_lines=2, clients=1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_file_the_preview_is_what_happens(
    office: Office, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small slices, so that rows which concern each other would be torn apart if the plan let them be."""
    monkeypatch.setattr(import_order, "TOGETHER", 3)
    random = Random(seed)
    phones = [office.client(random.randrange(2)) for _ in range(12)] + [make.new_phone()]
    rows = []
    for _ in range(24):
        start = random.randrange(40)
        days = [f"2026-0{1 + (start + n) // 30}-{1 + (start + n) % 30:02d}" for n in range(5)]
        steps = [day if random.random() < 0.8 else "" for day in days[: random.randrange(1, 5)]]
        cancelled = days[-1] if random.random() < 0.2 else ""
        padded = [*steps, *[""] * (4 - len(steps)), cancelled]
        unit, phone = f"u{random.randrange(16)}", random.choice(phones)
        rows.append(office.row(unit, *padded, phone=phone, note=random.choice(["", "改变主意"])))
    key = office.carry_out(rows)
    after = office.rows(key)
    refused_before = [row for row in after if row.expected is RowOutcome.REFUSED]
    assert [told(row) for row in after] == [did(row) for row in after]
    assert 0 < len(refused_before) < len(after)


# Once and only once


def test_the_same_file_again_does_nothing(office: Office) -> None:
    rows = [office.row(f"2-{n}", "2026-03-01", "2026-03-02", "2026-03-03") for n in range(7)]
    office.carry_out(rows)
    before = office.stored()
    key = office.upload(rows)
    office.work()
    assert {row.expected for row in office.rows(key)} == {RowOutcome.NOTHING}
    with pytest.raises(Refusal, match="import_nothing_to_do"):
        office.confirm(key)
    assert office.stored() == before


class _Killed(BaseException):
    """As if the worker's process ended there."""


@pytest.mark.parametrize("after", [0, 1, 4, 7])
def test_killed_in_the_middle_it_goes_on_and_doubles_nothing(
    office: Office, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [office.row(f"3-{n}", "2026-03-01", "2026-03-02") for n in range(7)]
    key = office.upload(rows)
    office.work()
    before = office.stored()
    office.confirm(key)
    real, done = import_worker.try_row, iter(range(100))

    def dies(*given: Any) -> Any:
        result = real(*given)
        if next(done) == after:
            raise _Killed
        return result

    with monkeypatch.context() as patched:
        patched.setattr(import_worker, "try_row", dies)
        if after < len(rows):
            with pytest.raises(_Killed):
                office.work()
        else:
            office.work()
    assert office.stored()["deals"] - before["deals"] == min(after, len(rows))
    office.work()
    assert office.state(key) is ImportState.DONE
    assert [told(row) for row in office.rows(key)] == [did(row) for row in office.rows(key)]
    assert office.stored() - before == Counter(deals=7, milestones=14, posted_lines=7)


def test_of_two_who_confirm_one_does_and_two_workers_share(office: Office) -> None:
    keys = [office.upload([office.row(f"{n}-{m}", "2026-03-01", "2026-03-02") for m in range(6)]) for n in (4, 5)]
    office.work()
    before, start, said = office.stored(), Barrier(2), []

    def confirm() -> None:
        start.wait()
        for key in keys:
            try:
                office.confirm(key)
                said.append("confirmed")
            except Refusal as refusal:
                said.append(refusal.code)
        office.work()

    both = [Thread(target=confirm) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    office.work()
    assert sorted(said) == ["confirmed", "confirmed", "import_moved_on", "import_moved_on"]
    assert office.stored() - before == Counter(deals=12, milestones=24, posted_lines=12 + _moved(office))


def _moved(office: Office) -> int:
    """Lines beyond one a deal: ranks that moved, for the twelve are one agency's of one month."""
    with office.database.reading() as session:
        total = session.scalar(select(func.sum(PostedLine.amount_fen)))
        lines = session.scalar(select(func.count()).select_from(PostedLine)) or 0
    assert total == 55_000_000, "twelve deals of two million yuan in one window (rules 5.6)"
    return lines - 12


def test_two_imports_of_one_file_at_once_open_every_deal_once(office: Office) -> None:
    rows = [office.row(f"6-{n}", "2026-03-01", "2026-03-02") for n in range(5)]
    keys = [office.upload(rows), office.upload(rows)]
    office.work()
    for key in keys:
        office.confirm(key)
    workers = [
        Thread(target=import_worker.run_due, args=(office.database, lambda: NOW), kwargs={"only": key}) for key in keys
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    office.work()
    outcomes = Counter(row.outcome for key in keys for row in office.rows(key))
    assert outcomes == {RowOutcome.OPENS: 5, RowOutcome.NOTHING: 5}


def test_what_changed_since_the_preview_is_told(office: Office) -> None:
    phone = office.client()
    key = office.upload([office.row("7-1", "2026-03-01", phone=phone), office.row("7-2", "2026-03-01", phone=phone)])
    office.work()
    office.carry_out([office.row("7-1", "2026-03-01")])
    office.confirm(key)
    office.work()
    first, second = office.rows(key)
    assert (first.expected, first.outcome) == (RowOutcome.OPENS, RowOutcome.REFUSED)
    assert (first.facts or {})["code"] == "unit_taken"
    assert second.outcome is RowOutcome.OPENS, "a refused row keeps no other back"


def test_a_fault_in_one_row_stays_in_that_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = office.upload([office.row(f"8-{n}", "2026-03-01") for n in range(3)])
    real = import_worker.try_row

    def breaks(session: Session, actor: Actor, now: datetime, cells: Any) -> Any:
        if cells["unit"] == "8-1":
            raise ZeroDivisionError
        return real(session, actor, now, cells)

    monkeypatch.setattr(import_worker, "try_row", breaks)
    office.work()
    office.confirm(key)
    office.work()
    assert [row.outcome for row in office.rows(key)] == ["opens", "refused", "opens"]


# What a row means


def test_a_unit_that_was_sold_again_and_what_is_never_changed(office: Office) -> None:
    first, second = office.client(), office.client(1)
    office.carry_out(
        [
            office.row("9-1", "2026-02-20", "2026-02-21", phone=second),
            office.row("9-1", "2026-01-05", "2026-01-06", "", "", "2026-02-01", phone=first, note="贷款未批"),
        ]
    )
    assert office.stored()["deals"] == 2
    key = office.upload(
        [
            office.row("9-1", "2026-01-05", phone=first),
            office.row("9-1", "2026-02-20", phone=second, price="1990000"),
            office.row("9-1", "2026-02-20", "2026-02-22", phone=second),
            office.row("9-1", "", "", "2026-03-01", phone=first, name="", price=""),
            office.row("9-1", "2026-03-05", phone=office.client()),
            office.row("9-2", "", "2026-03-05", phone="", name="", price=""),
            office.row("9-3", "2026-03-05", phone="12345"),
            office.row("9-4", "2026-03-05", name=""),
            office.row("9-1", "", "", "", "", "2026-03-08", phone="", name="", price=""),
        ]
    )
    office.work()
    assert [(row.expected_facts or {}).get("code", str(row.expected)) for row in office.rows(key)] == [
        "nothing",
        "import_other_price",
        "import_other_time",
        "deal_cancelled",
        "unit_taken",
        "import_deal_unknown",
        "invalid_phone",
        "import_cell_missing",
        "import_cell_missing",
    ]


# Afterwards


def test_the_rows_are_sealed_and_go_when_their_time_is_over(office: Office) -> None:
    phone = office.client()
    done = office.carry_out([office.row("10-1", "2026-03-01", phone=phone)])
    left = office.upload([office.row("10-2", "2026-03-01")])
    office.work()
    assert all(phone.encode() not in (row.cells_sealed or b"") for row in office.rows(done))
    with office.database.transaction() as session:
        assert import_files.erase_due(session, NOW + 30 * DAY - timedelta.resolution, 30 * DAY) == 0
        assert import_files.erase_due(session, NOW + 30 * DAY, 30 * DAY) == 2
        assert import_files.erase_due(session, NOW + 31 * DAY, 30 * DAY) == 0
    assert {row.cells_sealed for key in (done, left) for row in office.rows(key)} == {None}
    assert (office.state(done), office.state(left)) == (ImportState.DONE, ImportState.DISCARDED)


def test_refused_rows_go_back_to_who_brought_them_only(office: Office) -> None:
    key = office.upload([office.row("11-1", "2026-03-01", price="x"), office.row("11-2", "2026-03-01")])
    office.work()
    with office.database.transaction() as session:
        row = session.get_one(DealImport, key)
        [(one, cells)] = import_files.take_refused(session, office.actor, NOW, row)
        assert (one.number, cells["unit"]) == (2, "11-1")
        with pytest.raises(Refusal, match="import_of_another"):
            import_files.take_refused(session, Actor.of(make.person(session, Role.FINANCE)), NOW, row)
        taken = select(AuditEntry.facts).where(AuditEntry.action == "import_refused_taken")
        assert session.scalar(taken) == {"rows": 1}
