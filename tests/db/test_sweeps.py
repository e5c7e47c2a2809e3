"""The worker's sweep: what is due by time alone, done once."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.adapters.files import FolderFiles, new_name
from portal.models import CaptureNonce, JobRun, Photo, SignInAttempt
from portal.services.contacts import vault_of
from portal.services.sweeps import sweep
from tests import factories as make


@pytest.fixture
def files(session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path, vault_of(session))


def test_what_has_come_due_is_done_and_the_rest_is_kept(session, now, files) -> None:
    showing = make.showing(session, touch=make.touch(session))
    photos = {}
    for when in (now, now + timedelta(seconds=1)):
        name = new_name()
        files.put(name, b"a face")
        photos[name] = _photo(session, showing, name, when)
    person = make.broker(session)
    for age in (timedelta(hours=23), timedelta(hours=25)):
        session.add(
            CaptureNonce(digest=f"{age}", person_id=person.id, touch_id=showing.touch_id, issued_at=now - age)
        )
    for age in (timedelta(days=29), timedelta(days=31)):
        session.add(SignInAttempt(phone_index="0" * 64, address="", at=now - age, succeeded=False))

    assert sweep(session, now, files) == {
        "rewards_due": 0,
        "photos_erased": 1,
        "nonces_dropped": 1,
        "attempts_dropped": 1,
    }
    over, kept = photos
    with pytest.raises(FileNotFoundError):
        files.get(over)
    assert photos[over].erased_at == now
    assert files.get(kept) == b"a face"
    assert not any(sweep(session, now, files).values()), "a second look finds nothing to do"
    assert session.scalars(select(JobRun.ran_at)).one() == now


def _photo(session, showing, name, keep_until) -> Photo:
    row = Photo(
        showing_id=showing.id,
        development_id=showing.development_id,
        file_name=name,
        sha256="0" * 64,
        dhash="0" * 64,
        width=10,
        height=10,
        taken_at=make.BEFORE,
        keep_until=keep_until,
    )
    session.add(row)
    session.flush()
    return row
