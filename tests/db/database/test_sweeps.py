"""The worker's sweep: what is due by time alone, done once. What goes by retention is in `test_retention.py`."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.access.actor import SYSTEM
from portal.adapters.storage.files import FolderFiles
from portal.models import CaptureNonce, FaceTemplate, JobRun, Person, Role, SignInAttempt, WebSession
from portal.rules.showings.challenge import Side
from portal.services.accounts import people
from portal.services.accounts.password_links import LINK_DAYS
from portal.services.contacts import vault_of
from portal.services.privacy import retention_sweep
from portal.services.sweeps import STEPS, Kept, failing, sweep
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

    found = sweep(lambda: nullcontext(session), now, files).found
    assert {name: count for name, count in found.items() if count} == {"nonces_dropped": 1, "attempts_dropped": 1}
    again = sweep(lambda: nullcontext(session), now, files)
    assert not any(again.found.values()), "a second look finds nothing to do"
    assert not again.failed
    assert session.scalars(select(JobRun.ran_at).where(JobRun.name == "sweep")).one() == now


def test_where_somebody_was_signed_in_is_forgotten_in_time(session, now, files) -> None:
    """But for the latest: by it its owner is told what others did to the account since."""
    person = make.person(session, Role.BROKER)
    ages = (400, 200, 179, 1)
    rows = {days: make.web_session(session, person=person, at=now - timedelta(days=days)) for days in ages}
    for days, row in rows.items():
        row.ended_at = now - timedelta(days=days - 1)
    lonely = make.web_session(session, person=make.person(session, Role.BROKER), at=now - timedelta(days=400))
    for days in (200, 170):
        invited, then = make.person(session, Role.BROKER), now - timedelta(days=days + LINK_DAYS)
        people.issue_link(session, SYSTEM, then, invited)
    found = sweep(lambda: nullcontext(session), now, files).found
    assert (found["sign_ins_dropped"], found["links_dropped"]) == (2, 1)
    left = set(session.scalars(select(WebSession.id)))
    assert left == {rows[179].id, rows[1].id, lonely.id}
    shorter = Kept(sign_ins=timedelta(days=100))
    assert sweep(lambda: nullcontext(session), now, files, shorter).found["sign_ins_dropped"] == 1


def test_a_step_that_fails_is_counted_and_in_nobodys_way(database, now, tmp_path) -> None:
    """A bucket that is down must not hold up rewards; and half of a step that failed is no step."""

    def half(session, *_given):
        make.person(session, Role.RECEPTION)
        session.flush()
        raise OSError("the bucket does not answer")

    done = []
    steps = {
        "first": lambda *_: done.append("first") or {"a": 1},
        "half": half,
        "last": lambda *_: done.append("last") or {"b": 2},
    }
    for times in (1, 2):
        swept = sweep(database.transaction, now, None, steps=steps)
        assert (swept.found, swept.failed) == ({"a": 1, "b": 2}, {"half": times})
    assert done == ["first", "last"] * 2
    with database.reading() as session:
        assert failing(session) == {"half": 2}
        assert session.scalar(select(func.count(Person.id))) == 0
    assert not sweep(database.transaction, now, None, steps={**steps, "half": lambda *_: {}}).failed
    with database.reading() as session:
        assert not failing(session)


def test_a_kind_that_cannot_be_erased_holds_up_no_other(database, now, tmp_path, monkeypatch, caplog) -> None:
    """The day's sweep is done when all of it is, and Health says which part is not."""
    files = FolderFiles(tmp_path, database.vault)
    with database.transaction() as session:
        left = make.person(session, Role.BROKER, deactivated_at=now - timedelta(days=99))
        gone = make.template(session, person_id=left.id)

    def broken(*_given):
        raise ValueError("a row that nobody understands")

    with monkeypatch.context() as patch:
        patch.setitem(retention_sweep.PARTS, "photos", broken)
        swept = sweep(database.transaction, now, files)
    assert (swept.found["templates_erased"], swept.failed) == (1, {"retention_photos": 1})
    with database.reading() as session:
        assert session.get_one(FaceTemplate, gone.id).erased_at == now
        assert session.get(JobRun, retention_sweep.RUN) is None
    assert not sweep(database.transaction, now, files).failed
    with database.reading() as session:
        run = session.get_one(JobRun, retention_sweep.RUN)
        assert (run.ran_at, run.found["templates_erased"], run.found["photos_erased"]) == (now, 1, 0)


def test_what_must_not_be_kept_goes_first() -> None:
    first, *_, last = STEPS
    assert (first, last) == ("retention_photos", "rewards")
