"""Commission plans as they were published (佣金方案): versions that follow each other and are never edited.

A deal keeps the version that was in force when it was signed (rules 5.3), so a version is found by a name and an
instant, and what was published stays as the text it was.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from commissions.plan import STANDARD, Plan
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import SYSTEM, Actor
from ...clock import day_start, local_day
from ...models import Agreement, PlanVersion
from ...models.base import Code
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


def publish_plan(
    session: Session, actor: Actor, now: datetime, *, name: str, toml: str, effective_from: datetime
) -> PlanVersion:
    """Publish the next version of a plan, for deals that are signed from an instant (UTC) on.

    Raises Refusal: those of `Plan.from_toml`; `plan_name_differs` when the text names another plan;
    `plan_in_past` for a later version that would change days gone by.
    """
    plan = parse(toml)
    if plan.name != name:
        raise Refusal("plan_name_differs", field="toml", place="name", name=name, written=plan.name)
    check_begin(session, name, effective_from, now)
    values: dict[str, Any] = {
        "toml": toml,
        "effective_from": effective_from,
        "published_at": now,
        "published_by": actor.person_id,
    }
    key = None
    while key is None:  # somebody else published meanwhile: ours is the one after
        newest = newest_version(session, name) + 1
        key = insert_unless_there(session, PlanVersion, ("name", "version"), name=name, version=newest, **values)
    row = session.get_one(PlanVersion, key)
    audit.record(session, actor, now, "plan_published", row, name=name, version=row.version)
    facts = {"name": name, "version": row.version, "effective_at": effective_from}
    tell(session, actor, now, "plan_published", row, Concerned(), **facts)
    bound = select(Agreement.agency_id).where(Agreement.plan_name == name, Agreement.ended_at.is_(None))
    for agency_id in session.scalars(bound.distinct()).all():
        tell(session, actor, now, "new_plan_for_agency", row, Concerned(agency=agency_id), **facts)
    return row


def check_begin(session: Session, name: str, effective_from: datetime, now: datetime) -> None:
    """A plan's first version may begin when it likes, a later one today or later. Raises Refusal `plan_in_past`."""
    if effective_from < day_start(local_day(now)) and newest_version(session, name):
        raise Refusal("plan_in_past", field="effective_from")


def publish_given_plan(session: Session, effective_from: datetime) -> None:
    """The standard plan of rules 5.1, for a portal that has no plan yet."""
    if session.scalar(select(PlanVersion.id).limit(1)) is None:
        publish_plan(session, SYSTEM, effective_from, name="standard", toml=STANDARD, effective_from=effective_from)


LONGEST_NAME = Code.length or 0
"""A plan's name has no more signs."""


@lru_cache(maxsize=256)
def parse(toml: str) -> Plan:
    """The plan that a text describes. Raises Refusal with the place and `toml` as its field."""
    try:
        plan = Plan.from_toml(toml)
    except Refusal as refusal:
        refusal.facts["field"] = "toml"
        raise
    if len(plan.name) > LONGEST_NAME:
        raise Refusal("plan_name_long", field="toml", place="name")
    return plan


def newest(session: Session, actor: Actor, most: int) -> Sequence[PlanVersion]:
    """The latest versions, of whatever plan, that the actor may see."""
    return session.scalars(scope.visible(actor, PlanVersion).order_by(PlanVersion.id.desc()).limit(most)).all()


def newest_version(session: Session, name: str) -> int:
    """The number of a plan's newest version; 0 where there is none."""
    return session.scalar(select(func.max(PlanVersion.version)).where(PlanVersion.name == name)) or 0


def before(session: Session, version: PlanVersion) -> PlanVersion | None:
    """The version that a version came after."""
    stmt = select(PlanVersion).where(PlanVersion.name == version.name, PlanVersion.version < version.version)
    return session.scalar(stmt.order_by(PlanVersion.version.desc()).limit(1))


def in_force(session: Session, name: str, at: datetime) -> PlanVersion | None:
    """The version of a plan that is in force at an instant: the one that took effect last."""
    return session.scalar(
        select(PlanVersion)
        .where(PlanVersion.name == name, PlanVersion.effective_from <= at)
        .order_by(PlanVersion.effective_from.desc(), PlanVersion.version.desc())
        .limit(1)
    )


def for_signing(session: Session, development_id: int, agency_id: int, at: datetime) -> PlanVersion | None:
    """The version by which a deal signed at an instant is paid: that of the pair's agreement.

    The agreement is the one that began last by that day. Its end does not matter: a client who was registered
    while it ran may sign after it, and is paid by it.
    """
    plan_name = session.scalar(
        select(Agreement.plan_name)
        .where(Agreement.development_id == development_id, Agreement.agency_id == agency_id)
        .where(Agreement.starts_on <= local_day(at))
        .order_by(Agreement.starts_on.desc(), Agreement.id.desc())
        .limit(1)
    )
    return None if plan_name is None else in_force(session, plan_name, at)


def names(session: Session, now: datetime) -> list[str]:
    """The plans that an agreement can be made by today: those with a version in force."""
    stmt = select(PlanVersion.name).where(PlanVersion.effective_from <= now).distinct().order_by(PlanVersion.name)
    return list(session.scalars(stmt))


def states(session: Session, now: datetime) -> dict[int, str]:
    """How every version stands: `published` (in force), `superseded`, or `upcoming`."""
    newest: dict[str, int] = {}
    standing: dict[int, str] = {}
    for row in session.execute(
        select(PlanVersion.id, PlanVersion.name, PlanVersion.effective_from).order_by(
            PlanVersion.effective_from, PlanVersion.version
        )
    ):
        if row.effective_from > now:
            standing[row.id] = "upcoming"
            continue
        if row.name in newest:
            standing[newest[row.name]] = "superseded"
        newest[row.name], standing[row.id] = row.id, "published"
    return standing
