"""A batch of posters that breaks is marked, and in nobody's way; an outage fails none. On both databases."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import BatchState, PosterBatch, Role
from portal.outages import NoAnswer
from portal.services.posters import batches
from portal.services.posters import worker as poster_worker
from portal.services.posters.posters import PosterSettings
from tests import factories as make


@pytest.mark.parametrize(
    ("error", "then"),
    [
        (TypeError("a fault of ours"), BatchState.FAILED),
        (PermissionError("the folder is not ours"), BatchState.FAILED),
        (NoAnswer("the bucket"), BatchState.RUNNING),
    ],
    ids=lambda given: type(given).__name__,
)
@pytest.mark.parametrize("part", ["_draw", "_store"])
def test_one_that_breaks_is_in_nobodys_way(
    database: Database, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, part: str, error: Exception,
    then: BatchState,
) -> None:  # fmt: skip
    settings = PosterSettings(
        "https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest Homes"}, tmp_path / "designs"
    )
    with database.transaction() as session:
        actor = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        place = make.referrer(session).development
        asked = {"development": place, "audience": None, "design": "horizon", "lang": "zh"}
        broken, behind = (batches.ask(session, actor, now, settings, batches.BatchRequest(**asked)) for _ in range(2))
    drawn, sent = iter([(1, 1, b""), (1, 0, b"")]), []

    def draw(_session: Any, _files: Any, _shelf: Any, _now: datetime, batch: PosterBatch) -> tuple[int, int, bytes]:
        if batch.id == broken.id and part == "_draw":
            raise error
        return next(drawn) if batch.id == behind.id else (1, 1, b"")

    def store(_session: Any, _files: Any, batch: PosterBatch, *_given: Any) -> None:
        if batch.id == broken.id:
            raise error
        sent.append(batch.id)

    monkeypatch.setattr(poster_worker, "_draw", draw)
    monkeypatch.setattr(poster_worker, "_store", store)
    poster_worker.run_due(database, FolderFiles(tmp_path / "files", database.vault), settings, lambda: now)
    assert sent == [behind.id]
    with database.reading() as session:
        states = dict(session.execute(select(PosterBatch.id, PosterBatch.state)).all())
    assert states == {broken.id: then, behind.id: BatchState.DONE}
