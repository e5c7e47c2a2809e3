"""Receipts of what is decided after a registration: visits, walk-ins, strikes, appeals, whose a deal is (rules 2.7).

Each says the rule and the evidence that it rests on, and names its party, so that nobody can show another's as his own.
Of a rival, of a reviewer and of a reason in words it holds nothing; the client stands there masked, and in a referrer's
not at all.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from ...models import (
    AppealDecision,
    AppealOutcome,
    Attribution,
    Base,
    ConflictCase,
    ConflictResult,
    Deal,
    Decision,
    MaskAnswer,
    Person,
    Receipt,
    Registration,
    RegistrationExtension,
    RegistrationRelease,
    RiskStep,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    TouchKind,
    WalkInWithdrawal,
)
from ...rules.conflicts.conflict import Result
from ...session import Session
from .. import contacts
from . import receipts

_PROTECTS_NOBODY = {
    *("confirmed_fake", "appeal_dismissed", "inconclusive", "visit_second"),
    *("mask_provisional", "mask_doubted"),
    *("walk_in_withdrawn", "client_released"),
}
"""What was decided against the party, or not for it."""


_CONFLICT_RULES = {
    Result.YOURS: "conflict_yours",
    Result.NOT_YOURS: "conflict_not_yours",
    Result.SHARED: "conflict_shared",
}


class _Decided(NamedTuple):
    """What was decided, by which rule, and on what it rests."""

    outcome: str
    rule: str
    evidence: dict[str, Any]


def party_facts(person: Person) -> dict[str, str | None]:
    """Whose a receipt is, as it may be read by whoever is shown it."""
    return {"party_name": person.name, "party_agency": person.agency.name if person.agency else None}


def of_visit(session: Session, now: datetime, showing: Showing) -> Receipt:
    """A visit that was verified at once."""
    return _of_showing(session, now, showing, showing, "verified", _visit_rule(showing))


def of_review(session: Session, now: datetime, review: ShowingReview) -> Receipt:
    """A visit that a person confirmed as genuine, or closed because nobody can tell."""
    if review.decision is Decision.INCONCLUSIVE:
        return _of_showing(session, now, review, review.showing, "inconclusive", "inconclusive")
    return _of_showing(session, now, review, review.showing, "confirmed_genuine", _visit_rule(review.showing))


def _visit_rule(showing: Showing) -> str:
    """What a proven visit brought: where the first one decides, it may have come after another's; and of a masked
    registration a person may have to say whose client it is."""
    mask = showing.touch.mask
    if mask is not None and mask.answer is not None and mask.answer.doubt is not None:
        return "mask_doubted"
    return "visit_counts" if showing.touch.holds_from is not None else "visit_second"


def of_strike(session: Session, now: datetime, strike: Strike) -> Receipt:
    """A visit that a person confirmed as fake."""
    return _of_showing(session, now, strike, strike.showing, "confirmed_fake", "confirmed_fake")


def of_appeal(session: Session, now: datetime, decision: AppealDecision) -> Receipt:
    """What somebody else decided of an appeal."""
    upheld = decision.outcome is AppealOutcome.ACCEPTED
    showing = decision.appeal.strike.showing
    evidence = {"strike": decision.appeal.strike_id, "showing": showing.id}
    rule = "appeal_upheld" if upheld else "appeal_dismissed"
    decided = _Decided(decision.outcome.value, rule, evidence)
    return _issue(session, now, decision, showing.touch, showing.broker, decided)


def of_walk_in(session: Session, now: datetime, touch: Touch) -> Receipt:
    """A visitor who was signed in without a broker; its party is who signed the visitor in."""
    return _issue(session, now, touch, touch, touch.person, _Decided("accepted", "walked_in", {"contact": touch.id}))


def of_walk_in_withdrawal(session: Session, now: datetime, row: WalkInWithdrawal) -> Receipt:
    """A walk-in that was a slip and was taken back; its party is who took it back."""
    decided = _Decided("withdrawn", "walk_in_withdrawn", {"contact": row.touch.id})
    return _issue(session, now, row, row.touch, row.person, decided)


def of_release(session: Session, now: datetime, row: RegistrationRelease, by: Person) -> Receipt:
    """A client whom a broker gave up; its party is who did."""
    touch = _touch_of(row.registration)
    decided = _Decided("released", "client_released", {"contact": touch.id, "registration": row.registration.id})
    return _issue(session, now, row, touch, by, decided)


def of_mask(session: Session, now: datetime, row: MaskAnswer) -> Receipt:
    """A registration by parts of a number whose number a visit has shown; its party is who cares for the client."""
    registration = row.mask.registration
    touch, doubted = _touch_of(registration), row.doubt is not None
    evidence = {"contact": touch.id, "registration": registration.id, "showing": row.showing_id}
    decided = _Decided(
        "provisional" if doubted else "accepted", "mask_doubted" if doubted else "mask_completed", evidence
    )
    return _issue(session, now, row, touch, touch.carer, decided)


def of_extension(session: Session, now: datetime, row: RegistrationExtension) -> Receipt:
    """A protection that was made longer; its party is who cares for the client."""
    touch = _touch_of(row.registration)
    evidence = {"contact": touch.id, "registration": row.registration.id, "before": row.protected_until.isoformat()}
    decided = _Decided("accepted", "protection_extended", evidence)
    return _issue(session, now, row, touch, row.registration.carer, decided)


def _touch_of(registration: Registration) -> Touch:
    assert registration.touch is not None, "what is refused protects nobody"
    return registration.touch


def of_attribution(
    session: Session, now: datetime, attribution: Attribution, owner: Touch, *, rule: str = "oldest_contact"
) -> Receipt:
    """Whose a deal is, and by what rule."""
    evidence = {
        "contact": owner.id,
        "contact_at": owner.at.isoformat(),
        "deal": attribution.deal_id,
        "other_contacts": len(attribution.why["lost"]),
    }
    return _issue(session, now, attribution, owner, owner.person, _Decided("accepted", rule, evidence))


def of_conflict(
    session: Session, now: datetime, result: ConflictResult, person: Person, case: ConflictCase, deal: Deal | None
) -> Receipt:
    """What a person decided of a conflict over whose client it is, for one who has part in it."""
    own = (
        select(Registration.name_sealed)
        .where(
            Registration.development_id == case.development_id,
            Registration.client_id.in_([key for key in (case.client_id, case.other_client_id) if key is not None]),
            Registration.broker_id == person.id,
        )
        .order_by(Registration.id.desc())
        .limit(1)
    )
    named = session.scalar(own)
    part: dict[str, int | None] = {} if result.share_bps is None else {"part_bps": result.share_bps}
    facts = {
        "development": case.development.name,
        "client_name": contacts.mask_name(contacts.open_name(session, named)) if named is not None else "",
        "client_phone": contacts.open_phone(session, case.client).masked,
        "outcome": result.result.value,
        "rule": _CONFLICT_RULES[result.result],
        "protected_until": None,
        "try_again_at": None,
        "evidence": {"conflict": case.id, "look": case.look, "deal": deal.id if deal else None} | part,
    }
    return receipts.issue(session, now, result, person.id, facts | party_facts(person))


def of_risk_hold(session: Session, now: datetime, step: RiskStep, party: Person, rule: str) -> Receipt:
    """What is held of a partner until a question is settled, and that it is free again: of himself alone."""
    flag = step.flag
    deals = [hold.deal_id for hold in flag.holds if hold.deal_id is not None]
    facts = {
        "development": flag.development.name if flag.development else "",
        "client_name": "",
        "client_phone": "",
        "outcome": rule,
        "rule": rule,
        "protected_until": None,
        "try_again_at": None,
        "evidence": {"question": flag.id, "deals": deals},
    }
    return receipts.issue(session, now, step, party.id, facts | party_facts(party))


def find(session: Session, subject: Base | None) -> Receipt | None:
    """The receipt of a decided row; None for one of before these receipts, and for a row that is not there."""
    if subject is None:
        return None
    number = subject.__mapper__.primary_key_from_instance(subject)[0]
    of_row = Receipt.subject_kind == subject.__tablename__, Receipt.subject_id == number
    return session.scalar(select(Receipt).where(*of_row))


def keys_of(session: Session, kind: type[Base], numbers: Iterable[int]) -> dict[int, str]:
    """The keys of the receipts of some rows of a kind, by the rows' numbers."""
    asked = list(numbers)
    if not asked:
        return {}
    of_rows = Receipt.subject_kind == kind.__tablename__, Receipt.subject_id.in_(asked)
    rows = session.execute(select(Receipt.subject_id, Receipt.key).where(*of_rows))
    return {row.subject_id: row.key for row in rows}


def _of_showing(session: Session, now: datetime, subject: Base, showing: Showing, outcome: str, rule: str) -> Receipt:
    evidence = {
        "showing": showing.id,
        "way": showing.way.value,
        "verdict": showing.verdict.value,
        "reasons": [reason["code"] for reason in showing.reasons],
    }
    return _issue(session, now, subject, showing.touch, showing.broker, _Decided(outcome, rule, evidence))


def _issue(session: Session, now: datetime, subject: Base, touch: Touch, party: Person, decided: _Decided) -> Receipt:
    named = touch.kind is not TouchKind.REFERRAL_LEAD
    protects = decided.rule not in _PROTECTS_NOBODY and touch.holds_from is not None
    facts = {
        "development": touch.development.name,
        "client_name": contacts.mask_name(contacts.open_name(session, touch.name_sealed)) if named else "",
        "client_phone": contacts.masked_phone(session, touch) if named else "",
        "outcome": decided.outcome,
        "rule": decided.rule,
        "protected_until": touch.protected_until if protects else None,
        "try_again_at": None,
        "evidence": decided.evidence,
    }
    return receipts.issue(session, now, subject, party.id, facts | party_facts(party))
