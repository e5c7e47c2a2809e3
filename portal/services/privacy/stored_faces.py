"""How many faces are stored, why they are still there, and who looked: the privacy officer's figures (rules 3.5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, distinct, false, func, or_, select
from sqlalchemy.orm import joinedload

from ...access import scope
from ...access.actor import Actor
from ...models import AuditEntry, Development, Erased, Erasure, FaceTemplate, JobRun, Person, Photo, Why
from ...rules.partners.policy import Policy
from ...session import Session
from ..faces.counts import FACES_FILING, WARN_AT, stored_persons
from . import retention_sweep

LOOKED_AT = ("photo_seen", "appeal_picture_seen")
"""The deeds by which somebody saw a photo."""


class Filing(StrEnum):
    """How near the filing duty is."""

    FAR = "far"
    NEAR = "near"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Here:
    """What one development stores: clients with a face, templates, photos; of the photos those held as evidence."""

    development: Development
    policy: Policy
    clients: int
    templates: int
    photos: int
    held: int


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored. `persons` is what the filing duty counts; `enrolled` people who enrolled their own."""

    persons: int
    enrolled: int
    templates: int
    photos: int
    here: list[Here]
    swept_at: datetime | None

    @property
    def filing(self) -> Filing:
        """How near the filing duty is."""
        return filing_of(self.persons)


def filing_of(persons: int) -> Filing:
    """Near from nine tenths of the number on; due from the number on."""
    if persons >= FACES_FILING:
        return Filing.DUE
    return Filing.NEAR if persons >= WARN_AT else Filing.FAR


def stored(session: Session, actor: Actor, now: datetime) -> Stored:
    """What is stored now, in all and in each development."""
    living = FaceTemplate.erased_at.is_(None)
    run = session.get(JobRun, retention_sweep.RUN)
    developments = session.scalars(scope.visible(actor, Development).order_by(Development.name)).all()
    here = _here(session, developments, now)
    enrolled = select(func.count(distinct(FaceTemplate.person_id))).where(living)
    return Stored(
        persons=stored_persons(session),
        enrolled=session.scalar(enrolled) or 0,
        templates=session.scalar(select(func.count(FaceTemplate.id)).where(living)) or 0,
        photos=sum(one.photos for one in here),
        here=here,
        swept_at=run.ran_at if run else None,
    )


def erasures(
    actor: Actor,
    *,
    kind: str = "",
    why: str = "",
    development_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[Erasure]:
    """The proofs of erasure, with who erased; an unknown kind or reason is none. `until` is past the end."""
    stmt = scope.visible(actor, Erasure).options(joinedload(Erasure.person), joinedload(Erasure.development))
    if kind in set(Erased):
        stmt = stmt.where(Erasure.kind == Erased(kind))
    if why in set(Why):
        stmt = stmt.where(Erasure.why == Why(why))
    if development_id is not None:
        stmt = stmt.where(Erasure.development_id == development_id)
    if since is not None:
        stmt = stmt.where(Erasure.at >= since)
    return stmt if until is None else stmt.where(Erasure.at < until)


def erased_since(session: Session, since: datetime) -> dict[Why, int]:
    """How much was erased for which reason."""
    rows = session.execute(
        select(Erasure.why, func.count().label("times")).where(Erasure.at >= since).group_by(Erasure.why)
    )
    return {row.why: row.times for row in rows}


def who_looked(session: Session, since: datetime) -> list[tuple[Person, int, datetime]]:
    """Who looked at photos since an instant: how many, and when last; the most first."""
    views, last = func.count(), func.max(AuditEntry.at)
    rows = session.execute(
        select(Person, views, last)
        .join(AuditEntry, AuditEntry.actor_id == Person.id)
        .where(AuditEntry.action.in_(LOOKED_AT), AuditEntry.at >= since)
        .group_by(Person.id)
        .order_by(views.desc(), Person.id)
    )
    return [(person, count, at) for person, count, at in rows]


def _here(session: Session, developments: Sequence[Development], now: datetime) -> list[Here]:
    """The same of each development, counted for all of them together."""
    faces = select(
        FaceTemplate.development_id, func.count(FaceTemplate.id), func.count(distinct(FaceTemplate.client_id))
    ).where(FaceTemplate.erased_at.is_(None))
    photos = select(Photo.development_id, func.count(Photo.id)).where(Photo.erased_at.is_(None))
    photos = photos.group_by(Photo.development_id)
    overdue = photos.where(Photo.keep_until <= now, _held(developments, now))
    templates = {key: counts for key, *counts in session.execute(faces.group_by(FaceTemplate.development_id))}
    kept, held = (dict(session.execute(stmt).all()) for stmt in (photos, overdue))
    return [
        Here(
            development=one,
            policy=Policy.of(one.policy),
            clients=templates.get(one.id, (0, 0))[1],
            templates=templates.get(one.id, (0, 0))[0],
            photos=kept.get(one.id, 0),
            held=held.get(one.id, 0),
        )
        for one in developments
    ]


def _held(developments: Sequence[Development], now: datetime) -> ColumnElement[bool]:
    """The photos that stay as evidence: developments keep it for different numbers of days, and few such numbers."""
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for one in developments:
        alike[Policy.of(one.policy).evidence_days].append(one.id)
    stays = (
        and_(
            Photo.development_id.in_(ids),
            Photo.showing_id.in_(retention_sweep.evidence_until(now - timedelta(days=days))),
        )
        for days, ids in alike.items()
    )
    return or_(false(), *stays)
