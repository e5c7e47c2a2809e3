"""Programmes (rules 7.3): how one is set up, changed and ended, and what it cost.

A programme is a referrer that is no person: its row in `people` has a name and cannot be signed in to, so the person
we talk to there may stand behind several programmes, and may be staff.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from referral.programme import Company, Term

from .. import crypto
from ..access.actor import Actor
from ..models import Audience, Person, Programme, ProgrammeDomain, ProgrammeKind, Referrer, Role
from . import audit, contacts, referrals


def create_programme(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    development_id: int,
    name: str,
    place: str,
    phone: str,
    contact: str,
    term: Term,
    company: Company | None = None,
) -> Programme:
    """Set up a programme with a code of its own: a company's, or a stand where `company` is None.

    `phone` and `contact` (may be empty) are of whom we talk to there; both are sealed. Raises Refusal(invalid_phone).
    """
    number = contacts.parse_phone(phone)
    person = Person(
        role=Role.REFERRER,
        name=name.strip(),
        phone_sealed=contacts.seal_phone(session, number),
        phone_index=contacts.vault_of(session).blind(crypto.token(), "programme"),  # nobody's: no sign-in finds it
        created_at=now,
        created_by=actor.person_id,
    )
    joined = Referrer(person=person, audience=Audience.PROGRAMME, development_id=development_id, joined_at=now)
    programme = Programme(
        referrer=referrals.with_code(session, joined),
        kind=ProgrammeKind.STAND if company is None else ProgrammeKind.CORPORATE,
        place=place.strip(),
        discount_bps=None if company is None else company.discount_bps,
        contact_sealed=contacts.seal_name(session, contact.strip()) if contact.strip() else None,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        domains=[ProgrammeDomain(domain=domain) for domain in (company.domains if company else ())],
        created_at=now,
        created_by=actor.id,
    )
    session.add(programme)
    audit.record(session, actor, now, "programme_created", programme, kind=programme.kind, **_facts(programme))
    return programme


def _facts(programme: Programme) -> dict[str, object]:
    """What is written down of a programme: its terms, and nobody's name."""
    return {
        "development_id": programme.referrer.development_id,
        "starts_on": programme.starts_on.isoformat(),
        "ends_on": programme.ends_on.isoformat() if programme.ends_on else None,
        "discount_bps": programme.discount_bps,
        "domains": [row.domain for row in programme.domains],
    }
