"""A thousand posters as one file: drawn by the worker, taken by who asked, gone after a while."""

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import AuditEntry, BatchState, PosterBatch, PosterPart, Referrer, Role
from portal.services.contacts import vault_of
from portal.services.posters import batches as poster_batches
from portal.services.posters import posters
from portal.services.posters import worker as poster_worker
from portal.services.posters.posters import PosterSettings
from portal.services.referral import referrers
from tests import factories as make


@pytest.fixture
def settings(tmp_path: Path) -> PosterSettings:
    return PosterSettings(
        "https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest Homes"}, tmp_path / "designs"
    )


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


class TestMany:
    """In a database of their own: a batch is worked on step by step, each in its own transaction."""

    @pytest.fixture
    def batch(self, database: Database, settings: PosterSettings, now: datetime) -> PosterBatch:
        with database.transaction() as session:
            development = make.development(session)
            for number in range(7):
                person = make.person(session, Role.REFERRER, name=f"林/静{number}")
                referrer = make.referrer(session, person=person, development=development)
                referrer.revoked_at = now if number == 3 else None
            make.referrer(session)
            return poster_batches.ask(
                session,
                manager(session),
                now,
                settings,
                poster_batches.BatchRequest(development=development, audience=None, design="horizon", lang="zh"),
            )

    @pytest.fixture(autouse=True)
    def small_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(poster_worker, "STEP", 4)

    @pytest.fixture
    def store(self, database: Database, tmp_path: Path) -> FolderFiles:
        return FolderFiles(tmp_path / "files", database.vault)

    def test_all_are_drawn_and_taken_as_one_file(
        self, database: Database, store: FolderFiles, settings: PosterSettings, batch: PosterBatch, now: datetime
    ) -> None:
        assert (batch.whole, batch.done) == (6, 0)
        poster_worker.run_due(database, store, settings, lambda: now)
        with database.transaction() as session:
            row = session.get_one(PosterBatch, batch.id)
            assert (row.state, row.done, row.finished_at) == (BatchState.DONE, 6, now)
            taken = poster_batches.take(session, manager(session), now, row)
        assert len(taken.parts) == 2
        content = b"".join(poster_batches.zipped(store, taken))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert len(names) == len(set(names)) == 6
            assert all("/" not in name and name.endswith(".png") for name in names)
            for name in names:
                with Image.open(io.BytesIO(archive.read(name))) as picture:
                    code = name.removesuffix(".png").rpartition("-")[2]
                    found = zxingcpp.read_barcode(picture)
                    assert found.text == posters.link_of(settings.base_url, code, "horizon")
        with database.reading() as session:
            deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "poster_batches")).all()
            assert set(deeds) == {"posters_asked", "posters_taken"}

    def test_a_code_taken_back_since_is_not_handed_out(
        self, database: Database, store: FolderFiles, settings: PosterSettings, batch: PosterBatch, now: datetime
    ) -> None:
        poster_worker.run_due(database, store, settings, lambda: now)
        with database.transaction() as session:
            whole = session.scalars(select(Referrer).where(Referrer.development_id == batch.development_id)).all()
            revoked, gone, *others = [one for one in whole if one.revoked_at is None]
            referrers.revoke_code(session, manager(session), now, revoked, reason="moved away")
            gone.person.deactivated_at = now
            held = {one.code for one in others}
        with database.transaction() as session:
            taken = poster_batches.take(session, manager(session), now, session.get_one(PosterBatch, batch.id))
        with zipfile.ZipFile(io.BytesIO(b"".join(poster_batches.zipped(store, taken)))) as archive:
            assert {name.removesuffix(".png").rpartition("-")[2] for name in archive.namelist()} == held

    def test_a_killed_worker_is_gone_on_from_and_two_store_nothing_twice(
        self,
        database: Database,
        store: FolderFiles,
        settings: PosterSettings,
        batch: PosterBatch,
        now: datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        clock = lambda: now  # noqa: E731
        real, overtaken = poster_worker._draw, []

        def slow(*given: object) -> object:
            drawn = real(*given)
            if not overtaken:
                overtaken.append(True)
                assert poster_worker.step(database, store, settings, clock, batch.id)
            return drawn

        monkeypatch.setattr(poster_worker, "_draw", slow)
        assert poster_worker.step(database, store, settings, clock, batch.id)
        with database.reading() as session:
            assert session.get_one(PosterBatch, batch.id).done == 4
            assert session.scalar(select(func.count(PosterPart.id))) == 1
        monkeypatch.setattr(poster_worker, "_draw", lambda *_given: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            poster_worker.step(database, store, settings, clock, batch.id)
        monkeypatch.setattr(poster_worker, "_draw", real)
        poster_worker.run_due(database, store, settings, clock)
        with database.reading() as session:
            row = session.get_one(PosterBatch, batch.id)
            assert (row.state, row.done) == (BatchState.DONE, 6)

    def test_it_expires_and_is_erased(
        self,
        database: Database,
        store: FolderFiles,
        settings: PosterSettings,
        batch: PosterBatch,
        now: datetime,
        tmp_path: Path,
    ) -> None:
        poster_worker.run_due(database, store, settings, lambda: now)
        with database.transaction() as session:
            assert poster_batches.erase_due(session, now + poster_batches.KEPT, store) == 0
            assert poster_batches.erase_due(session, now + poster_batches.KEPT + timedelta(seconds=1), store) == 1
            row = session.get_one(PosterBatch, batch.id)
            with pytest.raises(Refusal):
                poster_batches.take(session, manager(session), now, row)
        assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]

    def test_a_design_that_went_away_fails_the_batch(
        self, database: Database, store: FolderFiles, settings: PosterSettings, batch: PosterBatch, now: datetime
    ) -> None:
        with database.transaction() as session:
            session.get_one(PosterBatch, batch.id).design = "gone"
        assert not poster_worker.step(database, store, settings, lambda: now, batch.id)
        with database.reading() as session:
            assert session.get_one(PosterBatch, batch.id).state is BatchState.FAILED

    def test_nobody_to_draw_for_is_refused(self, database: Database, settings: PosterSettings, now: datetime) -> None:
        with database.transaction() as session:
            revoked = make.referrer(session)
            revoked.revoked_at = now
            given = {"audience": None, "design": "arch", "lang": "zh"}
            with pytest.raises(Refusal) as refused:
                poster_batches.ask(
                    session,
                    manager(session),
                    now,
                    settings,
                    poster_batches.BatchRequest(development=revoked.development, **given),
                )
            assert refused.value.code == "poster_batch_empty"
            assert session.scalar(select(func.count(Referrer.id))) == 1
