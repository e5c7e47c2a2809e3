"""What was tied when there was one provider alone is tied still."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from portal.db import alembic_config, migrate
from tests.databases import Dialect, Migrated, opened

PERSON = """
    INSERT INTO people (id, role, name, phone_sealed, phone_index, created_at)
    VALUES ({0}, 'finance', 'x', 'x', 'p{0}', '2026-03-01 00:00:00')
"""
TIE = """
    INSERT INTO company_identities (id, person_id, subject_index, tied_by, tied_at, ended_at)
    VALUES ({}, {}, '{}', 'both', '2026-03-01 00:00:00', {})
"""
SECOND = """
    INSERT INTO account_ties (person_id, provider, subject_index, tied_by, tied_at)
    VALUES (7, '{}', '{}', 'both', '2026-03-02 00:00:00')
"""


def test_ties_of_before_are_the_employers_and_one_a_person_goes_back(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        script = ScriptDirectory.from_config(alembic_config(url))
        this = next(one for one in script.walk_revisions() if "account_ties" in one.path)
        migrate(url, str(this.down_revision))
        with engine.begin() as connection:
            for key in (7, 8):
                connection.execute(text(PERSON.format(key)))
            for tie in ((41, 7, "a", "'2026-03-02 00:00:00'"), (42, 7, "b", "NULL"), (43, 8, "c", "NULL")):
                connection.execute(text(TIE.format(*tie)))
        migrate(url, this.revision)
        with engine.begin() as connection:
            kept = text("SELECT id, person_id, provider, subject_index FROM account_ties ORDER BY id")
            before = connection.execute(kept).all()
            for second in (("wecom", "d"), ("wechat", "e")):
                connection.execute(text(SECOND.format(*second)))
        command.downgrade(alembic_config(url), str(this.down_revision))
        with engine.connect() as connection:
            back = connection.execute(text("SELECT id, subject_index FROM company_identities ORDER BY id")).all()
    assert before == [(41, 7, "company", "a"), (42, 7, "company", "b"), (43, 8, "company", "c")]
    assert back == [(41, "a"), (42, "b"), (43, "c")]
