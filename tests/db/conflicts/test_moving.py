"""A deal that is not signed is given to another broker by a decision; of signed ones `test_parts` tells."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.adapters.storage.files import FolderFiles
from portal.models import DealMove, MilestoneKind, PostedLine
from portal.rules.conflicts.conflict import Outcome, offered
from portal.services.claims import receipts, touches
from portal.services.conflicts import cases
from portal.services.deals import deals
from portal.services.verification import proof
from tests.rivals import Rivals, decided, objected
from tests.site import refusal

KEEP, MOVE, SPLIT, REJECT = Outcome
DAY = timedelta(days=1)


def test_a_moved_deal_is_signed_and_paid_by_its_new_agency(two: Rivals, files: FolderFiles) -> None:
    session, deal = two.session, two.buys()
    case = objected(two, files)
    assert offered(cases.rule_case(session, two.now, case)) == (KEEP, MOVE, REJECT)
    decided(two, case, MOVE, two.second)
    assert (deal.owner_id, deal.agency_id) == (two.claimant.id, two.pairs[1].agency_id)
    move = session.scalars(select(DealMove)).one()
    assert (move.from_owner_id, move.to_touch_id) == (two.holder.id, deal.touch_id)
    before, after = deal.attributions
    assert (before.touch_id, after.touch_id, after.why["rule"]) == (two.first.touch_id, deal.touch_id, "by_decision")
    assert receipts.receipt_of(session, after).facts["rule"] == "decided_by_person"
    holder = touches.holder(session, deal.development_id, deal.client_id, two.now)
    assert holder is deal.touch
    assert holder.protected_until is None  # by the deal, for good
    later = two.now + DAY
    deals.record_milestone(session, two.manager(), later, deal, kind=MilestoneKind.SIGNED, at=later)
    lines = session.scalars(select(PostedLine)).all()
    assert [(line.agency_id, line.amount_fen) for line in lines] == [(two.pairs[1].agency_id, 36_000_00)]
    assert proof.verify_ledger(session).fault is None


def test_moved_to_nobody_it_earns_nobody_anything(two: Rivals, files: FolderFiles) -> None:
    session, deal = two.session, two.buys()
    decided(two, objected(two, files), MOVE)
    assert (deal.touch_id, deal.owner_id, deal.agency_id) == (None, None, None)
    deals.record_milestone(session, two.manager(), two.now, deal, kind=MilestoneKind.SIGNED, at=two.now)
    assert session.scalars(select(PostedLine)).all() == []
    assert proof.verify_ledger(session).fault is None


def test_a_deal_that_is_cancelled_is_not_moved(two: Rivals, files: FolderFiles) -> None:
    deal = two.buys()
    case = objected(two, files)
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.CANCELLED, at=two.now)
    assert offered(cases.rule_case(two.session, two.now, case)) == (KEEP, REJECT)
    for outcome in (MOVE, SPLIT):
        assert refusal(lambda chosen=outcome: decided(two, case, chosen, two.second, 4_000)) == "conflict_not_offered"
    decided(two, case, KEEP)


def test_the_database_lets_a_deal_follow_its_move_alone(two: Rivals, files: FolderFiles) -> None:
    deal = two.buys()
    others = f"touch_id = NULL, owner_id = {two.claimant.id}, agency_id = {two.pairs[1].agency_id}"
    for statement in (f"UPDATE deals SET {others}", "UPDATE deals SET unit = '9-9'"):
        with pytest.raises(DBAPIError), two.session.begin_nested():
            two.session.connection().exec_driver_sql(statement)
    decided(two, objected(two, files), MOVE, two.second)
    with pytest.raises(DBAPIError), two.session.begin_nested():
        two.session.connection().exec_driver_sql("UPDATE deal_moves SET reason = '别的'")
    back = f"touch_id = {two.first.touch_id}, owner_id = {two.holder.id}, agency_id = {two.pairs[0].agency_id}"
    with pytest.raises(DBAPIError), two.session.begin_nested():
        two.session.connection().exec_driver_sql(f"UPDATE deals SET {back} WHERE id = {deal.id}")
