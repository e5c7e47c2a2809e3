"""A care plan tried on the clients of now: what carers would find on their lists on a day. Nothing is changed by it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...clock import day_start
from ...models import CareAssignment, CareFile, Person
from ...models.care.files import latest_assignments
from ...rules.care.plan import Plan
from ...rules.care_plans.compare import Asked, Tried
from ...rules.care_plans.compare import try_out as compare
from ...session import Session
from ..care_plans import plans
from . import files, scope
from .day import load


@dataclass(frozen=True, slots=True)
class Named:
    """A client of a try-out as a list shows him."""

    client: str
    development: str
    carer: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind a try-out: of clients by their file, as it stands in `Differs`, and of carers."""

    clients: Mapping[str, Named] = field(default_factory=dict)
    carers: Mapping[int | None, str] = field(default_factory=dict)

    def __getitem__(self, client_id: str) -> Named:
        return self.clients[client_id]


def try_out(session: Session, now: datetime, plan: Plan, development_id: int | None, day: date) -> Tried:
    """What would be due on a day by the plans that hold then, and by another one: of the clients of one development,
    or (None) of all that follow the plan for all."""
    held = plans.all_in_force(session, day_start(day))
    which = select(CareFile.id)
    if development_id is not None:
        which = which.where(CareFile.development_id == development_id)
    elif held.own:
        which = which.where(CareFile.development_id.not_in(held.own))
    priced = plan.parts_by_price or held.parted_by_price
    loaded = load(session, now, which, side=None, priced=priced)
    carers = _carers(session)
    holds = {place: held.plan(place) for place in {one.development_id for one in loaded.values()}}
    asked = [Asked(one.facts, carers.get(key), holds[one.development_id]) for key, one in loaded.items()]
    return compare(asked, plan, day)


def names(session: Session, actor: Actor, tried: Tried, most: int | None = None) -> Names:
    """The names of the clients whose steps differ, of those that the actor may see, and of all carers."""
    keys = [int(one.client_id) for one in tried.differing[:most]]
    stmt = scope.care_files(session, actor).where(CareFile.id.in_(keys)).options(joinedload(CareFile.development))
    rows = session.scalars(stmt).all()
    carers = files.carers_of(session, rows)
    known = {
        str(row.id): Named(
            files.name_of(session, row), row.development.name, carers[row.id].name if row.id in carers else ""
        )
        for row in rows
    }
    return Names(known, _people(session, tried.carers))


def _people(session: Session, keys: Iterable[int | None]) -> dict[int | None, str]:
    wanted = {key for key in keys if key is not None}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())


def _carers(session: Session) -> dict[int, int]:
    stmt = latest_assignments().with_only_columns(CareAssignment.file_id, CareAssignment.person_id)
    return dict(session.execute(stmt).all())
