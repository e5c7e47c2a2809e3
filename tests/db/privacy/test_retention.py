"""Face data ends in time, with its proof (rules 3.5): every sweep is complete, and sweeping again finds nothing."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles, new_name
from portal.clock import day_start, local_day
from portal.db import Database
from portal.models import (
    Appeal,
    AppealDecision,
    AppealOutcome,
    AppealPicture,
    Base,
    Decision,
    Erasure,
    FaceTemplate,
    JobRun,
    Milestone,
    MilestoneKind,
    Photo,
    Role,
    Showing,
    Strike,
    Touch,
    Verdict,
    Why,
)
from portal.services.contacts import vault_of
from portal.services.faces import erasure
from portal.services.penalties.reviews import review_showing
from portal.services.privacy import retention_sweep
from tests import factories as make
from tests.db.sweeping import erase_what_is_due
from tests.factories import BEFORE

DAY = timedelta(days=1)


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


def kept(session: Session, files: FolderFiles, showing: Showing, **given: object) -> Photo:
    row = make.photo(session, showing=showing, **given)
    files.put(row.file_name, b"a photo")
    return row


def there(files: FolderFiles, name: str) -> bool:
    try:
        return bool(files.get(name))
    except FileNotFoundError:
        return False


# ---- how long: evidence ----


@dataclass
class Case:
    """A showing with one photo due at BEFORE + 1 day, and until when it must stay all the same (None: not over yet)."""

    make_it: Callable[[Session, Showing], object]
    until: datetime | None
    verdict: Verdict = Verdict.NEEDS_REVIEW


def reviewed(session: Session, showing: Showing, decision: Decision = Decision.GENUINE) -> None:
    reviewer = Actor.of(make.person(session, Role.RECEPTION))
    review_showing(session, reviewer, BEFORE + 10 * DAY, showing, decision=decision, reason="看过监控")


def appealed(session: Session, showing: Showing) -> Appeal:
    reviewed(session, showing, Decision.FAKE)
    strike = session.scalars(select(Strike.id).where(Strike.showing_id == showing.id)).one()
    row = Appeal(strike_id=strike, words="客户到过", filed_at=BEFORE + 12 * DAY)
    session.add(row)
    session.flush()
    return row


def decided(session: Session, showing: Showing) -> None:
    decision = {"outcome": AppealOutcome.REJECTED, "reason": "监控里没有客户", "decided_at": BEFORE + 60 * DAY}
    by = make.person(session, Role.CHANNEL_MANAGER).id
    session.add(AppealDecision(appeal_id=appealed(session, showing).id, decided_by=by, **decision))
    session.flush()


EVIDENCE = {
    "verified, and nobody asked": Case(lambda *_: None, BEFORE + DAY, Verdict.VERIFIED),
    "rejected by hard evidence": Case(lambda *_: None, BEFORE + DAY, Verdict.REJECTED),
    "nobody has decided": Case(lambda *_: None, None),
    "confirmed genuine": Case(reviewed, BEFORE + 40 * DAY),
    "an open appeal": Case(appealed, None),
    "a decided appeal": Case(decided, BEFORE + 90 * DAY),
}


@pytest.mark.parametrize("case", EVIDENCE.values(), ids=EVIDENCE)
def test_evidence_stays_until_a_month_after_its_decision(session: Session, files: FolderFiles, case: Case) -> None:
    touch = make.touch(session, retired_at=BEFORE, protected_until=BEFORE)
    showing = make.showing(session, touch=touch, verdict=case.verdict)
    photo = kept(session, files, showing)
    template = make.template(session, touch=touch, showing_id=showing.id)
    case.make_it(session, showing)
    end = case.until or BEFORE + 2000 * DAY
    retention_sweep.sweep(session, end - timedelta(microseconds=1), files)
    assert (photo.erased_at, there(files, photo.file_name)) == (None, True)
    retention_sweep.sweep(session, end, files)
    if case.until is None:
        assert (photo.erased_at, template.erased_at) == (None, None)
        return
    session.commit()
    assert (photo.erased_at, there(files, photo.file_name)) == (end, False)
    retention_sweep.sweep(session, max(end, BEFORE + 30 * DAY), files)
    assert (template.vector_sealed, template.erased_at is None) == (None, False)


# ---- how long: templates ----


def _handed_over(session: Session, touch: Touch) -> None:
    deal, at = make.deal(session, touch=touch, signed_at=BEFORE), BEFORE + 3 * DAY
    step = {"kind": MilestoneKind.HANDED_OVER, "at": at, "note": "", "recorded_at": at, "recorded_by": touch.person_id}
    session.add(Milestone(deal_id=deal.id, **step))
    session.flush()


ENDS: dict[str, tuple[dict[str, object], Callable[[Session, Touch], object], timedelta | None]] = {
    "protection ran out": ({"protected_until": BEFORE + 7 * DAY}, lambda *_: None, 37 * DAY),
    "overtaken before": (
        {"protected_until": BEFORE + 7 * DAY, "retired_at": BEFORE + 3 * DAY},
        lambda *_: None,
        33 * DAY,
    ),
    "overtaken long after": ({"protected_until": BEFORE, "retired_at": BEFORE + 90 * DAY}, lambda *_: None, 30 * DAY),
    "held for good": ({}, lambda *_: None, None),
    "a deal that runs": ({"protected_until": BEFORE}, lambda session, touch: make.deal(session, touch=touch), None),
    "a deal that was cancelled": (
        {},
        lambda session, touch: make.deal(session, touch=touch, cancelled_at=BEFORE + 9 * DAY),
        39 * DAY,
    ),
    "a home that was handed over": ({}, _handed_over, 33 * DAY),
    "another broker's registration": (
        {"protected_until": BEFORE, "retired_at": BEFORE},
        lambda session, touch: make.touch(
            session, client=touch.client, development=touch.development, protected_until=BEFORE + 5 * DAY
        ),
        35 * DAY,
    ),
}


@pytest.mark.parametrize(("given", "also", "after"), ENDS.values(), ids=ENDS)
def test_a_template_ends_a_month_after_registration_or_deal(
    session: Session, files: FolderFiles, given: dict, also: Callable, after: timedelta | None
) -> None:
    touch = make.touch(session, **given)
    template = make.template(session, touch=touch)
    also(session, touch)
    end = BEFORE + (after or 3000 * DAY)
    retention_sweep.sweep(session, end - timedelta(microseconds=1), files)
    assert template.erased_at is None
    retention_sweep.sweep(session, end, files)
    assert template.erased_at == (end if after else None)


def test_each_development_has_its_own_days(session: Session, files: FolderFiles) -> None:
    policy = {"template_days": 2, "evidence_days": 3}
    touch = make.touch(session, development=make.development(session, policy=policy), protected_until=BEFORE)
    other = make.touch(session, protected_until=BEFORE)
    quick, slow = make.template(session, touch=touch), make.template(session, touch=other)
    retention_sweep.sweep(session, BEFORE + 2 * DAY, files)
    assert (quick.erased_at is None, slow.erased_at is None) == (False, True)


def test_a_closed_accounts_face_goes(session: Session, files: FolderFiles) -> None:
    gone, working = make.broker(session, deactivated_at=BEFORE), make.broker(session)
    rows = [make.template(session, person_id=person.id) for person in (gone, working)]
    retention_sweep.sweep(session, BEFORE + 30 * DAY, files)
    assert [row.erased_at is None for row in rows] == [False, True]


# ---- the sweep ----


@pytest.mark.parametrize("seed", range(3))
def test_a_sweep_at_any_time_is_complete_and_sweeping_again_finds_nothing(
    session: Session, files: FolderFiles, seed: int
) -> None:
    """A random world under a random clock, which may also skip a month: what is due is gone, and nothing else."""
    random = Random(seed)
    touches = [
        make.touch(session, protected_until=BEFORE + random.randrange(90) * DAY) for _ in range(random.randrange(2, 6))
    ]
    photos, templates = [], []
    for _ in range(20):
        touch = random.choice(touches)
        showing = make.showing(session, touch=touch, verdict=random.choice([Verdict.VERIFIED, Verdict.REJECTED]))
        until = BEFORE + timedelta(seconds=random.randrange(120 * 86_400))
        photos.append(kept(session, files, showing, keep_until=until))
        templates.append((make.template(session, touch=touch, showing_id=showing.id), touch.protected_until + 30 * DAY))
    now = BEFORE
    for _ in range(8):
        now += timedelta(seconds=random.randrange(30 * 86_400))
        retention_sweep.sweep(session, now, files)
        session.commit()
        for photo in photos:
            assert (photo.erased_at is None) == there(files, photo.file_name) == (photo.keep_until > now)
        assert all((row.erased_at is None) == (end > now) for row, end in templates)
        assert set(retention_sweep.sweep(session, now, files).values()) == {0}
    erased = [row for row in [*photos, *(row for row, _ in templates)] if row.erased_at]
    assert session.scalar(select(func.count()).select_from(Erasure)) == len(erased)


def test_once_a_shanghai_day(session: Session, files: FolderFiles, now: datetime) -> None:
    midnight = day_start(local_day(now) + DAY)
    assert "photos_erased" in erase_what_is_due(session, now, files)
    photo = kept(session, files, make.showing(session, touch=make.touch(session), verdict=Verdict.VERIFIED))
    erase_what_is_due(session, midnight - timedelta(seconds=1), files)
    assert photo.erased_at is None
    assert erase_what_is_due(session, midnight, files)["photos_erased"] == 1
    assert session.get_one(JobRun, "retention").ran_at == midnight


def test_settings_that_cannot_be_read_keep_no_other_developments_pictures(
    session: Session, files: FolderFiles, now: datetime
) -> None:
    here, there_too = (make.development(session) for _ in range(2))
    touches = [make.touch(session, development=one) for one in (here, there_too)]
    photos = [kept(session, files, make.showing(session, touch=one, verdict=Verdict.VERIFIED)) for one in touches]
    for photo in photos:
        photo.keep_until = now
    here.policy = {"photo_days": "ninety"}
    session.flush()
    erase_what_is_due(session, now, files)
    assert [photo.erased_at is None for photo in photos] == [True, False]
    assert retention_sweep.unreadable(session) == [here.name]


def test_more_than_one_sweep_may_take_comes_in_portions(
    session: Session, files: FolderFiles, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_sweep, "MOST", 2)
    showing = make.showing(session, touch=make.touch(session), verdict=Verdict.VERIFIED)
    for _ in range(5):
        kept(session, files, showing)
    erased = [erase_what_is_due(session, now, files).get("photos_erased") for _ in range(4)]
    assert erased == [2, 2, 1, None]


def test_files_that_no_row_names_go_when_they_are_old(session: Session, files: FolderFiles, tmp_path: Path) -> None:
    """A crash between the write and the commit leaves such a file; a young one may be of a transaction under way."""
    now = BEFORE + 400 * DAY
    showing = make.showing(session, touch=make.touch(session), verdict=Verdict.VERIFIED)
    living = kept(session, files, showing, keep_until=now + DAY)
    old, young = new_name(), new_name()
    for name, age in ((living.file_name, 300), (old, 2), (young, 0.5)):
        files.put(name, b"content")
        at = (now - age * DAY).timestamp()
        os.utime(next((tmp_path / "files").glob(f"*/{name}")), (at, at))
    assert retention_sweep.sweep(session, now, files)["files_erased"] == 1
    session.commit()
    assert [there(files, name) for name in (living.file_name, old, young)] == [True, False, True]
    proof = session.scalars(select(Erasure)).one()
    assert (proof.kind, proof.row_id, proof.why) == ("file", None, "nobodys")


def test_the_sweep_knows_whose_files_are_kept_for_good_and_whose_for_a_time() -> None:
    """It knows files by the column's name, and would take another table's for nobody's."""
    keeping = [table for table in Base.metadata.tables.values() if "file_name" in table.c]
    for_a_time = {table.name for table in keeping if "erased_at" in table.c}
    assert for_a_time == {"photos", "appeal_pictures", "objection_pictures"}
    for_good = {"adjustments", "dispute_files", "invoices", "partner_papers", "statement_papers"}
    while_it_stands = {
        "development_looks",
        "poster_parts",
        "house_types",
        "landing_pictures",
        "export_parts",
    }  # the row goes, or its file
    named_elsewhere = {"bank_results"}  # what the bank called its answer: no file of ours, and asking costs nothing
    assert {table.name for table in keeping} - for_a_time == for_good | while_it_stands | named_elsewhere


def test_an_appeals_pictures_go_in_time(session: Session, files: FolderFiles) -> None:
    showing = make.showing(session, touch=make.touch(session))
    appeal = appealed(session, showing)
    rows = [
        AppealPicture(appeal_id=appeal.id, file_name=new_name(), width=1, height=1, keep_until=until)
        for until in (None, BEFORE + 50 * DAY, BEFORE + 51 * DAY)
    ]
    session.add_all(rows)
    session.flush()
    assert retention_sweep.sweep(session, BEFORE + 50 * DAY, files)["appeal_pictures_erased"] == 1
    assert [row.erased_at is None for row in rows] == [True, False, True]


# ---- erasing, and its proof ----


def test_erasing_twice_erases_and_proves_once(session: Session, files: FolderFiles, now: datetime) -> None:
    touch = make.touch(session)
    photo = kept(session, files, make.showing(session, touch=touch))
    template, officer = make.template(session, touch=touch), make.person(session, Role.PRIVACY_OFFICER)
    what = {"photos": [photo], "templates": [template], "why": Why.ON_REQUEST, "by": Actor.of(officer)}
    assert erasure.erase(session, now, files, **what) == erasure.Gone(1, 1)
    assert erasure.erase(session, now, files, **what) == erasure.Gone(0, 0)
    proofs = session.scalars(select(Erasure).order_by(Erasure.kind)).all()
    assert [(proof.kind, proof.row_id, proof.erased_by) for proof in proofs] == [
        ("photo", photo.id, officer.id),
        ("template", template.id, officer.id),
    ]
    assert {proof.development_id for proof in proofs} == {touch.development_id}
    assert session.scalars(select(FaceTemplate.vector_sealed)).one() is None


def test_a_proof_cannot_be_changed(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        session.add(Erasure(kind="file", why=Why.NOBODYS, digest="0" * 64, at=now))
    for deed in ("UPDATE erasures SET why = 'on_request'", "DELETE FROM erasures"):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(text(deed))


def test_two_who_erase_at_once_make_one_proof(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        key = make.template(session, touch=make.touch(session)).id
    barrier, erased = Barrier(2), []

    def erase() -> None:
        with database.transaction() as session:
            row = session.get_one(FaceTemplate, key)
            if database.engine.dialect.name == "postgresql":  # SQLite lets only one in anyway
                barrier.wait()
            erased.append(erasure.erase_templates(session, now, [row], why=Why.TIME_OVER))

    threads = [Thread(target=erase) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(erased) == [0, 1]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1
