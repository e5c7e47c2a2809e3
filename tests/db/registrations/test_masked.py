"""Registering by parts of a number, on both databases: what is answered, what becomes of it, and what is never told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    ConflictCase,
    ConflictParty,
    MaskAnswer,
    Outcome,
    Registration,
    Role,
    SearchTerm,
    Touch,
)
from portal.rules.conflicts.conflict import Cause
from portal.rules.conflicts.conflict import Outcome as Decided
from portal.rules.deals.attribution import attribute
from portal.rules.judgements.judging import Outcome as Judged
from portal.rules.judgements.judging import judge
from portal.rules.judgements.profile import Masked, Profile
from portal.services.claims import receipts, touches
from portal.services.conflicts import cases, deciding, evidence, finding, objections
from portal.services.conflicts.deciding import Choice
from portal.services.deals import deals
from portal.services.events import deadlines
from portal.services.masked_registrations.numbers import give_number
from portal.services.masked_registrations.registering import register_masked
from portal.services.notifications.words.conflicts import WORDS
from portal.services.registrations import endings, judgement_facts
from portal.services.registrations import lists as registration_list
from portal.services.registrations import undo as registration_undo
from portal.services.registrations.walk_ins import sign_in_walk_in
from portal.session import Session
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.masking import DAY, HOUR, MASK, NAME, NUMBER, OTHER, Place
from tests.site import refusal


@pytest.fixture
def place(session: Session, now: datetime) -> Place:
    development = make.development(session)
    rule_profile(session, development, Profile().to_toml())
    return Place(session, now, development)


def test_it_keeps_its_place_and_nobody_out(place: Place, now: datetime) -> None:
    row = place.masked(now)
    assert (row.outcome, row.client_id, row.code) == (Outcome.PROVISIONAL, None, None)
    assert row.touch is not None
    assert (row.touch.holds_from, row.touch.protected_until) == (None, now + 7 * DAY)
    assert registration_list.state_of(row, now) == "provisional"
    receipt = receipts.receipt_of(place.session, row)
    assert (receipt.facts["outcome"], receipt.facts["rule"]) == ("provisional", "mask_provisional")
    assert receipt.facts["client_phone"] == MASK
    assert place.full(now).outcome is Outcome.ACCEPTED
    assert place.masked(now).outcome is Outcome.PROVISIONAL
    assert len(place.told("mask_registered")) == 2


def test_completed_it_stands_with_its_own_old_time(place: Place, now: datetime) -> None:
    row, later = place.masked(now), place.full(now + DAY)
    answer = place.completed(row, now + 2 * DAY)
    session, touch, behind = place.session, row.touch, later.touch
    assert touch is not None
    assert behind is not None
    session.refresh(behind)
    assert (answer.doubt, touch.at, touch.holds_from) == (None, now, now + 2 * DAY)
    assert touch.protected_until == now + 32 * DAY
    assert behind.behind_id == touch.id
    assert registration_list.state_of(row, now + 2 * DAY) == "accepted"
    assert (place.told("mask_completed"), place.told("registration_behind")) == ([row.broker_id], [later.broker_id])
    facts = receipts.receipt_of(session, answer).facts
    assert (facts["outcome"], facts["rule"]) == ("accepted", "mask_completed")
    assert objections.refusal_of(session, now + 2 * DAY, later) is None
    for at, owner in ((now + DAY + HOUR, behind.id), (now + 3 * DAY, touch.id)):
        both = [touches.as_attributed(one) for one in (behind, touch)]
        owned = attribute(both, at).owner
        assert owned is not None
        assert owned.touch_id == owner


def test_who_stands_behind_holds_again(place: Place, now: datetime) -> None:
    row, later = place.masked(now), place.full(now + DAY)
    place.show(later, now + DAY + HOUR)
    place.completed(row, now + 2 * DAY)
    endings.release(place.session, Actor.of(row.carer), now + 3 * DAY, row, "不再跟进")
    refused = place.full(now + 4 * DAY)
    assert refused.code == "protected_by_other"
    assert (
        receipts.receipt_of(place.session, refused)
        .facts["try_again_at"]
        .startswith(f"{now + 31 * DAY + HOUR:%Y-%m-%dT%H:%M}")
    )
    assert place.full(now + 31 * DAY + HOUR).outcome is Outcome.ACCEPTED


DOUBTS = {
    "somebody had the client": (lambda place, at: place.full(at), "held"),
    "the client had walked in": (
        lambda place, at: sign_in_walk_in(
            place.session,
            Actor.of(make.person(place.session, Role.RECEPTION)),
            at,
            development_id=place.development.id,
            phone=NUMBER,
            name=NAME,
        ),
        "held",
    ),
    "an older mask fits": (lambda place, at: place.masked(at, name="山先生"), "older_mask"),
    "another number fits that somebody has": (
        lambda place, at: place.full(at, phone=OTHER),
        "other_number",
    ),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_a_person_decides(place: Place, now: datetime, case: str) -> None:
    before, doubt = DOUBTS[case]
    before(place, now - HOUR)
    row = place.masked(now)
    answer = place.completed(row, now + DAY)
    assert answer.doubt == doubt
    assert row.touch is not None
    assert row.touch.holds_from is None
    assert registration_list.state_of(row, now + DAY) == "provisional"
    assert place.told("mask_doubted") == [row.broker_id]
    assert finding.open_found(place.session, now + DAY) == {"conflicts_found": 1}
    case_row = place.session.scalars(select(ConflictCase)).one()
    assert (case_row.cause, case_row.client_id) == ("mask", row.client_id)
    assert row.broker_id in set(place.session.scalars(select(ConflictParty.person_id)))
    assert finding.open_found(place.session, now + DAY) == {"conflicts_found": 0}


def test_who_registered_the_older_parts_may_get_the_client(place: Place, now: datetime) -> None:
    """Whoever decides sees him, though he never gave the number; he is told nothing unless the client becomes his."""
    older = place.masked(now - 2 * HOUR)
    place.masked(now - HOUR, name="王先生")
    row, later = place.masked(now), now + DAY
    place.completed(row, later)
    finding.open_found(place.session, later)
    case = place.session.scalars(select(ConflictCase)).one()
    seen = [one.page for one in evidence.time_line(place.session, case) if one.what is evidence.What.MAY_MEAN]
    assert seen == [("registrations.show", older.id)]
    rule = {one.party.person_id: one.judged for one in evidence.rule_answers(place.session, later, case)}
    assert (rule[older.broker_id].code, rule[row.broker_id].code) == (None, "mask_conflict")
    assert place.told("conflict_concerns") == [row.broker_id]
    assert [one.id for one in deciding.candidates(place.session, later, case)] == [older.id, row.id]
    manager = Actor.of(make.person(place.session, Role.CHANNEL_MANAGER))
    choice = Choice(Decided.MOVE, "更早报备的一方说得出客户的需求", older)
    deciding.decide(place.session, manager, later, case, choice)
    holder = touches.holder(place.session, case.development_id, case.client_id, later)
    assert holder is not None
    assert holder.person_id == older.broker_id
    assert {one.person_id: one.result for one in case.decisions[0].results} == {
        older.broker_id: "yours",
        row.broker_id: "not_yours",
    }
    ended = [registration_list.state_of(one, later) for one in (older, row)]
    assert ended == ["expired"] * 2, "a person has answered what the parts of a number meant"
    assert set(WORDS["conflict_opened"][None].terms["cause"]) == set(Cause)


SIMPLE = {
    "another surname": lambda place, at: place.masked(at, name="王先生"),
    "another mask": lambda place, at: place.masked(at, mask="138****5678"),
    "another number of another surname": lambda place, at: place.full(at, phone=OTHER, name="王先生"),
    "a protection that had ended": lambda place, at: place.full(at - 7 * DAY),
    "a mask that had ended": lambda place, at: place.masked(at - 7 * DAY),
    "taken back": lambda place, at: endings.release(place.session, *_given_up(place, at)),
}


def _given_up(place: Place, at: datetime) -> tuple[Actor, datetime, Registration, str]:
    row = place.full(at)
    return Actor.of(row.broker), at, row, "登错了"


@pytest.mark.parametrize("case", SIMPLE)
def test_nothing_else_is_in_doubt(place: Place, now: datetime, case: str) -> None:
    SIMPLE[case](place, now - HOUR)
    assert place.completed(place.masked(now), now + DAY).doubt is None


def test_the_surname_is_heard_in_each_way(place: Place, now: datetime) -> None:
    """单 is shàn and dān: 善 is not in the table, 单 is found by either."""
    place.masked(now - HOUR, name="单先生")
    assert place.completed(place.masked(now, name="丹女士"), now + DAY).doubt is None
    assert place.completed(place.masked(now, mask="139****5678", name="山"), now + DAY).doubt == "older_mask"


NOT_TAKEN: dict[str, tuple[Callable[[Place, Registration, datetime], object], str]] = {
    "a number that does not fit": (lambda place, row, at: place.give(row, at, "13812345678"), "mask_misfit"),
    "no number": (lambda place, row, at: place.give(row, at, "139123456"), "invalid_phone"),
    "a broker's own": (
        lambda place, row, at: place.give(row, at, _with_tail(place.session, "13977775678")),
        "self_dealing",
    ),
    "of somebody else's": (
        lambda place, row, at: give_number(place.session, Actor.of(place.broker()), at, row, NUMBER),
        "not_your_registration",
    ),
    "too late": (lambda place, row, at: place.give(row, at + 7 * DAY), "registration_expired"),
    "another one after a visit": (
        lambda place, row, at: (place.completed(row, at), place.give(row, at, OTHER)),
        "mask_number_fixed",
    ),
    "no mask": (lambda place, _row, at: place.give(place.full(at), at), "not_masked"),
}


def _with_tail(session: Session, phone: str) -> str:
    make.broker(session, phone=phone)
    return phone


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_numbers_that_are_not_taken(place: Place, now: datetime, case: str) -> None:
    deed, code = NOT_TAKEN[case]
    row = place.masked(now)
    assert refusal(lambda: deed(place, row, now)) == code


def test_a_slip_is_given_again_while_nobody_was_there(place: Place, now: datetime) -> None:
    row = place.masked(now)
    place.give(row, now, OTHER)
    place.give(row, now, "1234")  # the four digits that the mask leaves out
    assert row.client is not None
    assert place.completed(row, now).client_id == row.client_id


def test_what_is_the_brokers_own_already_is_not_renewed(place: Place, now: datetime) -> None:
    broker = place.broker()
    row = place.masked(now, broker)
    assert place.masked(now + DAY, broker) is row
    assert place.full(now + DAY, broker) is row
    other = place.full(now, broker, phone="13822221111", name="王先生")
    assert place.masked(now + DAY, broker, "138****1111", "汪女士") is other


def test_who_may_not_register_is_refused_as_ever(place: Place, session: Session, now: datetime) -> None:
    stranger = make.broker(session)
    refused = place.masked(now, stranger)
    assert (refused.outcome, refused.code, refused.touch_id) == (Outcome.REFUSED, "no_agreement", None)
    place.development.policy = {"daily_limit": 1}
    broker = place.broker()
    place.masked(now, broker)
    assert place.masked(now, broker, "139****0000").code == "daily_limit"
    assert place.full(now, broker, phone="13700001111").code == "daily_limit"
    off = make.development(session)
    rule_profile(session, off, Profile(masked_registrations=Masked.OFF).to_toml())
    make.agreement(session, development=off, agency=broker.agency)
    facts = {"development_id": off.id, "mask": MASK, "name": NAME}
    assert register_masked(session, Actor.of(broker), now, **facts).code == "masks_off"


def test_giving_up_renews_nothing(place: Place, now: datetime) -> None:
    broker = place.broker()
    row = place.masked(now, broker)
    endings.release(place.session, Actor.of(broker), now + DAY, row, "登错了")
    assert place.masked(now + DAY, broker).code == "given_up_lately"
    assert place.full(now + DAY, broker).code == "given_up_lately"
    full = place.full(now, broker, phone="13822221111", name="王先生")
    endings.release(place.session, Actor.of(broker), now + DAY, full, "登错了")
    again = place.masked(now + DAY, broker, "138****1111", "王先生")
    assert refusal(lambda: place.give(again, now + DAY, "13822221111")) == "given_up_lately"


def test_one_that_nobody_completes_ends_and_is_told_of(place: Place, now: datetime) -> None:
    row = place.masked(now)
    assert deadlines.tell_due(place.session, now + 6 * DAY)["protections_told"] == 1
    told = [deadlines.tell_due(place.session, now + 7 * DAY + HOUR)["masks_told"] for _ in range(2)]
    assert (told, place.told("mask_ended")) == ([1, 0], [row.broker_id])
    assert registration_list.state_of(row, now + 7 * DAY) == "expired"


def test_nobody_is_told_how_many_there_are(place: Place, now: datetime) -> None:
    """The answer, its receipt and the questions asked are the same, whoever registered the client before."""
    first = place.masked(now)
    for _ in range(3):
        place.masked(now)
        place.full(now)
    last = place.masked(now)
    unlike = {"evidence", "party_name", "party_agency"}
    facts = [receipts.receipt_of(place.session, row).facts for row in (first, last)]
    alone, among_others = ({key: value for key, value in one.items() if key not in unlike} for one in facts)
    assert alone == among_others


def test_a_number_that_is_typed_tells_nothing_either(place: Place, now: datetime) -> None:
    """Whose client it is, and whether he bought, shows once a visit has shown the number."""
    session, rival = place.session, place.full(now - HOUR)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    row, other = place.masked(now), place.masked(now, mask="138****5678")
    sale = deals.Subscription(place.development.id, NUMBER, NAME, "1-1", 2_000_000_00, now)
    deals.open_deal(session, manager, now, sale)
    cases.open_doubt(session, manager, now, words="客户曾自己来过", registration=rival, deal=None)
    place.give(row, now)
    place.give(other, now, "13800005678")
    for one in (row, other):
        assert refusal(
            lambda one=one: objections.object_to(session, Actor.of(one.broker), now, None, one, words="x")
        ) == ("nothing_to_object")
        assert registration_undo.refusal_of(session, now, one) is None
        assert endings.refusal_to_release(session, now, one) is None


GUARDED = {
    "a client without a number that was given": "UPDATE touches SET client_id = {client} WHERE id = {touch}",
    "the registration's client likewise": "UPDATE registrations SET client_id = {client} WHERE id = {registration}",
    "holding before it was shown": "UPDATE touches SET client_id = {client}, holds_from = at WHERE id = {touch}",
    "an answer that changes": "UPDATE mask_answers SET doubt = 'held'",
    "a number that goes": "DELETE FROM mask_numbers",
}


@pytest.mark.parametrize("case", GUARDED)
def test_what_the_database_refuses(place: Place, now: datetime, case: str) -> None:
    session, row, done = place.session, place.masked(now), place.masked(now, mask="138****5678")
    place.completed(done, now, "13811115678")
    keys = {"client": done.client_id, "touch": row.touch_id, "registration": row.id}
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(GUARDED[case].format(**keys)))


def test_a_client_who_is_known_stays(place: Place, now: datetime) -> None:
    row, other = place.masked(now), make.client(place.session)
    place.completed(row, now)
    with pytest.raises(DBAPIError), place.session.begin_nested():
        place.session.execute(update(Touch).where(Touch.id == row.touch_id).values(client_id=other.id))


def test_equal_masks_are_found_by_a_keyed_digest_alone(place: Place, now: datetime) -> None:
    rows = [place.masked(now), place.masked(now)]
    digests = [
        set(place.session.scalars(select(SearchTerm.digest).where(SearchTerm.registration_id == row.id)))
        for row in rows
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 5  # last four, surname, name, and the mask as shàn and as dān


def test_the_judgement_asked_again_says_the_same(place: Place, now: datetime) -> None:
    first, second = place.masked(now), place.full(now + HOUR)
    third = place.masked(now + 2 * HOUR)
    for row in (third, first):
        place.completed(row, now + DAY)
    fourth = place.full(now + 2 * DAY)
    facts = judgement_facts.load_client(place.session, place.development.id, first.client_id or 0)
    (client,) = facts.clients
    judged = judge(client.touches, Profile())
    assert [one.outcome for one in judged] == [Judged.ACCEPTED, Judged.ACCEPTED, Judged.PROVISIONAL, Judged.REFUSED]
    assert second.outcome is Outcome.ACCEPTED
    assert (judged[2].code, judged[3].code) == ("mask_conflict", fourth.code)
    assert third.provisional
    assert not first.provisional


def test_sixteen_that_are_completed_at_once_are_one_that_stands(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        place = Place(session, now, make.development(session))
        rows = [place.masked(now + timedelta(seconds=number)) for number in range(16)]
        keys = [row.id for row in rows]
        for row in rows:
            place.give(row, now + DAY)
    start, broken = Barrier(16), list[Exception]()

    def run(key: int) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                row = session.get_one(Registration, key)
                Place(session, now, row.development).show(row, now + DAY)
        except (DBAPIError, Refusal) as error:
            broken.append(error)

    threads = [Thread(target=run, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    with database.reading() as session:
        stands = select(MaskAnswer).where(MaskAnswer.doubt.is_(None))
        assert [row.mask.registration_id for row in session.scalars(stands)] == keys[:1]
        assert session.scalar(select(func.count()).where(Touch.holds_from.is_not(None))) == 1
