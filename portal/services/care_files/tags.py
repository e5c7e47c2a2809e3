"""Tags: the vocabulary, which is renamed and merged; what somebody set on a file, and what set itself."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import aliased, joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import CareFile, CareTag, CareTagging
from ...rules.care_files import tags as rule
from ...rules.care_files.facts import Fact, FileFacts
from ...rules.care_files.tags import TagKind
from ...session import Session
from .. import audit
from ..care import scope
from ..inserts import insert_unless_there
from . import facts


@dataclass(frozen=True, slots=True)
class Borne:
    """A tag on a file; `tagging` is empty where it set itself."""

    tag: CareTag
    tagging: CareTagging | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A word of the vocabulary, how many files bear it, and which words were merged into it."""

    tag: CareTag
    files: int
    former: Sequence[str]


def keep_given(session: Session, now: datetime) -> None:
    """The vocabulary of the handbooks, for a portal that has none yet."""
    if session.scalar(select(CareTag.id).limit(1)) is not None:
        return
    for one in rule.GIVEN:
        session.add(
            CareTag(
                kind=one.kind,
                word=one.word,
                word_en=one.word_en,
                folded=rule.fold(one.word),
                fact=one.rule.fact if one.rule else None,
                at_least=one.rule.at_least if one.rule else None,
                made_at=now,
            )
        )
    session.flush()


# The vocabulary


def offered(session: Session, actor: Actor) -> list[CareTag]:
    """The words that the actor may set or ask for: the developer's and his own agency's, those merged left out."""
    stmt = select(CareTag).where(CareTag.merged_into_id.is_(None), _known_to(actor))
    return list(session.scalars(stmt.order_by(CareTag.kind, CareTag.id)))


def used(session: Session, actor: Actor, now: datetime) -> list[Used]:
    """The vocabulary with how many files each word is on: where the actor's side set it, or it sets itself."""
    target = func.coalesce(CareTag.merged_into_id, CareTag.id)
    counts = (
        select(target, func.count(CareTagging.file_id.distinct()))
        .join(CareTagging, CareTagging.tag_id == CareTag.id)
        .where(CareTagging.removed_at.is_(None), scope.own_side(actor, CareTagging))
        .group_by(target)
    )
    files: dict[int, int] = dict(session.execute(counts).all())
    former = defaultdict[int, list[str]](list)
    for tag in session.scalars(select(CareTag).where(CareTag.merged_into_id.is_not(None)).order_by(CareTag.id)):
        former[tag.merged_into_id or 0].append(tag.word)
    known = offered(session, actor)
    files |= _set_themselves(session, actor, now, known)
    return [Used(tag, files.get(tag.id, 0), former[tag.id]) for tag in known]


def _set_themselves(session: Session, actor: Actor, now: datetime, known: Sequence[CareTag]) -> dict[int, int]:
    """Of the files that the actor may see, how many bear each tag that sets itself: counted in one query."""
    ruled = {tag.id: facts.holds(actor, now, tag.fact, tag.at_least or 0) for tag in known if tag.fact is not None}
    if not ruled:
        return {}
    counts = [func.count().filter(holds) for holds in ruled.values()]
    counted = session.execute(scope.care_files(session, actor).with_only_columns(*counts)).one()
    return dict(zip(ruled, counted, strict=True))


def make(session: Session, actor: Actor, now: datetime, kind: TagKind, word: str) -> CareTag:
    """The tag of this word; a new one of the actor's own side where nobody has it. Of two who make it one is made.

    Raises Refusal: those of `rules.care_files.tags.tidy`.
    """
    plain = rule.tidy(word)
    known = _named(session, actor, plain)
    if known is not None:
        return known
    key = insert_unless_there(
        session,
        CareTag,
        (),
        agency_id=scope.side_of(actor),
        kind=kind,
        word=plain,
        folded=rule.fold(plain),
        made_by=actor.id,
        made_at=now,
    )
    if key is None:
        return _found(session, actor, plain)
    tag = session.get_one(CareTag, key)
    audit.record(session, actor, now, "care_tag_made", tag)
    return tag


def rename(session: Session, actor: Actor, now: datetime, tag: CareTag, word: str) -> None:
    """Give a tag another word, everywhere at once.

    Raises Refusal: those of `tidy`; care_tag_taken for a word that another tag has (merge them instead).
    """
    plain = rule.tidy(word)
    other = _named(session, actor, plain)
    if other is not None and other.id != tag.id:
        raise Refusal("care_tag_taken", field="word")
    tag.word, tag.folded, tag.word_en = plain, rule.fold(plain), None
    audit.record(session, actor, now, "care_tag_renamed", tag)


def merge(session: Session, actor: Actor, now: datetime, tag: CareTag, into: CareTag) -> None:
    """Let a tag stand for another from now on, wherever it was set. Raises Refusal: those of `check_merge`."""
    keys = sorted({tag.id, into.id})
    session.execute(select(CareTag.id).where(CareTag.id.in_(keys)).order_by(CareTag.id).with_for_update())
    session.refresh(into)
    ruled = tag.fact is not None or into.fact is not None
    rule.check_merge(tag.id, into.id, into_merged=into.merged_into_id is not None, ruled=ruled)
    session.execute(update(CareTag).where(CareTag.merged_into_id == tag.id).values(merged_into_id=into.id))
    tag.merged_into_id = into.id
    audit.record(session, actor, now, "care_tag_merged", tag, into=into.id)


def part(session: Session, actor: Actor, now: datetime, tag: CareTag) -> None:
    """Take a merge back: the word stands for itself again. Raises Refusal(care_tag_taken)."""
    other = _named(session, actor, tag.word)
    if other is not None and other.id not in (tag.id, tag.merged_into_id):
        raise Refusal("care_tag_taken", field="word")
    tag.merged_into_id = None
    audit.record(session, actor, now, "care_tag_parted", tag)


# On files


def put(session: Session, actor: Actor, now: datetime, file: CareFile, tag: CareTag) -> bool:
    """Set a tag on a file, for the actor's side; whether it was not there yet.

    Raises Refusal: care_tag_sets_itself; care_tag_many with `most`.
    """
    if tag.fact is not None:
        raise Refusal("care_tag_sets_itself", field="word")
    borne = (CareTagging.file_id == file.id) & CareTagging.removed_at.is_(None) & scope.own_side(actor, CareTagging)
    if (session.scalar(select(func.count(CareTagging.id)).where(borne)) or 0) >= rule.MOST_OF_A_FILE:
        raise Refusal("care_tag_many", field="word", most=rule.MOST_OF_A_FILE)
    key = insert_unless_there(
        session,
        CareTagging,
        (),
        file_id=file.id,
        tag_id=tag.merged_into_id or tag.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        at=now,
    )
    if key is not None:
        audit.record(session, actor, now, "care_tag_put", file, tag=tag.id)
    return key is not None


def take_away(session: Session, actor: Actor, now: datetime, file: CareFile, tag_id: int) -> None:
    """Take a tag off a file, under whichever of its words it was set; one that is not there stays away."""
    whose = (CareTag.id == tag_id) | (CareTag.merged_into_id == tag_id)
    done = session.execute(
        update(CareTagging)
        .where(
            CareTagging.file_id == file.id,
            CareTagging.tag_id.in_(select(CareTag.id).where(whose)),
            CareTagging.removed_at.is_(None),
            scope.own_side(actor, CareTagging),
        )
        .values(removed_at=now, removed_by=actor.id)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        audit.record(session, actor, now, "care_tag_taken_away", file, tag=tag_id)


def tags_of(
    session: Session, actor: Actor, file_ids: Collection[int], figures: Mapping[int, FileFacts]
) -> dict[int, list[Borne]]:
    """What each file bears: what the actor's side set, and what set itself by `figures` (`facts.facts_of`)."""
    words = {tag.id: tag for tag in session.scalars(select(CareTag).where(_known_to(actor)))}
    found: dict[int, dict[int, Borne]] = {key: {} for key in file_ids}
    stmt = select(CareTagging).where(
        CareTagging.file_id.in_(found), CareTagging.removed_at.is_(None), scope.own_side(actor, CareTagging)
    )
    for tagging in session.scalars(stmt.options(joinedload(CareTagging.tag)).order_by(CareTagging.id)):
        tag = words[tagging.tag.merged_into_id or tagging.tag_id]
        found[tagging.file_id].setdefault(tag.id, Borne(tag, tagging))
    ruled = [(tag, rule.TagRule(tag.fact, tag.at_least or 1)) for tag in words.values() if tag.fact is not None]
    for key, borne in found.items():
        of_file = figures.get(key, {})
        borne.update({tag.id: Borne(tag) for tag, when in ruled if when.holds(of_file)})
    order = {kind: place for place, kind in enumerate(TagKind)}
    return {
        key: sorted(borne.values(), key=lambda one: (order[one.tag.kind], one.tag.id)) for key, borne in found.items()
    }


def bears(actor: Actor, now: datetime, tag: CareTag) -> ColumnElement[bool]:
    """Whether a file bears a tag, inside a query over `care_files`."""
    if tag.fact is not None:
        return facts.holds(actor, now, Fact(tag.fact), tag.at_least or 1)
    former = aliased(CareTag)
    same = select(former.id).where(or_(former.id == tag.id, former.merged_into_id == tag.id))
    borne = select(CareTagging.file_id).where(
        CareTagging.tag_id.in_(same), CareTagging.removed_at.is_(None), scope.own_side(actor, CareTagging)
    )
    return CareFile.id.in_(borne)


def find(session: Session, actor: Actor, tag_id: int | None) -> CareTag | None:
    """The tag that a number names; of one that was merged the other one."""
    tag = session.scalar(select(CareTag).where(CareTag.id == tag_id, _known_to(actor)))
    return session.get(CareTag, tag.merged_into_id) if tag is not None and tag.merged_into_id else tag


def _known_to(actor: Actor) -> ColumnElement[bool]:
    side = scope.side_of(actor)
    return CareTag.agency_id.is_(None) if side is None else or_(CareTag.agency_id.is_(None), CareTag.agency_id == side)


def _named(session: Session, actor: Actor, word: str) -> CareTag | None:
    """The tag that is called so, be it under a word that was merged away."""
    stmt = select(CareTag).where(and_(CareTag.folded == rule.fold(word), _known_to(actor)))
    tag = session.scalar(stmt.order_by(CareTag.merged_into_id.is_not(None), CareTag.id).limit(1))
    return session.get(CareTag, tag.merged_into_id) if tag is not None and tag.merged_into_id else tag


def _found(session: Session, actor: Actor, word: str) -> CareTag:
    tag = _named(session, actor, word)
    assert tag is not None  # somebody was faster, and the index has shown it
    return tag
