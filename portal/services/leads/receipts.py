"""Receipts of leads: the friend's says when a number was left, the referrer's what was decided (rules 2.7).

A stranger who tries numbers on a landing page is handed the friend's receipt. So it reads the same whatever was
decided, and it is a new one each time, of this time's consent: its number does not tell either that the phone was left
before. The decision is shown to its party, the referrer, without the rule that was in the way and without the friend:
name and number stay with the friend, who may take back later what was agreed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...models import Consent, Lead, Receipt
from ...session import Session
from .. import contacts
from ..claims import receipts

_LEFT = Refusal("number_left")
"""All that a friend's receipt says."""

_TOLD = Refusal("referral_not_counted")
"""All that a referrer is told of a friend who does not count."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One time that a number was left: the lead that it made or found, the consent given then, the friend's receipt."""

    lead: Lead
    consent: Consent
    receipt: Receipt


def issue_to_friend(session: Session, now: datetime, lead: Lead, consent: Consent, masked: tuple[str, str]) -> None:
    """Prove that a number was left; `masked`: the name and the phone as they may be read."""
    receipts.issue(session, now, consent, lead.referrer.person_id, _facts(lead, masked, "received", _LEFT.code, None))


def issue_to_referrer(session: Session, now: datetime, lead: Lead) -> None:
    """Prove what was decided. It names the referrer only as far as he needs to show that it is his: a homeowner's full
    name stands on no public page."""
    rule = "first_contact" if lead.touch else _TOLD.code
    until = lead.touch.protected_until if lead.touch else None
    issued = _facts(lead, ("", ""), lead.outcome.value, rule, until)
    party = {"party_name": contacts.mask_name(lead.referrer.person.name), "party_agency": None}
    receipts.issue(session, now, lead, lead.referrer.person_id, issued | party)


def latest(session: Session, lead: Lead) -> Visit:
    """The last time that the lead's number was left. Raises NoResultFound for a lead of before these receipts."""
    consent, receipt = session.execute(
        select(Consent, Receipt).join(Receipt, _proves_visit(lead)).order_by(Receipt.id.desc()).limit(1)
    ).one()
    return Visit(lead, consent, receipt)


def by_key(session: Session, key: str) -> Visit | None:
    """What a friend's receipt is of, by its key, which only the friend was given; None for any other key.

    The first friends were handed the receipt of the lead itself.
    """
    receipt = session.scalar(select(Receipt).where(Receipt.key == key))
    if receipt is None:
        return None
    found = select(Lead).options(joinedload(Lead.consent), joinedload(Lead.development))
    if receipt.subject_kind == Lead.__tablename__:
        lead = session.scalars(found.where(Lead.id == receipt.subject_id)).one()
        return Visit(lead, lead.consent, receipt)
    if receipt.subject_kind != Consent.__tablename__:
        return None
    consent = session.get_one(Consent, receipt.subject_id)
    came = found.where(
        Lead.referrer_id == consent.referrer_id, Lead.client_id == consent.client_id, Lead.at <= receipt.at
    )
    return Visit(session.scalars(came.order_by(Lead.id.desc()).limit(1)).one(), consent, receipt)


def consents_of(session: Session, lead: Lead) -> Sequence[Consent]:
    """All that was agreed to on the referrer's page with the lead's number."""
    own = Consent.id.in_([lead.consent_id, lead.progress_consent_id])
    return session.scalars(select(Consent).where(or_(own, exists().where(_proves_visit(lead))))).all()


def keys_of_decisions(session: Session, leads: Sequence[Lead]) -> dict[int, str]:
    """The key of each lead's decision, for its referrer; of the first leads, whose receipts name the friend, none."""
    of_leads = Receipt.subject_kind == Lead.__tablename__, Receipt.subject_id.in_([lead.id for lead in leads])
    rows = session.scalars(select(Receipt).where(*of_leads)).all()
    return {row.subject_id: row.key for row in rows if not row.facts["client_name"]}


def _proves_visit(lead: Lead) -> ColumnElement[bool]:
    """Whether a receipt is a friend's, of a consent that was given with this lead's number on its referrer's page."""
    return and_(
        Receipt.subject_kind == Consent.__tablename__,
        Receipt.subject_id == Consent.id,
        Consent.referrer_id == lead.referrer_id,
        Consent.client_id == lead.client_id,
    )


def _facts(
    lead: Lead, masked: tuple[str, str], outcome: str, rule: str, protected_until: datetime | None
) -> dict[str, Any]:
    name, phone = masked
    return {
        "development": lead.referrer.development.name,
        "client_name": name,
        "client_phone": phone,
        "outcome": outcome,
        "rule": rule,
        "protected_until": protected_until,
        "try_again_at": None,
    }
