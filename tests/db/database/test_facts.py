"""Facts that money rests on: the database lets none be changed, and where somebody put its guards away `ledger verify`
names what was changed, by kind and place."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.ledger import Fault
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import Deal, FactEntry, Role
from portal.services import facts
from portal.services.deals import corrections, moves
from portal.services.verification import proof
from portal.services.verification import runs as verification_runs
from portal.web.words.ledger import FACTS
from tests import factories as make
from tests.db.sealing import seal_window
from tests.db.selling import agreement, sold
from tests.rivals import rivals


class Deed(NamedTuple):
    """What is done to one row of a table, the fault that names it, and the kind of fact and column that say where."""

    table: str
    change: str | None
    found: str = "fact"
    kind: str = ""
    where: str = "true"
    place: str = "id"


CORRECTED = "id IN (SELECT deal_id FROM corrected_facts WHERE what = '{}')"
UNTOUCHED = "signed_at IS NOT NULL AND agency_id IS NOT NULL AND id NOT IN (SELECT deal_id FROM corrected_facts)"
LONG_AGO = "'2020-01-01 00:00:00.000000'"
SIGNING = "(SELECT min(id) FROM milestones WHERE kind = 'signed' AND deal_id = deals.id)"

DEEDS = (
    Deed("deals", "price_fen = price_fen + 100000000", kind="deal", where=UNTOUCHED),
    Deed("deals", "agency_id = agency_id + 1", kind="deal", where=UNTOUCHED),
    Deed("deals", "owner_id = created_by", kind="deal", where=UNTOUCHED),
    Deed("deals", "unit = 'x'", kind="deal", where=UNTOUCHED),
    Deed("deals", "price_fen = price_fen + 1", "deal", "deal", CORRECTED.format("price")),
    Deed("deals", f"signed_at = {LONG_AGO}", "deal", "deal", CORRECTED.format("signed_at")),
    Deed("deals", f"signed_at = {LONG_AGO}", "deal", "deal", UNTOUCHED),
    Deed("deals", "signed_at = NULL", "deal", "deal", UNTOUCHED),
    Deed("deals", "cancelled_at = signed_at", "deal", "deal", UNTOUCHED),
    Deed(
        "deals",
        "plan_version_id = (SELECT max(id) FROM plan_versions WHERE id <> deals.plan_version_id)",
        kind="milestone",
        where=UNTOUCHED,
        place=SIGNING,
    ),
    Deed("milestones", f"at = {LONG_AGO}", kind="milestone", where="kind = 'signed'"),
    Deed("milestones", f"recorded_at = {LONG_AGO}", kind="milestone"),
    Deed("milestones", None, kind="milestone", where="kind = 'subscribed'"),
    Deed("attributions", "touch_id = NULL", kind="attribution"),
    Deed("deal_moves", "reason = 'x'", kind="deal_move"),
    Deed("deals", "owner_id = created_by", "deal", "deal", "id IN (SELECT deal_id FROM deal_moves)"),
    Deed("plan_versions", "toml = toml || ' '", kind="plan"),
    Deed("plan_versions", f"effective_from = {LONG_AGO}", kind="plan"),
    Deed("reward_plan_versions", "toml = toml || ' '", kind="reward_plan"),
    Deed("withholding_tables", "toml = toml || ' '", kind="tax_table"),
    Deed("window_seals", f"sealed_at = {LONG_AGO}", kind="seal"),
    Deed("window_seals", None, kind="seal"),
    Deed("corrected_facts", "after = '1'", kind="correction"),
    Deed("corrections", "reason = 'x'", kind="correction", place="(SELECT min(id) FROM corrected_facts)"),
    Deed("posted_lines", "why = '{}'", kind="lines", place="batch_id"),
    Deed("posted_lines", "rank = 7", kind="lines", where="rank = 1", place="batch_id"),
    Deed("statements", "issued_to = 'x'", kind="statement"),
    Deed("statements", f"issued_at = {LONG_AGO}", kind="statement"),
    Deed("invoices", "amount_fen = amount_fen + 1", kind="invoice"),
    Deed("adjustments", "reason = 'x'", kind="adjustment", where="state = 'approved'"),
    Deed("showing_reviews", "decision = 'genuine'", kind="review"),
    Deed("strikes", f"confirmed_at = {LONG_AGO}", kind="strike"),
    Deed("freezes", f"ends_at = {LONG_AGO}, starts_at = '2019-01-01 00:00:00.000000'", kind="freeze"),
    Deed("freezes", None, kind="freeze"),
    Deed("dispute_steps", "words = 'x'", kind="dispute"),
    Deed("dispute_steps", None, kind="dispute"),
    Deed("disputes", "statement_id = statement_id + 1", kind="dispute", place="(SELECT min(id) FROM dispute_steps)"),
    Deed("fact_entries", "digest = hash", "fact_chain", "plan", "id = 1", place="row_id"),
    Deed("fact_entries", "row_id = row_id + 1000000", "fact_chain", "", "id = 2"),
    Deed("fact_entries", None, "fact_chain", "", "id = 3"),
)


@pytest.fixture
def recorded(ledger_world: Session, now: datetime, last_month: datetime) -> Session:
    """The ledger's world, with corrections of every kind, a dispute, a freeze and a seal in it."""
    session, finance = ledger_world, Actor.of(make.person(ledger_world, Role.FINANCE))
    pair = agreement(session)
    priced, dated, planned = sold(session, finance, last_month, pair, 3)
    later = make.plan_version(session, name=pair.plan_name, version=2, toml=priced.plan_version.toml)
    corrections.correct_deal(
        session, finance, now, priced, corrections.DealFacts(price_fen=1_500_000_00), reason="合同价有误"
    )
    moved = last_month + timedelta(days=1)
    corrections.correct_deal(
        session, finance, now, dated, corrections.DealFacts(signed_at=moved), reason="签约日期有误"
    )
    corrections.correct_plan(
        session,
        finance,
        now,
        corrections.WindowsPlan(pair, label=f"{last_month:%Y-%m}", version=later),
        reason="方案有误",
    )
    assert planned.plan_version_id == later.id
    seal_window(session, finance, now, agency_id=pair.agency_id, label=f"{last_month:%Y-%m}")
    make.dispute(session, line_id=session.scalar(text("SELECT min(line_id) FROM statement_lines")) or 0)
    make.freeze(session, broker=make.broker(session), starts_at=now, ends_at=now + timedelta(days=30))
    moves.give(session, finance, now, rivals(session, now).buys(), None, "客户自己来的")
    assert proof.verify_ledger(session).fault is None
    return session


@pytest.fixture
def bare(recorded: Session, unguarded: Session) -> Session:
    """The same without any guard, and with foreign keys that nobody looks at."""
    assert recorded is unguarded
    return unguarded


def aimed(session: Session, deed: Deed) -> tuple[str, int, int]:
    """The deed at one row of those that it is for, that row's id, and the number that the fault should name."""
    row = session.execute(
        text(f"SELECT id, {deed.place} FROM {deed.table} WHERE {deed.where} ORDER BY id LIMIT 1")
    ).one()
    change = f"UPDATE {deed.table} SET {deed.change}" if deed.change else f"DELETE FROM {deed.table}"
    return f"{change} WHERE id = {row[0]}", *row


def test_the_database_lets_no_fact_be_changed(recorded: Session) -> None:
    let = []
    for deed in DEEDS:
        done, _row, _place = aimed(recorded, deed)
        try:
            with recorded.begin_nested():
                recorded.execute(text(done))
                let.append(done)
        except DBAPIError:
            continue
    assert let == []


def test_what_was_changed_past_the_guards_is_named_by_kind_and_place(bare: Session) -> None:
    found, expected = [], []
    for deed in DEEDS:
        done, _row, place = aimed(bare, deed)
        with bare.begin_nested() as attempt:
            bare.execute(text(done))
            bare.expire_all()
            fault = proof.verify_ledger(bare).fault
            attempt.rollback()
        named = f"{deed.kind}:{place}" if deed.kind else None
        found.append((done, fault and (fault.what, fault.reference if named else None)))
        expected.append((done, (deed.found, named)))
    assert found == expected
    assert proof.verify_ledger(bare).fault is None


def test_the_second_hand_of_an_adjustment_is_held_against_what_was_decided(bare: Session) -> None:
    if bare.get_bind().dialect.name == "postgresql":
        bare.execute(text("ALTER TABLE adjustments DROP CONSTRAINT ck_adjustments_second_person"))
    else:
        bare.execute(text("PRAGMA ignore_check_constraints = ON"))
    bare.execute(text("UPDATE adjustments SET decided_by = proposed_by WHERE state = 'approved'"))
    fault = proof.verify_ledger(bare).fault
    if bare.get_bind().dialect.name == "sqlite":
        bare.execute(text("PRAGMA ignore_check_constraints = OFF"))
    assert fault is not None
    assert (fault.what, str(fault.reference).split(":")[0]) == ("fact", "adjustment")


def test_a_price_that_the_register_was_made_anew_for_is_found_by_rating(bare: Session, now: datetime) -> None:
    """Whoever can write everything can also enter everything anew; what is posted then is not what would be earned."""
    deal_id = bare.scalar(text(f"SELECT min(id) FROM deals WHERE {UNTOUCHED}"))
    assert deal_id is not None
    verification_runs.note(bare, SYSTEM, now, verification_runs.verify(bare), seconds=0)
    bare.execute(text(f"UPDATE deals SET price_fen = price_fen + 100000000 WHERE id = {deal_id}"))
    bare.execute(text("DELETE FROM fact_entries"))
    bare.expire_all()
    assert facts.take_over(bare, SYSTEM, now)
    assert proof.verify_ledger(bare).fault == Fault(0, "rating", f"deal:{deal_id}:signed")
    bare.execute(text(f"UPDATE deals SET price_fen = price_fen - 100000000 WHERE id = {deal_id}"))
    bare.execute(text("DELETE FROM fact_entries"))
    bare.expire_all()
    facts.take_over(bare, SYSTEM, now + timedelta(days=1))
    assert proof.verify_ledger(bare).fault is None
    fault = verification_runs.verify(bare).fault
    assert fault is None or fault.what == "facts_rewritten"


def test_a_deal_that_was_put_in_past_the_portal_is_found(bare: Session) -> None:
    """By the register, as a fact that nobody entered."""
    kept = "development_id, client_id, name_sealed, price_fen, agency_id, plan_version_id, created_at, created_by"
    bare.execute(text(f"INSERT INTO deals (unit, {kept}) SELECT 'x', {kept} FROM deals LIMIT 1"))
    newest = bare.scalar(text("SELECT max(id) FROM deals"))
    assert proof.verify_ledger(bare).fault == Fault(0, "fact", f"deal:{newest}")


def test_audit_entries_that_are_gone_are_missed(bare: Session, now: datetime) -> None:
    verification_runs.note(bare, SYSTEM, now, verification_runs.verify(bare), seconds=0)
    bare.flush()
    assert verification_runs.verify(bare).fault is None
    bare.execute(text("DELETE FROM audit_entries WHERE id = (SELECT min(id) FROM audit_entries)"))
    fault = verification_runs.verify(bare).fault
    assert fault is not None
    assert fault.what == "audit"


def test_a_commit_enters_what_it_recorded_and_a_rollback_nothing(database: Database, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        make.deal(session)
        1 / 0  # noqa: B018 - any exception will do
    with database.transaction() as session:
        deal = make.deal(session, signed_at=now)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            make.deal(session)
            1 / 0  # noqa: B018 - as above
    with database.reading() as session:
        rows = session.query(FactEntry).order_by(FactEntry.id).all()
        assert session.query(Deal).count() == 1
        kinds = [(row.id, row.kind) for row in rows]
        assert kinds == [(1, "deal"), (2, "milestone")]
        assert rows[0].row_id == deal.id
        assert proof.verify_ledger(session).fault is None


def test_every_kind_of_fact_has_words() -> None:
    assert set(FACTS) == set(facts.KINDS)


def test_every_kind_of_fact_is_tried_but_for_those_with_tests_of_their_own() -> None:
    elsewhere = {"goods", "period", "appeal", "paper", "plan_acceptance", "deal_part"}
    assert {deed.kind for deed in DEEDS} - {""} | elsewhere == set(facts.KINDS)
