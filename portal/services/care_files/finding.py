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


def page(session: Session, actor: Actor, now: datetime, wanted: Wanted, after: int | None, size: int) -> Found:
    """One page of the files that are wanted, the newest first; `count` where all of them had to be looked at anyway."""
    stmt = _filtered(session, actor, now, wanted)
    count = None
    if wanted.stage is not None or wanted.silence is not None:
        keys = narrowed(session, actor, now, wanted, stmt)
        count = len(keys)
        keys = [key for key in keys if after is None or key < after][: size + 1]
        stmt = select(CareFile).where(CareFile.id.in_(keys))
    elif after is not None:
        stmt = stmt.where(CareFile.id < after)
    rows = session.scalars(_loaded(stmt).order_by(CareFile.id.desc()).limit(size + 1)).all()
    shown = listed(session, actor, now, rows[:size])
    return Found(shown, rows[size - 1].id if len(rows) > size else None, count)


def every(session: Session, actor: Actor, now: datetime, wanted: Wanted, most: int) -> Iterator[ListedFile]:
    """All that are wanted, the oldest first, for a file of them; at most so many."""
    stmt = _filtered(session, actor, now, wanted)
    if wanted.stage is not None or wanted.silence is not None:
        keys = sorted(narrowed(session, actor, now, wanted, stmt))[:most]
    else:
        keys = list(session.scalars(stmt.with_only_columns(CareFile.id).order_by(CareFile.id).limit(most)))
    for start in range(0, len(keys), _PORTION):
        some = select(CareFile).where(CareFile.id.in_(keys[start : start + _PORTION]))
        yield from listed(session, actor, now, session.scalars(_loaded(some).order_by(CareFile.id)).all())


def listed(session: Session, actor: Actor, now: datetime, rows: Collection[CareFile]) -> list[ListedFile]:
    """Files as lists show them, in a bounded number of queries."""
    keys = [row.id for row in rows]
    figures = facts.facts_of(session, actor, now, keys)
    borne = tags.tags_of(session, actor, keys, figures)
    last = facts.newest_contacts(session, actor, keys)
    today = local_day(now)
    return [
        ListedFile(
            row,
            care_files.name_of(session, row.file),
            borne[row.file.id],
            met := last.get(row.file.id),
            max((today - local_day(met or row.file.opened_at)).days, 0),
        )
        for row in care_files.shown(session, actor, rows)
    ]


def narrowed(
    session: Session, actor: Actor, now: datetime, wanted: Wanted, stmt: Select[CareFile] | None = None
) -> list[int]:
    """The ids of the files that are wanted, the newest first, of whatever stage and silence."""
    stmt = _filtered(session, actor, now, wanted) if stmt is None else stmt
    standings = _standings(session, actor, stmt)
    keys = sorted(standings, reverse=True)
    if wanted.stage is not None:
        keys = [key for key in keys if standings[key].stage is wanted.stage]
    if wanted.silence is not None:
        silent = _silences(session, actor, now, stmt, standings)
        keys = [key for key in keys if silent.get(key) is wanted.silence]
    return keys


def silent_counts(session: Session, actor: Actor, now: datetime) -> Mapping[Silence, int]:
    """How many clients nobody has met for long, of those whom the actor cares for or leads."""
    stmt = _filtered(session, actor, now, Wanted())
    found = list(_silences(session, actor, now, stmt, _standings(session, actor, stmt)).values())
    return {silence: found.count(silence) for silence in Silence}


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
    shown = {one.file.id: one for one in listed(session, actor, now, rows)}
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


def _standings(session: Session, actor: Actor, stmt: Select[CareFile]) -> dict[int, Standing]:
    opened = dict(session.execute(stmt.with_only_columns(CareFile.id, CareFile.opened_at)).all())
    return stages(session, opened, stmt.with_only_columns(CareFile.id), scope.side_of(actor))


def _silences(
    session: Session, actor: Actor, now: datetime, stmt: Select[CareFile], standings: Mapping[int, Standing]
) -> dict[int, Silence]:
    """Who has not bought and was not met for as long as the plan of the development says, counted from the newest
    contact or from when the stage was reached. Who is to be left in peace is not silent."""
    keys = stmt.with_only_columns(CareFile.id)
    held = plans.all_in_force(session, now)
    places = dict(session.execute(stmt.with_only_columns(CareFile.id, CareFile.development_id)).all())
    last = facts.newest_contacts(session, actor, keys)
    peace = set(session.scalars(keys.where(_graded(actor, Grade.INVALID))))
    today = local_day(now)
    found: dict[int, Silence] = {}
    for key, standing in standings.items():
        if standing.stage not in NOT_BOUGHT or key in peace:
            continue
        plan = held.plan(places[key])
        quiet = (today - local_day(max(last.get(key, standing.since), standing.since))).days
        if quiet >= plan.silent_days:
            found[key] = Silence.SILENT
        elif quiet >= plan.remind_days:
            found[key] = Silence.REMIND
    return found


def _loaded(stmt: Select[CareFile]) -> Select[CareFile]:
    return stmt.options(joinedload(CareFile.client), joinedload(CareFile.development))
