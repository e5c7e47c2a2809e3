"""A signed deal is given to another agency, or split between several: what is posted, proved and refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.models import ConflictProposal, Deal, DealPart, MilestoneKind, PostedLine
from portal.rules.conflicts.conflict import Outcome, Result
from portal.services.commission import held
from portal.services.conflicts import deciding
from portal.services.conflicts.deciding import Choice
from portal.services.deals import corrections, deals
from portal.services.deals.corrections import DealFacts
from portal.services.deals.parts import Portion
from portal.services.registrations.registrations import register_client
from portal.services.verification import proof
from tests import factories as make
from tests.db.sealing import seal_window
from tests.factories.papers import rule_profile
from tests.rivals import NAME, Rivals, decided, objected
from tests.site import refusal

DAY = timedelta(days=1)


def signed(two: Rivals, unit: str = "6-1802") -> Deal:
    """The first broker's deal, signed: its whole commission is his agency's."""
    deal = two.buys(unit=unit)
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.SIGNED, at=two.now)
    return deal


def posted(two: Rivals) -> list[int]:
    """What stands in the ledger for each of the two agencies, in fen."""
    lines = two.session.scalars(select(PostedLine)).all()
    return [sum(one.amount_fen for one in lines if one.agency_id == pair.agency_id) for pair in two.pairs]


def split(two: Rivals, files: FolderFiles, share_bps: int = 4_000) -> Deal:
    deal = signed(two)
    case = objected(two, files)
    decided(two, case, Outcome.SPLIT, two.second, share_bps)
    return deal


def test_a_signed_deal_goes_to_another_agency_and_so_does_its_commission(two: Rivals, files: FolderFiles) -> None:
    deal = signed(two)
    case = objected(two, files)
    moves = deciding.preview(two.session, two.now, case, Choice(Outcome.MOVE, "看过了", two.second))
    assert [(one.before_fen, one.after_fen, one.others_fen) for one in moves] == [(36_000_00, 0, 0), (0, 36_000_00, 0)]
    decided(two, case, Outcome.MOVE, two.second)
    assert posted(two) == [0, 36_000_00]
    assert (deal.owner_id, deal.agency_id) == (two.claimant.id, two.pairs[1].agency_id)
    assert proof.verify_ledger(two.session).fault is None
    taken, came = two.session.scalars(select(PostedLine).where(PostedLine.reference.contains("decision"))).all()
    assert (taken.cause, taken.why["not_counted"], taken.why["deal"]["broker"]) == (
        "correction", "given_away", two.brokers[0].name,
    )  # fmt: skip
    assert (came.cause, came.why["deal"]["broker"]) == ("accrual", two.brokers[1].name)


def test_a_split_deal_pays_both_and_the_parts_are_the_whole(two: Rivals, files: FolderFiles) -> None:
    deal = split(two, files)
    assert posted(two) == [21_600_00, 14_400_00]
    assert [(one.owner_id, one.share_bps) for one in held.of_deal(two.session, deal)] == [
        (two.holder.id, 6_000),
        (two.claimant.id, 4_000),
    ]
    assert (deal.owner_id, deal.touch_id) == (two.holder.id, two.first.touch_id)  # the client stays where he was
    assert proof.verify_ledger(two.session).fault is None
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.CANCELLED, at=two.now)
    assert posted(two) == [0, 0]
    assert proof.verify_ledger(two.session).fault is None


def test_both_have_their_result_and_a_receipt_without_the_other(two: Rivals, files: FolderFiles) -> None:
    signed(two)
    row = decided(two, objected(two, files), Outcome.SPLIT, two.second, 3_333)
    assert {one.person_id: (one.result, one.share_bps) for one in row.results} == {
        two.holder.id: (Result.SHARED, 6_667),
        two.claimant.id: (Result.SHARED, 3_333),
    }


def test_what_happens_to_a_split_deal_is_posted_to_both(two: Rivals, files: FolderFiles) -> None:
    deal = split(two, files, 5_000)
    finance = two.manager()
    corrections.correct_deal(two.session, finance, two.now, deal, DealFacts(price_fen=2_200_000_00), reason="更正")
    assert posted(two) == [19_800_00, 19_800_00]
    assert proof.verify_ledger(two.session).fault is None


def test_the_date_of_a_split_deal_is_corrected_for_both(two: Rivals, files: FolderFiles) -> None:
    """From April into March, which the second agency has sealed; under another plan version neither would be paid as it
    was decided."""
    deal, bought = two.buys(), two.now
    case = objected(two, files)
    two.now += 30 * DAY
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.SIGNED, at=two.now)
    decided(two, case, Outcome.SPLIT, two.second, 4_000)
    seal_window(two.session, two.manager(), two.now, agency_id=two.pairs[1].agency_id, label="2026-03")
    sent, late = DealFacts(signed_at=bought + 2 * DAY), two.now + DAY
    assert corrections.preview_deal(two.session, late, deal, sent) == ()
    corrections.correct_deal(two.session, two.manager(), late, deal, sent, reason="合同日期录错")
    assert (deal.signed_at, posted(two)) == (bought + 2 * DAY, [21_600_00, 14_400_00])
    assert [one.share_bps for one in held.of_deal(two.session, deal)] == [6_000, 4_000]
    assert proof.verify_ledger(two.session).fault is None
    make.plan_version(two.session, version=2, effective_from=bought + 10 * DAY)
    other = DealFacts(signed_at=bought + 20 * DAY)
    assert refusal(lambda: corrections.preview_deal(two.session, late, deal, other)) == "correction_in_parts"


def test_a_second_look_may_give_all_of_it_back(two: Rivals, files: FolderFiles) -> None:
    deal = signed(two)
    case = objected(two, files)
    decided(two, case, Outcome.SPLIT, two.second, 4_000)
    deciding.ask_second_look(two.session, two.holder, two.now, case, "带看记录没有看")
    row = decided(two, case, Outcome.MOVE, two.first)
    assert {one.person_id: one.result for one in row.results} == {
        two.holder.id: Result.YOURS,
        two.claimant.id: Result.NOT_YOURS,
    }
    assert posted(two) == [36_000_00, 0]
    assert [one.share_bps for one in held.of_deal(two.session, deal)] == [10_000]
    assert proof.verify_ledger(two.session).fault is None


def test_moved_to_nobody_a_signed_deal_earns_nothing_and_may_come_back(two: Rivals, files: FolderFiles) -> None:
    signed(two)
    case = objected(two, files)
    decided(two, case, Outcome.MOVE)
    assert posted(two) == [0, 0]
    assert proof.verify_ledger(two.session).fault is None
    deciding.ask_second_look(two.session, two.claimant, two.now, case, "带看记录没有看")
    decided(two, case, Outcome.MOVE, two.second)
    assert posted(two) == [0, 36_000_00]
    assert proof.verify_ledger(two.session).fault is None


@pytest.mark.parametrize("share", [None, 0, 10_000])
def test_a_share_is_between_nothing_and_all(two: Rivals, files: FolderFiles, share: int | None) -> None:
    signed(two)
    case = objected(two, files)
    assert refusal(lambda: decided(two, case, Outcome.SPLIT, two.second, share)) == "split_share"
    assert refusal(lambda: decided(two, case, Outcome.SPLIT, None, 4_000)) == "split_needs_other"
    assert refusal(lambda: decided(two, case, Outcome.SPLIT, two.first, 4_000)) == "split_same_agency"


def test_a_deal_is_split_into_as_many_parts_as_the_rules_of_its_day_let(two: Rivals, files: FolderFiles) -> None:
    third = make.agreement(two.session, development=two.first.development)
    given = {"development_id": two.first.development_id, "phone": two.phone, "name": NAME}
    other = register_client(two.session, Actor.of(make.broker(two.session, agency=third.agency)), two.now, **given)
    signed(two)
    case = objected(two, files)
    choice = Choice(Outcome.SPLIT, "三方都带看过", two.second, 3_000, (Portion(other, 2_000),))
    assert refusal(lambda: deciding.decide(two.session, two.manager(), two.now, case, choice)) == "split_too_many"
    rule_profile(two.session, two.first.development, "split_parts = 3")
    moves = deciding.preview(two.session, two.now, case, choice)
    assert [one.after_fen for one in moves] == [18_000_00, 10_800_00, 7_200_00]
    row = deciding.decide(two.session, two.manager(), two.now, case, choice)
    assert {(one.person_id, one.share_bps) for one in row.results} == {
        (two.holder.id, 5_000), (two.claimant.id, 3_000), (other.broker_id, 2_000),
    }  # fmt: skip
    assert [(one.registration_id, one.share_bps) for one in row.further] == [(other.id, 2_000)]
    assert posted(two) == [18_000_00, 10_800_00]
    assert proof.verify_ledger(two.session).fault is None


def test_what_was_proposed_in_three_parts_is_done_in_three(two: Rivals, files: FolderFiles) -> None:
    rule_profile(two.session, two.first.development, "split_parts = 3")
    third = make.agreement(two.session, development=two.first.development)
    given = {"development_id": two.first.development_id, "phone": two.phone, "name": NAME}
    other = register_client(two.session, Actor.of(make.broker(two.session, agency=third.agency)), two.now, **given)
    deal = two.buys(price_fen=4_000_000_00)
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.SIGNED, at=two.now)
    choice = Choice(Outcome.SPLIT, "三方都带看过", two.second, 3_000, (Portion(other, 2_000),))
    proposal = deciding.decide(two.session, two.manager(), two.now, objected(two, files), choice)
    assert isinstance(proposal, ConflictProposal)
    deciding.confirm(two.session, two.manager(), two.now, proposal)
    assert [one.share_bps for one in held.of_deal(two.session, deal)] == [5_000, 3_000, 2_000]


def test_a_development_may_let_no_deal_be_split(two: Rivals, files: FolderFiles) -> None:
    signed(two)
    case = objected(two, files)
    two.first.development.policy = {"deal_splits": 0}
    assert refusal(lambda: decided(two, case, Outcome.SPLIT, two.second, 4_000)) == "conflict_not_offered"


def test_parts_end_once_and_nothing_else_of_them_changes(two: Rivals, files: FolderFiles) -> None:
    deal = split(two, files)
    row = two.session.scalars(select(DealPart).where(DealPart.until.is_(None))).first()
    assert row is not None
    more = "deal_id, move_id, agency_id, owner_id, plan_version_id, opening, since"
    for statement in (
        "UPDATE deal_parts SET share_bps = 9999",
        "UPDATE deal_parts SET until = NULL WHERE until IS NOT NULL",
        "DELETE FROM deal_parts",
        f"INSERT INTO deal_parts ({more}, after_bps, share_bps) SELECT {more}, 0, 1 FROM deal_parts WHERE opening",
        f"UPDATE deals SET plan_version_id = NULL WHERE id = {deal.id}",
        f"UPDATE deals SET agency_id = {two.pairs[1].agency_id} WHERE id = {deal.id}",
    ):
        with pytest.raises(DBAPIError), two.session.begin_nested():
            two.session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("share_bps = 6001 WHERE share_bps = 6000", "fact"),
        ("until = since WHERE share_bps = 4000 AND until IS NULL", "deal"),
    ],
)
def test_a_part_that_was_changed_past_the_portal_is_found(
    two: Rivals, files: FolderFiles, change: str, what: str
) -> None:
    split(two, files)
    assert proof.verify_ledger(two.session).fault is None
    on = " ON deal_parts" if two.session.get_bind().dialect.name == "postgresql" else ""
    two.session.connection().exec_driver_sql(f"DROP TRIGGER deal_parts_keep{on}")
    two.session.connection().exec_driver_sql(f"UPDATE deal_parts SET {change}")
    fault = proof.verify_ledger(two.session).fault
    assert fault is not None
    assert fault.what == what


def test_a_split_of_more_than_fifty_thousand_yuan_takes_two_people(two: Rivals, files: FolderFiles) -> None:
    deal = two.buys(price_fen=4_000_000_00)
    deals.record_milestone(two.session, two.manager(), two.now, deal, kind=MilestoneKind.SIGNED, at=two.now)
    case, one, other = objected(two, files), two.manager(), two.manager()
    choice = Choice(Outcome.SPLIT, "双方都带看过", two.second, 4_000)
    proposal = deciding.decide(two.session, one, two.now, case, choice)
    assert isinstance(proposal, ConflictProposal)
    assert (proposal.moved_fen, proposal.share_bps) == (72_000_00, 4_000)
    assert posted(two) == [72_000_00, 0], "nothing moves before the second has confirmed"
    assert refusal(lambda: deciding.confirm(two.session, one, two.now, proposal)) == "own_proposal"
    row = deciding.confirm(two.session, other, two.now, proposal)
    assert (row.outcome, row.share_bps, row.decided_by, row.confirmed_by) == ("split", 4_000, one.id, other.id)
    assert posted(two) == [43_200_00, 28_800_00]
    assert proof.verify_ledger(two.session).fault is None
