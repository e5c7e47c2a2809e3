"""What clients told or signed, and a plan counts by: a signing, a handover, a birthday, and what a home may cost."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, literal, select, union_all

from ...models import CareDay, CareFile, CareNeeds, Deal, PlannedHandover, SigningDate
from ...rules.care.plan import Day
from ...rules.care_files.days import ToldDay
from ...rules.care_files.needs import stored_needs
from ...session import Session
from .. import contacts
from ..keys.sealed_columns import CONTEXTS

_OF_DEALS: Mapping[Day, Any] = {Day.SIGNING: SigningDate, Day.HANDOVER: PlannedHandover}
_CONTEXT = CONTEXTS["care_days.day_sealed"]
_NEEDS = CONTEXTS["care_needs.needs_sealed"]


def days(
    session: Session, which: Select[int], side: int | None, deals: Mapping[int, int]
) -> dict[int, dict[Day, date]]:
    """Of each file the days that are known: of its deal (`deals`, by file), and its client's birthday, as one side was
    told it. The newest row of each counts."""
    found: defaultdict[int, dict[Day, date]] = defaultdict(dict)
    on = _of_deals(session, set(deals.values())) if deals else {}
    for file_id, deal_id in deals.items():
        found[file_id].update(on.get(deal_id, {}))
    for file_id, sealed in _birthdays(session, which, side):
        plain = contacts.vault_of(session).open_text(sealed, _CONTEXT.format(file_id=file_id)) if sealed else ""
        if plain:
            found[file_id][Day.BIRTHDAY] = date.fromisoformat(plain)
    return found


def _of_deals(session: Session, deals: Collection[int]) -> dict[int, dict[Day, date]]:
    asked = []
    for day, model in _OF_DEALS.items():
        latest = select(func.max(model.id)).where(model.deal_id.in_(deals)).group_by(model.deal_id)
        asked.append(select(literal(day.value), model.deal_id, model.on_day).where(model.id.in_(latest)))
    found: defaultdict[int, dict[Day, date]] = defaultdict(dict)
    for day, deal_id, on_day in session.execute(union_all(*asked)):
        found[deal_id][Day(day)] = on_day
    return found


def _birthdays(session: Session, which: Select[int], side: int | None) -> list[tuple[int, bytes]]:
    own = CareDay.agency_id.is_(None) if side is None else CareDay.agency_id == side
    told = CareDay.file_id.in_(which), CareDay.kind == ToldDay.BIRTHDAY, own
    latest = select(func.max(CareDay.id)).where(*told).group_by(CareDay.file_id)
    rows = session.execute(select(CareDay.file_id, CareDay.day_sealed).where(CareDay.id.in_(latest)))
    return [(file_id, sealed) for file_id, sealed in rows]


def yuan(session: Session, which: Select[int], side: int | None) -> dict[int, int]:
    """What each client bought for, the dearest; else what he told one side that he can spend. Needs are opened one by
    one: asked only where a plan parts clients by it."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    stmt = select(CareFile.id, func.max(Deal.price_fen)).join(Deal, same).where(CareFile.id.in_(which))
    bought = session.execute(stmt.where(Deal.cancelled_at.is_(None)).group_by(CareFile.id))
    found = {file_id: price_fen // 100 for file_id, price_fen in bought}
    for file_id, sealed in _needs(session, which, side):
        if file_id not in found:
            found[file_id] = _budget(session, file_id, sealed)
    return found


def _needs(session: Session, which: Select[int], side: int | None) -> list[tuple[int, bytes]]:
    own = CareNeeds.agency_id.is_(None) if side is None else CareNeeds.agency_id == side
    latest = select(func.max(CareNeeds.id)).where(CareNeeds.file_id.in_(which), own).group_by(CareNeeds.file_id)
    rows = session.execute(select(CareNeeds.file_id, CareNeeds.needs_sealed).where(CareNeeds.id.in_(latest)))
    return [(file_id, sealed) for file_id, sealed in rows]


# The same as it became known: for figures of the months that have been


class ToldAt(NamedTuple):
    """What was told of a client at an instant: a day (None: taken back), what he can spend, or what he bought for."""

    file_id: int
    at: datetime
    day: tuple[Day, date | None] | None = None
    budget: int | None = None
    price: int | None = None


def days_told(session: Session, which: Select[int], side: int | None, deals: Mapping[int, int]) -> Iterator[ToldAt]:
    """Every word on a day that `days` reads the newest of."""
    files = {deal_id: file_id for file_id, deal_id in deals.items()}
    asked = [
        select(literal(day.value), model.id, model.deal_id, model.at, model.on_day).where(model.deal_id.in_(files))
        for day, model in _OF_DEALS.items()
    ]
    every = union_all(*asked).subquery()
    for day, _id, deal_id, at, on_day in (
        session.execute(select(every).order_by(every.c.at, every.c.id)) if files else ()
    ):
        yield ToldAt(files[deal_id], at, (Day(day), on_day))
    own = CareDay.agency_id.is_(None) if side is None else CareDay.agency_id == side
    stmt = select(CareDay.file_id, CareDay.at, CareDay.day_sealed).where(CareDay.file_id.in_(which), own)
    stmt = stmt.where(CareDay.kind == ToldDay.BIRTHDAY).order_by(CareDay.id)
    vault = contacts.vault_of(session)
    for file_id, at, sealed in session.execute(stmt):
        plain = vault.open_text(sealed, _CONTEXT.format(file_id=file_id)) if sealed else ""
        yield ToldAt(file_id, at, (Day.BIRTHDAY, date.fromisoformat(plain) if plain else None))


def yuan_told(session: Session, which: Select[int], side: int | None) -> Iterator[ToldAt]:
    """Every word on what a client can spend, and every purchase that stands."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    stmt = select(CareFile.id, Deal.created_at, Deal.price_fen).join(Deal, same).where(CareFile.id.in_(which))
    for file_id, at, price_fen in session.execute(stmt.where(Deal.cancelled_at.is_(None))):
        yield ToldAt(file_id, at, price=price_fen // 100)
    own = CareNeeds.agency_id.is_(None) if side is None else CareNeeds.agency_id == side
    needs = select(CareNeeds.file_id, CareNeeds.at, CareNeeds.needs_sealed).where(CareNeeds.file_id.in_(which), own)
    for file_id, at, sealed in session.execute(needs.order_by(CareNeeds.id)):
        yield ToldAt(file_id, at, budget=_budget(session, file_id, sealed))


def _budget(session: Session, file_id: int, sealed: bytes) -> int:
    if not sealed:
        return 0
    plain = contacts.vault_of(session).open_text(sealed, _NEEDS.format(file_id=file_id))
    return stored_needs(json.loads(plain)).budget or 0
