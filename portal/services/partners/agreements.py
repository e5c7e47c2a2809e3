"""Developments, agencies and the agreements between them: who may sell what, and by which plan."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from commissions.refusal import Refusal
from referral.posters import advertising

from ...access.actor import Actor
from ...clock import local_day
from ...models import Agency, Agreement, Development, LinkEnd, PasswordLink, Person, WebSession
from ...rules.names import look_of
from ...rules.partners.endings import check_licence, check_term, last_day
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..accounts import password_links
from ..commission import plans
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import papers
from .papers import NO_TERMS, Terms


@dataclass(frozen=True, slots=True)
class DevelopmentFacts:
    """What a person enters about a development. `policy` holds only what differs from the defaults."""

    name: str
    city: str
    address: str
    headline: str
    colour: str
    latitude: float | None
    longitude: float | None
    policy: dict[str, Any]
    presale_permit: str | None = None


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What a person enters about a new agreement: the pair, the plan, its first day, and what its paper says."""

    development_id: int
    agency_id: int
    plan_name: str
    starts_on: date
    terms: Terms = NO_TERMS


# Developments


def create_development(session: Session, actor: Actor, now: datetime, facts: DevelopmentFacts) -> Development:
    """Add a development.

    Raises Refusal `development_exists`; `advertising_promise` for a headline that promises what no advertisement may;
    and those of `Policy.of`.
    """
    _check(facts)
    values = asdict(facts) | {"created_at": now, "created_by": actor.person_id}
    key = insert_unless_there(session, Development, ("name",), **values)
    if key is None:
        raise Refusal("development_exists", field="name")
    row = session.get_one(Development, key)
    audit.record(session, actor, now, "development_created", row)
    return row


def edit_development(
    session: Session, actor: Actor, now: datetime, development: Development, facts: DevelopmentFacts
) -> None:
    """Change a development; what was decided by the old policy stays decided.

    Raises Refusal `development_exists`, `advertising_promise` and those of `Policy.of`.
    """
    _check(facts)
    changed = [name for name, value in asdict(facts).items() if getattr(development, name) != value]
    try:
        with session.begin_nested():
            for name in changed:
                setattr(development, name, getattr(facts, name))
    except IntegrityError as error:  # the name is the only thing that must be unique
        raise Refusal("development_exists", field="name") from error
    if changed:
        audit.record(session, actor, now, "development_changed", development, changed=changed, policy=facts.policy)
        if "policy" in changed:
            _tell_sellers(session, actor, now, "development_rules_changed", development)


def stop_sale(session: Session, actor: Actor, now: datetime, development: Development) -> None:
    """Take no registrations, walk-ins and friends for a development any more; what is under way goes on."""
    if development.closed_at is None:
        development.closed_at = now
        audit.record(session, actor, now, "sale_stopped", development)
        _tell_sellers(session, actor, now, "sale_stopped", development)


def sell_again(session: Session, actor: Actor, now: datetime, development: Development) -> None:
    """Take them again, by the agreements that stand."""
    if development.closed_at is not None:
        development.closed_at = None
        audit.record(session, actor, now, "sale_resumed", development)
        _tell_sellers(session, actor, now, "sale_resumed", development)


def _tell_sellers(session: Session, actor: Actor, now: datetime, kind: str, development: Development) -> None:
    of_it = Agreement.development_id == development.id, Agreement.ended_at.is_(None)
    for agency_id in session.scalars(select(Agreement.agency_id).where(*of_it).distinct()).all():
        tell(session, actor, now, kind, development, Concerned(agency=agency_id, development=development.id))


def _check(facts: DevelopmentFacts) -> None:
    Policy.of(facts.policy)
    advertising.check(facts.headline, field="headline")


# Agencies


def create_agency(session: Session, actor: Actor, now: datetime, *, name: str) -> Agency:
    """Add an agency. Raises Refusal `agency_exists`, also for a name that a reader cannot tell from another one's."""
    if look_of(name) in {look_of(one) for one in session.scalars(select(Agency.name))}:
        raise Refusal("agency_exists", field="name")
    key = insert_unless_there(session, Agency, ("name",), name=name.strip(), created_at=now)
    if key is None:
        raise Refusal("agency_exists", field="name")
    row = session.get_one(Agency, key)
    audit.record(session, actor, now, "agency_created", row)
    return row


def deactivate_agency(session: Session, actor: Actor, now: datetime, agency: Agency) -> None:
    """Close an agency: its people are out with the next request, and their sessions and links end (rules 9)."""
    if agency.deactivated_at is not None:
        return
    agency.deactivated_at = now
    its_people = select(Person.id).where(Person.agency_id == agency.id)
    running = WebSession.person_id.in_(its_people) & WebSession.ended_at.is_(None)
    session.execute(update(WebSession).where(running).values(ended_at=now))
    password_links.end_open(session, now, PasswordLink.person_id.in_(its_people), LinkEnd.CLOSED)
    audit.record(session, actor, now, "agency_deactivated", agency)
    tell(session, actor, now, "agency_closed", agency, Concerned(agency=agency.id))


def reactivate_agency(session: Session, actor: Actor, now: datetime, agency: Agency) -> None:
    """Open an agency again; its people sign in anew, and no link of before comes back to life."""
    if agency.deactivated_at is None:
        return
    agency.deactivated_at = None
    its_people = select(Person.id).where(Person.agency_id == agency.id)
    password_links.end_open(session, now, PasswordLink.person_id.in_(its_people), LinkEnd.CLOSED)
    audit.record(session, actor, now, "agency_reactivated", agency)
    tell(session, actor, now, "agency_opened_again", agency, Concerned(agency=agency.id))


# Agreements


def make_agreement(session: Session, actor: Actor, now: datetime, facts: AgreementFacts) -> Agreement:
    """Let an agency sell a development by a plan, from a day on.

    One that has run out by its own last day is ended by this, and makes room. Raises Refusal `agreement_exists` (one at
    a time for each pair: the database says so), `no_plan` where the plan has no version, and those of `rules.endings`.
    """
    if not plans.newest_version(session, facts.plan_name):
        raise Refusal("no_plan", field="plan")
    check_term(facts.starts_on, facts.terms.ends_on)
    check_licence(facts.starts_on, session.get_one(Agency, facts.agency_id).licence_ends_on)
    pair = {"development_id": facts.development_id, "agency_id": facts.agency_id}
    _end_what_ran_out(session, actor, now, pair)
    key = insert_unless_there(
        session,
        Agreement,
        ("development_id", "agency_id"),
        Agreement.ended_at.is_(None),
        **pair,
        plan_name=facts.plan_name,
        starts_on=facts.starts_on,
        created_at=now,
        created_by=actor.person_id,
    )
    if key is None:
        raise Refusal("agreement_exists", field="agency")
    row = session.get_one(Agreement, key)
    papers.write_terms(session, row, facts.terms)
    audit.record(session, actor, now, "agreement_made", row, **pair)
    whom = Concerned(agency=row.agency_id, development=row.development_id)
    tell(session, actor, now, "agreement_made", row, whom, starts_on=row.starts_on, last_on=last_day(row.ends_on))
    return row


def make_for_others(
    session: Session, actor: Actor, now: datetime, facts: AgreementFacts, agencies: Iterable[int]
) -> list[Agreement]:
    """The same agreement for other agencies, without what its paper says; one that has one is passed over."""
    made = []
    for agency_id in sorted({*agencies} - {facts.agency_id}):
        try:
            with session.begin_nested():
                terms = replace(NO_TERMS, ends_on=facts.terms.ends_on)
                made.append(make_agreement(session, actor, now, replace(facts, agency_id=agency_id, terms=terms)))
        except Refusal:
            continue
    return made


def _end_what_ran_out(session: Session, actor: Actor, now: datetime, pair: dict[str, int]) -> None:
    """The pair's agreement whose last day lies behind stands open until somebody makes the next one."""
    ran_out = (
        select(Agreement).filter_by(**pair).where(Agreement.ended_at.is_(None), Agreement.ends_on <= local_day(now))
    )
    for row in session.scalars(ran_out):
        end_agreement(session, actor, now, row)
    session.flush()


def end_agreement(session: Session, actor: Actor, now: datetime, agreement: Agreement) -> None:
    """End an agreement now: no new registrations by it. Clients who are protected stay so, and their deals are paid."""
    if agreement.ended_at is not None:
        return
    agreement.ended_at = now
    audit.record(session, actor, now, "agreement_ended", agreement)
    whom = Concerned(agency=agreement.agency_id, development=agreement.development_id)
    tell(session, actor, now, "agreement_ended", agreement, whom)
