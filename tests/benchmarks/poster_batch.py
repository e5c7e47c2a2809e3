"""Posters of many referrers through the batch that the worker draws: stored, sealed, and taken as one ZIP file.

Held against drawing the same posters alone, one after another: the difference is what a batch costs besides.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from portal import clock
from portal.access.actor import SYSTEM, Actor
from portal.adapters.storage.files import FolderFiles
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Development, Person, PosterBatch, Referrer, Role
from portal.services.posters import batches as poster_batches
from portal.services.posters import posters
from portal.services.posters import worker as poster_worker
from portal.services.posters.posters import PosterChoices, PosterSettings
from tests import factories as make
from tests.benchmarks.databases import databases
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds

A_ROUND = 25
"""Posters of a batch for each that a round of drawing alone has elsewhere."""


def measure(effort: Effort) -> Iterator[Row]:
    """Posters a second on one core, on SQLite; the ZIP file is put together too."""
    many, secrets = effort.posters * A_ROUND, new_secrets()
    with TemporaryDirectory(prefix="portal-bench-") as folder, databases("sqlite", secrets) as made:
        database = made("posters")
        files, settings = (
            FolderFiles(Path(folder), database.vault),
            PosterSettings.of(Config(data_dir=Path(folder), **secrets)),
        )
        _people(database, many)
        given = in_turn(
            effort,
            {
                "batch": lambda: many / seconds(lambda: _batch(database, files, settings, many)),
                "alone": lambda: many / seconds(lambda: _alone(database, files, settings)),
            },
        )
    yield row("posters of a batch, stored and zipped", "/s", given["batch"], "drawing them alone", given["alone"])


def _people(database: Database, many: int) -> None:
    with database.transaction() as session:
        development = make.development(session)
        make.person(session, Role.CHANNEL_MANAGER)
        for number in range(many):
            person = make.person(session, Role.REFERRER, name=f"林静{number}")
            make.referrer(session, person=person, development=development)


def _batch(database: Database, files: FolderFiles, settings: PosterSettings, many: int) -> None:
    with database.transaction() as session:
        development = session.scalars(select(Development)).one()
        actor = Actor.of(session.scalars(select(Person).where(Person.role == Role.CHANNEL_MANAGER)).one())
        asked = {"development": development, "audience": None, "design": "arch", "lang": "zh"}
        batch = poster_batches.ask(session, actor, clock.now(), settings, poster_batches.BatchRequest(**asked))
        session.flush()
        batch_id = batch.id
    poster_worker.run_due(database, files, settings, clock.now)
    with database.transaction() as session:
        taken = poster_batches.take(session, SYSTEM, clock.now(), session.get_one(PosterBatch, batch_id))
    assert sum(map(len, poster_batches.zipped(files, taken))) > many * 1000


def _alone(database: Database, files: FolderFiles, settings: PosterSettings) -> None:
    with database.reading() as session:
        for referrer in session.scalars(select(Referrer)):
            assert posters.spec_of(settings, files, referrer, None, PosterChoices("arch", "zh")).sheet.png()
