"""Showings end to end below the pages: real photos, the real engine, on both databases (rules 3 and 4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select, text

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import (
    AuditEntry,
    CaptureNonce,
    Consent,
    Decision,
    FaceTemplate,
    Photo,
    Registration,
    Showing,
    Touch,
)
from portal.services.faces import challenges, faces
from portal.services.faces.challenges import CameraHolder, Capture
from portal.services.faces.encryption import open_template
from portal.services.faces.faces import Shot
from portal.services.showings import check_ins, photos
from portal.services.showings import lists as showing_lists
from tests import factories as make
from tests.site import AT_THE_SITE, FAR_AWAY, Site, codes, dark, engine, refusal, review, shot, turned

# ---- a genuine showing ----


def test_a_genuine_pair_is_verified_and_protects_the_client(site: Site) -> None:
    site.enrol()
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, codes(showing)) == ("verified", [])
    assert site.registration.touch.protected_until == site.now + timedelta(days=30)

    photo, _turned = site.session.scalars(select(Photo).order_by(Photo.id))
    assert photo.keep_until == site.now + timedelta(days=90)
    assert set(photo.faces or {}) == {"broker", "client"}
    viewed = photos.picture_for(site.session, site.actor, site.now, site.files, photo)
    assert viewed.startswith(b"\xff\xd8")
    photos.record_view(site.session, site.actor, site.now, photo)
    assert site.session.scalar(select(func.count()).where(AuditEntry.action == "photo_seen")) == 1

    consent = site.session.scalars(select(Consent).where(Consent.purpose == "face_client")).one()
    assert consent.client_id == site.registration.client_id


def test_the_evidence_is_kept_as_numbers(site: Site) -> None:
    site.enrol()
    found = site.check_in(shot("obama", "biden")).evidence
    assert found["engine"] == "sface 2021dec-int8bq"
    assert max(face["broker_similarity"] for face in found["found"]["faces"]) > found["policy"]["thresholds"]["same"]
    assert found["found"]["distance_m"] == 0
    assert "vector" not in str(found)


def test_a_template_cannot_be_read_in_the_database(site: Site) -> None:
    row = site.enrol()
    vector = shot("obama2").faces[0].vector.astype("<f4").tobytes()
    stored = site.session.scalar(text("SELECT vector_sealed FROM face_templates WHERE id = :id"), {"id": row.id})
    assert vector[:16] not in bytes(stored)
    assert b"sface" not in bytes(stored)
    assert open_template(site.session, stored).vector.tobytes() == vector


# ---- what speaks against it: photo, change → verdict, codes ----

DOUBTS: dict[str, tuple[tuple[str, ...], dict[str, object], str, str]] = {
    "the broker alone": (("obama",), {}, "needs_review", "client_absent"),
    "somebody else's broker": (("astronaut", "biden"), {}, "needs_review", "broker_absent"),
    "the broker twice": (("obama", "obama3"), {}, "rejected", "client_is_broker"),
    "too far": (("obama", "biden"), {"place": FAR_AWAY}, "needs_review", "too_far"),
    "no position says nothing": (("obama", "biden"), {"place": None}, "verified", ""),
    "an invented nonce": (("obama", "biden"), {"nonce": "made up"}, "rejected", "stale_capture"),
}


@pytest.mark.parametrize(("names", "change", "verdict", "expected"), DOUBTS.values(), ids=DOUBTS)
def test_doubts(site: Site, names: tuple[str, ...], change: dict[str, object], verdict: str, expected: str) -> None:
    site.enrol()
    showing = site.check_in(shot(*names), **change)
    assert (showing.verdict, " ".join(codes(showing))) == (verdict, expected)
    protected = site.registration.touch.protected_until
    assert (protected == site.now + timedelta(days=30)) == (verdict == "verified")


def test_a_capture_that_took_a_minute_is_stale(site: Site) -> None:
    site.enrol()
    assert site.check_in(shot("obama", "biden"), nonce=site.nonce(age=59.9)).verdict == "verified"
    late = site.check_in(shot("obama", "astronaut"), nonce=site.nonce(site.registration, age=60))
    assert (late.verdict, codes(late)[-1]) == ("rejected", "stale_capture")


def test_registering_and_checking_in_at_once_is_too_late(site: Site) -> None:
    site.enrol()
    hasty = site.register(at=site.now - timedelta(minutes=29))
    assert codes(site.check_in(shot("obama", "biden"), registration=hasty)) == ["registered_too_late"]


def test_a_photo_is_good_for_one_showing(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    again = site.check_in(shot("obama", "biden"))
    assert (again.verdict, codes(again), again.reasons[0]["facts"]["by"]) == ("rejected", ["photo_reused"], "exact")
    squeezed = site.check_in(shot("obama", "biden", quality=55))
    assert (squeezed.verdict, squeezed.reasons[0]["facts"]["by"]) == ("rejected", "perceptual")


def test_a_capture_came_when_it_came_first_and_for_whom_it_was_asked(site: Site) -> None:
    """While the server is too busy to look at it, it may be sent often, and by others: that changes nothing."""
    nonce, other, taken = site.nonce(), CameraHolder(Actor.of(make.broker(site.session)), 4711), shot("obama", "biden")
    touch, another = site.registration.touch, make.touch(site.session, development=site.registration.touch.development)
    digest, seconds = taken.photo.sha256, timedelta(seconds=1)

    def note(holder: CameraHolder, at: int, subject: Touch = touch, sha256: str = digest) -> datetime | None:
        challenges.note_arrival(
            site.session, holder, site.now + at * seconds, subject, nonce=nonce, straight_sha256=sha256
        )
        return site.session.scalar(select(CaptureNonce.arrived_at))

    assert note(other, 1) is None
    assert note(site.holder, 2, another) is None
    assert note(site.holder, 3) == site.now + 3 * seconds
    assert note(site.holder, 4, sha256="0" * 64) == site.now + 3 * seconds
    answer = challenges.use_nonce(site.session, site.holder, site.now + 9 * seconds, touch, nonce=nonce, straight=taken)
    assert answer.arrived_at == site.now + 3 * seconds
    assert not challenges.use_nonce(
        site.session, site.holder, site.now + 9 * seconds, touch, nonce=nonce, straight=taken
    ).answered


def test_a_nonce_is_good_for_one_capture_but_a_retry_is_the_same_one(site: Site) -> None:
    site.enrol()
    nonce = site.nonce()
    first = site.check_in(shot("obama", "biden"), nonce=nonce)
    assert site.check_in(shot("obama", "biden"), nonce=nonce) is first
    second = site.check_in(shot("obama", "astronaut"), nonce=nonce)
    assert second.verdict == "rejected"
    assert "stale_capture" in codes(second)


def test_whom_the_client_resembles(site: Site) -> None:
    site.enrol()
    colleague = make.broker(site.session)
    site.enrol("biden", colleague)
    accused = site.check_in(shot("obama", "biden"))
    assert (accused.verdict, codes(accused)) == ("rejected", ["client_is_partner"])


def test_a_face_that_nobody_confirmed_accuses_nobody(site: Site) -> None:
    """A rival may have enrolled the client's face as his own: that is for a person to see (field A1)."""
    site.enrol()
    site.enrol("biden", make.broker(site.session), confirmed=False)
    doubted = site.check_in(shot("obama", "biden"))
    assert (doubted.verdict, codes(doubted)) == ("needs_review", ["client_is_partner"])
    assert doubted.reasons[0]["facts"]["by"] == "unconfirmed"


def test_one_face_under_two_names_asks_a_person(site: Site) -> None:
    site.enrol("biden")
    first = site.check_in(shot("biden", "obama"))
    other = site.register(development=site.registration.development)
    seen = site.check_in(shot("obama3", "biden"), registration=other)
    assert (seen.verdict, codes(seen)) == ("needs_review", ["seen_under_other_client"])
    assert seen.evidence["found"]["other_client_count"] == 1
    assert showing_lists.visits_of_resembling(site.session, seen) == [first], "the person sees both side by side"
    assert showing_lists.visits_of_resembling(site.session, first) == []


def test_another_person_at_the_second_visit_is_not_the_client(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    second = site.check_in(shot("obama", "astronaut"))
    assert (second.verdict, codes(second)) == ("needs_review", ["client_absent"])
    assert second.reasons[0]["facts"]["first_visit_similarity"] < 0.4


# ---- who may not ----


def test_a_check_in_is_refused(site: Site) -> None:
    pair = shot("obama", "biden")
    assert refusal(lambda: site.check_in(pair)) == "face_not_enrolled"
    site.enrol()
    assert refusal(lambda: site.check_in(pair, client_consent=False)) == "client_consent_needed"
    expired = site.register(protected_until=site.now)
    assert refusal(lambda: site.check_in(pair, registration=expired)) == "registration_expired"
    make.freeze(site.session, broker=site.broker, starts_at=site.now, ends_at=site.now + timedelta(days=1))
    assert refusal(lambda: site.check_in(pair)) == "account_frozen"
    assert not site.session.scalars(select(Showing)).all()


def test_consent_to_older_words_is_no_consent(site: Site) -> None:
    site.enrol()
    site.session.scalars(select(Consent)).one().version = "0"
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, codes(showing)) == ("needs_review", ["consent_missing"])


# ---- enrolment ----


def test_enrolling_again_erases_the_old_template_and_withdrawing_all(site: Site) -> None:
    first, second = site.enrol(), site.enrol("obama3")
    site.session.refresh(first)
    assert (first.vector_sealed, first.erased_at) == (None, site.now)
    assert faces.enrolment(site.session, site.broker.id) is second
    assert len(site.session.scalars(select(Consent)).all()) == 1
    assert faces.withdraw(site.session, site.actor, site.now) == 1
    site.session.refresh(second)
    assert (second.vector_sealed, faces.enrolment(site.session, site.broker.id)) == (None, None)
    assert site.session.scalars(select(Consent)).one().withdrawn_at == site.now


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        (lambda: shot("obama", "biden"), "face_several"),
        (lambda: dark("obama"), "face_poor"),
        (lambda: Shot(shot("obama").photo, ()), "face_none"),
    ],
    ids=["two people", "in the dark", "nobody"],
)
def test_enrolment_wants_one_good_face(taken: Callable[[], Shot], code: str) -> None:
    assert refusal(lambda: faces.only_good_face(taken())) == code


# ---- the faceless way ----


def test_without_a_photo_reception_confirms(site: Site) -> None:
    def knock() -> Showing:
        return check_ins.check_in_at_reception(
            site.session, site.actor, site.now, registration=site.registration, place=AT_THE_SITE
        )

    site.scan()
    showing = knock()
    assert (showing.verdict, codes(showing), knock()) == ("needs_review", ["client_absent"], showing)
    review(site, showing, Decision.GENUINE)
    assert site.registration.touch.protected_until == site.now + timedelta(days=30)
    assert not site.session.scalars(select(FaceTemplate)).all()


# ---- files and the transaction ----


def test_a_failed_transaction_leaves_no_photo_behind(database: Database, now: datetime, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files", database.vault)

    def keep(fails: bool) -> int:
        try:
            with database.transaction() as session:
                showing = make.showing(session, touch=make.touch(session), at=now)
                photos.keep_photo(session, files, now, showing, shot("obama", "biden").photo, days=90, faces={})
                if fails:
                    raise InterruptedError
        except InterruptedError:
            assert fails
        return sum(path.is_file() for path in (tmp_path / "files").rglob("*"))

    assert (keep(fails=True), keep(fails=False)) == (0, 1)


# ---- races ----


def test_a_photo_sent_twice_at_once_is_one_showing(database: Database, now: datetime, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files", database.vault)
    with database.transaction() as session:
        site = Site(session, now, files)
        site.enrol()
        nonce, registration_id, holder = site.nonce(), site.registration.id, site.holder
        first_shot = shot("obama", "biden")
        taken = Capture(first_shot, turned(first_shot, site.side(nonce, first_shot)), in_page=True)
    barrier = Barrier(2)

    def send(_number: int) -> int:
        barrier.wait()
        with database.transaction() as session:
            showing = check_ins.check_in(
                session,
                holder.actor,
                now,
                engine=engine(),
                files=files,
                sent=check_ins.CheckIn(
                    registration=session.get_one(Registration, registration_id),
                    web_session_id=holder.web_session_id,
                    nonce=nonce,
                    capture=taken,
                    client_consent=True,
                    locale="zh_Hans_CN",
                ),
            )
            return showing.id

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, range(2))
    assert first == second
    with database.reading() as session:
        assert [showing.verdict for showing in session.scalars(select(Showing))] == ["verified"]
