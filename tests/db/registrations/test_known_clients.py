"""A client whom a consultant knows keeps registrations out for the developer's days (ADR 112), on both databases."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.models import CareFile, Development, Outcome, Person, Registration, Role, Touch
from portal.rules.conflicts.conflict import Outcome as Decided
from portal.rules.judgements.judging import Outcome as Judged
from portal.rules.judgements.protection import Kind
from portal.rules.judgements.what_if import World
from portal.services.care import files as care_files
from portal.services.care_team.hand_out import hand_out, open_own
from portal.services.claims import receipts, rule_profiles
from portal.services.conflicts import evidence, objections
from portal.services.conflicts.deciding import Choice, decide
from portal.services.contacts import vault_of
from portal.services.registrations import judgement_facts
from portal.services.registrations.registrations import register_client
from portal.services.registrations.walk_ins import sign_in_walk_in
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.masking import NAME, NUMBER, Place

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


@pytest.fixture
def place(session: Session, now: datetime) -> Place:
    development = make.development(session)
    rule_profile(session, development, "developer_days = 20", starts_at=now - 100 * DAY)
    return Place(session, now, development)


def written_down(place: Place, at: datetime, phone: str = NUMBER) -> CareFile:
    """A consultant writes a client down."""
    consultant = Actor.of(make.person(place.session, Role.CONSULTANT))
    return open_own(place.session, consultant, at, place.development.id, name=NAME, phone=phone)


def judged_again(place: Place, row: Registration, now: datetime) -> list[tuple[Kind, Judged]]:
    """What the judgement of a file says of the client's history."""
    facts = judgement_facts.load_client(place.session, row.development_id, row.client_id or 0)
    (client,) = facts.clients
    profile = rule_profiles.in_force(place.session, place.development, now)
    return [(one.touch.kind, one.outcome) for one in World(client, profile, now).judged.values()]


def test_whom_a_consultant_wrote_down_nobody_registers_for_the_developers_days(place: Place, now: datetime) -> None:
    written_down(place, now)
    refused = place.full(now + 20 * DAY - HOUR)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "known_to_developer")
    told = receipts.receipt_of(place.session, refused).facts["try_again_at"]
    assert datetime.fromisoformat(told) == now + 20 * DAY
    assert judged_again(place, refused, now + 20 * DAY - HOUR) == [
        (Kind.LEAD, Judged.ACCEPTED),
        (Kind.REGISTRATION, Judged.REFUSED),
    ]
    accepted = place.full(now + 20 * DAY)
    assert accepted.outcome is Outcome.ACCEPTED
    assert judged_again(place, accepted, now + 21 * DAY)[-1] == (Kind.REGISTRATION, Judged.ACCEPTED)


def test_nothing_makes_it_longer(place: Place, now: datetime) -> None:
    """A call is a word of one's own: it proves nothing to a broker, and would keep him out for good."""
    file = written_down(place, now)
    open_again = Actor.of(care_files.carer(place.session, file))
    open_own(place.session, open_again, now + 19 * DAY, place.development.id, name=NAME, phone=NUMBER)
    assert place.full(now + 20 * DAY).outcome is Outcome.ACCEPTED


def test_whom_a_broker_registered_before_is_known_through_him(place: Place, now: datetime) -> None:
    first = place.full(now)
    written_down(place, now + HOUR)
    assert place.full(now + DAY).code == "protected_by_other"
    assert first.touch is not None
    first.touch.protected_until = now + 2 * DAY
    assert place.full(now + 3 * DAY).outcome is Outcome.ACCEPTED


def test_a_brokers_own_registration_stands_when_a_consultant_writes_the_client_down(
    place: Place, now: datetime
) -> None:
    first = place.full(now)
    written_down(place, now + HOUR)
    same = register_client(
        place.session,
        Actor.of(first.broker),
        now + 2 * HOUR,
        development_id=place.development.id,
        phone=NUMBER,
        name=NAME,
    )
    assert same.id == first.id


def test_who_walked_in_and_was_handed_out_is_protected_by_the_walk_in(place: Place, now: datetime) -> None:
    desk = Actor.of(make.person(place.session, Role.RECEPTION))
    sign_in_walk_in(place.session, desk, now, development_id=place.development.id, phone=NUMBER, name=NAME)
    touch = place.session.scalars(select(Touch)).one()
    consultant = make.person(place.session, Role.CONSULTANT)
    hand_out(place.session, desk, now + 5 * DAY, touch, to_id=consultant.id)
    assert place.full(now + 6 * DAY).code == "walked_in_first"
    assert place.full(now + 20 * DAY).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("who", [Role.BROKER, Role.CHANNEL_MANAGER])
def test_a_file_that_is_in_no_consultants_care_keeps_nobody_out(place: Place, now: datetime, who: Role) -> None:
    person: Person = make.broker(place.session) if who is Role.BROKER else make.person(place.session, who)
    care_files.open_by_hand(place.session, Actor.of(person), now, place.development.id, name=NAME, phone=NUMBER)
    assert place.full(now + HOUR).outcome is Outcome.ACCEPTED


def test_another_development_knows_nothing_of_it(place: Place, now: datetime, session: Session) -> None:
    other = Place(session, now, make.development(session))
    written_down(other, now)
    assert place.full(now + HOUR).outcome is Outcome.ACCEPTED


OFF = {"no such days": "developer_days = 0", "showings win": 'who_wins = "first_visited"\ndeveloper_days = 20'}


@pytest.mark.parametrize("case", OFF)
def test_the_profile_says_for_how_long(session: Session, now: datetime, case: str) -> None:
    development: Development = make.development(session)
    rule_profile(session, development, OFF[case], starts_at=now - 100 * DAY)
    place = Place(session, now, development)
    written_down(place, now)
    expected = None if case == "no such days" else "known_to_developer"
    assert place.full(now + HOUR).code == expected


def test_the_rules_of_the_day_on_which_he_was_written_down_hold(place: Place, now: datetime) -> None:
    written_down(place, now)
    rule_profile(place.session, place.development, "developer_days = 90", starts_at=now + 2 * DAY)
    assert place.full(now + 20 * DAY).outcome is Outcome.ACCEPTED


def test_a_masked_registration_tells_nothing_and_is_decided_by_a_person(place: Place, now: datetime) -> None:
    written_down(place, now - HOUR)
    row = place.masked(now)
    assert row.outcome is Outcome.PROVISIONAL
    assert place.completed(row, now + DAY).doubt == "held"


def test_who_was_refused_objects_and_may_get_the_client(place: Place, now: datetime, files: FolderFiles) -> None:
    written_down(place, now)
    refused = place.full(now + HOUR)
    case = objections.object_to(
        place.session, Actor.of(refused.broker), now + 2 * HOUR, files, refused, words="客户一直由我联系。"
    ).case
    happened = [entry.what for entry in evidence.time_line(place.session, case)]
    assert happened[:2] == [evidence.What.KNOWN, evidence.What.REFUSED]
    answers = evidence.rule_answers(place.session, now + 3 * HOUR, case)
    assert [one.judged.outcome for one in answers] == [Judged.ACCEPTED, Judged.REFUSED]
    manager = Actor.of(make.person(place.session, Role.CHANNEL_MANAGER))
    decide(place.session, manager, now + 3 * HOUR, case, Choice(Decided.MOVE, "确由经纪人带来", refused))
    stands = place.session.scalars(select(Touch).where(Touch.client_id == refused.client_id)).one()
    assert stands.person_id == refused.broker_id
