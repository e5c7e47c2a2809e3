"""A month of the board: deals, showings and entries; and the rows that the walk over all routes needs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import month_start
from portal.models import (
    Deal,
    Development,
    MeasureBoard,
    MeasureEntry,
    MeasureSeal,
    ProposalState,
    Role,
    Showing,
    TouchKind,
    Verdict,
)
from portal.rules.measures.board import Measure
from portal.rules.measures.board_toml import given_text
from tests import factories as make

DAY = timedelta(days=1)
LOW_TARGET = given_text().replace('target = "20%"', 'target = "10%"')
"""The handbook's board with half of the agencies' target."""


def shown_deal(session: Session, at: datetime, place: Development, *, price_fen: int = 2_000_000_00) -> Deal:
    """An agency's deal that was signed at an instant, an hour after a showing that counts."""
    touch = make.touch(session, development=place, at=at - 2 * timedelta(hours=1))
    make.showing(session, touch=touch, at=at - timedelta(hours=1), verdict=Verdict.VERIFIED)
    return make.deal(session, touch=touch, signed_at=at, price_fen=price_fen)


def referred(session: Session, at: datetime, place: Development) -> Deal:
    """A deal that a referral brought, signed at an instant."""
    given = {"person": make.person(session, Role.REFERRER), "kind": TouchKind.REFERRAL_LEAD, "at": at - DAY}
    friend = make.touch(session, development=place, **given)
    return make.deal(session, touch=friend, signed_at=at)


def shown(session: Session, at: datetime, place: Development, **given: Any) -> Showing:
    """A showing that counts, whose client bought nothing."""
    touch = make.touch(session, development=place, at=at - timedelta(hours=1))
    return make.showing(session, touch=touch, at=at, **{"verdict": Verdict.VERIFIED} | given)


def entry(session: Session, measure: Measure, month: str, part: int, whole: int, **given: Any) -> MeasureEntry:
    """What somebody entered for a month, of all developments together unless given."""
    values = {"reason": "", "at": make.BEFORE, "by_id": None} | given
    values["by_id"] = values["by_id"] or make.person(session, Role.CHANNEL_MANAGER).id
    row = MeasureEntry(measure=measure, month=month, part=part, whole=whole, **values)
    session.add(row)
    session.flush()
    return row


def board(session: Session, toml: str, month: str, **given: Any) -> MeasureBoard:
    """A board that was published the day before its month began, for all unless given."""
    starts_at = month_start(month)
    values = {"note": "调整", **_decided(session, starts_at - DAY)} | given
    row = MeasureBoard(toml=toml, starts_at=starts_at, **values)
    session.add(row)
    session.flush()
    return row


def seal(session: Session, month: str, **given: Any) -> MeasureSeal:
    """That somebody proposed to seal a month, and nobody has decided yet."""
    row = MeasureSeal(month=month, **_decided(session, make.BEFORE) | PROPOSED | given)
    session.add(row)
    session.flush()
    return row


def _the_months_seal(session: Session, month: str) -> int:
    """The one that there is, whichever side asks first: a month belongs to no side."""
    return session.scalar(select(MeasureSeal.id).where(MeasureSeal.month == month)) or seal(session, month).id


def _decided(session: Session, at: datetime) -> dict[str, Any]:
    return {
        "state": ProposalState.CONFIRMED,
        "proposed_by": make.person(session, Role.CHANNEL_MANAGER).id,
        "proposed_at": at,
        "decided_by": make.person(session, Role.FINANCE).id,
        "decided_at": at,
    }


PROPOSED = {"state": ProposalState.PROPOSED, "decided_by": None, "decided_at": None}

ROWS: dict[str, Callable[[Session, Any], int | str]] = {
    "measure": lambda _session, _one: "wechat",
    "side": lambda _session, _one: "part",
    "channel_measures.channel": lambda _session, _one: "agencies",
    "channel_measures.step": lambda _session, _one: "leads",
    "board_id": lambda session, _one: board(session, given_text(), "2027-01", **PROPOSED).id,
    "seal_id": lambda session, _one: _the_months_seal(session, "2026-02"),
    "measure_boards.development_id": lambda _session, one: one.agreement.development.id,
}
