"""The clients of the demo's year: who brought them, whether they came, whether they bought."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import day_start
from ...models import (
    Deal,
    Decision,
    Development,
    MilestoneKind,
    Outcome,
    Person,
    Referrer,
    Registration,
    Role,
    Showing,
    Strike,
)
from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...services.deals import deals
from ...services.leads import leads
from ...services.penalties import appeals, reviews
from ...services.referral import scans
from ...services.registrations import registrations, walk_ins
from ...services.showings import check_ins
from .names import BROKERS_EACH, PLACES
from .timeline import Deed, World

CLIENTS = 280
"""Beside those that buy for sure."""
_LATELY_DAYS = 24
_SEASON_DEALS = 13
"""One agency's best month: its deals pass the last tier, so that a trip was earned."""
_OPEN_FRIENDS = 0.7
"""How many of the friends let their referrer read their surname."""
_OTHERS = 4
"""Other agencies that sold a home in that month too."""
_SEASON, _BEFORE = 2, 3
"""How many months ago the best month was, and the one before it, in which a few homes were sold for sure."""


class Clients:
    """Plans the year's clients into the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.units = 0
        first = world.agencies[0]
        self.eagerness = [4 if broker.agency is first else 1 for broker in world.brokers]
        self._friends = Random(len(PLACES))  # noqa: S311 - dice of their own: the rest of the year stays as it is

    def plan(self) -> None:
        """Spread the clients over the year, a fifth of them over the last weeks."""
        world, random = self.world, self.world.random
        days = (world.ends - world.begins).days
        for number in range(world.some(CLIENTS)):
            back = random.randrange(1, _LATELY_DAYS) if number % 5 == 0 else random.randrange(days)
            when = world.working_hour(world.year.days_ago(back))
            deeds: tuple[Deed, ...] = (self.register, self.walk_in, self.lead)
            world.at(when, random.choices(deeds, (72, 12, 16))[0])
        for number in range(_SEASON_DEALS):
            self._sell(world.brokers[0], _SEASON, 2 + number % 9)
        self._sell(world.brokers[1], _BEFORE, 4)
        for broker in world.brokers[10 : 10 + BROKERS_EACH * _OTHERS : BROKERS_EACH]:
            self._sell(broker, _SEASON, 2 + random.randrange(9))
        self._fakes()
        self._arrivals()

    def _sell(self, broker: Person, months_back: int, day: int) -> None:
        """A home that is sold for sure, and signed within that month."""
        world = self.world
        when = world.working_hour(world.year.day(months_back, day))
        world.at(when, lambda at: self.register(at, broker, world.developments[0], buys=True), surely=True)

    def register(
        self,
        at: datetime,
        broker: Person | None = None,
        development: Development | None = None,
        *,
        buys: bool | None = None,
    ) -> None:
        """A broker registers a client; now and then a rival tries too."""
        world, random = self.world, self.world.random
        broker = broker or random.choices(world.brokers, self.eagerness)[0]
        development = development or random.choice(self._sold_by(broker))
        name, phone = world.names.name(), world.names.phone()
        registration = registrations.register_client(
            world.session, Actor.of(broker), at, development_id=development.id, phone=phone, name=name
        )
        if registration.outcome is not Outcome.ACCEPTED:
            return
        if random.random() < 0.12:
            later = at + timedelta(hours=random.randint(1, 60))
            world.at(later, lambda when: self._rival(when, development, name, phone))
        if buys or random.random() < 0.78:
            seen = world.after(at, 1, 5)

            def buying(when: datetime) -> None:
                self._buys(when, buys, phone, name, development)

            world.at(seen, lambda when: self._show(when, registration, buying, surely=bool(buys)), surely=bool(buys))

    def walk_in(self, at: datetime) -> None:
        """Somebody comes without a broker."""
        world = self.world
        development = world.random.choice(world.developments)
        name, phone = world.names.name(), world.names.phone()
        reception = world.actor(Role.RECEPTION)
        walk_ins.sign_in_walk_in(world.session, reception, at, development_id=development.id, phone=phone, name=name)
        self._buys(at, None, phone, name, development)

    def lead(self, at: datetime, referrer: Referrer | None = None, *, buys: bool | None = None) -> tuple[str, str]:
        """A friend leaves name and phone, which are returned, on a referrer's landing page."""
        world = self.world
        referrer = referrer or world.random.choice(world.referrers)
        name, phone = world.names.name(), world.names.phone()
        self._scans(at, referrer)
        leads.leave_lead(
            world.session,
            at,
            leads.LeftLead(
                code=referrer.code,
                name=name,
                phone=phone,
                consent_version=CURRENT_VERSION[Purpose.CONTACT],
                progress_version=CURRENT_VERSION[Purpose.PROGRESS] if self._friends.random() < _OPEN_FRIENDS else None,
                locale="zh_Hans_CN",
                address=None,
            ),
        )
        self._buys(at, buys, phone, name, referrer.development)
        return name, phone

    def _scans(self, at: datetime, referrer: Referrer) -> None:
        """Before one friend leaves a number, a few have only looked."""
        for visitor in range(self._friends.randrange(1, 6)):
            scans.count_scan(
                self.world.session,
                at,
                referrer_id=referrer.id,
                design=self._friends.choice(("arch", "arch", "horizon", "letter", "gallery")),
                campaign=self._friends.choice(("", "wechat", "moments")),
                address=f"203.0.113.{visitor}",
                agent="demo",
            )

    def _sold_by(self, broker: Person) -> list[Development]:
        assert broker.agency is not None  # as every broker's
        number = self.world.agencies.index(broker.agency)
        return [place for at, place in enumerate(self.world.developments) if at == 0 or (number < 5) == (at == 1)]

    def _rival(self, at: datetime, development: Development, name: str, phone: str) -> None:
        rivals = [broker for broker in self.world.brokers if development in self._sold_by(broker)]
        registrations.register_client(
            self.world.session,
            Actor.of(self.world.random.choice(rivals)),
            at,
            development_id=development.id,
            phone=phone,
            name=name,
        )

    def _show(self, at: datetime, registration: Registration, buys: Deed, *, surely: bool) -> None:
        """Broker and client come; reception looks at them, and says later what it saw."""
        world, random = self.world, self.world.random
        showing = check_ins.check_in_at_reception(
            world.session, Actor.of(registration.broker), at, registration=registration
        )
        left_open = world.ends - at < timedelta(days=3)
        if not left_open:
            reviewed = at + timedelta(minutes=random.randint(5, 90))
            world.at(reviewed, lambda when: self._review(when, showing, Decision.GENUINE, ""), surely=surely)
            world.at(reviewed + timedelta(minutes=1), buys, surely=surely)

    def _review(self, at: datetime, showing: Showing, decision: Decision, reason: str) -> None:
        reception = self.world.actor(Role.RECEPTION)
        reviews.review_showing(self.world.session, reception, at, showing, decision=decision, reason=reason)

    def _fakes(self) -> None:
        """Three confirmed fakes freeze one broker; the one who signs in has two strikes, and appeals against one."""
        world = self.world
        cheat, careless = world.brokers[8], world.brokers[0]
        for broker, days_ago in ((cheat, 40), (cheat, 25), (cheat, 9), (careless, 70)):
            world.at(world.lately(days_ago), partial(self._fake, broker=broker), surely=True)
        lately = day_start(world.year.days_ago(3)) + timedelta(hours=9)
        world.at(lately, lambda at: self._fake(at, careless, appealed=True), surely=True)

    def _arrivals(self) -> None:
        """Two brokers are at the desk as the year ends, each with a client of the day before."""
        world = self.world
        for broker, minutes in ((world.brokers[1], 12), (world.brokers[2], 3)):
            came = world.ends - timedelta(minutes=minutes)
            before = came - timedelta(hours=20)
            world.at(before, partial(self._arrive, broker=broker, came=came), surely=True)

    def _arrive(self, at: datetime, broker: Person, came: datetime) -> None:
        world, actor = self.world, Actor.of(broker)
        registration = registrations.register_client(
            world.session,
            actor,
            at,
            development_id=world.developments[0].id,
            phone=world.names.phone(),
            name=world.names.name(),
        )
        world.at(
            came,
            lambda when: check_ins.check_in_at_reception(world.session, actor, when, registration=registration),
            surely=True,
        )

    def _fake(self, at: datetime, broker: Person, *, appealed: bool = False) -> None:
        world = self.world
        registration = registrations.register_client(
            world.session,
            Actor.of(broker),
            at,
            development_id=world.developments[0].id,
            phone=world.names.phone(),
            name=world.names.name(),
        )

        def visit(when: datetime) -> None:
            showing = check_ins.check_in_at_reception(world.session, Actor.of(broker), when, registration=registration)
            reason = "到访时只有经纪人一人，客户电话确认当天未到场。"
            reviewed, tomorrow = when + timedelta(hours=2), when + timedelta(days=1)
            world.at(reviewed, lambda later: self._review(later, showing, Decision.FAKE, reason), surely=True)
            if appealed:
                world.at(tomorrow, lambda later: self._appeal(later, showing), surely=True)

        world.at(at + timedelta(hours=3), visit, surely=True)

    def _appeal(self, at: datetime, showing: Showing) -> None:
        session, broker = self.world.session, Actor.of(showing.broker)
        strike = session.scalars(select(Strike).where(Strike.showing_id == showing.id)).one()
        words = "客户本人当天到过现场，只是在车里接了一个电话。保安老张和样板间的同事都见到了我们。"
        appeals.file_appeal(session, broker, at, self.world.files, strike, words=words)

    def _buys(self, at: datetime, surely: bool | None, phone: str, name: str, development: Development) -> None:
        """Whether the client buys, and when each step comes."""
        world, random = self.world, self.world.random
        if not surely and random.random() > 0.42:
            return
        subscribed = world.after(at, 1, 4 if surely else 12)
        sure = bool(surely)
        world.at(subscribed, lambda when: self._subscribe(when, phone, name, development, surely=sure), surely=sure)

    def _subscribe(self, at: datetime, phone: str, name: str, development: Development, *, surely: bool) -> None:
        world, random = self.world, self.world.random
        self.units += 1
        least, most = PLACES[world.developments.index(development)].prices
        deal = deals.open_deal(
            world.session,
            world.actor(Role.CHANNEL_MANAGER),
            at,
            deals.Subscription(
                development_id=development.id,
                phone=phone,
                name=name,
                unit=f"{self.units % 9 + 1}-{self.units // 9 + 1:02d}{self.units % 4 + 1:02d}",
                price_fen=random.randrange(least, most, 1000) * 100,
                at=at,
            ),
        )
        signed = world.after(at, 2, 7)
        released = world.after(signed, 25, 40)
        world.at(signed, lambda then: self._step(then, deal, MilestoneKind.SIGNED), surely=surely)
        for when, kind in (
            (released, MilestoneKind.LOAN_RELEASED),
            (world.after(released, 110, 180), MilestoneKind.HANDED_OVER),
        ):
            world.at(when, partial(self._step, deal=deal, kind=kind))
        if not surely and random.random() < 0.06:
            world.at(world.after(signed, 4, 20), lambda then: self._step(then, deal, MilestoneKind.CANCELLED))

    def _step(self, at: datetime, deal: Deal, kind: MilestoneKind) -> None:
        unpaid = kind is MilestoneKind.LOAN_RELEASED and deal.id in self.world.unpaid
        if deal.cancelled_at is None and not unpaid:
            actor = self.world.actor(Role.CHANNEL_MANAGER)
            note = "客户贷款未获批" if kind is MilestoneKind.CANCELLED else ""
            deals.record_milestone(self.world.session, actor, at, deal, kind=kind, at=at, note=note)
