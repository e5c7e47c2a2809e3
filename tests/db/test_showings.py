"""Showings end to end below the pages: real photos, the real engine, on both databases (rules 3 and 4)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.faces import load_engine
from portal.adapters.faces.engine import Engine
from portal.adapters.files import FolderFiles
from portal.db import Database
from portal.models import (
    AuditEntry,
    Consent,
    Decision,
    FaceTemplate,
    Freeze,
    Person,
    Photo,
    Registration,
    Role,
    Showing,
    ShowingReview,
    Strike,
)
from portal.services import faces, photos, showings, strikes
from portal.services.contacts import vault_of
from portal.services.evidence import Place
from portal.services.faces import Shot
from portal.services.freezes import frozen_until
from tests import factories as make
from tests.photos import jpeg, people

AT_THE_SITE = Place(30.2592, 120.0884)
FAR_AWAY = Place(30.3592, 120.0884)

# ---- what the tests share: the engine is run once a picture ----


@cache
def engine() -> Engine:
    return load_engine()


@cache
def shot(*names: str, quality: int = 92) -> Shot:
    """A real photo of these people, looked at by the real engine."""
    return faces.look(engine(), jpeg(people(*names), quality))


@cache
def dark(name: str) -> Shot:
    return faces.look(engine(), jpeg(people(name).point(lambda value: value // 8)))


@dataclass
class Site:
    """One broker with one registered client, and the way to check in."""

    session: Session
    now: datetime
    files: FolderFiles
    broker: Person = field(init=False)
    registration: Registration = field(init=False)

    def __post_init__(self) -> None:
        self.broker = make.broker(self.session)
        self.registration = self.register()

    @property
    def actor(self) -> Actor:
        return Actor.of(self.broker)

    def register(self, **given: object) -> Registration:
        """Another client of this broker, registered yesterday and protected for six more days."""
        given = {"at": self.now - timedelta(days=1), "protected_until": self.now + timedelta(days=6)} | given
        touch = make.touch(self.session, person=self.broker, **given)
        return make.registration(self.session, touch=touch)

    def enrol(self, who: str = "obama2", broker: Person | None = None) -> FaceTemplate:
        actor = Actor.of(broker or self.broker)
        return faces.enrol(
            self.session, actor, self.now, engine=engine(), shot=shot(who), consent=True, locale="zh_Hans_CN"
        )

    def nonce(self, registration: Registration | None = None, age: float = 5.0) -> str:
        touch = (registration or self.registration).touch
        return showings.issue_nonce(self.session, self.actor, self.now - timedelta(seconds=age), touch)

    def check_in(self, taken: Shot, **given: object) -> Showing:
        registration = given.pop("registration", self.registration)
        values = {
            "nonce": given.pop("nonce", None) or self.nonce(registration),
            "client_consent": True,
            "locale": "zh_Hans_CN",
            "place": AT_THE_SITE,
        }
        return showings.check_in(
            self.session,
            self.actor,
            self.now,
            engine=engine(),
            files=self.files,
            registration=registration,
            shot=taken,
            **values | given,
        )


@pytest.fixture
def site(session: Session, now: datetime, tmp_path: Path) -> Site:
    return Site(session, now, FolderFiles(tmp_path / "files", vault_of(session)))


def codes(showing: Showing) -> list[str]:
    return [reason["code"] for reason in showing.reasons]


# ---- a genuine showing ----


def test_a_genuine_pair_is_verified_and_protects_the_client(site: Site) -> None:
    site.enrol()
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, codes(showing)) == ("verified", [])
    assert site.registration.touch.protected_until == site.now + timedelta(days=30)

    photo = site.session.scalars(select(Photo)).one()
    assert photo.keep_until == site.now + timedelta(days=90)
    assert b"JFIF" not in (site.files._path(photo.file_name)).read_bytes()[:64]
    viewed = photos.view_photo(site.session, site.actor, site.now, site.files, photo)
    assert viewed.startswith(b"\xff\xd8")
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
    assert faces.open_template(site.session, stored).vector.tobytes() == vector


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


def test_one_face_under_two_names_asks_a_person(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    development = site.registration.development
    other = site.register(development=development)
    seen = site.check_in(shot("biden", "obama"), registration=other)
    assert (seen.verdict, codes(seen)) == ("needs_review", ["seen_under_other_client"])
    assert seen.evidence["found"]["other_client_count"] == 1


def test_another_person_at_the_second_visit_is_not_the_client(site: Site) -> None:
    site.enrol()
    site.check_in(shot("obama", "biden"))
    second = site.check_in(shot("obama", "astronaut"))
    assert (second.verdict, codes(second)) == ("needs_review", ["client_absent"])
    assert second.reasons[0]["facts"]["first_visit_similarity"] < 0.4


# ---- who may not ----


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        attempt()
    return caught.value.code


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
def test_enrolment_wants_one_good_face(site: Site, taken: Callable[[], Shot], code: str) -> None:
    assert (
        refusal(
            lambda: faces.enrol(
                site.session, site.actor, site.now, engine=engine(), shot=taken(), consent=True, locale="en"
            )
        )
        == code
    )
    assert faces.enrolment(site.session, site.broker.id) is None


# ---- the faceless way ----


def test_without_a_photo_reception_confirms(site: Site) -> None:
    def knock() -> Showing:
        return showings.check_in_at_reception(
            site.session, site.actor, site.now, registration=site.registration, place=AT_THE_SITE
        )

    showing = knock()
    assert (showing.verdict, codes(showing), knock()) == ("needs_review", ["client_absent"], showing)
    review(site, showing, Decision.GENUINE)
    assert site.registration.touch.protected_until == site.now + timedelta(days=30)
    assert not site.session.scalars(select(FaceTemplate)).all()


# ---- review, strikes, freeze ----


def review(site: Site, showing: Showing, decision: Decision, at: datetime | None = None) -> Freeze | None:
    reviewer = Actor.of(make.person(site.session, Role.RECEPTION))
    return showings.review_showing(
        site.session, reviewer, at or site.now, showing, decision=decision, reason="客户是同事假扮"
    )


def test_a_showing_is_reviewed_once(site: Site) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    actor = Actor.of(make.person(site.session, Role.RECEPTION))
    nothing = {"decision": Decision.FAKE, "reason": " "}
    assert (
        refusal(lambda: showings.review_showing(site.session, actor, site.now, showing, **nothing)) == "reason_needed"
    )
    review(site, showing, Decision.FAKE)
    assert refusal(lambda: review(site, showing, Decision.GENUINE)) == "already_reviewed"


FREEZES = {
    "a month": (datetime(2026, 3, 10, 2, tzinfo=UTC), datetime(2026, 4, 10, 2, tzinfo=UTC)),
    "31 January, clamped": (datetime(2026, 1, 31, 2, tzinfo=UTC), datetime(2026, 2, 28, 2, tzinfo=UTC)),
}


@pytest.mark.parametrize(("third", "thaw"), FREEZES.values(), ids=FREEZES)
def test_three_fakes_freeze_for_a_calendar_month(site: Site, third: datetime, thaw: datetime) -> None:
    for earlier in (200, 100):
        assert review(site, _fake(site), Decision.FAKE, third - timedelta(days=earlier)) is None
    assert strikes.standing(site.session, site.broker.id, third).counting == 2
    freeze = review(site, _fake(site), Decision.FAKE, third)
    assert freeze is not None
    assert (freeze.ends_at, frozen_until(site.session, site.broker.id, third)) == (thaw, thaw)
    assert frozen_until(site.session, site.broker.id, thaw) is None
    assert strikes.standing(site.session, site.broker.id, third).counting == 0


def test_a_strike_of_a_year_ago_no_longer_counts(site: Site) -> None:
    for earlier in (365, 100):
        review(site, _fake(site), Decision.FAKE, site.now - timedelta(days=earlier))
    assert review(site, _fake(site), Decision.FAKE) is None
    assert strikes.standing(site.session, site.broker.id, site.now).counting == 2


def _fake(site: Site) -> Showing:
    return make.showing(site.session, touch=site.registration.touch, at=site.now)


# ---- races ----


def test_two_reviewers_at_once_make_one_review_and_one_strike(database: Database, now: datetime) -> None:
    showing_id, reviewers = _staged(database, now, showings_=1)
    outcomes = _at_once(database, now, [(showing_id[0], reviewer) for reviewer in reviewers])
    assert sorted(outcomes) == ["already_reviewed", "reviewed"]
    assert _count(database, ShowingReview, Strike) == [1, 1]


def test_the_last_two_of_three_strikes_at_once_freeze_once(database: Database, now: datetime) -> None:
    ids, reviewers = _staged(database, now, showings_=3)
    assert _at_once(database, now, list(zip(ids, [*reviewers, reviewers[0]], strict=True))) == ["reviewed"] * 3
    assert _count(database, Strike, Freeze) == [3, 1]


def _staged(database: Database, now: datetime, showings_: int) -> tuple[list[int], list[Actor]]:
    with database.transaction() as session:
        touch = make.touch(session)
        rows = [make.showing(session, touch=touch, at=now) for _ in range(showings_)]
        reviewers = [Actor.of(make.person(session, Role.RECEPTION)) for _ in range(2)]
        return [row.id for row in rows], reviewers


def _at_once(database: Database, now: datetime, what: list[tuple[int, Actor]]) -> list[str]:
    barrier, outcomes = Barrier(len(what)), []

    def decide(showing_id: int, reviewer: Actor) -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                showing = session.get_one(Showing, showing_id)
                showings.review_showing(session, reviewer, now, showing, decision=Decision.FAKE, reason="假的")
            outcomes.append("reviewed")
        except Refusal as refused:
            outcomes.append(refused.code)

    threads = [Thread(target=decide, args=one) for one in what]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _count(database: Database, *models: type) -> list[int]:
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


# ---- files and the transaction ----


def test_a_failed_transaction_leaves_no_photo_behind(database: Database, now: datetime, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files", database.vault)

    def keep(fails: bool) -> int:
        try:
            with database.transaction() as session:
                showing = make.showing(session, touch=make.touch(session), at=now)
                photos.keep_photo(session, files, now, showing, shot("obama", "biden").photo, days=90)
                if fails:
                    raise InterruptedError
        except InterruptedError:
            assert fails
        return sum(path.is_file() for path in (tmp_path / "files").rglob("*"))

    assert (keep(fails=True), keep(fails=False)) == (0, 1)
