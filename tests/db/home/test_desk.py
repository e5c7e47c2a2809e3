"""What waits for a person today: counted for whose hand it waits, and for nobody else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.clock import month_of
from portal.models import Role, StatementLine, TouchKind
from portal.services.care import day
from portal.services.commission import plan_drafts
from portal.services.home import figures
from portal.services.home.broker_day import broker_day
from portal.services.home.first_steps import first_steps
from portal.services.home.money_path import money_path
from portal.services.home.site_day import site_day
from portal.services.not_bought import answers
from portal.services.payouts import disputes
from portal.services.registrations import lists as registrations
from portal.services.registrations.registrations import register_client
from portal.services.showings import lists
from portal.services.statements import issuing
from tests import care_world
from tests import factories as make
from tests.db.money import Staff, approved, requested


def waiting(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    return {figure.code: figure.count for figure in figures.waiting(session, actor, now)}


@pytest.mark.parametrize(("missing_fen", "waits"), [(None, 1), (1, 1), (0, 0)], ids=["missing", "unequal", "equal"])
def test_an_invoice_waits_for_its_agencys_principal(
    session: Session, now: datetime, missing_fen: int | None, waits: int
) -> None:
    make.plan_version(session)
    pair, finance = make.agreement(session), make.person(session, Role.FINANCE)
    make.signed_deal(session, now - timedelta(days=30), pair=pair, by=finance)
    month = month_of(now - timedelta(days=30))
    row = issuing.issue_statement(session, Actor.of(finance), now, payee=f"agency:{pair.agency_id}", month=month)
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=pair.agency))
    rival = Actor.of(make.person(session, Role.PRINCIPAL, agency=make.agency(session)))
    if missing_fen is not None:
        make.invoice(session, row, amount_fen=row.payable_fen - missing_fen, sent_by=principal.id)
    assert waiting(session, principal, now)["invoices_to_send"] == waits
    assert waiting(session, rival, now)["invoices_to_send"] == 0


def test_a_draft_waits_for_another_than_its_proposer(session: Session, now: datetime) -> None:
    proposer, other = (Actor.of(make.person(session, role)) for role in (Role.CHANNEL_MANAGER, Role.FINANCE))
    plan_drafts.propose_plan(session, proposer, now, toml=STANDARD, effective_from=now + timedelta(days=1))
    assert waiting(session, proposer, now)["drafts_to_decide"] == 0
    assert waiting(session, other, now)["drafts_to_decide"] == 1


def test_a_card_opens_just_the_rows_that_it_counts(session: Session, now: datetime) -> None:
    """It is ten in the morning of the first days of a month."""
    pair, manager = make.agreement(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    broker = make.broker(session, agency=pair.agency)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    for days in (0, 1, 6, 40):
        given = {"development_id": pair.development_id, "phone": make.new_phone(), "name": "周"}
        row = register_client(session, Actor.of(broker), now - timedelta(days=days), **given)
        make.showing(session, touch=row.touch, at=now - timedelta(days=days))
    rows = registrations.registrations(session, manager, now, state=registrations.THIS_MONTH).subquery()
    in_month = session.scalar(select(func.count()).select_from(rows))
    assert in_month == waiting(session, manager, now)["registrations_this_month"] > 0
    today = session.scalars(lists.showings(session, reception, now, state=lists.TODAY)).all()
    assert len(today) == waiting(session, reception, now)["showings_today"] == 1
    to_do = {one.code: one.count for one in broker_day(session, Actor.of(broker), now).to_do}
    at_reception = session.scalars(lists.showings(session, Actor.of(broker), now, state=lists.AT_RECEPTION)).all()
    ending = session.scalars(registrations.registrations(session, Actor.of(broker), now, state=registrations.ENDING))
    assert (len(at_reception), len(ending.all())) == (to_do["at_reception"], to_do["ending"]) == (1, 1)


def test_a_consultant_reads_what_is_owed_to_the_own_clients(session: Session, now: datetime) -> None:
    carer, other = care_world.consultant(session), care_world.consultant(session)
    file = care_world.care_file(session, carer=carer, at=now - timedelta(days=9))
    make.showing(
        session, touch=make.touch(session, development=file.development, client=file.client), at=now - timedelta(days=2)
    )
    told = waiting(session, Actor.of(carer), now)
    assert told["clients_due"] == day.of_person(session, now, carer).count > 0
    assert told["reasons_to_say"] == len(answers.all_to_say(session, Actor.of(carer), now))
    assert waiting(session, Actor.of(other), now) == {"clients_due": 0, "reasons_to_say": 0}


def test_a_day_begins_at_midnight_in_shanghai(session: Session, now: datetime) -> None:
    """It is ten in the morning: eleven hours ago was yesterday."""
    touch, reception = make.touch(session, at=now - timedelta(days=2)), Actor.of(make.person(session, Role.RECEPTION))
    for hours in (1, 9, 11, 24):
        make.showing(session, touch=touch, at=now - timedelta(hours=hours))
    assert waiting(session, reception, now)["showings_today"] == 2
    (waits,) = (one for one in figures.waiting(session, reception, now) if one.code == "showings_to_review")
    assert waits.since == now - timedelta(hours=24)
    other = make.touch(session, at=now - timedelta(days=2))
    make.showing(session, touch=other, at=now - timedelta(minutes=5), verdict="verified")
    walked = make.touch(session, kind=TouchKind.WALK_IN, person=None, agency=None, at=now - timedelta(minutes=2))
    day = site_day(session, reception, now)
    assert (day.shown, day.counted, day.walked_in) == (3, 1, 1)
    assert [one.at for one in day.latest] == [now - timedelta(minutes=m) for m in (2, 5, 60, 540)]
    assert walked.development.name == day.latest[0].development
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=touch.agency))
    theirs = site_day(session, principal, now)
    assert (theirs.shown, theirs.walked_in, "*" in theirs.latest[0].client_name) == (2, 0, True)


def test_where_the_money_stands(session: Session, now: datetime) -> None:
    staff = Staff.hired(session)
    assert [one.count for one in money_path(session, staff.issues, now)] == [0, 0, 0, 0]
    waits, done = requested(session, staff, now), approved(session, staff, now)
    path = money_path(session, staff.issues, now)
    assert [(one.count, one.fen) for one in path] == [(1, waits.amount_fen), (1, done.amount_fen), (0, 0), (0, 0)]
    assert (path[0].since, path[2].since) == (now, None)


def test_a_dispute_waits_until_it_is_answered(session: Session, now: datetime) -> None:
    make.plan_version(session)
    pair, finance = make.agreement(session), make.person(session, Role.FINANCE)
    make.signed_deal(session, now - timedelta(days=30), pair=pair, by=finance)
    actor, month = Actor.of(finance), month_of(now - timedelta(days=30))
    issuing.issue_statement(session, actor, now, payee=f"agency:{pair.agency_id}", month=month)
    row = make.dispute(session, line_id=session.scalars(select(StatementLine.line_id)).one())
    assert waiting(session, actor, now)["open_disputes"] == 1
    disputes.answer_dispute(session, actor, now, row, accepted=False, words="按方案计算。")
    assert waiting(session, actor, now)["open_disputes"] == 0


def test_an_empty_installation_says_what_to_begin_with_until_it_is_there(session: Session) -> None:
    one = Actor.of(make.person(session, Role.ADMINISTRATOR))
    make.person(session, Role.CHANNEL_MANAGER, deactivated_at=make.BEFORE)

    def left(actor: Actor) -> list[str]:
        return [step.kind.value for step in first_steps(session, actor) if not step.done]

    assert left(one) == ["colleague", "manager"]
    make.person(session, Role.ADMINISTRATOR)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    assert (left(one), first_steps(session, one)) == ([], [])
    assert left(manager) == ["development", "agency", "agreement"]
    place = make.development(session)
    assert left(manager) == ["agency", "agreement"]
    make.agreement(session, development=place)
    assert first_steps(session, manager) == []
    assert first_steps(session, Actor.of(make.person(session, Role.RECEPTION))) == []
