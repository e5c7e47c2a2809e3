"""Second factors of people, as tests have them at hand."""

from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Person
from portal.rules.second_factors.codes import step_of
from portal.services.second_factors import factors


@dataclass(frozen=True, slots=True)
class App:
    """An app on a phone that shows codes."""

    secret: str

    def shows(self, now: datetime, *, steps: int = 0) -> str:
        """The digits at an instant, or so many half minutes after it."""
        return pyotp.TOTP(self.secret).generate_otp(step_of(now) + steps)


def app_with_codes(session: Session, person: Person, now: datetime, *, name: str = "手机") -> App:
    """Give a person an app; the code of two half minutes before `now` added it, so that those of now are not used."""
    app = App(factors.new_secret())
    row = factors.add_generator(
        session, Actor.of(person), now, person, secret=app.secret, digits=app.shows(now), name=name
    )
    row.last_step = step_of(now) - 2
    session.flush()
    return app
