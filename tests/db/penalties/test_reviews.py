"""A person decides: reviews, strikes and freezes, one after another and all at once (rules 3.4, 4.1)."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from alembic import command
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database, alembic_config, migrate
from portal.models import Decision, Freeze, Role, Showing, ShowingReview, Strike, Verdict
from portal.services.accounts.freezes import frozen_until
from portal.services.claims import receipts
from portal.services.home import figures as desk
from portal.services.penalties import reviews, strikes
from portal.services.registrations import registrations
from portal.services.showings import capture_requests
from portal.services.showings import lists as showing_lists
from tests import factories as make
from tests.site import Site, refusal, review


def test_a_showing_is_reviewed_once(site: Site) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    actor = Actor.of(make.person(site.session, Role.RECEPTION))
    nothing = {"decision": Decision.FAKE, "reason": " "}
    assert refusal(lambda: reviews.review_showing(site.session, actor, site.now, showing, **nothing)) == "reason_needed"
    review(site, showing, Decision.FAKE)
    assert refusal(lambda: review(site, showing, Decision.GENUINE)) == "already_reviewed"


def test_what_nobody_can_tell_is_closed_and_accuses_nobody(site: Site) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    until = showing.touch.protected_until
    actor = Actor.of(make.person(site.session, Role.RECEPTION))
    nothing = {"decision": Decision.INCONCLUSIVE, "reason": " "}
    assert refusal(lambda: reviews.review_showing(site.session, actor, site.now, showing, **nothing)) == "reason_needed"
    review(site, showing, Decision.INCONCLUSIVE)
    assert showing_lists.state_of(showing) == "inconclusive"
    assert (showing.touch.protected_until, showing.strike) == (until, None)
    late = site.now + timedelta(days=9)
    for state, there in ((showing_lists.WAITING, False), (showing_lists.REVIEWED, True)):
        rows = site.session.scalars(showing_lists.showings(site.session, actor, late, state=state)).all()
        assert (showing in rows) is there
    counted = select(Showing.id).outerjoin(ShowingReview).where(showing_lists.counts())
    assert site.session.scalars(counted).all() == []
    assert refusal(lambda: review(site, showing, Decision.FAKE)) == "already_reviewed"


def test_what_counts_is_not_closed(site: Site) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now, verdict=Verdict.VERIFIED)
    assert refusal(lambda: review(site, showing, Decision.INCONCLUSIVE)) == "visit_counts_already"


def test_the_third_decision_comes_to_what_was_there(database: Database, now: datetime) -> None:
    """0065: the reviews of before stay and cannot be changed, and nothing is decided without a word."""
    with database.transaction() as session:
        reviewer = make.person(session, Role.RECEPTION)
        ids = [make.showing(session, touch=make.touch(session), at=now).id for _ in range(4)]
        for key, decision in zip(ids, (Decision.GENUINE, Decision.FAKE), strict=False):
            told = {"decision": decision, "reason": "x" if decision is Decision.FAKE else ""}
            session.add(ShowingReview(showing_id=key, reviewer_id=reviewer.id, at=now, **told))
    command.downgrade(alembic_config(database.url), "0064")
    _guarded(database, reviewer.id, ids[2], "inconclusive", "x")
    migrate(database.url, vault=database.vault)
    _guarded(database, reviewer.id, ids[2], "inconclusive", "")
    with database.transaction() as session:
        kept = session.execute(select(ShowingReview.showing_id, ShowingReview.decision).order_by(ShowingReview.id))
        assert kept.all() == [(ids[0], Decision.GENUINE), (ids[1], Decision.FAKE)]
        last = {"decision": Decision.INCONCLUSIVE, "reason": "照片已删除", "reviewer_id": reviewer.id, "at": now}
        session.add(ShowingReview(showing_id=ids[2], **last))
    with pytest.raises(NotImplementedError, match="restore a backup"):
        command.downgrade(alembic_config(database.url), "0064")


def _guarded(database: Database, reviewer: int, showing: int, decision: str, reason: str) -> None:
    """Decided rows stay as they are, and this one is refused."""
    row = f"SELECT {showing}, '{decision}', '{reason}', {reviewer}, at FROM showing_reviews LIMIT 1"
    for statement in (
        "UPDATE showing_reviews SET reason = 'y'",
        "DELETE FROM showing_reviews",
        f"INSERT INTO showing_reviews (showing_id, decision, reason, reviewer_id, at) {row}",
    ):
        with pytest.raises(DBAPIError), database.engine.begin() as connection:
            connection.execute(text(statement))


def test_nobody_is_asked_again_for_a_client_whom_another_holds(site: Site) -> None:
    """Once the protection has run out, and also once the touch is retired, a new capture would prove nothing."""
    actor = Actor.of(make.person(site.session, Role.RECEPTION))
    asked = {"reason": "光线太暗", "within": timedelta(hours=1)}
    held, over = (make.showing(site.session, touch=site.register().touch, at=site.now) for _ in range(2))
    over.touch.retired_at = site.now
    ask = capture_requests.ask_for_capture
    assert refusal(lambda: ask(site.session, actor, site.now, over, **asked)) == "capture_not_possible"
    late = held.touch.protected_until
    assert late is not None
    assert refusal(lambda: ask(site.session, actor, late, held, **asked)) == "capture_not_possible"
    assert ask(site.session, actor, late - timedelta(seconds=1), held, **asked).showing_id == held.id


def test_a_review_is_overdue_from_the_policys_days_on(site: Site) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    due = site.now + timedelta(days=2)
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))

    def overdue(at: datetime) -> tuple[bool, int]:
        figures = {figure.code: figure.count for figure in desk.waiting(site.session, manager, at)}
        return showing_lists.is_overdue(showing, at), figures["reviews_overdue"]

    assert overdue(due - timedelta(seconds=1)) == (False, 0)
    assert overdue(due) == (True, 1)
    showing.development.policy = {"review_days": 5}
    assert overdue(due) == (False, 0)
    review(site, showing, Decision.FAKE)
    assert overdue(due + timedelta(days=9)) == (False, 0)


LATER = {
    "a good visit answers a bad photo": ("poor_quality", Verdict.NEEDS_REVIEW, "verified", True),
    "and one that came too late": ("stale_capture", Verdict.REJECTED, "verified", True),
    "a person's word does too": ("client_absent", Verdict.NEEDS_REVIEW, "genuine", True),
    "another doubtful one does not": ("poor_quality", Verdict.NEEDS_REVIEW, "needs_review", False),
    "nor one that was found to be fake": ("poor_quality", Verdict.NEEDS_REVIEW, "fake", False),
    "nothing answers whose face it was": ("seen_under_other_client", Verdict.NEEDS_REVIEW, "verified", False),
    "nor a photo of before": ("photo_reused", Verdict.REJECTED, "verified", False),
}


@pytest.mark.parametrize(("code", "verdict", "then", "superseded"), LATER.values(), ids=LATER)
def test_a_later_visit_that_counts_takes_earlier_tries_out_of_the_queue(
    site: Site, code: str, verdict: Verdict, then: str, superseded: bool
) -> None:
    touch, reasons = site.registration.touch, [{"code": code, "facts": {}, "hard": verdict is Verdict.REJECTED}]
    tried = make.showing(site.session, touch=touch, way="code", at=site.now, verdict=verdict, reasons=reasons)
    made = Verdict.NEEDS_REVIEW if then in ("genuine", "needs_review") else Verdict.VERIFIED
    later = make.showing(site.session, touch=touch, at=site.now + timedelta(hours=1), verdict=made)
    if then in set(Decision):
        review(site, later, Decision(then))
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    site.session.expire_all()

    def listed(state: str) -> bool:
        at = site.now + timedelta(days=9)
        return tried in site.session.scalars(showing_lists.showings(site.session, manager, at, state=state)).all()

    assert (listed(showing_lists.WAITING), listed(showing_lists.OVERDUE)) == (not superseded, not superseded)
    assert (showing_lists.state_of(tried) == "superseded") is superseded


def test_the_figures_open_exactly_what_they_count(site: Site) -> None:
    touch = site.registration.touch
    for verdict in (Verdict.NEEDS_REVIEW, Verdict.REJECTED, Verdict.VERIFIED):
        for days in (0, 1, 3):
            other = make.touch(site.session, person=touch.person, development=touch.development)
            make.showing(site.session, touch=other, way="code", verdict=verdict, at=site.now - timedelta(days=days))
    make.showing(site.session, touch=touch, at=site.now - timedelta(days=4)).development.policy = {"review_days": 3}
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    figures = {figure.code: figure.count for figure in desk.waiting(site.session, manager, site.now)}
    for code, state in (("showings_to_review", "waiting"), ("reviews_overdue", "overdue")):
        rows = site.session.scalars(showing_lists.showings(site.session, manager, site.now, state=state)).all()
        assert figures[code] == len(rows)
        assert state == "waiting" or all(showing_lists.is_overdue(row, site.now) for row in rows)
    assert (figures["showings_to_review"], figures["reviews_overdue"]) == (7, 3)


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


def test_who_is_frozen_is_refused_with_the_date(site: Site) -> None:
    development = site.registration.development
    make.agreement(site.session, development=development, agency=site.broker.agency)
    for _ in range(3):
        review(site, _fake(site), Decision.FAKE)
    refused = registrations.register_client(
        site.session, site.actor, site.now, development_id=development.id, phone="13912345678", name="林一"
    )
    assert refused.code == "account_frozen"
    receipt = receipts.receipt_of(site.session, refused)
    assert receipt.facts["try_again_at"] == "2026-04-10T02:00:00.000000+00:00"


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
                reviews.review_showing(session, reviewer, now, showing, decision=Decision.FAKE, reason="假的")
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
