"""Who acts: handed to every service, so that a deed is never anonymous."""

from dataclasses import dataclass
from datetime import datetime

from ..models import STAFF, Person, Role, agency_payee, person_payee
from ..rules.account_safety.alarms import check_calm
from ..rules.accounts import accounts


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and where the request came from. Without a person it is the system itself.

    `step_up`: the fresh proof (`access.step_up`) that the deed was asked for with.
    `alarmed`: whether its owner found a sign-in that was not his, and nobody lifted that yet.
    `rests_until`: until when the person's account is too new, or too newly changed, to move money.
    `api_key`: the name of the key, where an agency's own system acts in the person's name.
    """

    person_id: int | None
    role: Role | None
    agency_id: int | None = None
    address: str | None = None
    rests_until: datetime | None = None
    step_up: int | None = None
    alarmed: bool = False
    api_key: str | None = None

    @classmethod
    def of(cls, person: Person, address: str | None = None, step_up: int | None = None) -> "Actor":
        """The actor that a person is."""
        alarmed = person.alarmed_at is not None
        return cls(person.id, person.role, person.agency_id, address, person.rests_until, step_up, alarmed)

    @property
    def id(self) -> int:
        """The person's id. Raises TypeError for the system, which cannot do what needs a person."""
        if self.person_id is None:
            raise TypeError("the system acted where a person is needed")
        return self.person_id

    @property
    def staff(self) -> bool:
        """Whether the actor works for the developer."""
        return self.role in STAFF

    def check_rested(self, now: datetime) -> None:
        """Refuse with `account_rests` or `account_alarmed` what moves money or powers while the actor's account does
        not."""
        check_calm(self.alarmed)
        accounts.check_rested(self.rests_until, now)

    def is_paid_as(self, payee: str) -> bool:
        """Whether a payee (`agency:3`) is the actor himself, or the agency he belongs to."""
        own = person_payee(self.person_id) if self.person_id else None
        return payee == own or (self.agency_id is not None and payee == agency_payee(self.agency_id))


SYSTEM = Actor(None, None)
"""Jobs and commands."""
