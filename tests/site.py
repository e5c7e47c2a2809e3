"""A site for check-ins in tests: one broker, one client, real photos, and the real engine, run once a picture."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.faces import load_engine
from portal.adapters.faces.engine import Engine
from portal.adapters.storage.files import FolderFiles
from portal.models import Decision, FaceTemplate, Freeze, Person, Registration, Role, Showing, Side, SiteScan
from portal.services.faces import challenges, faces
from portal.services.faces.challenges import CameraHolder, Capture
from portal.services.faces.evidence import Place
from portal.services.faces.faces import Shot
from portal.services.penalties import reviews
from portal.services.showings import check_ins, site_codes
from tests import factories as make
from tests.factories.faces import turned
from tests.photos import jpeg, mirrored, people

AT_THE_SITE = Place(30.2592, 120.0884)
FAR_AWAY = Place(30.3592, 120.0884)


@cache
def engine() -> Engine:
    return load_engine()


@cache
def shot(*names: str, quality: int = 92) -> Shot:
    """A real photo of these people, looked at by the real engine."""
    return faces.look(engine(), jpeg(people(*names), quality))


@cache
def seen(image: Callable[[], Image.Image]) -> Shot:
    """A picture that a function of its own makes, looked at by the real engine."""
    return faces.look(engine(), jpeg(image()))


@cache
def real_turn(side: Side, client: str = "biden") -> Capture:
    """Obama as he really turned his head, and a client: mirrored, he turns the other way. Enrol `obama` for it."""
    right, left = people("obama2", client), mirrored("obama2", client)
    straight, turned = (right, left) if side is Side.LEFT else (left, right)
    return Capture(faces.look(engine(), jpeg(straight)), faces.look(engine(), jpeg(turned)), in_page=True)


@cache
def dark(name: str) -> Shot:
    return faces.look(engine(), jpeg(people(name).point(lambda value: value // 8)))


@dataclass
class Site:
    """One broker with one registered client, and the way to check in."""

    session: Session
    now: datetime
    files: FolderFiles
    broker: Person = field(init=False)
    web_session_id: int = field(init=False)
    registration: Registration = field(init=False)

    def __post_init__(self) -> None:
        self.broker = make.broker(self.session)
        self.web_session_id = make.web_session(self.session, person=self.broker, at=self.now).id
        self.registration = self.register()

    @property
    def actor(self) -> Actor:
        return Actor.of(self.broker)

    def register(self, **given: object) -> Registration:
        """Another client of this broker, registered yesterday and protected for six more days."""
        given = {"at": self.now - timedelta(days=1), "protected_until": self.now + timedelta(days=6)} | given
        touch = make.touch(self.session, person=self.broker, **given)
        return make.registration(self.session, touch=touch)

    def enrol(self, who: str = "obama2", broker: Person | None = None, *, confirmed: bool = True) -> FaceTemplate:
        """A face in force, for which a second person stands unless it says otherwise."""
        whose = Actor.of(broker or self.broker)
        return make.own_face(self.session, whose, self.now, engine(), shot(who), confirmed=confirmed)

    @property
    def holder(self) -> CameraHolder:
        """The broker at his own phone."""
        return CameraHolder(self.actor, self.web_session_id)

    def nonce(
        self, registration: Registration | None = None, age: float = 5.0, holder: CameraHolder | None = None
    ) -> str:
        touch = (registration or self.registration).touch
        return challenges.issue_nonce(self.session, holder or self.holder, self.now - timedelta(seconds=age), touch)

    def side(self, nonce: str, taken: Shot, registration: Registration | None = None) -> Side:
        """The side that the server tells for a first shot, a second after the word was issued."""
        touch, at = (registration or self.registration).touch, self.now - timedelta(minutes=2)
        return challenges.tell_side(
            self.session, self.holder, at, touch, nonce=nonce, straight_sha256=taken.photo.sha256
        )

    def scan(self, at: datetime | None = None) -> SiteScan:
        """Scan the code on the tablet at reception for the client, at once."""
        at, touch = at or self.now, self.registration.touch
        reception = Actor.of(make.person(self.session, Role.RECEPTION))
        shown = site_codes.code_now(self.session, reception, at, touch.development)
        return site_codes.record_scan(
            self.session, self.actor, at, touch, site_codes.read(self.session, at, shown.text)
        )

    def check_in(self, taken: Shot | Capture, **given: object) -> Showing:
        """Check in by the broker's phone: unless a whole capture is given, the broker turns as he is asked."""
        registration = given.pop("registration", self.registration)
        nonce = given.pop("nonce", None) or self.nonce(registration)
        if isinstance(taken, Shot):
            taken = Capture(taken, self._turned(nonce, taken, registration), in_page=True)
        values = {
            "web_session_id": self.holder.web_session_id,
            "client_consent": True,
            "locale": "zh_Hans_CN",
            "place": AT_THE_SITE,
        }
        return check_ins.check_in(
            self.session,
            self.actor,
            self.now,
            engine=engine(),
            files=self.files,
            sent=check_ins.CheckIn(registration=registration, nonce=nonce, capture=taken, **values | given),
        )

    def _turned(self, nonce: str, taken: Shot, registration: Registration) -> Shot | None:
        try:
            return turned(taken, self.side(nonce, taken, registration))
        except Refusal:
            return None


def codes(showing: Showing) -> list[str]:
    return [reason["code"] for reason in showing.reasons]


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        attempt()
    return caught.value.code


def review(site: Site, showing: Showing, decision: Decision, at: datetime | None = None) -> Freeze | None:
    reviewer = Actor.of(make.person(site.session, Role.RECEPTION))
    return reviews.review_showing(
        site.session, reviewer, at or site.now, showing, decision=decision, reason="客户是同事假扮"
    )
