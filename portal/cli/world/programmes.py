"""The demo's programmes: a company whose employees come, and two stands with their gifts, costs and leads."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from referral.programme import Company, Term

from ...access.actor import SYSTEM
from ...clock import day_start, local_day
from ...models import Programme, ProgrammeKind, Role, Touch, Voucher
from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...services.leads import leads
from ...services.leads import visits as friend_visits
from ...services.programmes import costs as programme_costs
from ...services.programmes import gifts, programmes
from ...services.referral import scans
from ...services.vouchers import redeeming, stocks
from .names import GIVEN, SURNAMES
from .timeline import World

_WEEKENDS = 8
"""How many of a stand's days the year has seen, one a week."""

_PIECES = 500

_STANDS = ((("滨江市集", "滨江公园南门", 0), 0), (("秋日社区节", "河西社区广场", 1), 9))
"""Name, place and development of a stand, and how many weeks ago it ended."""


class Programmes:
    """Plans the year's programmes into the world. Their dice are their own: the rest of the year stays as it is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._dice = Random(len(SURNAMES))  # noqa: S311 - the same world every time

    def plan(self) -> None:
        """A company for half a year; a stand that runs and one that is over."""
        world = self.world
        company = Company(domains=("qingshi.example", "qingshi-soft.example"))
        begun = day_start(world.year.day(5, 2)) + timedelta(hours=10)
        world.at(begun, lambda at: self._company(at, "青石科技", company))
        for facts, weeks_ago in _STANDS:
            first = day_start(world.year.days_ago(7 * (weeks_ago + _WEEKENDS) - 6))
            world.at(first - timedelta(days=2), partial(self._stand, facts=facts, weeks_ago=weeks_ago))

    def _company(self, at: datetime, name: str, company: Company) -> None:
        row = self._set_up(at, name, "青石路 1 号", 0, "顾文心", Term(local_day(at)), company)
        for _ in range(9):
            self.world.at(self._later(at, 5, 168), lambda when: self._lead(when, row))

    def _stand(self, at: datetime, facts: tuple[str, str, int], weeks_ago: int) -> None:
        """One that is over ended with its last day."""
        name, place, development = facts
        first = local_day(at) + timedelta(days=2)
        term = Term(first, first + timedelta(days=7 * _WEEKENDS) if weeks_ago else None)
        row = self._set_up(at, name, place, development, "许小满", term, None)
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        here = row.referrer.development_id
        stocks.count_stock(self.world.session, manager, at, development_id=here, title="stand_gift", left=_PIECES)
        for week in range(_WEEKENDS):
            day = day_start(first + timedelta(days=7 * week)) + timedelta(hours=9)
            self.world.at(day, lambda when: self._open(when, row))

    def _open(self, at: datetime, stand: Programme) -> None:
        """A day at the stand: its rent, people who scan, some of whom take the gift, and few who leave a number."""
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        day = local_day(at)
        programme_costs.record_cost(
            self.world.session,
            manager,
            at,
            stand,
            programme_costs.Cost(key=f"rent-{day}", spent_on=day, amount_fen=60_000, note="场地费"),
        )
        for visitor in range(self.world.some(self._dice.randrange(14, 24))):
            when = at + timedelta(minutes=15 * visitor + self._dice.randrange(15))
            self.world.at(when, partial(self._scan, stand=stand, visitor=visitor))

    def _scan(self, at: datetime, stand: Programme, visitor: int) -> None:
        world = self.world
        self._count(at, stand, visitor, "stand")
        if self._dice.random() < 0.8:
            (gift,) = gifts.give_scan_gifts(world.session, SYSTEM, at, stand, key=f"{local_day(at)}-{visitor}")
            if self._dice.random() < 0.75:
                fetched = at + timedelta(minutes=self._dice.randrange(2, 60))
                world.at(fetched, lambda when: self._redeem(when, gift.code, gift.development_id))
        if self._dice.random() < 0.16:
            self._lead(at, stand)

    def _redeem(self, at: datetime, code: str, development_id: int) -> None:
        reception = self.world.actor(Role.RECEPTION)
        redeeming.redeem_voucher(
            self.world.session, reception, at, text=code, development_id=development_id, key=f"demo-{code}"
        )

    def _lead(self, at: datetime, programme: Programme) -> None:
        """Somebody leaves a number; every third comes to the site within the week."""
        world = self.world
        if programme.kind is ProgrammeKind.CORPORATE:
            for visitor in range(self._dice.randrange(2, 6)):
                self._count(at, programme, visitor, "office")
        lead = leads.leave_lead(
            world.session,
            at,
            leads.LeftLead(
                code=programme.referrer.code,
                name=self._dice.choice(SURNAMES) + self._dice.choice(GIVEN),
                phone=world.names.phone(),
                consent_version=CURRENT_VERSION[Purpose.CONTACT],
                locale="zh_Hans_CN",
                address=None,
            ),
        )
        if lead.touch_id is not None and self._dice.random() < 0.35:
            world.at(self._later(at, 1, 6), partial(self._visit, touch_id=lead.touch_id))

    def _visit(self, at: datetime, touch_id: int) -> None:
        """The visit brings a voucher for a coffee, which is drunk at once."""
        world = self.world
        touch = world.session.get_one(Touch, touch_id)
        friend_visits.record_visit(world.session, world.actor(Role.RECEPTION), at, touch)
        coffees = select(Voucher.code).where(Voucher.reference.like(f"visit:%:{touch_id}:%"))
        for code in world.session.scalars(coffees):
            self._redeem(at, code, touch.development_id)

    def _set_up(
        self, at: datetime, name: str, place: str, development: int, contact: str, term: Term, company: Company | None
    ) -> Programme:
        manager, here = self.world.actor(Role.CHANNEL_MANAGER), self.world.developments[development].id
        facts = programmes.ProgrammeFacts(place, contact, term, self.world.names.phone(), company)
        return programmes.create_programme(self.world.session, manager, at, development_id=here, name=name, facts=facts)

    def _count(self, at: datetime, programme: Programme, visitor: int, campaign: str) -> None:
        here = {"design": "arch", "campaign": campaign, "address": f"203.0.113.{visitor}", "agent": "demo"}
        scans.count_scan(self.world.session, at, referrer_id=programme.referrer_id, **here)

    def _later(self, at: datetime, least: int, most: int) -> datetime:
        """A working hour some days later, by the programmes' own dice."""
        day = local_day(at) + timedelta(days=self._dice.randint(least, most))
        return day_start(day) + timedelta(hours=9, minutes=self._dice.randrange(600))
