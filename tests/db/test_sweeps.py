"""The worker's sweep: what is due by time alone, done once. What goes by retention is in `test_retention.py`."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.adapters.files import FolderFiles
from portal.models import CaptureNonce, JobRun, SignInAttempt
from portal.rules.challenge import Side
from portal.services.contacts import vault_of
from portal.services.sweeps import sweep
from tests import factories as make


@pytest.fixture
def files(session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path, vault_of(session))


def test_what_has_come_due_is_done_and_the_rest_is_kept(session, now, files) -> None:
    touch = make.touch(session)
    signed_in = make.web_session(session, person=touch.person)
    asker = {"side": Side.LEFT, "person_id": touch.person_id, "touch_id": touch.id, "web_session_id": signed_in.id}
    for age in (timedelta(hours=23), timedelta(hours=25)):
        session.add(CaptureNonce(digest=f"{age}", issued_at=now - age, **asker))
    for age in (timedelta(days=29), timedelta(days=31)):
        session.add(SignInAttempt(phone_index="0" * 64, network="", at=now - age, succeeded=False))

    found = sweep(session, now, files)
    assert {name: count for name, count in found.items() if count} == {"nonces_dropped": 1, "attempts_dropped": 1}
    assert not any(sweep(session, now, files).values()), "a second look finds nothing to do"
    assert session.scalars(select(JobRun.ran_at).where(JobRun.name == "sweep")).one() == now
