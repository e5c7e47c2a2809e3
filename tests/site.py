"""A site for check-ins in tests: one broker, one client, real photos, and the real engine, run once a picture."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import pytest
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.faces import load_engine
from portal.adapters.faces.engine import Engine
from portal.adapters.files import FolderFiles
from portal.models import Decision, FaceTemplate, Freeze, Person, Registration, Role, Showing
from portal.services import faces, showings
from portal.services.evidence import Place
from portal.services.faces import Shot
from tests import factories as make
from tests.photos import jpeg, people

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
def dark(name: str) -> Shot:
    return faces.look(engine(), jpeg(people(name).point(lambda value: value // 8)))


@dataclass
class Site:
    """One broker with one registered client, and the way to check in."""

    session: Session
    now: datetime
    files: FolderFiles
    broker: Person = field(init=False)
    registration: Registration = field(init=False)

    def __post_init__(self) -> None:
        self.broker = make.broker(self.session)
        self.registration = self.register()

    @property
    def actor(self) -> Actor:
        return Actor.of(self.broker)

    def register(self, **given: object) -> Registration:
        """Another client of this broker, registered yesterday and protected for six more days."""
        given = {"at": self.now - timedelta(days=1), "protected_until": self.now + timedelta(days=6)} | given
        touch = make.touch(self.session, person=self.broker, **given)
        return make.registration(self.session, touch=touch)

    def enrol(self, who: str = "obama2", broker: Person | None = None) -> FaceTemplate:
        actor = Actor.of(broker or self.broker)
        return faces.enrol(
            self.session, actor, self.now, engine=engine(), shot=shot(who), consent=True, locale="zh_Hans_CN"
        )

    def nonce(self, registration: Registration | None = None, age: float = 5.0) -> str:
        touch = (registration or self.registration).touch
        return showings.issue_nonce(self.session, self.actor, self.now - timedelta(seconds=age), touch)

    def check_in(self, taken: Shot, **given: object) -> Showing:
        registration = given.pop("registration", self.registration)
        values = {
            "nonce": given.pop("nonce", None) or self.nonce(registration),
            "client_consent": True,
            "locale": "zh_Hans_CN",
            "place": AT_THE_SITE,
        }
        return showings.check_in(
            self.session,
            self.actor,
            self.now,
            engine=engine(),
            files=self.files,
            registration=registration,
            shot=taken,
            **values | given,
        )


def codes(showing: Showing) -> list[str]:
    return [reason["code"] for reason in showing.reasons]


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        attempt()
    return caught.value.code


def review(site: Site, showing: Showing, decision: Decision, at: datetime | None = None) -> Freeze | None:
    reviewer = Actor.of(make.person(site.session, Role.RECEPTION))
    return showings.review_showing(
        site.session, reviewer, at or site.now, showing, decision=decision, reason="客户是同事假扮"
    )
