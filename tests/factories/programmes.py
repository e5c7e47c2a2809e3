"""Programmes: a stand, and a company."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Programme, Role
from portal.services.programmes import programmes
from portal.services.programmes.programmes import ProgrammeFacts
from referral.programme import Company, Term

from . import BEFORE, _numbers, development, new_phone, person


def programme(session: Session, **given: Any) -> Programme:
    """A stand that began long ago; `company=Company(…)` makes it a company."""
    place = given.pop("development", None) or development(session)
    by = given.pop("by", None) or person(session, Role.CHANNEL_MANAGER)
    here = {"development_id": given.pop("development_id", place.id)}
    here["name"] = given.pop("name", None) or f"市集展位{next(_numbers)}"
    values = {"place": "中心广场", "phone": new_phone(), "contact": "周敏", "term": Term(date(2025, 1, 1))}
    facts = ProgrammeFacts(**values | given)
    row = programmes.create_programme(session, Actor.of(by), BEFORE, **here, facts=facts)
    session.flush()
    return row


def company(session: Session, **given: Any) -> Programme:
    """A company's programme: 1 % for who has an address at acme.example."""
    values = {"name": f"远航科技{next(_numbers)}", "company": Company(domains=("acme.example",))}
    return programme(session, **values | given)
