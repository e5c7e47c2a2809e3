"""Once a Shanghai day: erase what may not be kept any longer (rules 3.5).

How long that is, is the development's policy. Evidence under review or appeal stays until some days after its decision,
whatever else has ended. What a sweep missed, the next one finds; sweeping again finds nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_, select
from sqlalchemy.orm import aliased

from commissions.refusal import Refusal

from ...adapters.storage.files import Files
from ...clock import local_day
from ...models import (
    Appeal,
    AppealDecision,
    AppealPicture,
    Base,
    CaptureRequest,
    Deal,
    Development,
    FaceTemplate,
    JobRun,
    Milestone,
    MilestoneKind,
    ObjectionPicture,
    Person,
    Photo,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    Verdict,
    Why,
)
from ...models.showings.showings import superseded_until
from ...rules.partners.policy import Policy
from ...rules.timekeeping import SLACK
from ...session import Session
from ..care_files import forgetting, forgetting_buyers
from ..faces import erasure
from ..faces.counts import tell_of_filing
from ..faces.erasure import Row
from ..locks import wait_in_line

RUN = "retention"
"""Under this name the sweep notes that it ran."""

MOST = 1000
"""Rows of each kind that one sweep erases, so that no other writer waits for long; it then comes again."""

NOT_YET_COMMITTED = timedelta(days=1)
"""A file that no row names is nobody's only when it is older: a younger one may belong to a transaction under way."""

_ASKED_AT_ONCE = 500


Part = Callable[[Session, datetime, Files], tuple[str, int]]


def sweep_part_if_due(session: Session, now: datetime, files: Files, name: str) -> dict[str, int]:
    """Sweep one part unless that was done today: a part that breaks is in no other one's way."""
    wait_in_line(session, "retain")
    if _is_done_today(session, now, f"{RUN}_{name}"):
        return {}
    found = dict([PARTS[name](session, now, files)])
    if max(found.values()) < MOST:
        _note(session, now, f"{RUN}_{name}", found)
    return found


def conclude(session: Session, now: datetime) -> dict[str, int]:
    """Note that the day's sweep is done, once all of its parts are. Nothing is found by it."""
    runs = [session.get(JobRun, f"{RUN}_{name}") for name in PARTS]
    done = all(_is_done_today(session, now, f"{RUN}_{name}") for name in PARTS)
    if done and not _is_done_today(session, now, RUN):
        found: dict[str, int] = {}
        for run in runs:
            found |= run.found if run is not None else {}
        _note(session, now, RUN, found)
        tell_of_filing(session, now)
    return {}


def sweep(session: Session, now: datetime, files: Files) -> dict[str, int]:
    """Erase what is due at this instant, at most MOST of each kind."""
    return dict(part(session, now, files) for part in PARTS.values())


def _photos(session: Session, now: datetime, files: Files) -> tuple[str, int]:
    photos = _due(session, now, _photos_over)
    return "photos_erased", erasure.erase(session, now, files, photos=photos, why=Why.TIME_OVER).photos


def _templates(session: Session, now: datetime, files: Files) -> tuple[str, int]:
    templates = [*_due(session, now, _templates_over), *session.scalars(_enrolments_over(now).limit(MOST))]
    return "templates_erased", erasure.erase(session, now, files, templates=templates, why=Why.TIME_OVER).templates


def _appeal_pictures(session: Session, now: datetime, files: Files) -> tuple[str, int]:
    pictures = session.scalars(_pictures_over(now).limit(MOST)).all()
    gone = erasure.erase_appeal_pictures(session, now, files, pictures, why=Why.TIME_OVER)
    return "appeal_pictures_erased", gone


def _objection_pictures(session: Session, now: datetime, files: Files) -> tuple[str, int]:
    of = ObjectionPicture
    pictures = session.scalars(select(of).where(of.erased_at.is_(None), of.keep_until <= now).limit(MOST)).all()
    return "objection_pictures_erased", erasure.erase_objection_pictures(session, now, files, pictures)


def _files(session: Session, now: datetime, files: Files) -> tuple[str, int]:
    return "files_erased", erasure.erase_files(session, now, files, islice(_nobodys(session, now, files), MOST))


def _care_words(session: Session, now: datetime, _files: Files) -> tuple[str, int]:
    return "care_files_forgotten", forgetting.forget_old(session, now, _readable(session), MOST)


def _buyer_words(session: Session, now: datetime, _files: Files) -> tuple[str, int]:
    return "buyer_words_forgotten", forgetting_buyers.forget_old(session, now, _readable(session), MOST)


PARTS: Mapping[str, Part] = {
    "photos": _photos,
    "templates": _templates,
    "appeal_pictures": _appeal_pictures,
    "objection_pictures": _objection_pictures,
    "files": _files,
    "care_words": _care_words,
    "buyer_words": _buyer_words,
}
"""What is swept, in this order."""


def _is_done_today(session: Session, now: datetime, name: str) -> bool:
    """Whether it ran today; a run that is yet to come is of a clock that was wrong, and counts as none."""
    run = session.get(JobRun, name)
    return run is not None and local_day(run.ran_at) >= local_day(now) and run.ran_at <= now + SLACK


def _note(session: Session, now: datetime, name: str, found: dict[str, int]) -> None:
    run = session.get(JobRun, name) or JobRun(name=name)
    run.ran_at, run.found = now, found
    session.add(run)


def held_as_evidence(development: Development, now: datetime) -> Select[int]:
    """The development's showings whose face data must stay."""
    held = evidence_until(now - timedelta(days=Policy.of(development.policy).evidence_days))
    return held.where(Showing.development_id == development.id)


def evidence_until(cut: datetime) -> Select[int]:
    """The showings whose face data must stay: a person has still to decide, has decided since then, or an appeal
    against the decision is open or was decided since then."""
    answer = aliased(Showing)
    undecided = and_(
        Showing.verdict == Verdict.NEEDS_REVIEW,
        ShowingReview.id.is_(None),
        or_(answer.id.is_(None), answer.at > cut),  # a new capture decides over the old one
        ~superseded_until(cut),  # and so does a later visit that counts
    )
    appealed = and_(Appeal.id.is_not(None), or_(AppealDecision.id.is_(None), AppealDecision.decided_at > cut))
    return (
        select(Showing.id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .outerjoin(CaptureRequest, CaptureRequest.showing_id == Showing.id)
        .outerjoin(answer, answer.id == CaptureRequest.answered_by)
        .outerjoin(Strike, Strike.showing_id == Showing.id)
        .outerjoin(Appeal, Appeal.strike_id == Strike.id)
        .outerjoin(AppealDecision, AppealDecision.appeal_id == Appeal.id)
        .where(or_(undecided, ShowingReview.at > cut, appealed))
    )


def _due(session: Session, now: datetime, over: Callable[[Development, datetime], Select[Row]]) -> list[Row]:
    """What is over in any development, each by its own policy. One whose settings cannot be read keeps what it has, and
    keeps no other's (`unreadable`)."""
    rows: list[Row] = []
    for development in _readable(session):
        if len(rows) < MOST:
            rows += session.scalars(over(development, now).limit(MOST - len(rows)))
    return rows


def unreadable(session: Session) -> list[str]:
    """The developments whose settings cannot be read: nothing of theirs is erased until somebody has looked."""
    return [one.name for one in session.scalars(select(Development).order_by(Development.id)) if not _can_be_read(one)]


def _readable(session: Session) -> list[Development]:
    return [one for one in session.scalars(select(Development).order_by(Development.id)) if _can_be_read(one)]


def _can_be_read(development: Development) -> bool:
    try:
        Policy.of(development.policy)
    except Refusal:
        return False
    return True


def _photos_over(development: Development, now: datetime) -> Select[Photo]:
    return select(Photo).where(
        Photo.development_id == development.id,
        Photo.erased_at.is_(None),
        Photo.keep_until <= now,
        Photo.showing_id.not_in(held_as_evidence(development, now)),
    )


def _templates_over(development: Development, now: datetime) -> Select[FaceTemplate]:
    """Clients' templates some days after the last registration or deal of the client here has ended."""
    cut = now - timedelta(days=Policy.of(development.policy).template_days)
    held = FaceTemplate.showing_id.in_(held_as_evidence(development, now))
    return select(FaceTemplate).where(
        FaceTemplate.development_id == development.id,
        FaceTemplate.erased_at.is_(None),
        or_(FaceTemplate.showing_id.is_(None), ~held),
        ~_touch_runs(cut).exists(),
        ~_deal_runs(cut).exists(),
    )


def _enrolments_over(now: datetime) -> Select[FaceTemplate]:
    """Templates of people whose account has been closed for as long as a registration's template may stay."""
    cut = now - timedelta(days=Policy().template_days)
    return (
        select(FaceTemplate)
        .join(Person, Person.id == FaceTemplate.person_id)
        .where(FaceTemplate.erased_at.is_(None), Person.deactivated_at <= cut)
    )


def _pictures_over(now: datetime) -> Select[AppealPicture]:
    return select(AppealPicture).where(AppealPicture.erased_at.is_(None), AppealPicture.keep_until <= now)


def _touch_runs(cut: datetime) -> Select[int]:
    """A touch of the template's client here that had not ended at the cut. One that a deal protects for good ends with
    the deal."""
    ends_with_deal = select(Deal.id).where(
        Deal.client_id == Touch.client_id, Deal.development_id == Touch.development_id
    )
    return select(Touch.id).where(
        *_same_client(Touch.client_id, Touch.development_id),
        or_(Touch.retired_at.is_(None), Touch.retired_at > cut),
        or_(Touch.protected_until > cut, Touch.protected_until.is_(None) & ~ends_with_deal.exists()),
    )


def _deal_runs(cut: datetime) -> Select[int]:
    """A deal of the template's client here that was neither cancelled nor handed over at the cut."""
    handed_over = select(Milestone.id).where(
        Milestone.deal_id == Deal.id, Milestone.kind == MilestoneKind.HANDED_OVER, Milestone.at <= cut
    )
    return select(Deal.id).where(
        *_same_client(Deal.client_id, Deal.development_id),
        or_(Deal.cancelled_at.is_(None), Deal.cancelled_at > cut),
        ~handed_over.exists(),
    )


def _same_client(
    client_id: SQLColumnExpression[int] | SQLColumnExpression[int | None], development_id: SQLColumnExpression[int]
) -> tuple[ColumnElement[bool], ...]:
    return client_id == FaceTemplate.client_id, development_id == FaceTemplate.development_id


def _nobodys(session: Session, now: datetime, files: Files) -> Iterator[str]:
    """Names of files that no living row names. Every table that keeps files calls the column `file_name`."""
    names = sorted(files.written_before(now - NOT_YET_COMMITTED))
    for first in range(0, len(names), _ASKED_AT_ONCE):
        some = names[first : first + _ASKED_AT_ONCE]
        known = set(named(session, some))
        yield from (name for name in some if name not in known)


def named(session: Session, names: Iterable[str]) -> Iterator[str]:
    """Those of some files' names that a living row names."""
    for table in Base.metadata.tables.values():
        if "file_name" in table.c:
            living = select(table.c.file_name).where(table.c.file_name.in_(names))
            yield from session.scalars(living.where(table.c.erased_at.is_(None)) if "erased_at" in table.c else living)
