"""The table of limits over a change of version: while empty it comes and goes, and what was set stays."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Row, inspect, text
from sqlalchemy.exc import DBAPIError

from portal.access.actor import Actor
from portal.config import Config
from portal.db import alembic_config, migrate
from portal.models import Role
from portal.rules.risk import limits as rule
from portal.rules.risk.figures import Figure
from portal.services.risk import limits
from tests import factories as make
from tests.databases import Dialect, Migrated, open_database, opened

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
STRICT = {**rule.given(), Figure.JUST_BEFORE: replace(rule.given()[Figure.JUST_BEFORE], least=2)}


def test_limits_that_were_set_are_never_dropped(dialect: Dialect, migrated: Migrated, config: Config) -> None:
    with migrated.copy(dialect) as url, opened(url) as engine:
        revisions = ScriptDirectory.from_config(alembic_config(url)).walk_revisions()
        before = str(next(one.down_revision for one in revisions if "risk_limits" in one.path))
        command.downgrade(alembic_config(url), before)
        assert not inspect(engine).has_table("risk_limits")
        migrate(url)
        _set(replace(config, database_url=url))
        stood = _rows(engine)
        with pytest.raises(NotImplementedError, match="restore a backup"):
            command.downgrade(alembic_config(url), before)
        migrate(url)
        assert _rows(engine) == stood
        for statement in ("UPDATE risk_limits SET toml = ''", "DELETE FROM risk_limits"):
            with pytest.raises(DBAPIError), engine.begin() as connection:
                connection.execute(text(statement))
    assert [(rule.from_toml(row.toml) == STRICT, row.state) for row in stood] == [
        (True, "confirmed"),
        (False, "refused"),
        (False, "proposed"),
    ]


def _set(config: Config) -> None:
    """Limits that hold, others that were sent back, and others that wait."""
    database = open_database(config)
    with database.transaction() as session:
        one, other = (Actor.of(make.person(session, Role.CHANNEL_MANAGER)) for _ in range(2))
        held, back, _waits = (limits.propose(session, one, NOW, some, "") for some in (STRICT, *[rule.given()] * 2))
        session.flush()
        limits.confirm(session, other, NOW, held)
        limits.refuse(session, other, NOW, back, "先看一个月")
    database.dispose()


def _rows(engine: Engine) -> list[Row[Any]]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM risk_limits ORDER BY id")))
