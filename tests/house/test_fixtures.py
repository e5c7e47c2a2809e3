"""The fixtures keep what they promise: no test sees what another one did."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.databases import Migrated, opened

COUNT = text("SELECT count(*) FROM sign_in_attempts")
ADD = text(
    "INSERT INTO sign_in_attempts (phone_index, network, at, succeeded)"
    " VALUES ('x', '192.0.2.1', '2026-03-10 02:00:00', true)"
)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_session_starts_empty_though_the_one_before_committed(session: Session, turn: str) -> None:
    assert session.execute(COUNT).scalar_one() == 0
    session.execute(ADD)
    session.commit()
    assert session.execute(COUNT).scalar_one() == 1


def test_a_savepoint_undoes_its_own_part_alone(session: Session) -> None:
    session.execute(ADD)
    with pytest.raises(ZeroDivisionError), session.begin_nested():
        session.execute(ADD)
        1 / 0  # noqa: B018 - any exception will do
    assert session.execute(COUNT).scalar_one() == 1


HARMED = {
    "a trigger that sleeps": "ALTER TABLE deals DISABLE TRIGGER deals_stay",
    "a trigger that is gone": "DROP TRIGGER deals_stay ON deals",
    "a function that does nothing": "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "a column more": "ALTER TABLE deals ADD COLUMN more integer",
    "an index less": "DROP INDEX uq_payouts_statement",
    "a table less": "DROP TABLE job_runs",
    "another revision": "UPDATE alembic_version SET version_num = '0001'",
}


@pytest.mark.parametrize("harm", HARMED.values(), ids=HARMED)
def test_a_postgresql_that_was_changed_is_not_lent_again(migrated: Migrated, harm: str) -> None:
    with migrated.copy("postgresql") as harmed, opened(harmed) as engine, engine.begin() as connection:
        connection.execute(text(harm))
    with migrated.copy("postgresql") as url:
        assert url != harmed


def test_a_postgresql_that_is_lent_again_is_as_new(migrated: Migrated) -> None:
    lent = []
    for _ in range(3):
        with migrated.copy("postgresql") as url, opened(url) as engine:
            lent.append(url)
            with engine.begin() as connection:
                assert connection.execute(COUNT).scalar_one() == 0
                assert connection.execute(text(f"{ADD.text} RETURNING id")).scalar_one() == 1
    assert len(set(lent)) < len(lent)
