"""Appeals: once, in time, decided once and by somebody else, and what an upheld one undoes (rules 4.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions import penalty
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    Appeal,
    AppealDecision,
    AppealOutcome,
    AppealPicture,
    AuditEntry,
    Decision,
    Freeze,
    Role,
    Strike,
)
from portal.services.accounts.freezes import frozen_until
from portal.services.penalties import appeals, strikes
from portal.services.penalties.strikes import StrikeState, state_of
from portal.services.showings import lists as showing_lists
from tests import factories as make
from tests.nightly import examples
from tests.photos import jpeg, people
from tests.site import Site, refusal, review

ACCEPTED, REJECTED = AppealOutcome
WEEK = timedelta(days=7)


def struck(site: Site, at: datetime | None = None) -> Strike:
    """A strike of the site's broker, confirmed by reception as people do it."""
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    review(site, showing, Decision.FAKE, at)
    return site.session.scalars(select(Strike).where(Strike.showing_id == showing.id)).one()


def filed(site: Site, strike: Strike, at: datetime | None = None, **given: object) -> Appeal:
    values = {"words": "客户本人到场, 保安可以作证。"} | given
    return appeals.file_appeal(site.session, site.actor, at or site.now, site.files, strike, **values)


def decided(site: Site, appeal: Appeal, outcome: AppealOutcome, at: datetime | None = None) -> None:
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    appeals.decide_appeal(site.session, manager, at or site.now, appeal, outcome=outcome, reason="监控看过了")


def voided(site: Site, strike: Strike, at: datetime | None = None) -> None:
    decided(site, filed(site, strike, strike.confirmed_at), ACCEPTED, at)


# Filing


def test_an_appeal_has_words_and_pictures_that_rest_sealed(site: Site) -> None:
    picture = jpeg(people("obama"))
    appeal = filed(site, struck(site), words="  客户在场。 ", pictures=appeals.take_in_pictures([picture]))
    (row,) = appeal.pictures
    assert (appeal.words, row.keep_until) == ("客户在场。", None)
    assert appeals.picture_for(site.session, site.actor, site.now, site.files, row).startswith(b"\xff\xd8")
    appeals.record_view(site.session, site.actor, site.now, row)
    seen = select(func.count()).where(AuditEntry.action == "appeal_picture_seen", AuditEntry.subject_id == row.id)
    assert site.session.scalar(seen) == 1


def test_one_appeal_a_strike_within_seven_days_to_the_instant(site: Site) -> None:
    one, other = struck(site), struck(site)
    assert appeals.may_file(one, site.now + WEEK - timedelta(microseconds=1))
    assert not appeals.may_file(one, site.now + WEEK)
    assert refusal(lambda: filed(site, one, site.now + WEEK)) == "appeal_too_late"
    assert refusal(lambda: filed(site, one, words="   ")) == "words_needed"
    filed(site, one, site.now + WEEK - timedelta(microseconds=1))
    assert refusal(lambda: filed(site, one)) == "already_appealed"
    filed(site, other)


def test_no_more_than_three_pictures(site: Site) -> None:
    assert refusal(lambda: appeals.take_in_pictures([b""] * 4)) == "too_many_pictures"
    assert refusal(lambda: appeals.take_in_pictures([b"GIF89a"])) == "photo_kind"
    shots = appeals.take_in_pictures([jpeg(people("obama"), quality) for quality in (50, 60, 70)])
    assert refusal(lambda: filed(site, struck(site), pictures=[*shots, shots[0]])) == "too_many_pictures"


# Deciding


def test_rejected_the_strike_stays(site: Site) -> None:
    strike = struck(site)
    appeal = filed(site, strike)
    decided(site, appeal, REJECTED)
    assert (appeals.state_of(appeal), state_of(strike, site.now)) == ("rejected", StrikeState.COUNTS)
    assert refusal(lambda: decided(site, appeal, ACCEPTED)) == "appeal_decided"


@pytest.mark.parametrize("outcome", AppealOutcome)
def test_only_an_upheld_appeal_lets_the_visit_protect_as_a_genuine_one(site: Site, outcome: AppealOutcome) -> None:
    strike = struck(site)
    touch = strike.showing.touch
    before, extended = touch.protected_until, strike.showing.at + timedelta(days=30)
    decided(site, filed(site, strike), outcome, site.now + timedelta(days=2))
    assert touch.protected_until == (extended if outcome is ACCEPTED else before)
    assert showing_lists.state_of(strike.showing) == ("cleared" if outcome is ACCEPTED else "confirmed_fake")
    assert strike.showing.review.decision is Decision.FAKE  # what was decided stays on record


def test_accepted_a_freeze_that_lacks_the_strike_is_lifted_and_was_never_deserved(site: Site) -> None:
    one, two, three = (struck(site) for _ in range(3))
    assert frozen_until(site.session, site.broker.id, site.now) is not None
    later = site.now + timedelta(days=2)
    voided(site, two, later)
    freeze = site.session.scalars(select(Freeze)).one()
    assert (freeze.lifted_at, freeze.undeserved_at) == (later, later)
    assert frozen_until(site.session, site.broker.id, later) is None
    assert [state_of(row, later) for row in (one, two, three)] == ["counts", "voided", "counts"]
    assert strikes.standing(site.session, site.broker.id, later).counting == 2
    assert struck(site, later).freeze_id is not None  # the next one is the third again
    assert strikes.standing(site.session, site.broker.id, later).counting == 0


def test_a_freeze_that_is_over_was_never_deserved_either(site: Site) -> None:
    one, _two, _three = (struck(site) for _ in range(3))
    much_later = site.now + timedelta(days=60)
    voided(site, one, much_later)
    freeze = site.session.scalars(select(Freeze)).one()
    assert (freeze.lifted_at, freeze.undeserved_at) == (None, much_later)


def test_a_fourth_strike_takes_the_place_from_its_own_confirmation(site: Site) -> None:
    rows = [struck(site, site.now + timedelta(days=day)) for day in range(4)]
    voided(site, rows[0], site.now + timedelta(days=5))
    begun = site.session.scalars(select(Freeze).where(Freeze.undeserved_at.is_(None))).one()
    assert begun.starts_at == rows[3].confirmed_at
    assert {row.freeze_id for row in rows[1:]} == {begun.id}


def test_overlapping_freezes_end_at_the_later_end(site: Site) -> None:
    """Fakes that were checked in before the freeze are confirmed during it."""
    for day in range(6):
        struck(site, site.now + timedelta(days=day))
    ends = [one.ends_at for one in site.session.scalars(select(Freeze).order_by(Freeze.id))]
    assert len(ends) == 2
    assert frozen_until(site.session, site.broker.id, site.now + timedelta(days=6)) == ends[1]
    assert frozen_until(site.session, site.broker.id, ends[1]) is None


def test_evidence_is_kept_until_thirty_days_after_the_decision(site: Site) -> None:
    strike = struck(site)
    appeal = filed(site, strike, pictures=appeals.take_in_pictures([jpeg(people("obama"))]))
    decided_at = site.now + timedelta(days=200)
    decided(site, appeal, REJECTED, decided_at)
    site.session.expire_all()
    assert [row.keep_until for row in appeal.pictures] == [decided_at + timedelta(days=30)]


def test_a_decision_needs_a_reason_and_another_hand(site: Site) -> None:
    strike = struck(site)
    appeal = filed(site, strike)

    def by(person_id: int, reason: str = "看过了") -> Callable[[], None]:
        actor = Actor(person_id=person_id, role=Role.CHANNEL_MANAGER, agency_id=None, address=None)
        return lambda: appeals.decide_appeal(site.session, actor, site.now, appeal, outcome=ACCEPTED, reason=reason)

    assert refusal(by(strike.confirmed_by)) == "confirmed_by_you"
    assert refusal(by(make.person(site.session, Role.CHANNEL_MANAGER).id, "  ")) == "decision_reason_needed"
    assert appeals.state_of(appeal) == "open"


def test_the_database_itself_refuses_the_hand_that_confirmed(site: Site) -> None:
    strike = struck(site)
    appeal = filed(site, strike)
    row = {"outcome": ACCEPTED, "reason": "自己看过了", "decided_at": site.now}
    with pytest.raises(DBAPIError, match="does not decide its appeal"), site.session.begin_nested():
        site.session.add(AppealDecision(appeal_id=appeal.id, decided_by=strike.confirmed_by, **row))
        site.session.flush()


# Any history


@settings(max_examples=examples(6, 100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_stored_is_what_the_rule_says(session: Session, now: datetime, data: st.DataObject) -> None:
    """Strikes and upheld appeals in any order: the rows say the same as the pure record of the same events."""
    with session.begin_nested() as savepoint:
        touch = make.touch(session)
        reception, manager = (Actor.of(make.person(session, role)) for role in (Role.RECEPTION, Role.CHANNEL_MANAGER))
        record, alive, at = penalty.Record(), [], now
        for _ in range(data.draw(st.integers(1, 12))):
            at += timedelta(days=data.draw(st.sampled_from([0, 1, 5, 31, 100])))
            if alive and data.draw(st.integers(0, 2)) == 0:
                row = alive.pop(data.draw(st.integers(0, len(alive) - 1)))
                strikes.void(session, manager, at, row)
                record = penalty.voided(record, row.id)
            else:
                showing = make.showing(session, touch=touch, at=at)
                strikes.strike(session, reception, at, showing)
                alive.append(session.scalars(select(Strike).where(Strike.showing_id == showing.id)).one())
                record = penalty.confirmed(record, penalty.Strike(alive[-1].id, at))
        session.expire_all()
        for probe in (at, at + timedelta(days=20), at + timedelta(days=300)):
            standing = strikes.standing(session, touch.person_id, probe)
            frozen = penalty.running(record.freezes, probe)
            assert standing.counting == len(penalty.counting(record.free, probe))
            assert (standing.freeze and standing.freeze.ends_at) == (frozen and frozen.ends_at)
        savepoint.rollback()


# Races


def test_two_managers_at_once_make_one_decision(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        showing = make.showing(session, touch=make.touch(session), at=now)
        appeal_id = make.appeal(session, strike=make.strike(session, showing=showing, confirmed_at=now)).id
        managers = [Actor.of(make.person(session, Role.CHANNEL_MANAGER)) for _ in range(4)]

    def decide(manager: Actor, outcome: AppealOutcome) -> Callable[[Session], None]:
        return lambda session: appeals.decide_appeal(
            session, manager, now, session.get_one(Appeal, appeal_id), outcome=outcome, reason="看过了"
        )

    outcomes = [ACCEPTED, REJECTED, ACCEPTED, REJECTED]
    assert _race(database, [decide(*one) for one in zip(managers, outcomes, strict=True)]) == ["appeal_decided"] * 3
    with database.reading() as session:
        decision = session.scalars(select(AppealDecision)).one()
        assert (session.scalars(select(Strike.voided_at)).one() is not None) == (decision.outcome is ACCEPTED)


def test_two_strikes_of_one_freeze_voided_at_once_lift_it_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        touch, reception = make.touch(session), Actor.of(make.person(session, Role.RECEPTION))
        for _ in range(3):
            strikes.strike(session, reception, now, make.showing(session, touch=touch, at=now))
        broker_id, manager = touch.person_id, Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        ids = session.scalars(select(Strike.id).order_by(Strike.id)).all()

    def void(key: int) -> Callable[[Session], None]:
        return lambda session: strikes.void(session, manager, now, session.get_one(Strike, key))

    assert _race(database, [void(key) for key in ids[:2]]) == []
    with database.reading() as session:
        assert strikes.standing(session, broker_id, now).counting == 1
        assert session.scalar(select(func.count()).where(AuditEntry.action == "freeze_undeserved")) == 1


def test_an_appeal_sent_twice_is_filed_once_and_leaves_no_picture_behind(site: Site) -> None:
    strike = struck(site)
    filed(site, strike)
    shots = appeals.take_in_pictures([jpeg(people("obama"))])
    assert refusal(lambda: filed(site, strike, pictures=shots)) == "already_appealed"
    assert site.session.scalar(select(func.count()).select_from(AppealPicture)) == 0


def _race(database: Database, deeds: list[Callable[[Session], None]]) -> list[str]:
    """Do all deeds at once, each in a transaction of its own; the codes of what was refused."""
    start, refused = Barrier(len(deeds)), []

    def run(deed: Callable[[Session], None]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                deed(session)
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused
