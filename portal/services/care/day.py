"""The day of who cares for clients: what is owed to them late, today and tomorrow, each with its why.

All facts of all clients are loaded in a bounded number of queries, however many there are; the rule does the rest.
Names are opened only of what is shown.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from commissions.calendar import SHANGHAI

from ...access import scope as access
from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import (
    CareAbsence,
    CareAssignment,
    CareContact,
    CareFile,
    CareJudgement,
    CareUse,
    Consent,
    Person,
    Role,
)
from ...models.care.contacts import MADE_BY, standing
from ...models.care.files import carer_of, latest_assignments
from ...rules.care.due import Due, Facts, Why, due
from ...rules.care.plan import MAD, Channel, Grade, Mark, Plan, Stage
from ...rules.privacy import consent as consents
from ...rules.privacy.consent import Purpose
from ...session import Session
from .. import contacts
from ..care_plans.plans import InForce
from . import files, scope, told
from .plan_in_force import plans_in_force
from .stages import Standing, stages

AGREED = "agreed"
"""The step of a date that was agreed with the client."""

GIFT_FETCHED, CAME_TO_GATHERING = "gift_fetched", "came_to_gathering"
"""What reception wrote down of a client (`CareContact.step`); who cares for him speaks with him the day after."""

AFTER: Mapping[str, str] = {GIFT_FETCHED: "after_gift", CAME_TO_GATHERING: "after_gathering"}
"""The steps that follow from that."""

MOST = 60
"""So many lines of a part of the day are shown; what is done makes room for the next."""


_DUE_AT = attrgetter("due_at")
_UNJUDGED: tuple[Grade | None, tuple[Mark, ...]] = (None, ())


class When(StrEnum):
    """The parts of a day's list."""

    LATE = "late"
    TODAY = "today"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do for a client, whose name is in full: who has the line may open the file. The phone is masked; the
    number in plain is shown to who takes the call, which is written down."""

    due: Due
    file: CareFile
    name: str
    phone: str
    stage: Stage
    carer: Person | None
    covered: bool = False


@dataclass(frozen=True, slots=True)
class WorkDay:
    """The lines of each part, the first ones of them, and how many there are altogether; of which files."""

    lines: Mapping[When, list[Line]]
    counts: Mapping[When, int]
    files: Collection[int]

    @property
    def count(self) -> int:
        """How much is late or due today."""
        return self.counts[When.LATE] + self.counts[When.TODAY]


class Agreed(NamedTuple):
    """A date on which to meet a client again, and the step that it is."""

    on: date
    step: str


class Loaded(NamedTuple):
    """Facts of a client for the rule, with what they were read off."""

    facts: Facts
    development_id: int
    standing: Standing
    agreed: Agreed | None


def of_person(session: Session, now: datetime, person: Person, *, most: int = MOST) -> WorkDay:
    """What a person has to do: of the clients in his care, and of those for whose carer he covers today."""
    followed = plans_in_force(session, now)
    side, priced = scope.side_of(Actor.of(person)), followed.parted_by_price
    loaded = load(session, now, whose(person, now), side=side, priced=priced)
    parts = _parted(owed(loaded, followed, now), now)
    shown = {int(step.client_id) for found in parts.values() for step in found[:most]}
    return WorkDay(
        lines=_lines(session, person, loaded, {when: found[:most] for when, found in parts.items()}, shown),
        counts={when: len(found) for when, found in parts.items()},
        files=loaded.keys(),
    )


def whose(person: Person, now: datetime) -> Select[int]:
    """The ids of the files that are in somebody's hands today."""
    if person.role is not Role.CONSULTANT:
        rule = access.RULES[CareFile](Actor.of(person))
        return select(CareFile.id).where(rule if person.role is Role.BROKER else carer_of(CareFile.id) == person.id)
    today = local_day(now)
    away = select(CareAbsence.person_id).where(
        CareAbsence.cover_id == person.id,
        CareAbsence.first_day <= today,
        CareAbsence.last_day >= today,
        CareAbsence.ended_at.is_(None),
    )
    mine = or_(CareAssignment.person_id == person.id, CareAssignment.person_id.in_(away))
    return latest_assignments().where(mine).with_only_columns(CareAssignment.file_id)


def load(
    session: Session,
    now: datetime,
    which: Select[int],
    *,
    side: int | None,
    priced: bool = False,
    known: Mapping[int, Standing] | None = None,
) -> dict[int, Loaded]:
    """The facts of the files that a query finds, as one side judges them: a query for each kind of fact. `priced`:
    with what they bought for or have to spend. `known`: how far they are, where that was read."""
    stmt = select(CareFile.id, CareFile.development_id, CareFile.client_id, CareFile.opened_at)
    rows = session.execute(stmt.where(CareFile.id.in_(which))).all()
    which = session.listed([row.id for row in rows])  # what follows asks a dozen times whose they are
    met = _met(session, which, side)
    standings = known or stages(session, {row.id: row.opened_at for row in rows}, which, side, written=met.visited)
    judged, agreed = _judged(session, which, side), _agreed(session, met.agreed)
    stopped, used = _stopped(session, now, which), _used(session, now, which)
    deals = {key: one.deal_id for key, one in standings.items() if one.deal_id is not None}
    days, yuan = told.days(session, which, side, deals), told.yuan(session, which, side) if priced else {}
    found = {}
    for key, development_id, client_id, _opened_at in rows:
        standing = standings[key]
        grade, marks = judged.get(key, _UNJUDGED)
        facts = Facts(
            str(key),
            standing.stage,
            standing.since,
            grade,
            marks,
            met.last.get(key, {}),
            client_id in stopped,
            used.get((client_id, Channel.CALL), 0),
            used.get((client_id, Channel.TEXT), 0),
            yuan.get(key, 0),
            days.get(key, {}),
        )
        found[key] = Loaded(facts, development_id, standing, agreed.get(key))
    return found


def owed(loaded: Mapping[int, Loaded], followed: InForce, now: datetime, until: datetime | None = None) -> list[Due]:
    """What is due of loaded facts until an instant, by default the end of tomorrow, under each development's plan."""
    until = until or day_start(local_day(now) + timedelta(days=2)) - timedelta(seconds=1)
    steps: list[Due] = []
    for development_id in sorted({one.development_id for one in loaded.values()}):
        plan = followed.plan(development_id)
        here = [one for one in loaded.values() if one.development_id == development_id]
        steps += due((one.facts for one in here), plan, now, until)
        steps += _dates(here, plan, until)
    return sorted(steps, key=_DUE_AT)


def next_of(session: Session, actor: Actor, now: datetime, file: CareFile) -> Due | None:
    """What comes next for a client, within two months."""
    which, followed = select(CareFile.id).where(CareFile.id == file.id), plans_in_force(session, now)
    loaded = load(session, now, which, side=scope.side_of(actor), priced=followed.parted_by_price)
    return next(iter(owed(loaded, followed, now, now + timedelta(days=60))), None)


@dataclass(frozen=True, slots=True)
class OfFile:
    """What is owed to one client by now, and until tomorrow evening. `high_end_yuan`: from which price on a client is
    high-end by the plan, where he is."""

    owed: list[Due]
    high_end_yuan: int | None


def of_file(session: Session, actor: Actor, now: datetime, file: CareFile, standing: Standing) -> OfFile:
    """The same of one client, who stands so far."""
    which, followed = select(CareFile.id).where(CareFile.id == file.id), plans_in_force(session, now)
    loaded = load(session, now, which, side=scope.side_of(actor), priced=True, known={file.id: standing})
    plan, yuan = followed.plan(file.development_id), loaded[file.id].facts.yuan
    return OfFile(owed(loaded, followed, now), plan.high_end_yuan if plan.is_high_end(yuan) else None)


def carers(session: Session) -> list[Person]:
    """Whose day can be looked at: the consultants, by name."""
    stmt = select(Person).where(Person.role == Role.CONSULTANT, Person.deactivated_at.is_(None))
    return list(session.scalars(stmt.order_by(Person.name, Person.id)))


def _parted(steps: list[Due], now: datetime) -> dict[When, list[Due]]:
    """Steps in their order, late, today and tomorrow."""
    today = local_day(now)
    ends = [bisect_left(steps, day_start(today + timedelta(days=days)), key=_DUE_AT) for days in (0, 1)]
    return {When.LATE: steps[: ends[0]], When.TODAY: steps[ends[0] : ends[1]], When.TOMORROW: steps[ends[1] :]}


def _lines(
    session: Session,
    person: Person,
    loaded: Mapping[int, Loaded],
    parts: Mapping[When, list[Due]],
    shown: Iterable[int],
) -> dict[When, list[Line]]:
    stmt = select(CareFile).where(CareFile.id.in_(list(shown)))
    loading = joinedload(CareFile.development), joinedload(CareFile.client)
    rows = {row.id: row for row in session.scalars(stmt.options(*loading))}
    carers = files.carers_of(session, list(rows.values()))
    names = {key: files.name_of(session, row) for key, row in rows.items()}
    phones = {key: contacts.open_phone(session, row.client).masked for key, row in rows.items()}

    def line(step: Due) -> Line:
        key = int(step.client_id)
        carer = carers.get(key)
        covered = person.role is Role.CONSULTANT and carer is not None and carer.id != person.id
        return Line(step, rows[key], names[key], phones[key], loaded[key].standing.stage, carer, covered)

    return {when: [line(step) for step in found] for when, found in parts.items()}


def _dates(loaded: Iterable[Loaded], plan: Plan, until: datetime) -> Iterator[Due]:
    """What was agreed with clients, or follows from what reception wrote down: a date on which to meet them again."""
    for one in loaded:
        if one.agreed is None or one.facts.stage is Stage.LOST:
            continue
        at = datetime.combine(one.agreed.on, plan.clock, SHANGHAI)
        if at <= until:
            yield Due(one.facts.client_id, Channel.ANY, one.agreed.step, at, Why.ON, one.agreed.on)


# A query for each kind of fact


class _Met(NamedTuple):
    """The newest contact by each channel, whoever made it, and the first visit that somebody wrote down, by file;
    and the ids of those that the side wrote last, where they agreed on a date."""

    last: dict[int, dict[Channel, datetime]]
    visited: dict[int, datetime]
    agreed: list[int]


def _met(session: Session, which: Select[int], side: int | None) -> _Met:
    own = CareContact.agency_id.is_(None) if side is None else CareContact.agency_id == side
    newest = (func.max(CareContact.at).filter(CareContact.channel == channel) for channel in MADE_BY)
    visited = func.min(CareContact.at).filter(CareContact.channel == Channel.VISIT)
    written = func.max(CareContact.id).filter(own)
    dated = func.max(CareContact.id).filter(own, CareContact.next_on.is_not(None))
    stmt = select(CareContact.file_id, visited, written, dated, *newest)
    rows = session.execute(stmt.where(CareContact.file_id.in_(which), standing()).group_by(CareContact.file_id)).all()
    last: dict[int, dict[Channel, datetime]] = {
        file_id: {channel: at for channel, at in zip(MADE_BY, instants, strict=True) if at is not None}
        for file_id, _visited, _written, _dated, *instants in rows
    }
    first = {row[0]: row[1] for row in rows if row[1] is not None}
    return _Met(last, first, [row[2] for row in rows if row[2] is not None and row[2] == row[3]])


def _judged(session: Session, which: Select[int], side: int | None) -> dict[int, tuple[Grade | None, tuple[Mark, ...]]]:
    own = CareJudgement.agency_id.is_(None) if side is None else CareJudgement.agency_id == side
    latest = select(func.max(CareJudgement.id)).where(own, CareJudgement.file_id.in_(which))
    columns = CareJudgement.file_id, CareJudgement.grade, *(getattr(CareJudgement, mark) for mark in MAD)
    stmt = select(*columns).where(CareJudgement.id.in_(latest.group_by(CareJudgement.file_id)))
    return {file_id: (grade, tuple(compress(MAD, marks))) for file_id, grade, *marks in session.execute(stmt)}


def _agreed(session: Session, agreed: list[int]) -> dict[int, Agreed]:
    """The dates that the side's newest contacts agreed, by file; a newer contact without one has none."""
    if not agreed:
        return {}
    stmt = select(CareContact.file_id, CareContact.next_on, CareContact.step)
    rows = session.execute(stmt.where(CareContact.id.in_(session.listed(agreed))))
    return {file_id: Agreed(on, AFTER.get(step, AGREED)) for file_id, on, step in rows if on is not None}


def _stopped(session: Session, now: datetime, which: Select[int]) -> set[int]:
    """The clients who asked for no more advertising."""
    clients = select(CareFile.client_id).where(CareFile.id.in_(which))
    rows: dict[int, list[consents.Consent]] = {}
    stmt = select(Consent.client_id, Consent.purpose, Consent.version, Consent.given_at, Consent.withdrawn_at)
    stmt = stmt.where(Consent.client_id.in_(clients), Consent.purpose == Purpose.CONTACT)
    for client_id, purpose, version, given_at, withdrawn_at in session.execute(stmt):
        if client_id is not None:
            rows.setdefault(client_id, []).append(consents.Consent(Purpose(purpose), version, given_at, withdrawn_at))
    return {key for key, given in rows.items() if consents.opted_out(given, Purpose.CONTACT, now)}


def _used(session: Session, now: datetime, which: Select[int]) -> dict[tuple[int, Channel], int]:
    """What of today's calls and texts is used up, by client and channel."""
    clients = select(CareFile.client_id).where(CareFile.id.in_(which))
    stmt = select(CareUse.client_id, CareUse.channel, func.count()).where(
        CareUse.client_id.in_(clients), CareUse.day == local_day(now), CareUse.released_at.is_(None)
    )
    found = session.execute(stmt.group_by(CareUse.client_id, CareUse.channel))
    return {(client_id, channel): count for client_id, channel, count in found}
