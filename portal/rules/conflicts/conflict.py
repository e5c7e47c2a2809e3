"""Whose client it is, decided by a person (渠道冲突): who may object until when, who may decide, and what is on offer.

Facts in, a no out. What a decision does with a client's protection and with a deal is the services' business.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from commissions.money import WHOLE_BPS
from commissions.refusal import Refusal

OBJECT_WITHIN = timedelta(days=7)
"""So long after a refusal, or after a deal was given to somebody else, a broker may object; and so long after a
decision the one who lost may ask for a second look."""

DUE_WITHIN = timedelta(hours=48)
"""So long a case may wait for its decision before it is late."""

LOOKS = 2
"""A case is looked at once, and once more where the one who lost asks."""

WALKED_IN_BEFORE = timedelta(hours=24)
"""A walk-in so shortly before an accepted registration of the same client opens a case by itself."""

RIVALS = frozenset({"protected_by_other", "walked_in_first", "known_to_developer"})
"""The refusals that say that somebody else has the client: the others no colleague can decide otherwise."""


class Cause(StrEnum):
    """What opened a case: a broker's objection, a manager's doubt, or one of the rules that know of a doubt."""

    OBJECTION = "objection"
    DOUBT = "doubt"
    WALK_IN = "walk_in"
    """the client walked in alone, hours before a broker registered him"""
    SAME_FACE = "same_face"
    """one face, with consent, under two phones"""
    SAME_HOME = "same_home"
    """the same name takes the same home again under another phone"""
    KIN = "kin"
    """who signs is the spouse, a parent or a child of a client whom another one had registered"""
    MASK = "mask"
    """a registration by parts of a number was completed, and somebody had the client, or it fits another number too"""


class Kin(StrEnum):
    """Whose spouse, parent or child a buyer is: of a client who is known here under a phone of his own."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"


class Outcome(StrEnum):
    """What is decided of a case."""

    KEEP = "keep"
    """it stays as the rule had answered"""
    MOVE = "move"
    """the client, and the deal, go to somebody else"""
    SPLIT = "split"
    """the signed deal is of several agencies, each by its part"""
    REJECT = "reject"
    """it stays, and the objection was without ground"""


class Result(StrEnum):
    """What a decision means for one who has part in the case."""

    YOURS = "yours"
    NOT_YOURS = "not_yours"
    SHARED = "shared"
    """the client stays where he is, and each has a part in the deal"""


def kin_in_question(owner: int | None, holders: Collection[int]) -> bool:
    """Whether a deal is in question because the buyer's kin was protected for somebody else than who owns it."""
    return any(holder != owner for holder in holders)


@dataclass(frozen=True, slots=True)
class Objectionable:
    """What a broker objects to: a refused registration, or that a deal was given to somebody else.

    `since` is when it was so decided, the later of the two; None where there is nothing to object to.
    """

    since: datetime | None
    objected: bool = False


def object_until(since: datetime) -> datetime:
    """The first instant at which it is too late to object, or to ask for a second look."""
    return since + OBJECT_WITHIN


def check_objection(about: Objectionable, now: datetime) -> None:
    """Refuse an objection that comes too late, a second time, or to nothing.

    Raises Refusal `nothing_to_object`, `already_objected`, `objection_too_late` (`until`).
    """
    if about.since is None:
        raise Refusal("nothing_to_object")
    if about.objected:
        raise Refusal("already_objected")
    if now >= object_until(about.since):
        raise Refusal("objection_too_late", until=object_until(about.since))


@dataclass(frozen=True, slots=True)
class Case:
    """What the decision of a case hangs on.

    `parts` are the people who have part in it: who holds the client, who objects, who signed the client in, who
    doubted. `deciders` have decided it before. `movable`: client and deal can go to somebody else (a deal that was
    cancelled, or is a referrer's, cannot). `splittable`: there is an agency's signed deal, and the development lets
    deals be split.
    """

    open: bool
    waits_for_second: bool
    objections: bool
    movable: bool
    parts: frozenset[int]
    splittable: bool = False
    deciders: frozenset[int] = frozenset()


def offered(case: Case) -> tuple[Outcome, ...]:
    """What may be decided of it, the mildest first."""
    wanted = [Outcome.KEEP]
    wanted += [Outcome.MOVE] if case.movable else []
    wanted += [Outcome.SPLIT] if case.movable and case.splittable else []
    wanted += [Outcome.REJECT] if case.objections else []
    return tuple(wanted)


def check_hand(case: Case, actor_id: int) -> None:
    """Refuse who has part in it, and who has decided it before. Raises Refusal `conflict_has_part`,
    `conflict_decided_by_you`."""
    if actor_id in case.parts:
        raise Refusal("conflict_has_part")
    if actor_id in case.deciders:
        raise Refusal("conflict_decided_by_you")


def check_decision(case: Case, actor_id: int, outcome: Outcome, reason: str) -> None:
    """Refuse a decision that may not be. Raises Refusal: those of `check_hand`; `conflict_decided`,
    `conflict_waits_for_second`, `conflict_reason_needed`, `conflict_not_offered`."""
    if not case.open:
        raise Refusal("conflict_decided")
    if case.waits_for_second:
        raise Refusal("conflict_waits_for_second")
    check_hand(case, actor_id)
    if not reason.strip():
        raise Refusal("conflict_reason_needed", field="reason")
    if outcome not in offered(case):
        raise Refusal("conflict_not_offered", field="outcome")


class Share(NamedTuple):
    """What another agency gets of a deal that is split."""

    agency_id: int | None
    share_bps: int | None


def check_split(holder_agency: int | None, others: Sequence[Share], most: int) -> None:
    """Refuse a split that is none: these shares for other agencies, the rest for who has the deal; `most` parts in all.

    Raises Refusal `split_needs_other`, `split_too_many` (`most`), `split_same_agency`, `split_share`, `split_no_rest`.
    """
    agencies = [holder_agency, *(one.agency_id for one in others)]
    if not others or None in agencies:
        raise Refusal("split_needs_other", field="to")
    if len(agencies) > most:
        raise Refusal("split_too_many", field="to", most=most)
    if len(set(agencies)) < len(agencies):
        raise Refusal("split_same_agency", field="to")
    shares = [one.share_bps or 0 for one in others]
    if min(shares) <= 0 or max(shares) >= WHOLE_BPS:
        raise Refusal("split_share", field="share")
    if sum(shares) >= WHOLE_BPS:
        raise Refusal("split_no_rest", field="share")


@dataclass(frozen=True, slots=True)
class Ended:
    """A case that was decided, as who lost sees it: when, whether it is his loss, and how often it was looked at."""

    decided_at: datetime | None
    lost: bool
    looks: int


def check_second_look(ended: Ended, now: datetime) -> None:
    """Refuse another look where none is due. Raises Refusal `conflict_open`, `second_look_not_yours`,
    `second_look_used`, `objection_too_late` (`until`)."""
    if ended.decided_at is None:
        raise Refusal("conflict_open")
    if not ended.lost:
        raise Refusal("second_look_not_yours")
    if ended.looks >= LOOKS:
        raise Refusal("second_look_used")
    if now >= object_until(ended.decided_at):
        raise Refusal("objection_too_late", until=object_until(ended.decided_at))


def results(
    outcome: Outcome,
    holders: Iterable[int],
    claimants: Collection[int],
    winner: int | None,
    shared: Collection[int] = (),
) -> dict[int, Result]:
    """What the decision means for each who has part in it: kept or rejected, the client stays with who holds him;
    moved, he goes to the winner (None: to nobody, the developer's own). `shared`: who has a part of the deal by now,
    and not the whole."""
    stays = outcome is not Outcome.MOVE
    found = dict.fromkeys(holders, Result.YOURS if stays else Result.NOT_YOURS)
    found |= {person: Result.NOT_YOURS for person in claimants if person not in found}
    if not stays and winner is not None:
        found[winner] = Result.YOURS
    return found | {person: Result.SHARED for person in shared if person in found}


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether its decision is late: at the instant itself it is."""
    return now >= due_at
