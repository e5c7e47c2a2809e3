"""What somebody leaves behind: who sees it, who takes it over, what stays as it was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.access.scope import find
from portal.models import (
    AuditEntry,
    Deal,
    HandOver,
    MilestoneKind,
    Person,
    PostedLine,
    Registration,
    Role,
    Showing,
    Touch,
    Work,
)
from portal.services.accounts import account_changes, people
from portal.services.claims import receipts
from portal.services.deals import deals
from portal.services.events import deadlines
from portal.services.hand_overs import handing, telling, waiting
from portal.services.hand_overs.handing import HandOverRequest
from portal.services.home.figure import counted
from portal.services.registrations import lists, undo
from portal.services.registrations.registrations import register_client
from portal.services.showings import check_ins
from portal.services.showings import lists as showing_lists
from tests import factories as make
from tests.db.notifications.test_handing_on import subjects, told

WHY = "林晓芸离职，客户由同事接着跟。"


@dataclass
class Agency:
    """An agency: its principal, a broker who leaves, one who stays, one more; and a client of the first."""

    principal: Person
    leaver: Person
    stays: Person
    other: Person
    touch: Touch
    registration: Registration

    @classmethod
    def of(cls, session: Session, now: datetime) -> "Agency":
        pair = make.agreement(session)
        principal = make.person(session, Role.PRINCIPAL, agency=pair.agency)
        leaver, stays, other = (make.broker(session, agency=pair.agency) for _ in range(3))
        touch = client_of(session, leaver, now, development=pair.development)
        return cls(principal, leaver, stays, other, touch, registration_of(session, touch))

    def hands_over(self, session: Session, now: datetime, to: Person | None = None, **given: object) -> int:
        wish = {"work": Work.CLIENTS, "from_id": self.leaver.id, "to_id": (to or self.stays).id, "reason": WHY} | given
        return handing.hand_over(session, Actor.of(self.principal), now, HandOverRequest(**wish))


def client_of(session: Session, broker: Person, now: datetime, **given: object) -> Touch:
    touch = make.touch(session, person=broker, at=now, protected_until=now + timedelta(days=7), **given)
    make.registration(session, touch=touch)
    return touch


def registration_of(session: Session, touch: Touch) -> Registration:
    return session.scalars(select(Registration).where(Registration.touch_id == touch.id)).one()


def leaves(session: Session, agency: Agency, now: datetime) -> None:
    people.deactivate_person(session, Actor.of(agency.principal), now, agency.leaver)


def test_who_left_has_his_clients_waiting_and_nobody_keeps_a_list(
    session: Session, agency: Agency, now: datetime
) -> None:
    principal = Actor.of(agency.principal)
    assert waiting.left_work(session, principal, now) == []
    leaves(session, agency, now)
    (left,) = waiting.left_work(session, principal, now)
    assert (left.person.id, dict(left.counts)) == (agency.leaver.id, {Work.CLIENTS: 1})
    assert counted(session, waiting.to_hand_over(principal, now)) == 1
    later = now + timedelta(days=7)
    assert counted(session, waiting.to_hand_over(principal, later)) == 0, "whose protection has ended is nobody's"
    rival = make.person(session, Role.PRINCIPAL)
    assert counted(session, waiting.to_hand_over(Actor.of(rival), now)) == 0
    assert agency.hands_over(session, now) == 1
    assert counted(session, waiting.to_hand_over(principal, now)) == 0
    people.reactivate_person(session, principal, now, agency.leaver)
    assert find(session, Actor.of(agency.leaver), Registration, agency.registration.id) is None, "does not come back"


def deal_closed(session: Session, touch: Touch, now: datetime, kind: MilestoneKind) -> None:
    make.milestone(session, make.deal(session, touch=touch), kind, now)


def test_a_buyer_who_has_the_keys_needs_no_successor(session: Session, agency: Agency, now: datetime) -> None:
    deal_closed(session, agency.touch, now, MilestoneKind.SIGNED)
    leaves(session, agency, now)
    assert counted(session, waiting.to_hand_over(Actor.of(agency.principal), now)) == 1
    deal = session.scalars(select(Deal).where(Deal.touch_id == agency.touch.id)).one()
    make.milestone(session, deal, MilestoneKind.HANDED_OVER, now)
    assert counted(session, waiting.to_hand_over(Actor.of(agency.principal), now)) == 0


def test_the_successor_sees_the_client_the_leaver_and_a_rival_nothing(
    session: Session, agency: Agency, now: datetime
) -> None:
    showing, deal = make.showing(session, touch=agency.touch), make.deal(session, touch=agency.touch)
    rival = make.broker(session)
    agency.hands_over(session, now)
    rows = ((Registration, agency.registration.id), (Showing, showing.id), (Touch, agency.touch.id))
    for model, key in rows:
        for person, sees in ((agency.stays, True), (agency.leaver, False), (agency.other, False), (rival, False)):
            assert (find(session, Actor.of(person), model, key) is not None) is sees, (model, person)
        assert find(session, Actor.of(agency.principal), model, key) is not None
    assert find(session, Actor.of(agency.stays), Deal, deal.id) is not None
    assert find(session, Actor.of(agency.leaver), Deal, deal.id) is not None, "it bears his name"
    agency.hands_over(session, now, agency.other, from_id=agency.stays.id)
    assert find(session, Actor.of(agency.stays), Registration, agency.registration.id) is None
    assert find(session, Actor.of(agency.other), Registration, agency.registration.id) is not None
    agency.hands_over(session, now, agency.leaver, from_id=agency.other.id)
    assert find(session, Actor.of(agency.leaver), Registration, agency.registration.id) is not None, "taken back"
    assert [one.number for one in handing.history(session, Work.CLIENTS, agency.touch.id)] == [3, 2, 1]


def test_names_are_read_by_who_cares_and_money_by_whose_name_it_bears(
    session: Session, agency: Agency, now: datetime
) -> None:
    agency.hands_over(session, now)
    shown = {
        person.id: lists.shown(session, Actor.of(person), now, agency.registration).client_name
        for person in (agency.leaver, agency.stays, agency.principal)
    }
    assert shown == {agency.leaver.id: "王**", agency.stays.id: "王小明", agency.principal.id: "王**"}
    deal = make.deal(session, touch=agency.touch)
    make.milestone(session, deal, MilestoneKind.SUBSCRIBED, now)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.SIGNED, at=now)
    line = session.scalars(select(PostedLine).where(PostedLine.deal_id == deal.id)).one()
    assert (deals.buyer(session, Actor.of(agency.stays), deal), deal.owner_id) == ("王小明", agency.leaver.id)
    assert find(session, Actor.of(agency.stays), PostedLine, line.id) is None
    assert find(session, Actor.of(agency.leaver), PostedLine, line.id) is not None


def test_protection_attribution_and_agency_stay(session: Session, agency: Agency, now: datetime) -> None:
    before = (agency.touch.person_id, agency.touch.protected_until, agency.touch.agency_id, agency.touch.at)
    agency.hands_over(session, now)
    session.refresh(agency.touch)
    assert (agency.touch.person_id, agency.touch.protected_until, agency.touch.agency_id, agency.touch.at) == before
    assert agency.registration.broker_id == agency.leaver.id
    assert (agency.registration.carer, agency.touch.carer) == (agency.stays, agency.stays)


def test_the_successor_checks_in_and_is_whose_showing_it_is(session: Session, agency: Agency, now: datetime) -> None:
    agency.hands_over(session, now)
    ready = showing_lists.ready_to_check_in(session, Actor.of(agency.stays), now)
    assert [row.id for row in session.scalars(ready)] == [agency.registration.id]
    assert session.scalars(showing_lists.ready_to_check_in(session, Actor.of(agency.leaver), now)).all() == []
    visit = {"registration": agency.registration}
    with pytest.raises(Refusal, match="client_handed_over"):
        check_ins.check_in_at_reception(session, Actor.of(agency.leaver), now, **visit)
    showing = check_ins.check_in_at_reception(session, Actor.of(agency.stays), now, **visit)
    assert showing.broker_id == agency.stays.id


def test_a_frozen_successor_does_not_check_in_and_a_frozen_leaver_keeps_nobody(
    session: Session, agency: Agency, now: datetime
) -> None:
    month = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30)}
    make.freeze(session, broker=agency.leaver, **month)
    agency.hands_over(session, now)
    check_ins.open_touch(session, now, agency.registration)
    make.freeze(session, broker=agency.stays, **month)
    with pytest.raises(Refusal, match="account_frozen"):
        check_ins.open_touch(session, now, agency.registration)


def test_registering_again_finds_the_successors_client_and_protects_it_from_the_leaver(
    session: Session, agency: Agency, now: datetime
) -> None:
    phone = make.new_phone()
    place = agency.touch.development
    first = register_client(session, Actor.of(agency.leaver), now, development_id=place.id, phone=phone, name="赵敏")
    agency.hands_over(session, now)
    again = {"development_id": place.id, "phone": phone, "name": "赵敏"}
    assert register_client(session, Actor.of(agency.stays), now, **again).id == first.id
    refused = register_client(session, Actor.of(agency.leaver), now, **again)
    assert refused.code == "protected_by_other"
    undo.withdraw(session, Actor.of(agency.stays), now, first)


def test_the_end_of_a_protection_is_told_to_who_cares(session: Session, agency: Agency, now: datetime) -> None:
    leaves(session, agency, now)
    agency.hands_over(session, now)
    deadlines.tell_due(session, now + timedelta(days=6))
    told(session, now)
    assert subjects(session, agency.stays) == ["clients_handed_over", "protection_ends"]
    assert subjects(session, agency.leaver) == []


def test_leaving_is_told_at_once_and_every_day_until_it_is_in_hand(
    session: Session, agency: Agency, now: datetime
) -> None:
    people.deactivate_person(session, SYSTEM, now, agency.leaver)
    told(session, now)
    assert subjects(session, agency.principal) == ["account_closed", "clients_left_behind"]
    at_nine = now.replace(hour=1) + timedelta(days=1)
    assert telling.tell_due(session, at_nine - timedelta(hours=1)) == {"hand_overs_told": 0}, "not before nine"
    assert telling.tell_due(session, at_nine) == {"hand_overs_told": 1}
    assert telling.tell_due(session, at_nine + timedelta(hours=3)) == {"hand_overs_told": 0}, "once a day"
    told(session, at_nine)
    assert subjects(session, agency.principal)[-1] == "clients_wait_for_successor"
    agency.hands_over(session, at_nine)
    assert telling.tell_due(session, at_nine + timedelta(days=1)) == {"hand_overs_told": 0}


def test_both_sides_are_told_and_it_is_written_down_with_a_receipt(
    session: Session, agency: Agency, now: datetime
) -> None:
    agency.hands_over(session, now)
    told(session, now)
    assert subjects(session, agency.stays) == ["clients_handed_over"]
    assert subjects(session, agency.leaver) == ["clients_given_on"], "his account is open"
    entries = select(AuditEntry).where(AuditEntry.action == "client_handed_over").order_by(AuditEntry.subject_kind)
    whole, each = session.scalars(entries)
    assert (whole.subject_id, whole.facts) == (agency.leaver.id, {"to": agency.stays.id, "count": 1})
    assert (each.subject_kind, each.subject_id) == ("touches", agency.touch.id)
    assert each.facts == {"from": agency.leaver.id, "to": agency.stays.id}
    (row,) = handing.history(session, Work.CLIENTS, agency.touch.id)
    receipt = receipts.receipt_of(session, row)
    checked = receipts.verify(session, receipt.key)
    assert checked is not None
    assert checked.valid
    assert receipt.party_id == agency.stays.id
    assert (receipt.facts["rule"], receipt.facts["client_name"]) == ("handed_over", "王**")


def test_who_changes_the_agency_leaves_his_clients_to_its_principal(
    session: Session, agency: Agency, now: datetime
) -> None:
    admin, elsewhere = make.person(session, Role.ADMINISTRATOR), make.agency(session)
    facts = account_changes.AccountFacts(agency.leaver.name, role=Role.BROKER, agency_id=elsewhere.id)
    account_changes.change_account(session, Actor.of(admin), now, agency.leaver, facts, reason="换公司")
    session.flush()
    told(session, now)
    assert subjects(session, agency.principal) == ["colleague_left", "clients_left_behind"]
    assert counted(session, waiting.to_hand_over(Actor.of(agency.principal), now)) == 1
    agency.hands_over(session, now)
    told(session, now)
    assert "clients_given_on" not in subjects(session, agency.leaver), "they are another agency's clients"


REFUSED = {
    "no reason": ({"reason": "  "}, "hand_over_reason_needed"),
    "nobody": ({"to_id": None}, "successor_needed"),
    "a stranger": ({"to_id": 10**9}, "successor_needed"),
    "himself": ({"to_id": "leaver"}, "successor_is_the_same"),
    "a principal": ({"to_id": "principal"}, "successor_needed"),
    "another agency's": ({"to_id": "rival"}, "successor_needed"),
    "a closed account": ({"to_id": "closed"}, "successor_needed"),
    "the client's own number": ({"to_id": "buyer"}, "nothing_to_hand_over"),
    "what is not his": ({"from_id": "other"}, "nothing_to_hand_over"),
    "a row that is not there": ({"ids": [10**9]}, "nothing_to_hand_over"),
    "work of the staff": ({"work": Work.IMPORTS}, "successor_needed"),
}


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_who_cannot_take_it_over_is_refused(
    session: Session, agency: Agency, now: datetime, given: dict[str, object], code: str
) -> None:
    buyer = make.broker(session, agency=agency.stays.agency)
    buyer.phone_index = agency.touch.client.phone_index
    persons = {
        "leaver": agency.leaver,
        "principal": agency.principal,
        "other": agency.other,
        "rival": make.broker(session),
        "closed": make.broker(session, agency=agency.stays.agency, deactivated_at=now),
        "buyer": buyer,
    }
    session.flush()
    wish = {name: persons[value].id if value in persons else value for name, value in given.items() if name != "ids"}
    with pytest.raises(Refusal) as refusal:
        agency.hands_over(session, now, **wish | {name: given[name] for name in given if name == "ids"})
    assert refusal.value.code == code
    assert session.scalar(select(func.count()).select_from(HandOver)) == 0


def test_some_are_handed_over_and_the_rest_waits(session: Session, agency: Agency, now: datetime) -> None:
    place = {"development": agency.touch.development}
    more = [client_of(session, agency.leaver, now, **place) for _ in range(3)]
    leaves(session, agency, now)
    assert agency.hands_over(session, now, ids=[more[0].id, more[1].id]) == 2
    assert counted(session, waiting.to_hand_over(Actor.of(agency.principal), now)) == 2
    assert agency.hands_over(session, now, agency.other) == 2
    assert more[0].carer == agency.stays
    assert agency.touch.carer == agency.other


def test_what_was_handed_over_is_never_changed(session: Session, agency: Agency, now: datetime) -> None:
    agency.hands_over(session, now)
    (row,) = handing.history(session, Work.CLIENTS, agency.touch.id)
    row.reason = "另一个理由"
    with pytest.raises(DatabaseError, match=r"hand_overs is append-only|append-only"):
        session.flush()


def test_five_thousand_clients_in_bounded_queries(session: Session, agency: Agency, now: datetime) -> None:
    """Counted for 3 and for 40: the number of statements does not grow with that of the clients."""

    def statements(count: int, to: Person, giver: Person) -> int:
        place = {"development": agency.touch.development}
        for _ in range(count):
            client_of(session, giver, now, **place)
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", note)
        try:
            assert agency.hands_over(session, now, to, from_id=giver.id) == count
        finally:
            event.remove(bind, "before_cursor_execute", note)
        return len(seen)

    assert statements(3, agency.stays, agency.other) == statements(40, agency.leaver, agency.other)
