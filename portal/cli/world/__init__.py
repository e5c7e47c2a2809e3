"""The demo's world: a year of work, done by the same services as real work, event by event.

Every run makes the same kind of year, ending now. What a visitor should find to do is left open: showings to
review, last month to close, a disputed line to answer, a plan to publish, payouts to approve and to send.
"""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update

from ...access.actor import SYSTEM, Actor
from ...adapters.papers import documents
from ...adapters.storage.files import Files
from ...clock import local_day
from ...models import Agency, Agreement, Notice, Person, Role
from ...rules.accounts.accounts import STAFF_ROLES
from ...rules.bank_details.bank_details import BankDetails
from ...services import contacts
from ...services.accounts import people
from ...services.accounts.passwords import hash_password
from ...services.commission import plans
from ...services.notifications import worker as notices
from ...services.partners import agreements
from ...services.partners import papers as partner_papers
from ...services.partners.papers import Contact, Terms
from ...services.referral import referrers
from ...services.rewards import rewards
from ...services.taxes import tables as tax_tables
from ...session import Session
from . import apps, care_files, care_team, groups, loans, masks, measures, not_bought, visits
from .aftercare import Aftercare
from .clients import Clients
from .conflicts import Conflicts
from .joining import Joining
from .landings import open_pages
from .leaving import Leaving
from .money import Money
from .names import (
    AGENCIES,
    BANKS,
    BROKERS_EACH,
    CONSULTANTS,
    PLACES,
    REFERRERS,
    SECOND_ADMINISTRATOR,
    SECOND_APPROVER,
    STAFF,
    Names,
)
from .programmes import Programmes
from .risks import Risks
from .sample_documents import photo_of_page
from .scenarios import Scenarios
from .timeline import EVERYBODY, Progress, World
from .year import Year

NEWCOMER = "13900000010"
"""A broker who still has the guide of the first days before him; everybody else put it away long ago."""


_READ_BEFORE = timedelta(days=4)


def build(
    session: Session, files: Files, now: datetime, password: str, progress: Progress, crowd: int = EVERYBODY
) -> None:
    """Make the world in an empty database. A smaller `crowd`, in percent, leaves out nothing but more of the same."""
    random = Random(20)  # noqa: S311 - the same world every time; nothing secret comes from it
    world = World(session, files, random, Year(now), hash_password(password), Names(random), crowd)
    _people_and_places(world)
    clients = Clients(world)
    clients.plan()
    Scenarios(world, clients).plan()
    Money(world).plan()
    Programmes(world).plan()
    Joining(world).plan()
    Conflicts(world).plan()
    Leaving(world).plan()
    Risks(world).plan()
    Aftercare(world).plan()
    groups.plan(world)
    visits.plan(world)
    apps.plan(world)
    loans.plan(world)
    masks.plan(world)
    measures.plan(world)
    world.run(progress)
    care_files.fill(world)
    care_team.keep_up(world)
    not_bought.fill(world)
    care_team.plan(world)
    _notices(session, now)
    groups.speak(session, now)
    progress(100)


def _notices(session: Session, now: datetime) -> None:
    """Everybody was told of what happened, and has read what lies some days behind."""
    while notices.hand_on(session, now):
        pass
    read = update(Notice).where(Notice.read_at.is_(None), Notice.at < now - _READ_BEFORE)
    session.execute(read.values(read_at=Notice.at), execution_options={"synchronize_session": False})


def sign_ins(session: Session) -> list[tuple[str, str, str]]:
    """Who works here, and one partner and referrer, as (role, phone, name), for the terminal."""
    seen: dict[str, Person] = {}
    for person in session.scalars(select(Person).order_by(Person.id)):
        seen.setdefault(str(person.id) if person.role in STAFF_ROLES else person.role, person)
    return [(person.role, _phone(session, person), person.name) for person in seen.values()]


def _phone(session: Session, person: Person) -> str:
    return contacts.open_phone(session, person).e164.removeprefix("+86")


def _people_and_places(world: World) -> None:
    session, start = world.session, world.begins
    for role, name in STAFF:
        world.staff[role] = _person(world, SYSTEM, role, name)
    second, phone = SECOND_ADMINISTRATOR
    _person(world, SYSTEM, Role.ADMINISTRATOR, second, phone=phone)
    second, phone = SECOND_APPROVER
    world.second_approver = _person(world, SYSTEM, Role.APPROVER, second, phone=phone)
    world.consultants = [_person(world, SYSTEM, Role.CONSULTANT, name, phone=number) for name, number in CONSULTANTS]
    plans.publish_given_plan(session, start)
    rewards.publish_given_plans(session, start, effective_from=start)
    tax_tables.publish_given_table(session, start)
    manager = world.actor(Role.CHANNEL_MANAGER)
    for number, place in enumerate(PLACES):
        facts = agreements.DevelopmentFacts(
            place.name,
            place.city,
            place.address,
            place.headline,
            place.colour,
            place.latitude,
            place.longitude,
            {"self_joining": 1} if number == 0 else {},
            presale_permit=place.permit,
        )
        world.developments.append(agreements.create_development(session, manager, start, facts))
    open_pages(world)
    for number, name in enumerate(AGENCIES):
        _agency(world, manager, number, name)
    for audience, where, home in REFERRERS:
        referrer = referrers.create_referrer(
            session,
            manager,
            start,
            referrers.NewReferrer(
                development_id=world.developments[where].id,
                name=world.names.name(),
                phone=world.names.phone(),
                audience=audience,
                home=home,
            ),
        )
        world.lets_sign_in(referrer.person)
        world.referrers.append(referrer)


def _agency(world: World, manager: Actor, number: int, name: str) -> None:
    """An agency with bank details, a principal, brokers, and agreements for some of the developments."""
    session, start = world.session, world.begins
    agency = agreements.create_agency(session, manager, start, name=f"{name}房产经纪")
    account = f"62220000{number:02d}{world.random.randrange(10**9):09d}"
    details = BankDetails(f"{name}房产经纪有限公司", BANKS[number % len(BANKS)], account)
    world.give_account(start, manager, agency, details)
    world.agencies.append(agency)
    administrator = world.actor(Role.ADMINISTRATOR)
    principal = _person(world, administrator, Role.PRINCIPAL, world.names.name(), agency)
    for _ in range(BROKERS_EACH):
        world.brokers.append(_person(world, Actor.of(principal), Role.BROKER, world.names.name(), agency))
    _licence(world, manager, number, agency)
    for place, development in enumerate(world.developments):
        if place == 0 or (number < 5) == (place == 1):
            pair = {"development_id": development.id, "agency_id": agency.id}
            terms = _terms(world, number, place, principal)
            facts = agreements.AgreementFacts(**pair, plan_name="standard", starts_on=local_day(start), terms=terms)
            row = agreements.make_agreement(session, manager, start, facts)
            if number == 0:
                scan = ("合作协议", f"编号：{terms.number}", f"甲方：{development.name}", f"乙方：{agency.name}")
                _scan(world, manager, row, *scan)


def _licence(world: World, manager: Actor, number: int, agency: Agency) -> None:
    """Most licences run for long; one ends in some weeks, and one has just ended."""
    ends_on = local_day(world.ends) + timedelta(days={0: 21, 3: -4}.get(number, 240 + number))
    partner_papers.set_licence(
        world.session, manager, world.begins, agency, number=f"杭房经备 {1700 + number}", ends_on=ends_on
    )
    if number == 0:
        _scan(world, manager, agency, "房地产经纪机构备案证明", agency.name, f"编号：杭房经备 {1700 + number}")


def _terms(world: World, number: int, place: int, principal: Person) -> Terms:
    """What an agreement's paper says; one ends soon."""
    ends_on = local_day(world.ends) + timedelta(days=12 if (number, place) == (2, 0) else 150 + number)
    return Terms(
        f"HZ-{number + 1:02d}-{place + 1}", ends_on, Contact(principal.name, f"0571-8888{6600 + min(number, 6)}")
    )


def _scan(world: World, manager: Actor, owner: Agency | Agreement, title: str, *lines: str) -> None:
    scan = documents.take_in(photo_of_page(title, lines), f"{title}.png")
    partner_papers.add_paper(world.session, manager, world.begins, world.files, owner, scan)


def _person(
    world: World, actor: Actor, role: Role, name: str, agency: Agency | None = None, phone: str | None = None
) -> Person:
    phone = phone or world.names.phone()
    person = people.create_person(
        world.session,
        actor,
        world.begins,
        role=role,
        name=name,
        phone=phone,
        agency_id=agency.id if agency else None,
    )
    if phone != NEWCOMER:
        person.guide_closed_at = world.begins
    world.lets_sign_in(person)
    return person
