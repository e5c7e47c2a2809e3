"""What an installation still needs before a client can be registered in it, for who sets it up.

Shown on the first page until it is there, and not asked about any more from then on.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, Agreement, Development, Person, Role
from ...session import Session


class StepKind(StrEnum):
    """Of an administrator, then of a channel manager."""

    COLLEAGUE = "colleague"
    MANAGER = "manager"
    DEVELOPMENT = "development"
    AGENCY = "agency"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of them, and whether it is done."""

    kind: StepKind
    done: bool


def first_steps(session: Session, actor: Actor) -> list[FirstStep]:
    """The actor's steps in their order; none once all are done."""
    steps: list[FirstStep] = []
    if may(actor, Permission.MANAGE_PEOPLE):
        roles = select(Person.role, func.count()).where(Person.deactivated_at.is_(None)).group_by(Person.role)
        people = {row[0]: row[1] for row in session.execute(roles)}
        steps += [
            FirstStep(StepKind.COLLEAGUE, people.get(Role.ADMINISTRATOR, 0) > 1),
            FirstStep(StepKind.MANAGER, Role.CHANNEL_MANAGER in people),
        ]
    if may(actor, Permission.MANAGE_PARTNERS) and not _any(session, Agreement):
        steps += [
            FirstStep(StepKind.DEVELOPMENT, _any(session, Development)),
            FirstStep(StepKind.AGENCY, _any(session, Agency)),
            FirstStep(StepKind.AGREEMENT, done=False),
        ]
    return [] if all(step.done for step in steps) else steps


def _any(session: Session, kind: type[Agreement | Development | Agency]) -> bool:
    return session.scalar(select(kind.id).limit(1)) is not None
