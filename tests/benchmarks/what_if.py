"""A plan tried on 100,000 signed deals of one month, from the question to the stored result; on SQLite and PostgreSQL.

The floor is reading the same columns of the same deals and nothing else, in one query.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select

from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Agency, Deal, PlanDraft, Role, RunState, WhatIfRun
from portal.services.commission import plan_drafts, what_if
from portal.services.commission import worker as what_if_worker
from tests import factories as make
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.databases import DIALECTS, Dialect
from tests.postgres import Postgres

MARCH = what_if.Selection(datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))
MONTH_MINUTES = 31 * 24 * 60
NOW = datetime(2026, 4, 5, 2, tzinfo=UTC)
LARGEST_AGENCY = 2_500
PART = 10
"""A tenth of the deals that the other measures of money take."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases against their floors."""
    count = effort.deals // PART
    for dialect in DIALECTS:
        with _database(dialect) as database:
            asker, draft = _history(database, count)
            given = in_turn(
                effort,
                {
                    "ours": lambda db=database, who=asker, tried=draft: seconds(lambda: _ask(db, who, tried, count)),
                    "floor": lambda db=database: seconds(lambda: _read(db, count)),
                },
            )
        yield row(f"what if, {dialect}, {count:,} deals", "s", given["ours"], "reading their columns", given["floor"])


def _ask(database: Database, asker: Actor, draft_id: int, count: int) -> None:
    with database.transaction() as session:
        run_id = what_if.ask_plan(session, asker, NOW, session.get_one(PlanDraft, draft_id), MARCH).id
    what_if_worker.run(database, NOW, run_id)
    with database.reading() as session:
        run = session.get_one(WhatIfRun, run_id)
        assert (run.state, run.done) == (RunState.DONE, count)


def _read(database: Database, count: int) -> None:
    columns = (Deal.id, Deal.agency_id, Deal.development_id, Deal.signed_at, Deal.price_fen, Deal.plan_version_id)
    with database.reading() as session:
        assert len(session.execute(select(*columns).where(Deal.signed_at.is_not(None))).all()) == count


def _history(database: Database, count: int) -> tuple[Actor, int]:
    """So many deals of March, few agencies with many and many with few; who asks, and the draft that is tried."""
    random = Random(8)
    with database.transaction() as session:
        asker = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        version, development, client = make.plan_version(session), make.development(session), make.client(session)
        shared = {
            "development_id": development.id,
            "client_id": client.id,
            "name_sealed": b"sealed",
            "plan_version_id": version.id,
            "created_at": NOW,
            "created_by": asker.id,
        }
        made = agency_id = 0
        while made < count:
            agency_id += 1
            size = min(int(random.paretovariate(1.1) * 8), LARGEST_AGENCY, count - made)
            session.execute(insert(Agency), [{"id": agency_id, "name": f"agency {agency_id}", "created_at": NOW}])
            session.execute(insert(Deal), [_deal(random, agency_id, made + n) | shared for n in range(size)])
            made += size
        toml = STANDARD.replace('"graduated"', '"volume"')
        draft = plan_drafts.propose_plan(session, asker, NOW, toml=toml, effective_from=NOW)
        return asker, draft.id


def _deal(random: Random, agency_id: int, number: int) -> dict[str, object]:
    return {
        "agency_id": agency_id,
        "unit": str(number),
        "price_fen": random.randrange(800_000, 6_000_000) * 100,
        "signed_at": MARCH.since + timedelta(minutes=random.randrange(MONTH_MINUTES)),
    }


@contextmanager
def _database(dialect: Dialect) -> Iterator[Database]:
    """A migrated database on the disk, which is gone afterwards."""
    with TemporaryDirectory() as folder, Postgres() as server:
        url = f"sqlite:///{Path(folder) / 'bench.db'}" if dialect == "sqlite" else server.create("bench")
        migrate(url)
        config = Config(database_url=url, **new_secrets())
        database = Database(config.url, config.vault(), config.signer())
        yield database
        database.dispose()
