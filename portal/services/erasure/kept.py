"""What stays of a person when the name is gone: how many records, by the ground on which they stay."""

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from ...models import (
    AuditEntry,
    Client,
    Consent,
    Deal,
    DealDiscount,
    Joining,
    Lead,
    Person,
    PlanAcceptance,
    PostedLine,
    Receipt,
    Referrer,
    Registration,
    Showing,
    Statement,
    TaxedGoods,
    Touch,
    Withholding,
)
from ...rules.erasure.grounds import Ground
from ...session import Session


def of_client(session: Session, client: Client) -> Mapping[Ground, int]:
    """Money and decisions about a client's visits and deals, as numbers without a name; receipts hold a masked one."""
    mine = client.id
    deals = select(Deal.id).where(Deal.client_id == mine)
    showings = select(Showing.id).join(Touch, Touch.id == Showing.touch_id).where(Touch.client_id == mine)
    of_subjects = {
        "registrations": select(Registration.id).where(Registration.client_id == mine),
        "leads": select(Lead.id).where(Lead.client_id == mine),
        "touches": select(Touch.id).where(Touch.client_id == mine),
        "showings": showings,
        "deals": deals,
        "clients": select(Client.id).where(Client.id == mine),
    }
    return {
        Ground.BOOKS: _count(session, PostedLine.deal_id.in_(deals), DealDiscount.deal_id.in_(deals)),
        Ground.DECISIONS: _count(
            session,
            _subject_of(Receipt, of_subjects),
            Registration.client_id == mine,
            Lead.client_id == mine,
            Touch.client_id == mine,
            Deal.client_id == mine,
            Showing.id.in_(showings),
        ),
        Ground.CONSENTS: _count(session, Consent.client_id == mine),
        Ground.AUDIT: _count(session, _subject_of(AuditEntry, of_subjects)),
    }


def of_person(session: Session, person: Person) -> Mapping[Ground, int]:
    """What the books say of an account's owner, and what he decided or agreed to."""
    mine = person.id
    refers = select(Referrer.id).where(Referrer.person_id == mine)
    return {
        Ground.BOOKS: _count(
            session,
            PostedLine.person_id == mine,
            Statement.person_id == mine,
            TaxedGoods.person_id == mine,
            Withholding.person_id == mine,
        ),
        Ground.DECISIONS: _count(session, Receipt.party_id == mine, Deal.owner_id == mine, Showing.broker_id == mine),
        Ground.CONSENTS: _count(
            session, Consent.person_id == mine, Joining.referrer_id.in_(refers), PlanAcceptance.referrer_id.in_(refers)
        ),
        Ground.AUDIT: _count(
            session,
            or_(AuditEntry.actor_id == mine, (AuditEntry.subject_kind == "people") & (AuditEntry.subject_id == mine)),
        ),
    }


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    """How many rows these conditions find, each in the table of its own column."""
    counts = (select(func.count()).where(one).scalar_subquery() for one in conditions)
    return session.scalar(select(reduce(add, counts))) or 0


def _subject_of(model: Any, subjects: Mapping[str, Select[int]]) -> ColumnElement[bool]:
    """Rows about any of these records."""
    return or_(*((model.subject_kind == kind) & model.subject_id.in_(which) for kind, which in subjects.items()))
