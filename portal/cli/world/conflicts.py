"""Two conflicts over clients in the demo's last days: one that waits for a decision, and one that was decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ...access.actor import Actor
from ...models import ConflictCase, Outcome, Person, Registration, Role
from ...rules.conflicts.conflict import Outcome as Decided
from ...services.conflicts import deciding, objections
from ...services.conflicts.deciding import Choice
from ...services.penalties.appeals import take_in_pictures
from ...services.registrations import registrations
from .papers import photo_of_page
from .stage import World


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
        """One is decided a week ago, the other one was opened this morning."""
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
        world.at(world.ends - timedelta(hours=30), partial(self._dispute, one=one, decided=False), surely=True)

    def _dispute(self, at: datetime, one: _Rivalry, *, decided: bool) -> None:
        """The second one is refused, and objects some hours later."""
        self._register(at, one.holder, one)
        refused = self._register(at + timedelta(minutes=50), one.claimant, one)
        if refused.outcome is not Outcome.REFUSED:
            return
        world = self.world
        world.at(at + timedelta(hours=3), lambda when: self._object(when, refused, one, decided=decided), surely=True)

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
