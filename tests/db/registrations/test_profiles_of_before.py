"""What a rule profile of before said of neither slots nor splits goes on as it was."""

from dataclasses import replace

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.config import Config
from portal.db import alembic_config, migrate
from portal.rules.judgements.profile import Profile, Slots
from tests import factories as make
from tests.databases import Dialect, Migrated, open_database, opened
from tests.factories.papers import rule_profile


def test_profiles_of_before_book_and_split_as_they_did(dialect: Dialect, migrated: Migrated, config: Config) -> None:
    with migrated.copy(dialect) as url, opened(url) as engine:
        database = open_database(replace(config, database_url=url))
        with database.transaction() as session:
            for splits in (1, 0):
                place = make.development(session, policy={"deal_splits": splits})
                rule_profile(session, place, Profile(slots=Slots.OFF, split_parts=5).to_toml())
        database.dispose()
        this = next(
            one
            for one in ScriptDirectory.from_config(alembic_config(url)).walk_revisions()
            if "slots_and_splits_by_profile" in one.path
        )
        told = text("SELECT toml FROM rule_profiles ORDER BY id")
        command.downgrade(alembic_config(url), str(this.down_revision))
        with engine.connect() as connection:
            before = connection.scalars(told).all()
        migrate(url)
        with engine.connect() as connection:
            after = [Profile.from_toml(one) for one in connection.scalars(told)]
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text("UPDATE rule_profiles SET toml = ''"))
    assert not any(word in one for one in before for word in ("slots", "split_parts"))
    assert [(one.slots, one.split_parts) for one in after] == [(Slots.BOOKABLE, 2), (Slots.BOOKABLE, 0)]
