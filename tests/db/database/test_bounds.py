"""Nothing that nobody means is stored, by whatever way it comes; on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.money import MOST_FEN
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import Deal, Role
from portal.services.deals import corrections, deals
from portal.services.imports import rows as import_rows
from tests import factories as make
from tests.db.money import Staff, earned

HUGE = 999_999_999_999_999_00
COLUMNS = ("deals.price_fen", "posted_lines.amount_fen", "ledger_transfers.amount_fen")


@pytest.fixture
def deal(session: Session, now: datetime) -> Deal:
    staff = Staff.hired(session)
    pair = earned(session, staff, now)
    return session.scalars(select(Deal).where(Deal.agency_id == pair.agency_id)).one()


@pytest.fixture
def finance(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


@pytest.mark.parametrize(
    ("price_fen", "code"),
    [(30, "price_impossible"), (HUGE, "price_impossible"), (60_000_000_00, "price_unlikely")],
)
def test_no_way_leads_to_a_price_that_nobody_means(
    session: Session, finance: Actor, deal: Deal, now: datetime, price_fen: int, code: str
) -> None:
    facts = {"development_id": deal.development_id, "phone": make.new_phone(), "name": "王小明", "at": now}
    with pytest.raises(Refusal, match=code):
        deals.open_deal(session, finance, now, deals.Subscription(unit="9-901", price_fen=price_fen, **facts))
    with pytest.raises(Refusal, match=code):
        corrections.correct_deal(session, finance, now, deal, corrections.DealFacts(price_fen=price_fen), reason="合同")
    with pytest.raises(Refusal, match=code):
        corrections.preview_deal(session, now, deal, corrections.DealFacts(price_fen=price_fen))
    cells = {"development": deal.development.name, "unit": "9-902", "phone": make.new_phone(), "name": "王小明"}
    cells |= {"price": str(price_fen // 100) if price_fen >= 100 else "0.30", "subscribed": "2026-01-05"}
    assert import_rows.try_row(session, finance, now, cells).facts["code"] == code


def test_an_unusual_price_is_taken_when_somebody_looked_again(
    session: Session, finance: Actor, deal: Deal, now: datetime
) -> None:
    facts = {"development_id": deal.development_id, "phone": make.new_phone(), "name": "王小明", "at": now}
    row = deals.open_deal(
        session, finance, now, deals.Subscription(unit="9-901", price_fen=60_000_000_00, price_is_right=True, **facts)
    )
    assert row.price_fen == 60_000_000_00


def test_a_development_says_what_is_usual(session: Session, finance: Actor, deal: Deal, now: datetime) -> None:
    deal.development.policy = {"price_most_yuan": 2_000_000}
    facts = {"development_id": deal.development_id, "phone": make.new_phone(), "name": "王小明", "at": now}
    with pytest.raises(Refusal, match="price_unlikely"):
        deals.open_deal(session, finance, now, deals.Subscription(unit="9-901", price_fen=2_000_000_01, **facts))


@pytest.mark.parametrize("place", COLUMNS)
def test_the_database_refuses_what_no_sum_could_hold(session: Session, deal: Deal, place: str) -> None:
    table, column = place.split(".")
    columns = [f'"{one["name"]}"' for one in _columns(session, table) if one["name"] not in ("id", column, "payee")]
    too_much = MOST_FEN * 1000 + 1
    named = ", ".join(columns)
    copied = f"INSERT INTO {table} ({named}, {column}) SELECT {named}, {too_much} FROM {table}"
    with pytest.raises(DBAPIError, match="bounds"), session.begin_nested():
        session.execute(text(copied))


def _columns(session: Session, table: str) -> list[dict[str, Any]]:
    return inspect(session.connection()).get_columns(table)
