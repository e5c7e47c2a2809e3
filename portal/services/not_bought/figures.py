"""The shares of reasons over time and by whom, what was tried, and who came back: read off the answers that count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ...access.actor import Actor
from ...models import Agency, CareFile, NotBought, Role
from ...models.not_bought.answers import standing
from ...rules.not_bought.reasons import Reason, Tried
from ...rules.not_bought.shares import Mention
from ...rules.not_bought.visits import revived_on
from ...session import Session
from ..care import scope
from . import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which answers are looked at: visits of these days, and, if said, of one development, agency, carer, reason, or
    with one thing tried. `agency_id` 0: without one. `revived`: only who came back, or only who did not."""

    since: date
    until: date
    development_id: int | None = None
    agency_id: int | None = None
    person_id: int | None = None
    reason: Reason | None = None
    tried: Tried | None = None
    revived: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An answer with what came of it. `agency_id`: with whose broker the client came, or whose broker answered."""

    answer: NotBought
    agency_id: int | None
    revived_on: date | None

    @property
    def mentions(self) -> list[Mention]:
        """Its reasons, as the shares count them."""
        back = self.revived_on is not None
        return [Mention(one.reason, one.tried, back) for one in self.answer.reasons]


def rows(session: Session, actor: Actor, asked: Asked) -> list[Row]:
    """The answers that the actor may see and that were asked for, the newest visit first.

    A channel manager sees what both sides said (the notes only of his own); everybody else what his own side said of
    clients in his care.
    """
    answers = session.scalars(_selected(session, actor, asked)).all()
    visits = facts.visits_of(session, {one.file_id for one in answers}, None)
    found = []
    for answer in answers:
        of_client = visits[answer.file_id]
        agency_id = answer.agency_id or of_client.agencies.get(answer.visit_on)
        found.append(Row(answer, agency_id, revived_on(answer.visit_on, of_client.known)))
    return [
        row
        for row in found
        if asked.agency_id in (None, row.agency_id or 0)
        and (asked.revived is None or (row.revived_on is not None) is asked.revived)
    ]


def mentions(found: Iterable[Row], asked: Asked) -> list[Mention]:
    """The reasons of these answers; of one reason or one thing tried, where that was asked for."""
    return [mention for _row, mention in mentioned(found, asked)]


def mentioned(found: Iterable[Row], asked: Asked) -> list[tuple[Row, Mention]]:
    """The same, each with its answer, the oldest visit first."""
    return [
        (row, mention)
        for row in sorted(found, key=lambda row: (row.answer.visit_on, row.answer.id))
        for mention in row.mentions
        if asked.reason in (None, mention.reason) and asked.tried in (None, mention.tried)
    ]


def agencies(session: Session, found: Iterable[Row]) -> dict[int, str]:
    """The names of the agencies of these answers."""
    keys = {row.agency_id for row in found if row.agency_id is not None}
    return dict(session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(keys))).all())


def _selected(session: Session, actor: Actor, asked: Asked) -> Select[NotBought]:
    which = scope.care_files(session, actor).with_only_columns(CareFile.id)
    stmt = (
        select(NotBought)
        .join(NotBought.file)
        .where(
            NotBought.visit_on >= asked.since,
            NotBought.visit_on <= asked.until,
            standing(),
            CareFile.id.in_(which),
        )
        .options(
            contains_eager(NotBought.file).joinedload(CareFile.development),
            contains_eager(NotBought.file).joinedload(CareFile.client),
            joinedload(NotBought.by),
            selectinload(NotBought.reasons),
        )
        .order_by(NotBought.visit_on.desc(), NotBought.id.desc())
    )
    if actor.role is not Role.CHANNEL_MANAGER:
        stmt = stmt.where(scope.own_side(actor, NotBought))
    if asked.development_id is not None:
        stmt = stmt.where(CareFile.development_id == asked.development_id)
    if asked.person_id is not None:
        stmt = stmt.where(NotBought.by_id == asked.person_id)
    if asked.reason is not None:
        stmt = stmt.where(NotBought.reasons.any(reason=asked.reason))
    if asked.tried is not None:
        stmt = stmt.where(NotBought.reasons.any(tried=asked.tried))
    return stmt


def people(found: Sequence[Row]) -> dict[int, str]:
    """The names of who answered."""
    return {row.answer.by_id: row.answer.by.name for row in found}
