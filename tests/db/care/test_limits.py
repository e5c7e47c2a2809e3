"""The hard limits where they are kept: in the database, whoever comes at once, and by whatever way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commissions.calendar import SHANGHAI
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, CareContact, CareFile, CareUse, Role, TextKind, TextMessage
from portal.rules.care.plan import Channel
from portal.services.care import contacts, limits
from portal.services.care.contacts import NewContact
from portal.services.care.limits import NewText
from portal.services.leads import opt_outs
from portal.services.messages import texts
from tests import care_world
from tests import factories as make

TEN = datetime(2026, 6, 1, 10, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 6, 1, 22, tzinfo=SHANGHAI)
LATER = TEN + timedelta(days=1)
CARERS = 16


@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.CALL])
def test_of_sixteen_carers_at_once_no_more_come_through_than_the_plan_lets(
    database: Database, channel: Channel
) -> None:
    """Eight at each of two developments, which share nothing but the client."""
    with database.transaction() as session:
        client = make.client(session)
        files = [care_world.care_file(session, client=client).id for _ in range(2)]
        carers = [Actor.of(care_world.consultant(session, has_password=False)) for _ in range(CARERS)]
    barrier = Barrier(CARERS)

    def meet(number: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                file = session.get_one(CareFile, files[number % 2])
                if channel is Channel.CALL:
                    limits.take_call(session, carers[number], TEN, file)
                else:
                    limits.send(session, carers[number], TEN, file, NewText("周末开放"))
        except Refusal as refusal:
            return refusal.code
        return "went"

    with ThreadPoolExecutor(CARERS) as threads:
        found = list(threads.map(meet, range(CARERS)))
    most = 1 if channel is Channel.CALL else 2
    refusal = "care_calls_used_up" if channel is Channel.CALL else "care_texts_used_up"
    assert sorted(found) == sorted(["went"] * most + [refusal] * (CARERS - most))
    with database.reading() as session:
        sent = session.scalar(select(func.count()).where(TextMessage.kind == TextKind.CARE))
        assert sent == (0 if channel is Channel.CALL else 2)


def test_the_database_itself_lets_nothing_beyond_the_limit(session: Session, now: datetime) -> None:
    """Past the service: a number twice, a number above the plan's, and a text that takes none of the day's."""
    file = care_world.care_file(session)
    use = {
        "client_id": file.client_id, "file_id": file.id, "day": TEN.date(), "channel": Channel.TEXT, "most": 2,
        "by_id": care_world.consultant(session).id, "at": TEN,
    }  # fmt: skip
    session.add(CareUse(number=1, **use))
    session.flush()
    for number in (1, 3):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(CareUse(number=number, **use))
            session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        texts._written(
            session, TEN, TextMessage(client_id=file.client_id, kind=TextKind.CARE, key="x", expires_at=LATER), {}
        )


def test_a_text_goes_out_with_its_way_to_opt_out_and_is_a_contact(session: Session) -> None:
    one = care_world.consultant(session)
    file = care_world.care_file(session, carer=one)
    message = limits.send(session, Actor.of(one), TEN, file, NewText("周末开放", step="comparison"))
    assert texts.params_of(session, message) == {"text": "周末开放 退订回T"}
    made = session.scalars(select(CareContact)).one()
    assert (made.channel, made.step, made.by_id) == (Channel.TEXT, "comparison", one.id)
    with pytest.raises(Refusal, match="care_text_empty"):
        limits.send(session, Actor.of(one), TEN, file, NewText("  "))
    with pytest.raises(Refusal, match="care_text_long"):
        limits.send(session, Actor.of(one), TEN, file, NewText("好" * 300))


def test_t_stops_everything_at_once(session: Session) -> None:
    one = care_world.consultant(session)
    client = make.client(session, phone="13800138000")
    file = care_world.care_file(session, client=client, carer=one)
    message = limits.send(session, Actor.of(one), TEN, file, NewText("周末开放"))
    assert opt_outs.take_answer(session, TEN, phone="13800138000", text="T", address=None)
    assert texts.Texts.unwanted(None, session, TEN, message) == "opted_out", "what waits does not go"
    for call in (limits.take_call, lambda *given: limits.send(*given, NewText("再来"))):
        with pytest.raises(Refusal, match="client_opted_out"):
            call(session, Actor.of(one), TEN, file)


def test_a_manager_overrides_a_quiet_hour_and_says_why(session: Session) -> None:
    one, manager = care_world.consultant(session), make.person(session, Role.CHANNEL_MANAGER)
    file = care_world.care_file(session, carer=one)
    with pytest.raises(Refusal, match="care_quiet"):
        limits.take_call(session, Actor.of(one), NIGHT, file)
    with pytest.raises(Refusal, match="care_override_not_yours"):
        limits.take_call(session, Actor.of(one), NIGHT, file, override="他约的")
    assert limits.take_call(session, Actor.of(manager), NIGHT, file, override="客户约十点").override == "客户约十点"
    said = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "care_call_begun")).one()
    assert said["override"] == "客户约十点"


def test_a_call_that_was_not_made_is_free_again(session: Session) -> None:
    one, other = care_world.consultant(session), Actor.of(care_world.consultant(session))
    file, who = care_world.care_file(session, carer=one), Actor.of(one)
    use = limits.take_call(session, who, TEN, file)
    assert limits.take_call(session, who, TEN, file) is use, "tapped twice"
    limits.release(session, who, TEN, use)
    again = limits.take_call(session, other, TEN, file)
    new = NewContact(Channel.CALL, TEN, "reached")
    row = contacts.log(session, other, TEN, file, new, use=again)
    with pytest.raises(Refusal, match="care_calls_used_up"):
        limits.take_call(session, who, TEN, file)
    contacts.withdraw(session, other, TEN, row)
    assert limits.take_call(session, who, TEN, file).number == 1
    assert limits.used_today(session, TEN, [file.client_id]) == {file.client_id: {Channel.CALL: 1}}


def test_who_bought_is_met_as_often_as_needed(session: Session) -> None:
    one = care_world.consultant(session)
    deal = make.deal(session)
    make.milestone(session, deal, "subscribed", TEN - timedelta(days=9))
    file = care_world.care_file(session, development=deal.development, client=deal.client, carer=one)
    for hour in range(3):
        at = TEN + timedelta(hours=hour)
        use = limits.take_call(session, Actor.of(one), at, file)
        contacts.log(session, Actor.of(one), at, file, NewContact(Channel.CALL, at, "reached"), use=use)
    assert session.scalar(text("SELECT max(number) FROM care_uses")) == 3
