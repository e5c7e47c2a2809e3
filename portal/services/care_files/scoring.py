"""The rules of points: the version in force, the next one of two people, and which grade they suggest for a file."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope as rows
from ...access.actor import Actor
from ...models import CareFile, CareScoring, CareScoringDraft, ProposalState
from ...rules.care.plan import Grade
from ...rules.care_files import points_toml
from ...rules.care_files.points import Scoring, suggest
from ...session import Session
from .. import audit, proposals
from ..care import scope
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import facts

TRIED_ON = 2_000
"""A draft is tried on the newest files."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How many files each version suggests a grade for, and for how many they differ."""

    files: int
    before: Counter[Grade]
    after: Counter[Grade]
    differ: int


def keep_given(session: Session, now: datetime) -> None:
    """The rules of points that a new portal begins with."""
    if not _newest(session):
        session.add(CareScoring(version=1, toml=points_toml.given_text(), note="", published_at=now))
        session.flush()


def in_force(session: Session) -> Scoring | None:
    """The rules that hold; None where there are none yet."""
    toml = session.scalar(select(CareScoring.toml).order_by(CareScoring.version.desc()).limit(1))
    return parse(toml) if toml is not None else None


def versions(session: Session) -> list[CareScoring]:
    """Every version, the newest first."""
    return list(session.scalars(select(CareScoring).order_by(CareScoring.version.desc())))


@lru_cache(maxsize=16)
def parse(toml: str) -> Scoring:
    """The rules that a text describes. Raises the Refusals of `points_toml`, each at the field `toml`."""
    try:
        return points_toml.scoring_from_toml(toml)
    except Refusal as refusal:
        refusal.facts["field"] = "toml"
        raise


def propose(session: Session, actor: Actor, now: datetime, *, toml: str, note: str) -> CareScoringDraft:
    """Propose the next rules. Raises Refusal: those of `parse`; care_points_same for those that hold already."""
    if parse(toml) == in_force(session):
        raise Refusal("care_points_same", field="toml")
    draft = CareScoringDraft(
        toml=toml, note=note.strip(), state=ProposalState.PROPOSED, proposed_by=actor.id, proposed_at=now
    )
    session.add(draft)
    session.flush()
    audit.record(session, actor, now, "care_points_proposed", draft)
    tell(session, actor, now, "care_points_wait", draft, Concerned())
    return draft


def confirm(session: Session, actor: Actor, now: datetime, draft: CareScoringDraft) -> CareScoring:
    """Publish what another person proposed. Raises Refusal: own_proposal, proposal_decided, account_rests."""
    proposals.check_another_person(actor, draft)
    proposals.lock_open(session, draft)
    version = _published(session, actor, now, draft)
    proposals.confirm(session, actor, now, draft, {"version_id": version.id})
    audit.record(session, actor, now, "care_points_published", version, version=version.version)
    tell(session, actor, now, "care_points_published", draft, Concerned(draft.proposed_by))
    return version


def refuse(session: Session, actor: Actor, now: datetime, draft: CareScoringDraft, reason: str) -> None:
    """Send another person's proposal back. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, draft, reason)
    audit.record(session, actor, now, "care_points_refused", draft)
    tell(session, actor, now, "care_points_refused", draft, Concerned(draft.proposed_by))


def withdraw(session: Session, actor: Actor, now: datetime, draft: CareScoringDraft) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, draft)
    audit.record(session, actor, now, "care_points_withdrawn", draft)


# Reading


def drafts(actor: Actor, state: ProposalState | None = None) -> Select[CareScoringDraft]:
    """The proposals that the actor may see."""
    of = CareScoringDraft
    stmt = rows.visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.version))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[CareScoringDraft]:
    """The proposals of others that wait."""
    of = CareScoringDraft
    return rows.visible(actor, of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


def tried(session: Session, actor: Actor, now: datetime, draft: CareScoringDraft) -> Tried:
    """What a draft would suggest for the newest files beside what holds now."""
    before, after = in_force(session), parse(draft.toml)
    newest = scope.care_files(session, actor).with_only_columns(CareFile.id).order_by(CareFile.id.desc())
    figures = facts.facts_of(session, actor, now, session.scalars(newest.limit(TRIED_ON)).all())
    pairs = [(suggest(before, one).grade if before else None, suggest(after, one).grade) for one in figures.values()]
    return Tried(
        len(pairs),
        Counter(grade for grade, _after in pairs if grade is not None),
        Counter(grade for _before, grade in pairs),
        sum(1 for was, is_now in pairs if was is not is_now),
    )


def _published(session: Session, actor: Actor, now: datetime, draft: CareScoringDraft) -> CareScoring:
    newest, key = _newest(session), None
    while key is None:  # somebody else published another draft meanwhile: ours is the one after
        newest += 1
        key = insert_unless_there(
            session,
            CareScoring,
            ("version",),
            version=newest,
            toml=draft.toml,
            note=draft.note,
            published_at=now,
            published_by=actor.id,
        )
    return session.get_one(CareScoring, key)


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(CareScoring.version))) or 0
