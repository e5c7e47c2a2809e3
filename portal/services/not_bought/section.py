"""The part of a client's file that says why nothing was bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ...access.actor import Actor
from ...models import CareFile
from ...session import Session
from . import answers


@dataclass(frozen=True, slots=True)
class Section:
    """What was answered about a client, and the visits that wait for a reason."""

    answers: Sequence[answers.Answer]
    to_say: Sequence[date]


def section(session: Session, actor: Actor, now: datetime, file: CareFile) -> Section:
    """What the file's page shows; the other side's answers are left out."""
    known = answers.known_of(session, actor, file)
    return Section(answers.of_file(session, actor, file, known), answers.to_say(known, now))
