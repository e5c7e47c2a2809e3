"""Conflicts under races, on both databases: decided once, objected to once, and never of a deal that is cancelled."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import month_end
from portal.db import Database
from portal.models import (
    ConflictCase,
    ConflictDecision,
    ConflictProposal,
    MilestoneKind,
    Objection,
    Period,
    PeriodState,
    PostedLine,
    Registration,
    Role,
)
from portal.models import Deal as DealRow
from portal.rules.conflicts.conflict import Outcome
from portal.rules.payouts.limits import MoneyLimits
from portal.services.conflicts import deciding, objections
from portal.services.conflicts.deciding import Choice
from portal.services.deals import deals
from portal.services.periods import periods
from portal.services.periods import worker as close_worker
from portal.services.verification import proof
from tests import factories as make
from tests.db.sealing import seal_window
from tests.rivals import Rivals, rivals

Deed = Callable[[Session], object]


def race(database: Database, deeds: list[Deed]) -> list[str]:
    """Do all deeds at once, each in a transaction of its own; the codes of what was refused."""
    start, refused = Barrier(len(deeds)), []

    def run(deed: Deed) -> None:
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


def objected(session: Session, now: datetime, registration_id: int) -> int:
    row = session.get_one(Registration, registration_id)
    made = objections.object_to(session, Actor.of(row.broker), now, None, row, words="我的客户")  # type: ignore[arg-type]
    return made.case_id


def test_of_four_deciders_one_decides(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        two = rivals(session, now)
        case_id, to = objected(session, now, two.second.id), two.second.id
        managers = [two.manager() for _ in range(4)]

    def decide(manager: Actor, outcome: Outcome) -> Deed:
        def deed(session: Session) -> object:
            registration = session.get_one(Registration, to) if outcome is Outcome.MOVE else None
            case = session.get_one(ConflictCase, case_id)
            return deciding.decide(session, manager, now, case, Choice(outcome, "看过了", registration))

        return deed

    outcomes = [Outcome.KEEP, Outcome.MOVE, Outcome.REJECT, Outcome.MOVE]
    assert race(database, [decide(*one) for one in zip(managers, outcomes, strict=True)]) == ["conflict_decided"] * 3
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictDecision)) == 1


def test_of_two_who_confirm_one_does(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        session.limits = MoneyLimits(conflict_alone=1)
        two = rivals(session, now)
        two.buys()
        case_id = objected(session, now, two.second.id)
        proposal = deciding.decide(
            session, two.manager(), now, session.get_one(ConflictCase, case_id), Choice(Outcome.KEEP, "看过了")
        )
        key = proposal.id
        hands = [Actor.of(make.person(session, Role.APPROVER)) for _ in range(2)]

    def confirm(hand: Actor) -> Deed:
        return lambda session: deciding.confirm(session, hand, now, session.get_one(ConflictProposal, key))

    (refused,) = race(database, [confirm(hand) for hand in hands])
    assert refused == "proposal_decided"
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictDecision)) == 1


def test_an_objection_that_is_sent_four_times_is_one(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        key = rivals(session, now).second.id
    assert race(database, [lambda session: objected(session, now, key)] * 4) == ["already_objected"] * 3
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Objection)) == 1
        assert session.scalar(select(func.count()).select_from(ConflictCase)) == 1


def test_a_deal_that_is_cancelled_meanwhile_is_not_moved(database: Database, now: datetime) -> None:
    """Whoever comes first: a cancelled deal stays where it was, or the deal was moved and then cancelled."""
    with database.transaction() as session:
        two = rivals(session, now)
        deal_id, to = two.buys().id, two.second.id
        case_id = objected(session, now, to)
        manager, other = two.manager(), two.manager()

    def decide(session: Session) -> object:
        case, registration = session.get_one(ConflictCase, case_id), session.get_one(Registration, to)
        return deciding.decide(session, manager, now, case, Choice(Outcome.MOVE, "看过了", registration))

    def cancel(session: Session) -> object:
        deal = session.get_one(DealRow, deal_id)
        return deals.record_milestone(session, other, now, deal, kind=MilestoneKind.CANCELLED, at=now)

    refused = race(database, [decide, cancel])
    with database.reading() as session:
        deal = session.get_one(DealRow, deal_id)
        moved = session.scalar(select(func.count()).select_from(ConflictDecision))
        assert deal.cancelled_at is not None
        assert refused == ([] if moved else ["conflict_not_offered"])
        assert deal.owner_id == (two.brokers[1].id if moved else two.brokers[0].id)


def split_case(database: Database, now: datetime) -> tuple[Rivals, int, int, Deed]:
    """A signed deal in question, and the deed that splits it."""
    with database.transaction() as session:
        two = rivals(session, now)
        deal = two.buys()
        deals.record_milestone(session, two.manager(), now, deal, kind=MilestoneKind.SIGNED, at=now)
        deal_id, case_id, to = deal.id, objected(session, now, two.second.id), two.second.id
        manager = two.manager()

    def split(session: Session) -> object:
        case, registration = session.get_one(ConflictCase, case_id), session.get_one(Registration, to)
        return deciding.decide(session, manager, now, case, Choice(Outcome.SPLIT, "看过了", registration, 4_000))

    return two, deal_id, case_id, split


def posted(session: Session, two: Rivals) -> list[int]:
    sums = dict(
        session.execute(
            select(PostedLine.agency_id, func.sum(PostedLine.amount_fen)).group_by(PostedLine.agency_id)
        ).all()
    )
    return [int(sums.get(broker.agency_id, 0)) for broker in two.brokers]


def test_a_deal_that_is_cancelled_as_it_is_split_earns_nobody_anything(database: Database, now: datetime) -> None:
    two, deal_id, _case, split = split_case(database, now)
    other = Actor.of(two.brokers[0])

    def cancel(session: Session) -> object:
        deal = session.get_one(DealRow, deal_id)
        return deals.record_milestone(session, other, now, deal, kind=MilestoneKind.CANCELLED, at=now)

    assert race(database, [split, cancel]) in ([], ["conflict_not_offered"])
    with database.reading() as session:
        assert posted(session, two) == [0, 0]
        assert proof.verify_ledger(session).fault is None


def test_a_split_and_a_seal_at_once_leave_what_is_due(database: Database, now: datetime) -> None:
    """Whoever comes first: the ledger holds what both agencies' sealed windows come to."""
    two, _deal, case_id, split = split_case(database, now)
    agencies = [broker.agency_id for broker in two.brokers]
    by = Actor.of(two.brokers[0])

    def seal(agency_id: int) -> Deed:
        return lambda session: seal_window(session, by, now, agency_id=agency_id, label="agreement")

    assert race(database, [split, *(seal(key or 0) for key in reversed(agencies)), split]) == ["conflict_decided"]
    with database.reading() as session:
        assert session.get_one(ConflictCase, case_id).closed_at is not None
        assert posted(session, two) == [21_600_00, 14_400_00]
        assert proof.verify_ledger(session).fault is None


def test_a_split_as_the_whole_month_is_closed_leaves_what_is_due(database: Database, now: datetime) -> None:
    """Whoever comes first: windows are sealed, statements issued, and what came later is posted to later ones."""
    two, _deal, case_id, split = split_case(database, now)
    after = month_end("2026-03") + timedelta(days=2)
    with database.transaction() as session:
        finance = Actor.of(make.person(session, Role.FINANCE))
        period_id = periods.start_close(session, finance, after, month="2026-03").id
    start = Barrier(2)

    def close() -> None:
        start.wait()
        close_worker.run(database, lambda: after, period_id)

    closing = Thread(target=close)
    closing.start()
    start.wait()
    with database.transaction() as session:
        split(session)
    closing.join()
    close_worker.run(database, lambda: after, period_id)  # a chunk that met the decision's locks goes on where it stood
    with database.reading() as session:
        assert session.get_one(Period, period_id).state is PeriodState.CLOSED
        assert session.get_one(ConflictCase, case_id).closed_at is not None
        assert posted(session, two) == [21_600_00, 14_400_00]
        assert proof.verify_ledger(session).fault is None
