"""Vital signs: what an administrator, a probe or a monitor looks at when asked whether all is well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, or_, select, text, union_all, update

from ...adapters.delivery import FOR_ITS_READER
from ...models import (
    AuditEntry,
    DealImport,
    ImportState,
    JobRun,
    Mail,
    Period,
    PeriodState,
    Person,
    RobotMessage,
    SignInAttempt,
    TextMessage,
    WebSession,
    WeChatMessage,
    WeComMessage,
)
from ...rules.vital_signs import HealthLimits, Level, Pulse, Sign, Vital, read
from ...session import Session
from .. import sweeps, timekeeping
from ..accounts.people import accounts
from ..app_messages.outbox import NOT_TIED
from ..app_messages.reach import NOT_REACHED
from ..events.operation import WORKER
from ..faces.counts import stored_persons
from ..messages.outbox import Model
from ..storage import runs as storage_runs
from ..verification import runs as verification_runs

_RUNS = {"worker": Vital.WORKER, "sweep": Vital.SWEEP, "retention": Vital.RETENTION, "backup": Vital.BACKUP}
_UNWANTED = ("opted_out", "called_off", "stopped", "no_robot", NOT_TIED, *sorted(NOT_REACHED))
_OUTBOXES: dict[str, Model] = {
    "texts": TextMessage,
    "mails": Mail,
    "robots": RobotMessage,
    "wecom": WeComMessage,
    "wechat": WeChatMessage,
}


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """The state of the database, the signs of life, and counts. The last 24 hours where a time is meant.

    `sweep_failed` are the steps of the worker's last sweep that failed, with how many times in a row.
    """

    database: str
    schema: str
    people: int
    sessions: int
    sign_ins: int
    failed_sign_ins: int
    faces: int
    last_deed_at: datetime | None
    signs: list[Sign]
    lost: list["Lost"]
    sweep_failed: Mapping[str, int]
    ledger: verification_runs.Run | None
    files: storage_runs.FilesRun | None
    storage: storage_runs.DatabaseRun | None


def vital_signs(session: Session, now: datetime, limits: HealthLimits) -> VitalSigns:
    """Look at everything once."""
    return VitalSigns(
        database=session.get_bind().dialect.name,
        schema=session.scalar(text("SELECT version_num FROM alembic_version")) or "",
        people=_accounts(session),
        sessions=_sessions(session, now),
        sign_ins=_sign_ins(session, now, succeeded=True),
        failed_sign_ins=_sign_ins(session, now, succeeded=False),
        faces=stored_persons(session),
        last_deed_at=session.scalar(select(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1)),
        signs=signs(session, now, limits),
        lost=lost(session, now),
        sweep_failed=sweeps.failing(session),
        ledger=verification_runs.last(session),
        files=storage_runs.last_files(session),
        storage=storage_runs.last_database(session),
    )


def signs(session: Session, now: datetime, limits: HealthLimits) -> list[Sign]:
    """How every sign of life stands."""
    ran = {_RUNS[name]: at for name, at in session.execute(_ran())}
    waiting = {Vital.MESSAGES: _oldest_message(session, now)}
    broken = set()
    if (verified := verification_runs.last(session)) is not None:
        ran[Vital.LEDGER] = verified.at
        if verified.fault is not None:
            broken.add(Vital.LEDGER)
    waiting[Vital.IMPORTS], waiting[Vital.CLOSES], stands = session.execute(_under_way()).one()
    if stands:
        broken.add(Vital.CLOSES)
    known = {vital: at for vital, at in waiting.items() if at is not None}
    return read(Pulse(ran, known, frozenset(broken)), now, limits)


class Concern(StrEnum):
    """What is wrong beside the signs."""

    CLOCK = "clock"
    """in doubt, here or on another machine"""
    SWEEP = "sweep"
    """a step of the worker's sweep failed"""
    DATABASE_FILE = "database_file"
    """damaged"""
    FILES = "files"
    """not there, or not what their rows say"""


def concerns(session: Session, now: datetime, own_clock: datetime | None) -> list[Concern]:
    """What an administrator must hear of beside the signs; nothing, most days."""
    storage, files = storage_runs.last_database(session), storage_runs.last_files(session)
    doubt = timekeeping.judged(session, now, own_clock).doubt is not None or bool(timekeeping.doubted(session))
    found = {
        Concern.CLOCK: doubt,
        Concern.SWEEP: bool(sweeps.failing(session)),
        Concern.DATABASE_FILE: storage is not None and bool(storage.fault),
        Concern.FILES: files is not None and bool(files.faults),
    }
    return [concern for concern, there in found.items() if there]


def worker_sign(session: Session, now: datetime, limits: HealthLimits) -> Sign:
    """Whether the worker lives: a probe asks for this alone, every few seconds."""
    at = session.scalar(select(JobRun.ran_at).where(JobRun.name == WORKER))
    ran = {} if at is None else {Vital.WORKER: at}
    return next(one for one in read(Pulse(ran, {}), now, limits) if one.vital is Vital.WORKER)


@dataclass(frozen=True, slots=True)
class Lost:
    """Messages that were given up: of which outbox, why (the provider's word, or ours), how many."""

    outbox: str
    why: str
    count: int


def lost(session: Session, now: datetime) -> list[Lost]:
    """What did not go out in 24 hours, but what nobody wants any more; the most first."""
    found: list[Lost] = []
    for name, model in _OUTBOXES.items():
        given_up = model.given_up_at > now - timedelta(days=1), model.failure.not_in(_UNWANTED)
        counted = select(model.failure, func.count()).where(*given_up).group_by(model.failure)
        found += [Lost(name, why or "", count) for why, count in session.execute(counted)]
    return sorted(found, key=lambda one: (-one.count, one.outbox, one.why))


def note(session: Session, name: str, now: datetime, **found: Any) -> None:
    """Write down that something ran."""
    ran = update(JobRun).where(JobRun.name == name).values(ran_at=now, found=found).returning(JobRun.name)
    if session.scalar(ran) is None:
        session.merge(JobRun(name=name, ran_at=now, found=found))


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure for a monitor. It says nothing of anybody."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def gauges(session: Session, now: datetime, limits: HealthLimits) -> Iterator[Gauge]:
    """Figures of now, those of one name together."""
    found, levels = signs(session, now, limits), list(Level)
    for one in found:
        told = "How a sign of life stands: 0 fine, 1 late, 2 wrong"
        yield Gauge("portal_sign_level", told, levels.index(one.level), (("sign", one.vital),))
    for one in found:
        if (age := one.age(now)) is not None:
            told = "How long ago it ran last, or since when something waits"
            yield Gauge("portal_sign_age_seconds", told, age.total_seconds(), (("sign", one.vital),))
    for name, model in _OUTBOXES.items():
        waiting = session.scalar(select(func.count()).where(model.next_try_at.is_not(None))) or 0
        yield Gauge("portal_messages_waiting", "Messages that are to go out", waiting, (("outbox", name),))
    gone = lost(session, now)
    for name in _OUTBOXES:
        told, count = "Messages given up in 24 hours", sum(one.count for one in gone if one.outbox == name)
        yield Gauge("portal_messages_given_up", told, count, (("outbox", name),))
    yield Gauge("portal_accounts", "Open accounts", _accounts(session))
    yield Gauge("portal_sessions", "Sign-ins that are good now", _sessions(session, now))
    failed = _sign_ins(session, now, succeeded=False)
    yield Gauge("portal_failed_sign_ins", "Sign-ins that failed in 24 hours", failed)


def _ran() -> Any:
    return select(JobRun.name, JobRun.ran_at).where(JobRun.name.in_(_RUNS))


def _oldest_message(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest message waits. One that its reader's own carrier wants later is not our concern, nor one
    that rests for its hour."""
    found = []
    for model in _OUTBOXES.values():
        later = or_(*(model.failure.like(pattern) for pattern in FOR_ITS_READER))
        waits = model.next_try_at.is_not(None), func.coalesce(~later, True)
        since = func.coalesce(model.not_before, model.created_at)
        found.append(select(func.min(since).label("since")).where(*waits, since <= now))
    oldest: datetime | None = session.scalar(select(func.min(union_all(*found).subquery().c.since)))
    return oldest


def _under_way() -> Any:
    """Since when the oldest file is under way, since when the oldest close, and how many closes stand still."""
    since = case((DealImport.state == ImportState.APPLYING, DealImport.confirmed_at), else_=DealImport.uploaded_at)
    under_way = DealImport.state.in_((ImportState.CHECKING, ImportState.APPLYING))
    oldest = select(func.min(since)).where(under_way).scalar_subquery()
    closing = func.min(Period.started_at), func.count(Period.trouble)
    return select(oldest, *closing).where(Period.state == PeriodState.CLOSING)


def _accounts(session: Session) -> int:
    open_ones = select(func.count()).select_from(Person).where(Person.deactivated_at.is_(None), accounts())
    return session.scalar(open_ones) or 0


def _sessions(session: Session, now: datetime) -> int:
    running = select(func.count()).select_from(WebSession)
    return session.scalar(running.where(WebSession.ended_at.is_(None), WebSession.ends_at > now)) or 0


def _sign_ins(session: Session, now: datetime, *, succeeded: bool) -> int:
    tries = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > now - timedelta(days=1))
    return session.scalar(tries.where(SignInAttempt.succeeded if succeeded else ~SignInAttempt.succeeded)) or 0
