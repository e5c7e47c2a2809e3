"""A file of deals that cannot go on stands in nobody's way, says so, and a person goes on with it or ends it."""

import pytest
from sqlalchemy import select

from commissions.refusal import Refusal
from portal.db import Database
from portal.models import DealImport, ImportRow, ImportState, RowOutcome
from portal.services.imports import files as import_files
from portal.services.imports import trouble
from portal.services.imports import worker as import_worker
from tests.db.office import DAY, NOW, Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def sealed_for_another(office: Office, key: int) -> None:
    """A row whose key is gone: it opens no more."""
    with office.database.transaction() as session:
        row = session.scalars(select(ImportRow).where(ImportRow.import_id == key)).first()
        row.cells_sealed = b"\0" * 40


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_file_that_cannot_go_on_is_in_nobodys_way(office: Office, confirmed: bool) -> None:
    broken = office.upload([office.row("1-1", "2026-03-01"), office.row("1-2", "2026-03-01")])
    if confirmed:
        office.work()
        office.confirm(broken)
    sealed_for_another(office, broken)
    behind = office.upload([office.row("1-3", "2026-03-01")])
    office.work()
    assert office.state(behind) is ImportState.READY
    for _ in range(trouble.MOST_TRIES + 1):
        office.work()
    with office.database.reading() as session:
        row = session.get_one(DealImport, broken)
        assert (row.tries, row.trouble) == (trouble.MOST_TRIES, "sealed")
        assert row.state is (ImportState.APPLYING if confirmed else ImportState.CHECKING)
        assert [one.id for one in session.scalars(import_files.listing(office.actor, stuck=True))] == [broken]


def test_what_passes_by_itself_is_no_trouble(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = office.upload([office.row("1-1", "2026-03-01")])
    with monkeypatch.context() as patched:
        patched.setattr(import_worker, "place_rows", lambda *_: 1 // 0)
        for _ in range(trouble.MOST_TRIES - 1):
            office.work()
    office.work()
    with office.database.reading() as session:
        row = session.get_one(DealImport, key)
        assert (row.state, row.tries, row.trouble) == (ImportState.READY, 0, None)


def standing_still(office: Office, *, confirmed: bool, monkeypatch: pytest.MonkeyPatch) -> int:
    """An import of two rows that stands still; the first one is done where it was confirmed."""
    key = office.upload([office.row("1-1", "2026-03-01"), office.row("1-2", "2026-03-01")])
    with monkeypatch.context() as patched:
        if confirmed:
            office.work()
            office.confirm(key)
            import_worker.step(office.database, NOW, key)
            patched.setattr(import_worker, "_apply_next", lambda *_: 1 // 0)
        else:
            patched.setattr(import_worker, "_plan", lambda *_: 1 // 0)
        for _ in range(trouble.MOST_TRIES):
            office.work()
    return key


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_person_goes_on_with_what_stood_still(
    office: Office, confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = standing_still(office, confirmed=confirmed, monkeypatch=monkeypatch)
    with office.database.transaction() as session:
        trouble.resume(session, office.actor, NOW, session.get_one(DealImport, key))
    with office.database.transaction() as session, pytest.raises(Refusal, match="import_moved_on"):
        trouble.resume(session, office.actor, NOW, session.get_one(DealImport, key))
    office.work()
    assert office.state(key) is (ImportState.DONE if confirmed else ImportState.READY)


def test_what_stood_still_is_ended_and_what_is_done_stays(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = standing_still(office, confirmed=True, monkeypatch=monkeypatch)
    with office.database.transaction() as session, pytest.raises(Refusal, match="import_moved_on"):
        import_files.discard(session, office.actor, NOW, session.get_one(DealImport, key))
    with office.database.transaction() as session:
        trouble.give_up(session, office.actor, NOW, session.get_one(DealImport, key))
    assert office.state(key) is ImportState.DONE
    assert [(row.outcome, (row.facts or {}).get("code")) for row in office.rows(key)] == [
        (RowOutcome.OPENS, None),
        (RowOutcome.REFUSED, "import_given_up"),
    ]
    assert office.stored()["deals"] == 1
    with office.database.transaction() as session, pytest.raises(Refusal, match="import_moved_on"):
        trouble.give_up(session, office.actor, NOW, session.get_one(DealImport, key))


def test_what_is_tried_out_can_be_put_away(office: Office) -> None:
    key = office.upload([office.row("1-1", "2026-03-01")])
    with office.database.transaction() as session:
        import_files.discard(session, office.actor, NOW, session.get_one(DealImport, key))
    assert office.work() == 0
    assert office.state(key) is ImportState.DISCARDED
    assert [row.cells_sealed for row in office.rows(key)] == [None]


def test_rows_of_what_stands_still_are_erased_in_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [standing_still(office, confirmed=confirmed, monkeypatch=monkeypatch) for confirmed in (False, True)]
    with office.database.transaction() as session:
        assert import_files.erase_due(session, NOW + 29 * DAY, 30 * DAY) == 0
        import_files.erase_due(session, NOW + 30 * DAY, 30 * DAY)
    assert [office.state(key) for key in keys] == [ImportState.DISCARDED, ImportState.DONE]
    with office.database.transaction() as session:
        import_files.erase_due(session, NOW + 60 * DAY, 30 * DAY)
    assert not [row for key in keys for row in office.rows(key) if row.cells_sealed]
