"""Corrections that move much money take two people, on both databases: frozen, fresh, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import (
    Correction,
    CorrectionProposal,
    Deal,
    MilestoneKind,
    PlanVersion,
    ProposalState,
    Reward,
    Role,
)
from portal.rules.payouts.limits import MoneyLimits
from portal.services.commission import plans
from portal.services.deals import correction_proposals, corrections
from portal.services.home import figures
from portal.services.payouts import payouts
from portal.services.rewards import rewards
from portal.services.statements import issuing
from portal.services.verification import proof
from tests import factories as make
from tests.db.desk import Desk
from tests.db.selling import CANCELLED, PRICE, agreement, deals, last_line, lines_since, sold, total

LIMITS = MoneyLimits(correction_alone=10_000, correction_most=20_000)
"""Half the price of a first deal moves 18,000 yuan."""


@pytest.fixture
def approver(session: Session) -> Actor:
    session.limits = LIMITS
    return Actor.of(make.person(session, Role.APPROVER))


@pytest.fixture
def deal(session: Session, desk: Actor, approver: Actor, last_month: datetime) -> Deal:
    return sold(session, desk, last_month, agreement(session), 1)[0]


@pytest.fixture
def proposal(session: Session, desk: Actor, deal: Deal, now: datetime) -> CorrectionProposal:
    return correction_proposals.propose_deal(
        session, desk, now, deal, corrections.DealFacts(price_fen=PRICE // 2), reason="合同补充协议"
    )


def refusal_of(deed: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        deed(*given, **named)
    return refused.value.code


@pytest.mark.parametrize(
    ("price_fen", "code"),
    [(PRICE * 3 // 4, None), (PRICE // 2, "correction_needs_second"), (PRICE * 5 // 2, "correction_too_large")],
    ids=["9,000", "18,000", "54,000"],
)
def test_the_money_that_moves_decides(
    session: Session, desk: Actor, deal: Deal, now: datetime, price_fen: int, code: str | None
) -> None:
    facts, because = corrections.DealFacts(price_fen=price_fen), {"reason": "合同补充协议"}
    if code is None:
        lines = corrections.preview_deal(session, now, deal, facts)
        assert not correction_proposals.needs_second(session, lines)
        corrections.correct_deal(session, desk, now, deal, facts, **because)
        return
    assert refusal_of(corrections.correct_deal, session, desk, now, deal, facts, **because) == code
    assert deal.price_fen == PRICE
    if code == "correction_too_large":
        assert refusal_of(correction_proposals.propose_deal, session, desk, now, deal, facts, **because) == code


def moved_by_others(session: Session, actor: Actor) -> list[int]:
    """What the proposals that wait for this hand move."""
    return [row.moved_fen for row in session.scalars(correction_proposals.to_decide(actor))]


def test_another_person_confirms_and_it_posts_what_was_shown(
    session: Session, desk: Actor, approver: Actor, deal: Deal, proposal: CorrectionProposal, now: datetime
) -> None:
    assert (deal.price_fen, proposal.moved_fen) == (PRICE, 18_000_00)
    assert [line["amount_fen"] for line in proposal.lines] == [-18_000_00]
    assert [moved_by_others(session, one) for one in (desk, approver)] == [[], [18_000_00]]
    assert list(correction_proposals.waiting_of(session, deal)) == [proposal]
    last = last_line(session)
    row = correction_proposals.confirm_proposal(session, approver, now, proposal)
    assert [fen for fen, _cause in lines_since(session, last).values()] == [-18_000_00]
    assert (row.made_by, row.reason, proposal.correction_id) == (desk.id, "合同补充协议", row.id)
    assert (proposal.state, proposal.decided_by) == (ProposalState.CONFIRMED, approver.id)
    assert refusal_of(correction_proposals.confirm_proposal, session, approver, now, proposal) == "proposal_decided"
    assert proof.verify_ledger(session).fault is None


def test_the_plan_of_a_window_takes_two_as_well(
    session: Session, desk: Actor, approver: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 3)
    old = session.get_one(PlanVersion, made[0].plan_version_id)
    facts = {"name": old.name, "toml": old.toml.replace("180", "200"), "effective_from": now}
    plan = corrections.WindowsPlan(pair, f"{last_month:%Y-%m}", plans.publish_plan(session, desk, now, **facts))
    assert refusal_of(corrections.correct_plan, session, desk, now, plan, reason="费率录错") == (
        "correction_needs_second"
    )
    row = correction_proposals.propose_plan(session, desk, now, plan, reason="费率录错")
    correction_proposals.confirm_proposal(session, approver, now, row)
    assert total(session, pair) == 3 * 40_000_00


def test_rewards_that_a_moved_signing_date_settles_anew_count_too(
    session: Session, desk: Actor, approver: Actor, now: datetime
) -> None:
    """The first friend becomes the second: the voucher of 10,000 yuan goes from one to the other, which is 20,000."""
    place = Desk.opened(session)
    first, second = (place.friend_signs(session, now - timedelta(days=days)) for days in (20, 10))
    make.milestone(session, first, MilestoneKind.SUBSCRIBED, now - timedelta(days=30))
    later = corrections.DealFacts(signed_at=now - timedelta(days=5))
    assert corrections.preview_deal(session, now, first, later) == (), "no agency's commission follows"
    assert corrections.rewards_moved_fen(session, now, first, later.signed_at) == 20_000_00
    assert corrections.rewards_moved_fen(session, now, first, now - timedelta(days=15)) == 0, "the first one still"
    correct = corrections.correct_deal, session, desk, now, first
    assert refusal_of(*correct, later, reason="合同日期录错") == "correction_needs_second"
    proposal = correction_proposals.propose_deal(session, desk, now, first, later, reason="合同日期录错")
    assert proposal.moved_fen == 20_000_00
    correction_proposals.confirm_proposal(session, approver, now, proposal)
    rungs = session.execute(select(Reward.deal_id, Reward.rung).order_by(Reward.deal_id)).all()
    assert rungs == [(first.id, 2), (second.id, 1)]


def test_rewards_that_moved_meanwhile_make_a_proposal_stale(
    session: Session, desk: Actor, approver: Actor, now: datetime
) -> None:
    place = Desk.opened(session)
    first, second = (place.friend_signs(session, now - timedelta(days=days)) for days in (20, 10))
    make.milestone(session, first, MilestoneKind.SUBSCRIBED, now - timedelta(days=30))
    later = corrections.DealFacts(signed_at=now - timedelta(days=5))
    proposal = correction_proposals.propose_deal(session, desk, now, first, later, reason="合同日期录错")
    make.cancel(session, second, now)
    rewards.settle_rewards(session, SYSTEM, now, second)
    assert refusal_of(correction_proposals.confirm_proposal, session, approver, now, proposal) == "correction_stale"


def test_nobody_confirms_his_own_and_nothing_is_made(
    session: Session, desk: Actor, deal: Deal, proposal: CorrectionProposal, now: datetime
) -> None:
    assert refusal_of(correction_proposals.confirm_proposal, session, desk, now, proposal) == "own_proposal"
    assert session.query(Correction).count() == 0
    correction_proposals.withdraw_proposal(session, desk, now, proposal)
    assert (proposal.state, deal.price_fen) == (ProposalState.WITHDRAWN, PRICE)


def test_what_changed_meanwhile_is_not_executed(
    session: Session, desk: Actor, approver: Actor, deal: Deal, proposal: CorrectionProposal, now: datetime
) -> None:
    session.limits = replace(LIMITS, correction_alone=0)
    corrections.correct_deal(
        session, desk, now, deal, corrections.DealFacts(price_fen=PRICE * 3 // 4), reason="先改一次"
    )
    assert refusal_of(correction_proposals.confirm_proposal, session, approver, now, proposal) == "correction_stale"
    deals.record_milestone(session, desk, now, deal, kind=CANCELLED, at=now)
    assert refusal_of(correction_proposals.confirm_proposal, session, approver, now, proposal) == "deal_cancelled"
    correction_proposals.refuse_proposal(session, approver, now, proposal, "房已退")
    assert (proposal.state, proposal.reason) == (ProposalState.REFUSED, "房已退")


def test_the_database_keeps_what_was_proposed_and_wants_two(session: Session, proposal: CorrectionProposal) -> None:
    for statement in ("UPDATE correction_proposals SET price_fen = 1", "DELETE FROM correction_proposals"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
    own = "state = 'refused', reason = 'x', decided_by = proposed_by, decided_at = proposed_at"
    with pytest.raises(IntegrityError, match="second_person"), session.begin_nested():
        session.execute(text(f"UPDATE correction_proposals SET {own}"))
    with pytest.raises(IntegrityError, match="executed_as"), session.begin_nested():
        session.execute(
            text(
                "UPDATE correction_proposals SET state = 'confirmed', decided_at = proposed_at, "
                "decided_by = (SELECT max(id) FROM people WHERE id <> proposed_by)"
            )
        )


def test_the_approver_is_pointed_at_what_the_issuer_corrected(
    session: Session, desk: Actor, approver: Actor, deal: Deal, proposal: CorrectionProposal, now: datetime
) -> None:
    row = correction_proposals.confirm_proposal(session, approver, now, proposal)
    payee, month = f"agency:{deal.agency_id}", f"{now:%Y-%m}"
    mine = issuing.issue_statement(session, desk, now, payee=payee, month=month)
    (payout,) = payouts.of_statement(session, mine)
    assert list(correction_proposals.by_askers(session, payout)) == [row]


def test_two_who_confirm_correct_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        finance = make.person(session, Role.FINANCE)
        one = make.signed_deal(session, now, pair=make.agreement(session), by=finance)
        facts = corrections.DealFacts(price_fen=one.price_fen // 2)
        key = correction_proposals.propose_deal(session, Actor.of(finance), now, one, facts, reason="合同").id
        others = [Actor.of(make.person(session, Role.APPROVER)) for _ in range(2)]
    start, outcomes = Barrier(2), []

    def confirm(hand: Actor) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                correction_proposals.confirm_proposal(own, hand, now, own.get_one(CorrectionProposal, key))
            outcomes.append("confirmed")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=confirm, args=(hand,)) for hand in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["confirmed", "proposal_decided"]
    with database.reading() as session:
        assert session.query(Correction).count() == 1


def test_an_approver_sees_what_waits(
    session: Session, approver: Actor, proposal: CorrectionProposal, now: datetime
) -> None:
    found = {one.code: one.count for one in figures.waiting(session, approver, now)}
    assert found["corrections_to_confirm"] == 1
