"""Programmes (rules 7.3): how one is set up, changed and ended, and what it brought.

A programme is a referrer that is no person: its row in `people` has a name and cannot be signed in to, so the person
we talk to there may stand behind several programmes, and may be staff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import code as codes
from referral import programme as rule
from referral.posters import advertising
from referral.programme import Company, ProgrammeState, Term
from referral.voucher import VoucherState

from ... import crypto
from ...access.actor import Actor
from ...models import Audience, Development, Person, Programme, ProgrammeDomain, ProgrammeKind, Referrer, Role, Voucher
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, contacts
from ..referral import funnel, referrers
from ..referral.funnel import By, FunnelFilter, Steps
from . import costs as programme_costs
from . import terms as programme_terms


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """What a programme says and gives: a company's, or a stand's where `company` is None.

    `phone` and `contact` (may be empty) are of whom we talk to there; both are sealed.
    """

    place: str
    contact: str
    term: Term
    phone: str = ""
    company: Company | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme with what it has brought and cost, since ever; amounts in fen.

    `given` and `fetched` are its gifts, at the scan and at a friend's visit; `gifts_fen` is the value of those that
    were fetched.
    """

    programme: Programme
    state: ProgrammeState
    steps: Steps
    given: int
    fetched: int
    gifts_fen: int
    cost_fen: int

    @property
    def fetched_bps(self) -> int | None:
        """What part of the gifts was fetched, in basis points, rounded down; None where none was given."""
        return self.fetched * 10_000 // self.given if self.given else None

    @property
    def lead_fen(self) -> int | None:
        """What a lead came to, half up; None without leads."""
        return rule.cost_per_lead(self.cost_fen, self.gifts_fen, self.steps.leads)


def create_programme(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    development_id: int,
    name: str,
    facts: ProgrammeFacts,
) -> Programme:
    """Set up a programme with a code of its own. Raises Refusal: invalid_phone,
    `discount_above` (fact `most_bps`) where the development allows no such discount; `advertising_promise` for a place,
    or the name of a stand, that no advertisement may say. A company is called what it is called.
    """
    company, term = facts.company, facts.term
    if company is None:
        advertising.check(name, field="name")
    advertising.check(facts.place, field="place")
    _check_rate(session.get_one(Development, development_id), company)
    number = contacts.parse_phone(facts.phone)
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
        referrer=referrers.with_code(session, joined),
        kind=ProgrammeKind.STAND if company is None else ProgrammeKind.CORPORATE,
        place=facts.place.strip(),
        discount_bps=None if company is None else company.discount_bps,
        contact_sealed=_sealed(session, facts.contact),
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        domains=[ProgrammeDomain(domain=domain) for domain in (company.domains if company else ())],
        created_at=now,
        created_by=actor.id,
    )
    session.add(programme)
    programme_terms.write_down(session, actor, now, programme)
    audit.record(session, actor, now, "programme_created", programme, kind=programme.kind, **_facts(programme))
    return programme


def change_programme(
    session: Session, actor: Actor, now: datetime, programme: Programme, facts: ProgrammeFacts
) -> None:
    """Change what a programme says and gives. It counts from now on: what was given or subscribed before stays.

    An empty `phone` keeps the number that is there. Raises Refusal: invalid_phone, programme_over where it was ended,
    `discount_above` (fact `most_bps`) for another discount than before that the development does not allow,
    `advertising_promise` for a place.
    """
    company, term = facts.company, facts.term
    advertising.check(facts.place, field="place")
    if programme.referrer.revoked_at is not None:
        raise Refusal("programme_over")
    if (company is not None) is not (programme.kind is ProgrammeKind.CORPORATE):
        raise ValueError("a programme's kind never changes")
    if company is not None and company.discount_bps != programme.discount_bps:
        _check_rate(programme.referrer.development, company)
    if facts.phone.strip():
        programme.referrer.person.phone_sealed = contacts.seal_phone(session, contacts.parse_phone(facts.phone))
    programme.place = facts.place.strip()
    programme.contact_sealed = _sealed(session, facts.contact)
    programme.starts_on, programme.ends_on = term.starts_on, term.ends_on
    if company is not None:
        programme.discount_bps = company.discount_bps
        there = {row.domain: row for row in programme.domains}
        programme.domains = [there.get(domain) or ProgrammeDomain(domain=domain) for domain in company.domains]
    programme_terms.write_down(session, actor, now, programme)
    audit.record(session, actor, now, "programme_changed", programme, **_facts(programme))


def _sealed(session: Session, contact: str) -> bytes | None:
    return contacts.seal_name(session, contact.strip()) if contact.strip() else None


def end_programme(session: Session, actor: Actor, now: datetime, programme: Programme) -> None:
    """End a programme for good: whoever scans its code from now on reads that it is over. Again changes nothing."""
    referrers.revoke_code(session, actor, now, programme.referrer)


def of(session: Session, referrer: Referrer) -> Programme | None:
    """The programme that a referrer is, or None for a person."""
    return session.get(Programme, referrer.id) if referrer.audience is Audience.PROGRAMME else None


def state_of(programme: Programme, day: date) -> ProgrammeState:
    """Where a programme stands on a Shanghai day; one that was ended is over, whatever its dates."""
    if programme.referrer.revoked_at is not None:
        return ProgrammeState.OVER
    return Term(programme.starts_on, programme.ends_on).state(day)


def filtered(
    visible: Select[Programme],
    day: date,
    *,
    q: str = "",
    kind: ProgrammeKind | None = None,
    development_id: int | None = None,
    state: ProgrammeState | None = None,
) -> Select[Programme]:
    """A visible selection narrowed by part of a name or place or a code, kind, development, and state on a day."""
    stmt = visible.join(Programme.referrer).options(joinedload(Programme.referrer).joinedload(Referrer.development))
    if q:
        named = Referrer.person.has(Person.name.contains(q, autoescape=True))
        stmt = stmt.where(named | Programme.place.contains(q, autoescape=True) | (Referrer.code == codes.normalise(q)))
    if kind is not None:
        stmt = stmt.where(Programme.kind == kind)
    if development_id is not None:
        stmt = stmt.where(Referrer.development_id == development_id)
    return stmt if state is None else stmt.where(_standing_so(state, day))


def over(day: date) -> ColumnElement[bool]:
    """Whether a programme is over on a Shanghai day, as a condition on `Programme` and `Referrer`."""
    return or_(Referrer.revoked_at.is_not(None), Programme.ends_on.is_not(None) & (Programme.ends_on <= day))


def standings(session: Session, actor: Actor, programmes: Sequence[Programme], day: date) -> list[ProgrammeRow]:
    """The programmes with their figures, in a handful of queries whatever the number."""
    ids = [row.referrer_id for row in programmes]
    wanted = FunnelFilter(audience=Audience.PROGRAMME, referrer_id=ids[0] if len(ids) == 1 else None)
    steps = {part.key: part.steps for part in funnel.funnel(session, actor, wanted, By.REFERRER)} if ids else {}
    costs, gifts = programme_costs.spent(session, ids), _gifts(session, ids)
    return [
        ProgrammeRow(
            row,
            state_of(row, day),
            steps.get(row.referrer_id, Steps()),
            *gifts.get(row.referrer_id, (0, 0, 0)),
            costs.get(row.referrer_id, 0),
        )
        for row in programmes
    ]


def _check_rate(development: Development, company: Company | None) -> None:
    """Raises Refusal `discount_above`."""
    most_bps = Policy.of(development.policy).employee_discount_bps
    if company is not None and company.discount_bps > most_bps:
        raise Refusal("discount_above", field="discount", most_bps=most_bps)


def _standing_so(state: ProgrammeState, day: date) -> ColumnElement[bool]:
    if state is ProgrammeState.OVER:
        return over(day)
    ahead = Programme.starts_on > day
    return ~over(day) & (ahead if state is ProgrammeState.PLANNED else ~ahead)


def _gifts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Of each: gifts given and not taken back, those that were fetched, and what these are worth."""
    fetched = Voucher.state == VoucherState.REDEEMED
    counted = (func.count(), func.count().filter(fetched), func.sum(Voucher.value_fen).filter(fetched))
    stmt = select(Voucher.referrer_id, *counted).where(Voucher.state != VoucherState.REVOKED)
    rows = session.execute(stmt.where(Voucher.referrer_id.in_(ids)).group_by(Voucher.referrer_id))
    return {key: (given, taken, int(worth or 0)) for key, given, taken, worth in rows if key is not None}


def _facts(programme: Programme) -> dict[str, object]:
    """What is written down of a programme: its terms, and nobody's name."""
    return {
        "development_id": programme.referrer.development_id,
        "starts_on": programme.starts_on.isoformat(),
        "ends_on": programme.ends_on.isoformat() if programme.ends_on else None,
        "discount_bps": programme.discount_bps,
        "domains": [row.domain for row in programme.domains],
    }
