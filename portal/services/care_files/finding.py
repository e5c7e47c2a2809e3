"""Finding care files: by surname, last four digits, tag, grade, stage, carer and development; the board; who is silent.

A stage is derived, never stored, so a list that is narrowed by it is narrowed here, by the very stages that its rows
show; every other filter is the database's.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased, joinedload

from ...access.actor import Actor
from ...clock import local_day
from ...models import CareAssignment, CareFile, CareJudgement, Person
from ...models.care.files import carer_of, latest_assignments
from ...rules.care.plan import NOT_BOUGHT, Grade, Stage
from ...rules.care_files.facts import Fact, FileFacts
from ...session import Session
from ..care import files as care_files
from ..care import scope
from ..care.files import FileRow
from ..care.stages import Standing, stages
from ..care_plans import plans
from ..claims import search_terms
from . import facts, tags
from .tags import Borne

UNGRADED = "none"
"""The grade of a filter that asks for who has none."""


class Silence(StrEnum):
    """For how long nobody has met a client who has not bought."""

    REMIND = "remind"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to; nothing said is no filter. `find`: a surname, a name, the last four digits, a full
    phone. `grade`: a Grade, or UNGRADED."""

    find: str = ""
    tag_id: int | None = None
    grade: str = ""
    stage: Stage | None = None
    carer_id: int | None = None
    development_id: int | None = None
    silence: Silence | None = None


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as lists show it; `name` in full, for whoever sees the file may know whose it is. `last`: when the client
    was last met, as far as the reader may know."""

    row: FileRow
    name: str
    tags: Sequence[Borne]
    facts: FileFacts
    last: datetime | None
    days_without: int

    @property
    def file(self) -> CareFile:
        return self.row.file


@dataclass(frozen=True, slots=True)
class Found:
    """A page of files and the cursor of the page after it."""

    rows: Sequence[ListedFile]
    next_cursor: int | None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """How far clients are, and for how long nobody has met them: what is derived, so that no database narrows by it."""

    standings: Mapping[int, Standing]
    silent: Mapping[int, Silence]

    @property
    def counts(self) -> Mapping[Silence, int]:
        """How many clients nobody has met for so long."""
        found = list(self.silent.values())
        return {silence: found.count(silence) for silence in Silence}

    def keys(self, wanted: Wanted) -> list[int]:
        """The ids of the files of the stage and the silence that are wanted, the newest first."""
        keys = sorted(self.standings, reverse=True)
        if wanted.stage is not None:
            keys = [key for key in keys if self.standings[key].stage is wanted.stage]
        if wanted.silence is not None:
            keys = [key for key in keys if self.silent.get(key) is wanted.silence]
        return keys


def page(
    session: Session,
    actor: Actor,
    now: datetime,
    wanted: Wanted,
    after: int | None,
    size: int,
    looked: Looked | None = None,
) -> Found:
    """One page of the files that are wanted, the newest first; `count` where all of them had to be looked at anyway.
    `looked`: all files that the actor may see, where somebody has looked at them."""
    stmt, count = _filtered(session, actor, now, wanted), None
    if wanted.stage is not None or wanted.silence is not None:
        keys = _keys(session, actor, now, wanted, stmt) if looked is None else _among(session, looked, wanted, stmt)
        count = len(keys)
        keys = [key for key in keys if after is None or key < after][: size + 1]
        stmt = select(CareFile).where(CareFile.id.in_(keys))
    elif after is not None:
        stmt = stmt.where(CareFile.id < after)
    rows = session.scalars(_loaded(stmt).order_by(CareFile.id.desc()).limit(size + 1)).all()
    shown = listed(session, actor, now, rows[:size], None if looked is None else looked.standings)
    return Found(shown, rows[size - 1].id if len(rows) > size else None, count)


def every(session: Session, actor: Actor, now: datetime, wanted: Wanted, most: int) -> Iterator[ListedFile]:
    """All that are wanted, the oldest first, for a file of them; at most so many."""
    stmt = _filtered(session, actor, now, wanted)
    if wanted.stage is not None or wanted.silence is not None:
        keys = sorted(_keys(session, actor, now, wanted, stmt))[:most]
    else:
        keys = list(session.scalars(stmt.with_only_columns(CareFile.id).order_by(CareFile.id).limit(most)))
    for start in range(0, len(keys), _PORTION):
        some = select(CareFile).where(CareFile.id.in_(keys[start : start + _PORTION]))
        yield from listed(session, actor, now, session.scalars(_loaded(some).order_by(CareFile.id)).all())


def listed(
    session: Session,
    actor: Actor,
    now: datetime,
    rows: Collection[CareFile],
    known: Mapping[int, Standing] | None = None,
) -> list[ListedFile]:
    """Files as lists show them, in a bounded number of queries. `known`: how far they are, where that was read."""
    figures = facts.figures_of(session, actor, now, [row.id for row in rows])
    counted = {key: one.facts for key, one in figures.items()}
    borne = tags.tags_of(session, actor, counted.keys(), counted)
    return [
        ListedFile(
            row,
            care_files.name_of(session, row.file),
            borne[row.file.id],
            counted[row.file.id],
            figures[row.file.id].last,
            counted[row.file.id][Fact.DAYS_WITHOUT_CONTACT],
        )
        for row in care_files.shown(session, actor, rows, known)
    ]


def narrowed(session: Session, actor: Actor, now: datetime, wanted: Wanted) -> list[int]:
    """The ids of the files that are wanted, the newest first, of whatever stage and silence."""
    return _keys(session, actor, now, wanted, _filtered(session, actor, now, wanted))


def look(session: Session, actor: Actor, now: datetime) -> Looked:
    """At all files of those whom the actor cares for or leads."""
    return _looked(session, actor, now, _filtered(session, actor, now, Wanted()))


def board(
    session: Session, actor: Actor, now: datetime, wanted: Wanted, most: int
) -> dict[Stage, tuple[int, Sequence[ListedFile]]]:
    """By stage how many files there are, and the latest to reach it, at most so many of each."""
    stmt = _filtered(session, actor, now, replace(wanted, stage=None, silence=None))
    standings = _standings(session, actor, stmt)
    columns: dict[Stage, list[int]] = {stage: [] for stage in Stage}
    for key in sorted(standings, key=lambda key: (standings[key].since, key), reverse=True):
        columns[standings[key].stage].append(key)
    first = [key for keys in columns.values() for key in keys[:most]]
    rows = session.scalars(_loaded(select(CareFile).where(CareFile.id.in_(first))).order_by(CareFile.id)).all()
    shown = {one.file.id: one for one in listed(session, actor, now, rows, standings)}
    return {stage: (len(keys), [shown[key] for key in keys[:most]]) for stage, keys in columns.items()}


def carers(session: Session, actor: Actor) -> list[Person]:
    """In whose care the files are that the actor may see."""
    mine = scope.care_files(session, actor).with_only_columns(CareFile.id)
    stmt = latest_assignments().with_only_columns(CareAssignment.person_id).where(CareAssignment.file_id.in_(mine))
    return list(session.scalars(select(Person).where(Person.id.in_(stmt)).order_by(Person.name, Person.id)))


_PORTION = 500


def _filtered(session: Session, actor: Actor, now: datetime, wanted: Wanted) -> Select[CareFile]:
    stmt = scope.care_files(session, actor)
    if wanted.development_id is not None:
        stmt = stmt.where(CareFile.development_id == wanted.development_id)
    if wanted.carer_id is not None:
        stmt = stmt.where(carer_of(CareFile.id) == wanted.carer_id)
    if wanted.grade:
        stmt = stmt.where(_graded(actor, wanted.grade))
    if wanted.tag_id is not None:
        tag = tags.find(session, actor, wanted.tag_id)
        stmt = stmt.where(tags.bears(actor, now, tag) if tag else CareFile.id.is_(None))
    if wanted.find.strip():
        stmt = stmt.where(search_terms.whose(session, actor, CareFile, wanted.find.strip()))
    return stmt


def _graded(actor: Actor, grade: str) -> ColumnElement[bool]:
    latest = aliased(CareJudgement)
    newest = (
        select(func.max(latest.id))
        .where(latest.file_id == CareFile.id, scope.own_side(actor, latest))
        .correlate(CareFile)
        .scalar_subquery()
    )
    held = select(CareJudgement.grade).where(CareJudgement.id == newest).scalar_subquery()
    return held.is_(None) if grade == UNGRADED else held == grade


def _keys(session: Session, actor: Actor, now: datetime, wanted: Wanted, stmt: Select[CareFile]) -> list[int]:
    if wanted.silence is not None:
        return _looked(session, actor, now, stmt).keys(wanted)
    return Looked(_standings(session, actor, stmt), {}).keys(wanted)


def _among(session: Session, looked: Looked, wanted: Wanted, stmt: Select[CareFile]) -> list[int]:
    """The same of all who were looked at, narrowed by what the database can narrow by."""
    keys = looked.keys(wanted)
    if replace(wanted, stage=None, silence=None) == Wanted():
        return keys
    asked = set(session.scalars(stmt.with_only_columns(CareFile.id)))
    return [key for key in keys if key in asked]


def _standings(session: Session, actor: Actor, stmt: Select[CareFile]) -> dict[int, Standing]:
    opened = dict(session.execute(stmt.with_only_columns(CareFile.id, CareFile.opened_at)).all())
    return stages(session, opened, stmt.with_only_columns(CareFile.id), scope.side_of(actor))


def _looked(session: Session, actor: Actor, now: datetime, stmt: Select[CareFile]) -> Looked:
    """Silent is who has not bought and was not met for as long as the plan of the development says, counted from the
    newest contact or from when the stage was reached. Who is to be left in peace is not."""
    keys, held, today = stmt.with_only_columns(CareFile.id), plans.all_in_force(session, now), local_day(now)
    rows = session.execute(stmt.with_only_columns(CareFile.id, CareFile.opened_at, CareFile.development_id)).all()
    standings = stages(session, {row.id: row.opened_at for row in rows}, keys, scope.side_of(actor))
    last = facts.newest_contacts(session, actor, keys)
    peace = set(session.scalars(keys.where(_graded(actor, Grade.INVALID))))
    found: dict[int, Silence] = {}
    for key, _opened_at, development_id in rows:
        standing = standings[key]
        if standing.stage not in NOT_BOUGHT or key in peace:
            continue
        plan = held.plan(development_id)
        quiet = (today - local_day(max(last.get(key, standing.since), standing.since))).days
        if quiet >= plan.silent_days:
            found[key] = Silence.SILENT
        elif quiet >= plan.remind_days:
            found[key] = Silence.REMIND
    return Looked(standings, found)


def _loaded(stmt: Select[CareFile]) -> Select[CareFile]:
    return stmt.options(joinedload(CareFile.client), joinedload(CareFile.development))
