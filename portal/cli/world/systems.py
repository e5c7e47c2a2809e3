"""The keys of the first agency's own systems in the demo: one for the sandbox, one for what is real, whose system knows
the first version of the interface alone."""

from datetime import datetime

from sqlalchemy import select

from ...access.actor import Actor
from ...models import Agency, Person, Role
from ...rules.partner_api.keys import Mode, Scope
from ...rules.partner_api.versions import VERSIONS
from ...services.partner_api import keys
from ...services.partner_api.keys import NewKey
from ...session import Session

_NAMES = {Mode.TEST: "门店系统联调", Mode.LIVE: "门店系统"}


def make_keys(session: Session, now: datetime) -> dict[str, str]:
    """Make them, and return their texts by their mode: they stand nowhere else."""
    agency = session.scalars(select(Agency).order_by(Agency.id).limit(1)).one()
    of_agency = Person.agency_id == agency.id, Person.role == Role.PRINCIPAL
    principal = session.scalars(select(Person).where(*of_agency).order_by(Person.id).limit(1)).one()
    by = Actor.of(principal)
    made = {mode: keys.make(session, by, now, agency, NewKey(name, list(Scope), mode)) for mode, name in _NAMES.items()}
    keys.choose_version(session, by, now, made[Mode.LIVE][0], VERSIONS[0])
    return {mode.value: text for mode, (_row, text) in made.items()}
