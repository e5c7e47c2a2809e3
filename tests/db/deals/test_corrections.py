"""Corrections on both databases: what stood is kept, and the difference is posted (rules 5.4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import (
    Cause,
    CorrectedFact,
    PlanVersion,
)
from portal.services.commission import plans
from portal.services.deals import corrections, deals
from tests.db.selling import (
    CANCELLED,
    LOAN,
    PRICE,
    agreement,
    last_line,
    lines_since,
    seal,
    sold,
    subscribed,
    total,
)


def test_a_corrected_price_posts_the_difference_of_that_deal(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 2)
    preview = corrections.preview_deal(session, now, made[0], corrections.DealFacts(price_fen=PRICE // 2))
    last = last_line(session)
    row = corrections.correct_deal(
        session, desk, now, made[0], corrections.DealFacts(price_fen=PRICE // 2), reason="合同补充协议"
    )
    assert lines_since(session, last) == {made[0].id: (-18_000_00, Cause.CORRECTION)}
    assert [line.amount_fen for line in preview] == [-18_000_00]
    (line,) = corrections.lines_of(session, row)
    assert line.reference == f"line:correction-{row.id}:{made[0].id}:signed"
    (fact,) = corrections.of_deal(session, made[0])
    assert (fact.what, fact.before, fact.after) == ("price", str(PRICE), str(PRICE // 2))
    assert total(session, pair) == 54_000_00


def test_a_corrected_signing_date_re_ranks_both_windows(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    """The 1st of six goes to this month: the 6th becomes the 5th, and it is the 1st where it comes to."""
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 6)
    last, before = last_line(session), made[5].signed_at
    corrections.correct_deal(session, desk, now, made[5], corrections.DealFacts(signed_at=now), reason="合同日期录错")
    assert lines_since(session, last) == {made[5].id: (-14_000_00, Cause.CORRECTION)}
    last = last_line(session)
    corrections.correct_deal(session, desk, now, made[5], corrections.DealFacts(signed_at=before), reason="原来是对的")
    assert lines_since(session, last) == {made[5].id: (14_000_00, Cause.CORRECTION)}
    last = last_line(session)
    corrections.correct_deal(session, desk, now, made[0], corrections.DealFacts(signed_at=now), reason="这一套才是")
    assert lines_since(session, last) == {made[5].id: (-14_000_00, Cause.RE_RANK)}
    assert total(session, pair) == 6 * 36_000_00


def test_behind_a_seal_a_corrected_date_moves_its_own_deal_alone(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 6)
    seal(session, desk, now, pair, last_month)
    last = last_line(session)
    corrections.correct_deal(session, desk, now, made[5], corrections.DealFacts(signed_at=now), reason="合同日期录错")
    corrections.correct_deal(session, desk, now, made[0], corrections.DealFacts(signed_at=now), reason="合同日期录错")
    assert lines_since(session, last) == {made[5].id: (-14_000_00, Cause.CORRECTION)}
    corrections.correct_deal(session, desk, now, made[5], corrections.DealFacts(signed_at=last_month), reason="又错了")
    assert total(session, pair) == 230_000_00


def test_the_plan_of_deals_that_were_sold_is_corrected_by_a_version_that_came_later(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 6)
    deals.record_milestone(session, desk, now, made[1], kind=CANCELLED, at=now)
    old = session.get_one(PlanVersion, made[0].plan_version_id)
    better = plans.publish_plan(
        session, desk, now, name=old.name, toml=old.toml.replace("180", "200"), effective_from=now
    )
    label = f"{last_month:%Y-%m}"
    preview = corrections.preview_plan(session, now, corrections.WindowsPlan(pair, label=label, version=better))
    last = last_line(session)
    row = corrections.correct_plan(
        session, desk, now, corrections.WindowsPlan(pair, label=label, version=better), reason="费率录错"
    )
    living = [deal for deal in made if deal.cancelled_at is None]
    assert lines_since(session, last) == {deal.id: (4_000_00, Cause.CORRECTION) for deal in living}
    assert {line.deal_id: line.amount_fen for line in preview} == {deal.id: 4_000_00 for deal in living}
    assert {deal.plan_version_id for deal in living} == {better.id}
    assert len(row.facts) == 5
    with pytest.raises(Refusal, match="nothing_to_correct"):
        corrections.correct_plan(
            session, desk, now, corrections.WindowsPlan(pair, label=label, version=better), reason="再来一次"
        )
    assert total(session, pair) == 5 * 40_000_00


def test_a_corrected_date_brings_the_version_in_force_then_unless_the_plan_was_corrected(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    first, second = sold(session, desk, last_month, pair, 2)
    old = session.get_one(PlanVersion, first.plan_version_id)
    newer = plans.publish_plan(
        session, desk, now, name=old.name, toml=old.toml.replace("180", "200"), effective_from=now
    )
    corrections.correct_deal(session, desk, now, second, corrections.DealFacts(signed_at=now), reason="合同日期录错")
    assert second.plan_version_id == newer.id
    corrections.correct_deal(
        session, desk, now, second, corrections.DealFacts(signed_at=last_month), reason="原来是对的"
    )
    assert second.plan_version_id == old.id
    corrections.correct_plan(
        session, desk, now, corrections.WindowsPlan(pair, label=f"{last_month:%Y-%m}", version=newer), reason="费率录错"
    )
    corrections.correct_deal(
        session, desk, now, second, corrections.DealFacts(signed_at=last_month + timedelta(days=1)), reason="晚一天"
    )
    assert second.plan_version_id == newer.id


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"price_fen": PRICE}, "nothing_to_correct"),
        ({"price_fen": 0}, "price_not_positive"),
        ({"signed_at": timedelta(days=1)}, "milestone_ahead"),
        ({"signed_at": timedelta(days=-400)}, "milestone_before"),
        ({"signed_at": timedelta(0)}, "signed_after_next"),
        ({"price_fen": 1}, "price_impossible"),
        ({"price_fen": 50_000_00}, "price_unlikely"),
        ({"price_fen": PRICE // 2, "reason": " "}, "correction_reason_needed"),
    ],
)
def test_what_cannot_be_corrected(
    session: Session, desk: Actor, now: datetime, last_month: datetime, facts: dict, code: str
) -> None:
    pair = agreement(session)
    (deal,) = sold(session, desk, last_month, pair, 1)
    deals.record_milestone(session, desk, now, deal, kind=LOAN, at=last_month + timedelta(days=1))
    facts = facts | ({"signed_at": now + facts["signed_at"]} if "signed_at" in facts else {})
    with pytest.raises(Refusal) as caught:
        reason = facts.pop("reason", "录错")
        corrections.correct_deal(session, desk, now, deal, corrections.DealFacts(**facts), reason=reason)
    assert caught.value.code == code
    assert session.scalars(select(CorrectedFact)).all() == []


def test_a_cancelled_deal_is_not_corrected_and_one_that_earns_nothing_posts_nothing(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    (deal,) = sold(session, desk, last_month, pair, 1)
    deals.record_milestone(session, desk, now, deal, kind=CANCELLED, at=now)
    with pytest.raises(Refusal, match="deal_cancelled"):
        corrections.correct_deal(session, desk, now, deal, corrections.DealFacts(price_fen=1), reason="录错")
    other = subscribed(session, desk, last_month, pair)
    last = last_line(session)
    corrections.correct_deal(session, desk, now, other, corrections.DealFacts(price_fen=PRICE + 1), reason="录错")
    assert (other.price_fen, lines_since(session, last)) == (PRICE + 1, {})
