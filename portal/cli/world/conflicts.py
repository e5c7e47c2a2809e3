"""Conflicts over clients in the demo's last days: one waits for a decision, one was decided, one split a deal, and in
one the buyer is the spouse of another broker's client."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from ...access.actor import Actor
from ...models import ConflictCase, MilestoneKind, Outcome, Person, Registration, Role
from ...rules.conflicts.conflict import Kin
from ...rules.conflicts.conflict import Outcome as Decided
from ...services.conflicts import deciding, finding, objections
from ...services.conflicts.deciding import Choice
from ...services.deals import deals
from ...services.penalties.appeals import take_in_pictures
from ...services.registrations import registrations
from .sample_documents import photo_of_page
from .timeline import World


@dataclass(frozen=True, slots=True)
class _Rivalry:
    """Who holds the client, and who objects; the numbers are in no other place of the world."""

    holder: Person
    claimant: Person
    phone: str
    name: str
    words: str


class Conflicts:
    """Plans the conflicts into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """One is decided a week ago, one was opened this morning, and one came behind a signing and split the deal."""
        brokers = self.world.brokers
        one = _Rivalry(
            brokers[0],
            brokers[5],
            "13911002233",
            "沈若溪",
            "沈女士上周日由我陪同看过样板间，聊天记录见图片。报备时她换了常用的号码，才晚了一天。",
        )
        other = _Rivalry(
            brokers[7], brokers[1], "13911004455", "韩立", "韩先生的需求单是我三周前做的，案场同事可以作证。"
        )
        world = self.world
        world.at(world.lately(9), partial(self._dispute, one=other, decided=True), surely=True)
        third = _Rivalry(
            brokers[2],
            brokers[7],
            "13911006677",
            "贺明远",
            "贺先生第一次来是我陪同的，同事登记时我正在外地，带看照片和来电记录都在。",
        )
        world.at(world.lately(12), partial(self._sold, one=third), surely=True)
        world.at(world.ends - timedelta(hours=30), partial(self._dispute, one=one, decided=False), surely=True)
        world.at(world.ends - timedelta(days=5), self._couple, surely=True)

    def _dispute(self, at: datetime, one: _Rivalry, *, decided: bool) -> None:
        """The second one is refused, and objects some hours later."""
        self._register(at, one.holder, one)
        refused = self._register(at + timedelta(minutes=50), one.claimant, one)
        if refused.outcome is not Outcome.REFUSED:
            return
        world = self.world
        world.at(at + timedelta(hours=3), lambda when: self._object(when, refused, one, decided=decided), surely=True)

    def _sold(self, at: datetime, one: _Rivalry) -> None:
        """The client buys and signs within days; then the second one objects, and the deal is split."""
        self._register(at, one.holder, one)
        refused = self._register(at + timedelta(minutes=40), one.claimant, one)
        if refused.outcome is not Outcome.REFUSED:
            return
        world, manager = self.world, self.world.actor(Role.CHANNEL_MANAGER)

        def sign(when: datetime) -> None:
            price_fen, place = 1_980_000_00, refused.development_id
            sale = deals.Subscription(place, one.phone, one.name, "12-2101", price_fen, when - timedelta(hours=4))
            deal = deals.open_deal(world.session, manager, when, sale)
            deals.record_milestone(world.session, manager, when, deal, kind=MilestoneKind.SIGNED, at=when)

        def object_to(when: datetime) -> None:
            made = objections.object_to(
                world.session, Actor.of(one.claimant), when, world.files, refused, words=one.words
            )
            world.at(when + timedelta(hours=26), lambda then: self._split(then, made.case, refused), surely=True)

        world.at(at + timedelta(days=2), sign, surely=True)
        world.at(at + timedelta(days=4), object_to, surely=True)

    def _couple(self, at: datetime) -> None:
        """Husband and wife come with a broker each; one buys, and reception writes down whose spouse the buyer is."""
        world, brokers = self.world, self.world.brokers
        known = _Rivalry(brokers[0], brokers[6], "13911008855", "庄明", "")
        buyer = replace(known, holder=known.claimant, phone="13911008866", name="谢婉清")
        for one in (known, buyer):
            self._register(at, one.holder, one)

        def buys(when: datetime) -> None:
            place, price_fen = world.developments[0].id, 2_360_000_00
            sale = deals.Subscription(place, buyer.phone, buyer.name, "12-1602", price_fen, when)
            sale = replace(sale, kin=Kin.SPOUSE, kin_phone=known.phone)
            deals.open_deal(world.session, world.actor(Role.CHANNEL_MANAGER), when, sale)

        world.at(world.ends - timedelta(hours=22), buys, surely=True)
        world.at(world.ends - timedelta(hours=21), lambda when: finding.open_found(world.session, when), surely=True)

    def _split(self, at: datetime, case: ConflictCase, to: Registration) -> None:
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        reason = "首次带看与成交跟进分属两家，双方材料均属实，按六四分佣。"
        deciding.decide(self.world.session, manager, at, case, Choice(Decided.SPLIT, reason, to, 4_000))

    def _register(self, at: datetime, broker: Person, one: _Rivalry) -> Registration:
        place = self.world.developments[0].id
        return registrations.register_client(
            self.world.session, Actor.of(broker), at, development_id=place, phone=one.phone, name=one.name
        )

    def _object(self, at: datetime, refused: Registration, one: _Rivalry, *, decided: bool) -> None:
        world = self.world
        page = photo_of_page("聊天记录", ["周日 10:12　沈女士：样板间看好了，谢谢", "周日 10:15　我：下周带您看楼层"])
        pictures = [] if decided else take_in_pictures([page])
        made = objections.object_to(
            world.session, Actor.of(one.claimant), at, world.files, refused, words=one.words, pictures=pictures
        )
        if decided:
            world.at(at + timedelta(hours=20), partial(self._decide, case=made.case, to=refused), surely=True)

    def _decide(self, at: datetime, case: ConflictCase, to: Registration) -> None:
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        reason = "案场登记本上三周前已有接待记录，需求单日期一致，客户本人电话确认。"
        deciding.decide(self.world.session, manager, at, case, Choice(Decided.MOVE, reason, to))
