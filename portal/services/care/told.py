"""What clients told or signed, and a plan counts by: a signing, a handover, a birthday, and what a home may cost."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

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
    vault = contacts.vault_of(session)
    for file_id, sealed in _needs(session, which, side):
        if file_id not in found and sealed:
            needs = stored_needs(json.loads(vault.open_text(sealed, _NEEDS.format(file_id=file_id))))
            found[file_id] = needs.budget or 0
    return found


def _needs(session: Session, which: Select[int], side: int | None) -> list[tuple[int, bytes]]:
    own = CareNeeds.agency_id.is_(None) if side is None else CareNeeds.agency_id == side
    latest = select(func.max(CareNeeds.id)).where(CareNeeds.file_id.in_(which), own).group_by(CareNeeds.file_id)
    rows = session.execute(select(CareNeeds.file_id, CareNeeds.needs_sealed).where(CareNeeds.id.in_(latest)))
    return [(file_id, sealed) for file_id, sealed in rows]
