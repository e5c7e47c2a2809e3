"""The small world that the hammer works on: few agencies and few hands, so that everybody meets on the same rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.plan import Instalment, Mode, Plan, Scope, Tier
from portal.access.actor import Actor
from portal.adapters.storage.files import Files
from portal.db import Database
from portal.models import Agreement, Development, Invoice, Person, Role, Statement, Verdict
from portal.rules.provider_sign_in.claims import ProviderName
from portal.services.statements import issuing
from tests import factories as make
from tests.factories.notices import robot, tied
from tests.hammer.faults.outside import Carrier

MONTH_ENDS = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
"""January ends in Shanghai: the hammering begins shortly before, and goes on after."""

_AGENCIES, _HANDS, _FIRST_DEALS, _PHOTOS = 4, 3, 6, 5
_STAFF = (Role.FINANCE, Role.APPROVER, Role.CASHIER, Role.CHANNEL_MANAGER)
_ACTING = (*_STAFF, Role.PRINCIPAL)

_STEEP = Plan(
    name="steep",
    mode=Mode.VOLUME,
    scope=Scope.ALL,
    tiers=(*(Tier(up_to=rank, rate_bps=100 + 10 * rank) for rank in range(1, 25)), Tier(rate_bps=400, benefit="trip")),
    instalments=(Instalment("signed", 5000), Instalment("loan_released", 5000)),
)
"""Every deal of a month changes what all the others earn: two postings side by side cannot both be right."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agency may sell, and who sells there."""

    development_id: int
    agency_id: int
    broker_id: int


@dataclass(frozen=True, slots=True)
class Hand:
    """What an operation has: its own dice, who can act, where, and the world's time; the store of files, the carrier of
    texts, where limits are counted; and the clock of its own machine, where the database has one of its own."""

    random: Random
    people: Mapping[Role, Sequence[Actor]]
    places: Sequence[Place]
    now: Callable[[], datetime]
    files: Files
    carrier: Carrier
    count: Callable[[str], int]
    own_clock: Callable[[], datetime | None]

    def one(self, role: Role) -> Actor:
        """Somebody of the role."""
        return self.random.choice(self.people[role])

    def principal(self, agency_id: int) -> Actor:
        """The head of an agency."""
        return next(one for one in self.people[Role.PRINCIPAL] if one.agency_id == agency_id)


def build(database: Database) -> None:
    """People, agencies by two plans, the first deals, and their billed statements: there is work at once.

    One invoice waits for its check; the others have it, and their payouts can be approved.
    """
    with database.transaction() as session:
        staff = {role: [make.person(session, role) for _ in range(_HANDS)] for role in _STAFF}
        make.plan_version(session, name=_STEEP.name, toml=_STEEP.to_toml())
        developments = [make.development(session) for _ in range(2)]
        robot(session, of=developments[0], by=staff[Role.CHANNEL_MANAGER][0])
        for number in range(_AGENCIES):
            agency = make.agency(session)
            make.bank_details(session, agency)
            make.broker(session, agency=agency)
            make.person(session, Role.PRINCIPAL, agency=agency)
            plan = _STEEP.name if number % 2 else "standard"
            pairs = [make.agreement(session, development=d, agency=agency, plan_name=plan) for d in developments]
            for deal in range(_FIRST_DEALS):
                at = MONTH_ENDS - timedelta(days=9 - deal)
                make.signed_deal(session, at, pair=pairs[deal % 2], by=staff[Role.CHANNEL_MANAGER][0])
        _tie(session)
        finance = Actor.of(staff[Role.FINANCE][0])
        issued = issuing.issue_all(session, finance, MONTH_ENDS - timedelta(days=1), month="2026-01")
        for number, statement in enumerate(issued):
            make.invoice(session, statement, checked=number > 0, digest=sha256(_paper_of(statement)).hexdigest())


def _tie(session: Session) -> None:
    """Tie accounts of the staff and of the principals; each is known there by his number here."""
    staff = select(Person).where(Person.role.in_([Role.FINANCE, Role.CHANNEL_MANAGER, Role.APPROVER]))
    for person in session.scalars(staff):
        tied(session, person, ProviderName.WECOM, f"w{person.id}")
    for person in session.scalars(select(Person).where(Person.role == Role.PRINCIPAL)):
        tied(session, person, ProviderName.WECHAT, f"o{person.id}")


def keep_files(database: Database, files: Files) -> None:
    """The files of the first invoices; and photos of showings that count: of some the time is over, of some it is at
    midnight, of some in a few days, of some in a year."""
    with database.transaction() as session:
        for invoice in session.scalars(select(Invoice)):
            files.put(invoice.file_name, _paper_of(session.get_one(Statement, invoice.statement_id)))
        places = places_of(session)
        for number, days in enumerate([-1, 0, 2, 300] * _PHOTOS):
            place = places[number % len(places)]
            development = session.get_one(Development, place.development_id)
            touch = make.touch(session, person=session.get_one(Person, place.broker_id), development=development)
            showing = make.showing(session, touch=touch, verdict=Verdict.VERIFIED, reasons=[])
            row = make.photo(session, showing=showing, keep_until=MONTH_ENDS + timedelta(days=days))
            files.put(row.file_name, b"a photo")


def _paper_of(statement: Statement) -> bytes:
    return f"%PDF-{statement.number}".encode()


def people_of(session: Session) -> dict[Role, list[Actor]]:
    """The staff, by role."""
    rows = session.scalars(select(Person).where(Person.role.in_(_ACTING)).order_by(Person.id)).all()
    return {role: [Actor.of(row) for row in rows if row.role is role] for role in _ACTING}


def places_of(session: Session) -> list[Place]:
    """Every agency in every development where it may sell."""
    rows = session.execute(
        select(Agreement.development_id, Agreement.agency_id, Person.id)
        .join(Person, (Person.agency_id == Agreement.agency_id) & (Person.role == Role.BROKER))
        .order_by(Agreement.id, Person.id)
    )
    return [Place(*row) for row in rows]
