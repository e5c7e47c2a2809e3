"""What holds payments, what waits too long, what has ended by itself, and what runs no more."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.payout import Check
from portal.models import Dispute, DisputeState, Event, JobRun, Payout, Role, StatementLine
from portal.rules.bank_details.bank_details import BankDetails
from portal.services.bank_details import bank_details
from portal.services.events import deadlines, operation
from portal.services.faces import counts
from portal.services.payouts import payouts
from portal.services.payouts import telling as payouts_told
from portal.services.penalties import waiting
from portal.services.statements import issuing
from tests import factories as make
from tests.db.money import Staff, earned, requested
from tests.db.notifications.test_handing_on import subjects, told
from tests.db.notifications.test_staff_and_agencies import staff

DAY = timedelta(days=1)


def news(found: object) -> dict[str, int]:
    assert isinstance(found, dict)
    return {name: count for name, count in found.items() if count}


def disputed(session: Session, payout: Payout) -> Dispute:
    line_id = session.scalars(select(StatementLine.line_id).where(StatementLine.statement_id == payout.statement_id))
    return make.dispute(session, line_id=line_id.one())


def test_a_payee_learns_which_hold_there_is_and_what_lifts_it(session: Session, now: datetime) -> None:
    hands = Staff.hired(session)
    payout = requested(session, hands, now)
    principal = make.person(session, Role.PRINCIPAL, agency=payout.agency)
    assert news(payouts_told.tell_due(session, now)) == {}
    dispute = disputed(session, payout)
    assert news(payouts_told.tell_due(session, now)) == {"holds_told": 1}
    assert news(payouts_told.tell_due(session, now)) == {}, "once"
    told(session, now)
    assert subjects(session, principal)[-1:] == ["payout_held"]
    event = session.scalars(select(Event).where(Event.kind == "payout_held")).one()
    assert event.facts["hold"] == event.facts["lifts"] == Check.DISPUTES_ANSWERED

    payouts.release_hold(session, hands.approves, now, payout, Check.DISPUTES_ANSWERED, reason="已核对")
    dispute.state = DisputeState.REFUSED
    session.flush()
    of = {"line_id": dispute.line_id, "statement_id": dispute.statement_id}
    session.add(Dispute(**of, state=DisputeState.OPEN, filed_at=now))
    session.flush()
    assert news(payouts_told.tell_due(session, now)) == {"holds_told": 1}, "what comes after a release holds anew"


def test_an_invoice_that_does_not_come_is_asked_for_after_three_days(session: Session, now: datetime) -> None:
    hands = Staff.hired(session)
    invoiced, pair = requested(session, hands, now), earned(session, hands, now - DAY)
    principal = make.person(session, Role.PRINCIPAL, agency=pair.agency)
    make.person(session, Role.PRINCIPAL, agency=invoiced.agency)
    issuing.issue_statement(session, hands.issues, now, payee=f"agency:{pair.agency_id}", month=f"{now:%Y-%m}")
    assert "missing_invoices_told" not in news(payouts_told.tell_due(session, now + 2 * DAY))
    assert news(payouts_told.tell_due(session, now + 3 * DAY))["missing_invoices_told"] == 1
    assert "missing_invoices_told" not in news(payouts_told.tell_due(session, now + 4 * DAY))
    told(session, now + 3 * DAY)
    assert "invoice_missing" in subjects(session, principal)


def test_approvers_and_cashiers_learn_once_a_day_what_waits_for_days(session: Session, now: datetime) -> None:
    hands = Staff.hired(session)
    payout = requested(session, hands, now)
    late = now + 2 * DAY
    assert news(payouts_told.tell_due(session, late - timedelta(hours=1))) == {}
    assert news(payouts_told.tell_due(session, late)) == {"late_approvals_told": 1}
    assert news(payouts_told.tell_due(session, late + timedelta(hours=1))) == {}
    payouts.approve_payout(session, hands.approves, late, payout)
    assert news(payouts_told.tell_due(session, late + 2 * DAY)) == {"late_bank_files_told": 1}
    told(session, late)
    assert subjects(session, hands.approver) == ["payout_waits", "approvals_wait"]
    assert subjects(session, hands.cashier) == ["payout_approved", "payments_wait_for_bank"]


def test_late_appeals_and_freezes_that_end_are_told_of(session: Session, now: datetime) -> None:
    manager, _ = staff(session, Role.CHANNEL_MANAGER)
    strike = make.strike(session, showing=make.showing(session, touch=make.touch(session)))
    broker = strike.showing.broker
    make.appeal(session, strike=strike, filed_at=now - 3 * DAY)
    make.freeze(session, broker=broker, starts_at=now - 30 * DAY, ends_at=now)
    longer = make.freeze(session, broker=make.broker(session), starts_at=now - 30 * DAY, ends_at=now)
    make.freeze(session, broker=longer.broker, starts_at=now - DAY, ends_at=now + DAY)
    assert news(waiting.tell_due(session, now)) == {"late_appeals_told": 1, "ended_freezes_told": 1}
    assert news(waiting.tell_due(session, now)) == {}
    told(session, now)
    assert subjects(session, manager)[-1:] == ["appeals_are_late"]
    assert subjects(session, broker)[-1:] == ["freeze_over"]
    assert subjects(session, longer.broker) == []


def test_a_broker_who_changed_agencies_is_not_told_of_the_clients_he_left(session: Session, now: datetime) -> None:
    touch = make.touch(session, protected_until=now + timedelta(hours=5))
    row = make.registration(session, touch=touch)
    principal = make.person(session, Role.PRINCIPAL, agency=row.agency)
    row.broker.agency_id = make.agency(session).id
    session.flush()
    deadlines.tell_due(session, now)
    told(session, now)
    assert (subjects(session, row.broker), subjects(session, principal)) == ([], ["left_protection_ends"])


@pytest.mark.parametrize("outcome", ["confirmed", "refused"])
def test_who_proposed_bank_details_learns_what_became_of_them(session: Session, now: datetime, outcome: str) -> None:
    hands, (person, manager) = Staff.hired(session), staff(session, Role.CHANNEL_MANAGER)
    details = BankDetails("某某公司", "工商银行", "6222020200112230123")
    change = bank_details.propose(session, manager, now, make.agency(session, bank_changed_at=None), details)
    if outcome == "confirmed":
        bank_details.confirm(session, hands.issues, now, change, account=details.account, call_back="王经理")
    else:
        bank_details.refuse(session, hands.issues, now, change, "电话里说不是")
    told(session, now)
    assert subjects(session, person) == ["bank_proposal_decided"]


def test_administrators_learn_of_an_old_backup_and_of_a_silent_worker(session: Session, now: datetime) -> None:
    administrator, _ = staff(session, Role.ADMINISTRATOR)
    session.add(JobRun(name=operation.BACKUP, ran_at=now - timedelta(hours=26), found={}))
    session.add(JobRun(name=operation.WORKER, ran_at=now - timedelta(minutes=5), found={}))
    session.flush()
    assert operation.tell_of_backups(session, now, 27) == operation.tell_of_backups(session, now, 0) == 0
    assert [operation.tell_of_backups(session, now, 26) for _ in range(2)] == [1, 0]
    assert operation.silent_since(session, now - timedelta(seconds=1)) is None
    since = operation.silent_since(session, now)
    assert since is not None
    assert not operation.is_silence_told(session, since)
    for _ in range(2):
        operation.tell_of_silence(session, now, since)
    assert operation.is_silence_told(session, since)
    told(session, now)
    assert subjects(session, administrator) == ["backup_is_old", "worker_silent"]


def test_a_privacy_officer_learns_that_faces_are_to_be_filed(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, _ = staff(session, Role.PRIVACY_OFFICER)
    make.template(session, touch=make.touch(session))
    counts.tell_of_filing(session, now)
    monkeypatch.setattr(counts, "WARN_AT", 1)
    for _ in range(2):
        counts.tell_of_filing(session, now)
    monkeypatch.setattr(counts, "FACES_FILING", 2)
    make.template(session, touch=make.touch(session))
    counts.tell_of_filing(session, now)
    told(session, now)
    assert subjects(session, officer) == ["faces_to_file"] * 2
