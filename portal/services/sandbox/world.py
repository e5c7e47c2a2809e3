"""What stands in a sandbox (沙箱): made by the services themselves, so that every answer there is a real one.

Who tries the API finds each outcome by a number that is kept for it (`NUMBERS`), and what does not hang on a client by
a broker and a development of their own. docs/api.md lists them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import SYSTEM, Actor
from ...adapters.faces.drawn import DrawnFaces, Who, vector_of
from ...adapters.faces.engine import Template
from ...clock import local_day, month_of, month_start
from ...models import Agency, Decision, Development, Freeze, MilestoneKind, Person, Registration, Role, agency_payee
from ...rules.slots.slot import Hours
from ...session import Session
from ..accounts import people
from ..commission import plans
from ..deals import deals
from ..faces import faces
from ..partners import agreements
from ..penalties import reviews
from ..registrations import registrations, walk_ins
from ..rewards import rewards
from ..showings import check_ins
from ..slots import hours
from ..statements import issuing

NUMBERS: Mapping[str, str] = {
    "protected_by_other": "13800000001",
    "walked_in_first": "13800000002",
    "already_yours": "13800000003",
    "self_dealing": "13800000004",
    "protected_by_other (subscribed)": "13800000005",
}
"""Clients of the first development, by what it comes to when the principal registers them. Any other is accepted."""

CLIENTS: Mapping[str, str] = {
    "verified": "13800000011",
    "at_reception": "13800000012",
    "confirmed_genuine": "13800000013",
    "confirmed_fake": "13800000014",
    "signed": "13800000015",
}
"""Clients whom the broker has registered, by how their showings stand, or come to: the first has none yet, and a
check-in by both codes is verified; the last one has bought."""

_PRINCIPAL, _BROKER, _FROZEN = "13900000001", "13900000002", "13900000003"
_RIVAL_PRINCIPAL, _RIVAL = "13900000011", "13900000012"
_RECEPTION, _MANAGER, _FINANCE = "13900000021", "13900000022", "13900000023"
_AGE = timedelta(days=5)
_DECIDED = {"confirmed_genuine": Decision.GENUINE, "confirmed_fake": Decision.FAKE}
_HOURS = Hours(week=(((9 * 60, 12 * 60), (13 * 60, 18 * 60)),) * 7, minutes=60, places=2, ahead_days=14)


def one_of(session: Session, role: Role) -> Person:
    """The first of the sandbox's people in this role."""
    return session.scalars(select(Person).where(Person.role == role).order_by(Person.id).limit(1)).one()


def make(session: Session, now: datetime) -> None:
    """Fill an empty database: the agency whose key it is comes first, then a rival."""
    begun, founded = now - _AGE, month_start(month_of(now)) - timedelta(days=40)
    plans.publish_given_plan(session, founded)
    rewards.publish_given_plans(session, founded, effective_from=founded)
    staff = {
        role: _person(session, SYSTEM, founded, role, name, phone)
        for role, name, phone in (
            (Role.RECEPTION, "沙箱前台", _RECEPTION),
            (Role.CHANNEL_MANAGER, "沙箱渠道经理", _MANAGER),
            (Role.FINANCE, "沙箱财务", _FINANCE),
        )
    }
    manager = Actor.of(staff[Role.CHANNEL_MANAGER])
    garden = _development(session, manager, founded, "沙箱花园")
    _development(session, manager, founded, "沙箱湖岸")  # without an agreement
    own = _agency(session, manager, founded, "沙箱经纪", garden)
    rival = _agency(session, manager, founded, "沙箱对手经纪", garden)
    principal = _person(session, SYSTEM, founded, Role.PRINCIPAL, "沙箱店长", _PRINCIPAL, own)
    broker = _person(session, SYSTEM, founded, Role.BROKER, "沙箱经纪人", _BROKER, own)
    frozen = _person(session, SYSTEM, founded, Role.BROKER, "沙箱冻结经纪人", _FROZEN, own)
    session.add(Freeze(broker=frozen, starts_at=begun, ends_at=now + timedelta(days=25)))
    _person(session, SYSTEM, founded, Role.PRINCIPAL, "沙箱对手店长", _RIVAL_PRINCIPAL, rival)
    other = _person(session, SYSTEM, founded, Role.BROKER, "沙箱对手", _RIVAL, rival)
    _person(session, SYSTEM, founded, Role.BROKER, "沙箱同行", NUMBERS["self_dealing"], rival)
    _register(session, other, begun, garden, NUMBERS["protected_by_other"])
    _register(session, principal, begun, garden, NUMBERS["already_yours"])
    desk = Actor.of(staff[Role.RECEPTION])
    walk_ins.sign_in_walk_in(
        session, desk, begun, development_id=garden.id, phone=NUMBERS["walked_in_first"], name="沙箱到访客户"
    )
    _sell(session, Actor.of(staff[Role.FINANCE]), other, now, garden)
    hours.set_hours(session, manager, begun, garden, _HOURS)
    for person, who in ((broker, Who.BROKER), (other, Who.PARTNER)):
        _enrol(session, Actor.of(person), begun, who)
    _show(session, desk, broker, now, garden)
    _earn(session, Actor.of(staff[Role.FINANCE]), broker, now, garden)


def _earn(session: Session, finance: Actor, broker: Person, now: datetime, development: Development) -> None:
    """A deal of the broker's that was signed before this month, in a statement that waits for its invoice."""
    signed = month_start(month_of(now)) - timedelta(days=10)
    _register(session, broker, signed - timedelta(days=2), development, CLIENTS["signed"])
    subscription = deals.Subscription(
        development_id=development.id,
        phone=CLIENTS["signed"],
        name="沙箱成交客户",
        unit="1-1002",
        price_fen=200_000_000,
        at=signed,
    )
    deal = deals.open_deal(session, finance, signed, subscription)
    deals.record_milestone(session, finance, signed, deal, kind=MilestoneKind.SIGNED, at=signed)
    payee = agency_payee(broker.agency_id or 0)
    issuing.issue_statement(session, finance, now, payee=payee, month=month_of(signed))


def _show(session: Session, desk: Actor, broker: Person, now: datetime, development: Development) -> None:
    """The broker's clients, and what became of his visits with them."""
    known = {
        state: _register(session, broker, now - _AGE, development, number)
        for state, number in CLIENTS.items()
        if state != "signed"
    }
    visited = now - timedelta(days=1)
    for state in ("at_reception", "confirmed_genuine", "confirmed_fake"):
        at = now if state == "at_reception" else visited
        made = check_ins.check_in_at_reception(session, Actor.of(broker), at, registration=known[state])
        if state != "at_reception":
            reviews.review_showing(session, desk, at, made, decision=_DECIDED[state], reason="沙箱：演示")


def _enrol(session: Session, actor: Actor, at: datetime, who: Who) -> None:
    """A drawn face of somebody's, for which a second person stands."""
    faces.agree(session, actor, at, consent=True, locale="zh_Hans_CN")
    drawn = Template(DrawnFaces.name, DrawnFaces.version, vector_of(who))
    faces.put_in_force(session, actor, at, actor.id, drawn, confirmed_at=at)


def _sell(session: Session, finance: Actor, broker: Person, now: datetime, development: Development) -> None:
    """A client of the rival's who has subscribed."""
    _register(session, broker, now - _AGE, development, NUMBERS["protected_by_other (subscribed)"])
    subscription = deals.Subscription(
        development_id=development.id,
        phone=NUMBERS["protected_by_other (subscribed)"],
        name="沙箱认购客户",
        unit="1-1001",
        price_fen=200_000_000,
        at=now - timedelta(days=1),
    )
    deals.open_deal(session, finance, now, subscription)


def _register(session: Session, broker: Person, at: datetime, development: Development, phone: str) -> Registration:
    return registrations.register_client(
        session, Actor.of(broker), at, development_id=development.id, phone=phone, name="沙箱客户"
    )


def _development(session: Session, manager: Actor, at: datetime, name: str) -> Development:
    facts = agreements.DevelopmentFacts(name, "杭州", "沙箱路1号", "只供接口联调", "#1f4e5f", 30.25, 120.16, {})
    return agreements.create_development(session, manager, at, facts)


def _agency(session: Session, manager: Actor, at: datetime, name: str, development: Development) -> Agency:
    agency = agreements.create_agency(session, manager, at, name=name)
    facts = agreements.AgreementFacts(development.id, agency.id, plan_name="standard", starts_on=local_day(at))
    agreements.make_agreement(session, manager, at, facts)
    return agency


def _person(
    session: Session, by: Actor, at: datetime, role: Role, name: str, phone: str, agency: Agency | None = None
) -> Person:
    key = agency.id if agency else None
    return people.open_account(session, by, at, role=role, name=name, phone=phone, agency_id=key)
