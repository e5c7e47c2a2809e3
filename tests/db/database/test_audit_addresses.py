"""From where a deed was done is forgotten by age; the database lets nothing else of the audit log go, nor sooner."""

import json
from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.actor import Actor
from portal.db import Database, alembic_config, migrate
from portal.models import AuditEntry
from portal.services import audit
from portal.services.sweeps import STEPS, Kept
from tests.databases import Dialect, Migrated, opened

AT = datetime.fromisoformat("2026-03-10T04:00:00+00:00")
SOMEBODY = Actor(None, None, address="192.0.2.7")
AGES = (0, 100, 182, 184, 400)


@pytest.fixture
def written(database: Database) -> Database:
    """Deeds of several ages; the oldest last, as no clock would have it."""
    with database.transaction() as session:
        for days in AGES:
            audit.record(
                session, Actor(None, None, address="192.0.2.7"), AT - timedelta(days=days), "signed_in", "people"
            )
    return database


def held(database: Database) -> list[int]:
    """The ages of the deeds of which it is known from where."""
    with database.reading() as session:
        placed = select(AuditEntry).where(AuditEntry.address.is_not(None)).order_by(AuditEntry.id)
        return [(AT - one.at).days for one in session.scalars(placed)]


def test_the_sweep_forgets_what_is_old_enough_and_keeps_half_a_year(written: Database) -> None:
    def swept(at: datetime, days: int) -> int:
        with written.transaction() as session:
            kept = Kept(audit_addresses=timedelta(days=days))
            return STEPS["audit_addresses"](session, at, None, kept)["audit_addresses_forgotten"]  # type: ignore[arg-type]

    assert swept(AT, 365) == 1
    assert held(written) == [0, 100, 182, 184]
    assert swept(AT, 1) == 1, "whatever a setting says"
    assert swept(AT + timedelta(days=4000), 1) == 0, "nor does a clock that ran away take the rest"
    assert held(written) == [0, 100, 182]
    with written.reading() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == len(AGES)


FORBIDDEN = {
    "an address of today": "UPDATE audit_entries SET address = NULL WHERE id = 1",
    "one that is too young": "UPDATE audit_entries SET address = NULL WHERE id = 3",
    "another address": "UPDATE audit_entries SET address = 'x' WHERE id = 5",
    "an old address, and something else": "UPDATE audit_entries SET address = NULL, action = 'x' WHERE id = 5",
    "all of it": "UPDATE audit_entries SET address = NULL",
    "a row": "DELETE FROM audit_entries WHERE id = 5",
}


@pytest.mark.parametrize("deed", FORBIDDEN)
def test_nothing_else_goes(written: Database, deed: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), written.transaction() as session:
        session.execute(text(FORBIDDEN[deed]))
    assert held(written) == list(AGES)


PERSON = """
    INSERT INTO people (id, role, name, phone_sealed, phone_index, created_at)
    VALUES (7, 'finance', '林清', 'x', 'x', '2026-03-01 00:00:00')
"""
ENTRY = """
    INSERT INTO audit_entries (id, at, action, subject_kind, subject_id, address, facts)
    VALUES ({}, '2026-03-01 00:00:00', '{}', 'people', 7, '192.0.2.7', '{}')
"""


def test_names_of_before_leave_the_log_and_stand_where_they_can_be_erased(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        script = ScriptDirectory.from_config(alembic_config(url))
        this = next(one for one in script.walk_revisions() if "traces_go_by_age" in one.path)
        migrate(url, str(this.down_revision))
        renamed = json.dumps({"before": "林一", "after": "林清", "reason": "改名"})
        with engine.begin() as connection:
            connection.execute(text(PERSON))
            for key, (action, facts) in enumerate(
                {"person_renamed": renamed, "signed_in": '{"by": "password"}'}.items(), 1
            ):
                connection.exec_driver_sql(ENTRY.format(key, action, facts))
        migrate(url, this.revision)
        with engine.begin() as connection:
            assert "林" not in str(connection.execute(text("SELECT * FROM audit_entries")).all())
            assert connection.execute(text("SELECT person_id, name FROM former_names")).all() == [(7, "林一")]
            with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
                connection.execute(text("UPDATE audit_entries SET facts = '{}'"))
        command.downgrade(alembic_config(url), str(this.down_revision))
        with engine.begin() as connection:
            facts = (
                connection.execute(text("SELECT CAST(facts AS text) FROM audit_entries ORDER BY id")).scalars().all()
            )
            with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
                connection.execute(text("UPDATE audit_entries SET address = NULL"))
    assert json.loads(facts[0]) == {"before": "林一", "reason": "改名"}
    assert json.loads(facts[1]) == {"by": "password"}
