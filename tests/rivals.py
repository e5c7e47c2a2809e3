"""Two brokers of two agencies who both want one client: one holds him, the other was refused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.images.photos import Photo
from portal.adapters.storage.files import FolderFiles
from portal.models import Agreement, ConflictCase, ConflictDecision, ConflictParty, Deal, Person, Registration, Role
from portal.rules.conflicts.conflict import DUE_WITHIN, Cause, Outcome
from portal.services.conflicts import cases, deciding, objections
from portal.services.conflicts.deciding import Choice
from portal.services.deals import deals
from portal.services.penalties.appeals import take_in_pictures
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.photos import jpeg, people

UNIT, NAME, PRICE_FEN = "6-1802", "周雨桐", 2_000_000_00


@dataclass
class Rivals:
    """The first broker's registration stands; the second's, of the same instant or later, was refused."""

    session: Session
    now: datetime
    phone: str
    pairs: list[Agreement]
    brokers: list[Person]
    first: Registration
    second: Registration

    @property
    def holder(self) -> Actor:
        return Actor.of(self.brokers[0])

    @property
    def claimant(self) -> Actor:
        return Actor.of(self.brokers[1])

    def manager(self) -> Actor:
        return Actor.of(make.person(self.session, Role.CHANNEL_MANAGER))

    def buys(self, at: datetime | None = None, unit: str = UNIT, price_fen: int = PRICE_FEN) -> Deal:
        """The client subscribes: the rule gives the deal to the first broker."""
        at = at or self.now
        sale = deals.Subscription(self.first.development_id, self.phone, NAME, unit, price_fen, at)
        return deals.open_deal(self.session, self.manager(), at, sale)


def objected(two: Rivals, files: FolderFiles, at: datetime | None = None, **given: object) -> ConflictCase:
    """The case in which the second broker objects."""
    values = {"words": "客户三月一日就由我带看过。"} | given
    made = objections.object_to(two.session, two.claimant, at or two.now, files, two.second, **values)
    return made.case


def decided(
    two: Rivals,
    case: ConflictCase,
    outcome: Outcome,
    to: Registration | None = None,
    share_bps: int | None = None,
) -> ConflictDecision:
    """What a manager without a part in it decides alone."""
    choice = Choice(outcome, "聊天记录和带看照片都看过了", to, share_bps)
    made = deciding.decide(two.session, two.manager(), two.now, case, choice)
    assert isinstance(made, ConflictDecision)
    return made


def doubted(two: Rivals, manager: Actor, words: str = "登记前客户自己来过") -> ConflictCase:
    """The case that a manager opens over the first registration."""
    return cases.open_doubt(two.session, manager, two.now, words=words, registration=two.first, deal=None)


def waiting_for(session: Session, actor: Actor, now: datetime) -> list[int]:
    """The cases that wait for somebody."""
    return [row.id for row in session.scalars(cases.cases(actor, now, state=cases.TO_DECIDE))]


def picture() -> Photo:
    """A picture that goes with an objection."""
    return take_in_pictures([jpeg(people("obama"))])[0]


def rivals(session: Session, now: datetime, plans: tuple[str, str] | None = None) -> Rivals:
    """Both agencies have agreements with the development, by the standard plan unless plans are named."""
    development, phone = make.development(session), make.new_phone()
    names = plans or ("standard", "standard")
    pairs = [make.agreement(session, development=development, plan_name=name) for name in names]
    brokers = [make.broker(session, agency=pair.agency) for pair in pairs]
    given = {"development_id": development.id, "phone": phone, "name": NAME}
    first, second = (register_client(session, Actor.of(broker), now, **given) for broker in brokers)
    return Rivals(session, now, phone, pairs, brokers, first, second)


def conflict(session: Session, registration: Registration, deal: Deal | None = None) -> ConflictCase:
    """An open case that a manager's doubt opened; the registration's broker holds the client. The same one again."""
    there = select(ConflictCase).where(ConflictCase.client_id == registration.client_id)
    if (row := session.scalar(there)) is not None:
        return row
    at = registration.at
    row = ConflictCase(
        development_id=registration.development_id,
        client_id=registration.client_id,
        deal_id=deal.id if deal else None,
        cause=Cause.DOUBT,
        words="登记前客户自己来过",
        opened_by=make.person(session, Role.CHANNEL_MANAGER).id,
        opened_at=at,
        look=1,
        due_at=at + DUE_WITHIN,
    )
    session.add(row)
    session.flush()
    part = {"person_id": registration.broker_id, "agency_id": registration.agency_id, "holds": True, "at": at}
    session.add(ConflictParty(case_id=row.id, **part))
    session.flush()
    return row
