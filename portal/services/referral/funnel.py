"""The funnel: scans → leads → visits → signings → rewards, by whom and where, and what a signing costs (rules 7, 8).

It follows the leads that were left in a period: how many of *them* have come, have signed, and what was granted for
that. So a step is never larger than the one before it, and a rate says what became of the same people. The share of
deals that came by referral is another question, and counts the deals that were signed in the period.

Everything is added up by the database, in a query a step whatever the number of rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from referral.rewards.reward import RewardState

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start
from ...models import (
    Audience,
    Deal,
    Development,
    FriendVisit,
    Lead,
    LeadOutcome,
    Person,
    Referrer,
    Reward,
    ScanCount,
    Touch,
    TouchKind,
)
from ...rules.partners.policy import Policy
from ...session import Session

_WHOLE_BPS = 10_000


class By(StrEnum):
    """What the funnel is told apart by."""

    REFERRER = "referrer"
    AUDIENCE = "audience"
    DEVELOPMENT = "development"
    CAMPAIGN = "campaign"
    DESIGN = "design"


@dataclass(frozen=True, slots=True)
class FunnelFilter:
    """Which part: Shanghai days from `since` to before `until`, and whose. None: all."""

    since: date | None = None
    until: date | None = None
    development_id: int | None = None
    audience: Audience | None = None
    campaign: str | None = None
    referrer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How many came how far. `refused` leads did not count; `waiting` ones do once their number is confirmed, as
    `proven` ones of those that count are; `rewarded` signings brought a reward.

    `reward_fen` is what was granted as a sum. What is given for a time, such as a parking space, is counted by the
    development's value of a month (`span_fen`); `unpriced` rewards have none.
    """

    scans: int = 0
    leads: int = 0
    refused: int = 0
    waiting: int = 0
    proven: int = 0
    visits: int = 0
    signings: int = 0
    rewarded: int = 0
    rewards: int = 0
    reward_fen: int = 0
    span_fen: int = 0
    unpriced: int = 0

    @property
    def worth_fen(self) -> int:
        """All rewards that have a value, in money or counted by the month."""
        return self.reward_fen + self.span_fen

    @property
    def cost_fen(self) -> int | None:
        """What a signing cost in rewards, half up to the fen; None without one."""
        return (2 * self.worth_fen + self.signings) // (2 * self.signings) if self.signings else None

    def __add__(self, other: "Steps") -> "Steps":
        return Steps(*(getattr(self, name) + getattr(other, name) for name in Steps.__slots__))


@dataclass(frozen=True, slots=True)
class Part:
    """One referrer, development, … with its steps. `key` is an id, or a word of its kind."""

    key: Any
    name: str
    steps: Steps


@dataclass(frozen=True, slots=True)
class Share:
    """Deals that came by referral, of all that were signed in the period and stand."""

    referred: int
    signed: int

    @property
    def bps(self) -> int | None:
        """The share in basis points, half up; None where nothing was signed."""
        return part_bps(self.referred, self.signed) if self.signed else None


def part_bps(part: int, whole: int) -> int:
    """A part of a whole in basis points, half up (rules 0)."""
    return (2 * part * _WHOLE_BPS + whole) // (2 * whole)


def funnel(session: Session, actor: Actor, wanted: FunnelFilter, by: By) -> list[Part]:
    """The funnel told apart, the most signings first, then leads, then scans."""
    kinds = _Kinds(actor, wanted, by)
    found: dict[Any, Steps] = {}
    for query in (kinds.scans(), kinds.leads(), kinds.signings(), kinds.rewards()):
        for row in session.execute(query).mappings():
            counted = {name: int(value or 0) for name, value in row.items() if name != "key"}
            found[row["key"]] = replace(found.get(row["key"], Steps()), **counted)
    for key, spans in _spans(session, kinds.spans()).items():
        found[key] = found.get(key, Steps()) + spans
    names = _names(session, by, found)
    parts = [Part(key, names.get(key, ""), steps) for key, steps in found.items()]
    return sorted(parts, key=_rank)


def whole(parts: list[Part]) -> Steps:
    """All parts together."""
    return sum((part.steps for part in parts), Steps())


def own(session: Session, actor: Actor, referrer: Referrer | None = None) -> Steps:
    """A referrer's own funnel, since ever: of one development, or of all that the actor refers for."""
    return whole(funnel(session, actor, FunnelFilter(referrer_id=referrer.id if referrer else None), By.REFERRER))


def referral_share(session: Session, wanted: FunnelFilter) -> Share:
    """How many of the deals signed in the period, and not cancelled since, a referral brought (rules 8)."""
    referred = func.count(case((Touch.kind == TouchKind.REFERRAL_LEAD, Deal.id)))
    stmt = select(referred, func.count(Deal.id)).outerjoin(Touch, Deal.touch_id == Touch.id)
    stmt = stmt.where(_STANDS, *_instants(Deal.signed_at, wanted))
    if wanted.development_id is not None:
        stmt = stmt.where(Deal.development_id == wanted.development_id)
    return Share(*session.execute(stmt).one())


_STANDS = and_(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))


def _rank(part: Part) -> tuple[int, int, int, str]:
    return -part.steps.signings, -part.steps.leads, -part.steps.scans, part.name


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The queries of the steps, all over the same part of the world."""

    actor: Actor
    wanted: FunnelFilter
    by: By
    _whose: ColumnElement[bool] = field(init=False)

    def __post_init__(self) -> None:
        """Whose rows the actor may see, and which of them are wanted."""
        wanted, seen = self.wanted, visible(self.actor, Referrer).whereclause
        asked = {
            Referrer.id: wanted.referrer_id,
            Referrer.development_id: wanted.development_id,
            Referrer.audience: wanted.audience,
        }
        narrowed = [column == value for column, value in asked.items() if value is not None]
        object.__setattr__(self, "_whose", and_(true() if seen is None else seen, *narrowed))

    def scans(self) -> Select[Any]:
        key = self._key(ScanCount.campaign, ScanCount.design)
        stmt = select(key, func.sum(ScanCount.scans).label("scans")).select_from(ScanCount)
        stmt = stmt.join(Referrer, Referrer.id == ScanCount.referrer_id).where(self._whose)
        stmt = stmt.where(*self._campaign(ScanCount.campaign), *_days(ScanCount.scanned_on, self.wanted))
        return stmt.group_by(key)

    def leads(self) -> Select[Any]:
        """Who bought was here, also where nobody signed the visit in."""
        came = select(FriendVisit.touch_id).distinct().subquery()
        bought = select(Deal.touch_id).where(_STANDS).distinct().subquery()
        counted = Lead.outcome == LeadOutcome.ACCEPTED
        here = and_(counted, or_(came.c.touch_id.is_not(None), bought.c.touch_id.is_not(None)))
        return (
            self._of_leads(
                func.count(case((counted, Lead.id))).label("leads"),
                func.count(case((Lead.outcome == LeadOutcome.REFUSED, Lead.id))).label("refused"),
                func.count(case((Lead.outcome == LeadOutcome.WAITING, Lead.id))).label("waiting"),
                func.count(case((and_(counted, Lead.proof.is_not(None)), Lead.id))).label("proven"),
                func.count(case((here, Lead.id))).label("visits"),
            )
            .outerjoin(came, came.c.touch_id == Lead.touch_id)
            .outerjoin(bought, bought.c.touch_id == Lead.touch_id)
        )

    def signings(self) -> Select[Any]:
        signed = self._of_leads(func.count(distinct(Lead.id)).label("signings"))
        return signed.join(Deal, Deal.touch_id == Lead.touch_id).where(_STANDS)

    def rewards(self) -> Select[Any]:
        """What was granted for these signings and not revoked since."""
        granted = self._of_leads(
            func.count(Reward.id).label("rewards"),
            func.count(distinct(Reward.deal_id)).label("rewarded"),
            func.sum(Reward.value_fen).label("reward_fen"),
        )
        return self._granted(granted)

    def spans(self) -> Select[Any]:
        """What was granted for a time, by development and kind: how many, and how many months together."""
        months = self._of_leads(
            Reward.development_id,
            Reward.kind,
            func.count(Reward.id).label("count"),
            func.sum(Reward.term_months).label("months"),
        )
        return self._granted(months).where(Reward.value_fen.is_(None)).group_by(Reward.development_id, Reward.kind)

    def _granted(self, stmt: Select[Any]) -> Select[Any]:
        rewarded = stmt.join(Deal, Deal.touch_id == Lead.touch_id).join(Reward, Reward.deal_id == Deal.id)
        return rewarded.where(_STANDS, Reward.state != RewardState.REVOKED)

    def _of_leads(self, *counts: Any) -> Select[Any]:
        key = self._key(Lead.campaign, Lead.design)
        stmt = select(key, *counts).select_from(Lead).join(Referrer, Referrer.id == Lead.referrer_id)
        stmt = stmt.where(self._whose, *self._campaign(Lead.campaign), *_instants(Lead.at, self.wanted))
        return stmt.group_by(key)

    def _key(self, campaign: InstrumentedAttribute[str], design: InstrumentedAttribute[str]) -> Any:
        columns: Mapping[By, InstrumentedAttribute[Any]] = {
            By.REFERRER: Referrer.id,
            By.AUDIENCE: Referrer.audience,
            By.DEVELOPMENT: Referrer.development_id,
            By.CAMPAIGN: campaign,
            By.DESIGN: design,
        }
        return columns[self.by].label("key")

    def _campaign(self, column: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
        return [] if self.wanted.campaign is None else [column == self.wanted.campaign]


def month_prices(session: Session, development_ids: Iterable[int]) -> dict[int, Policy]:
    """The policies of developments: what a month of a reward that is given for a time is counted as."""
    stored = session.execute(
        select(Development.id, Development.policy).where(Development.id.in_(list(development_ids)))
    )
    return {key: Policy.of(policy) for key, policy in stored}


def _spans(session: Session, query: Select[Any]) -> dict[Any, Steps]:
    """What is given for a time, valued by its development's month."""
    rows = session.execute(query).mappings().all()
    prices = month_prices(session, {row["development_id"] for row in rows})
    found: dict[Any, Steps] = {}
    for row in rows:
        month_fen = prices[row["development_id"]].month_fen(row["kind"])
        worth = Steps(span_fen=month_fen * int(row["months"])) if month_fen else Steps(unpriced=int(row["count"]))
        found[row["key"]] = found.get(row["key"], Steps()) + worth
    return found


def _days(column: InstrumentedAttribute[date], wanted: FunnelFilter) -> list[ColumnElement[bool]]:
    since = [] if wanted.since is None else [column >= wanted.since]
    return since if wanted.until is None else [*since, column < wanted.until]


def _instants(column: InstrumentedAttribute[Any], wanted: FunnelFilter) -> list[ColumnElement[bool]]:
    since = [] if wanted.since is None else [column >= day_start(wanted.since)]
    return since if wanted.until is None else [*since, column < day_start(wanted.until)]


def _names(session: Session, by: By, found: Mapping[Any, Steps]) -> dict[Any, str]:
    """Names of referrers and developments; the words of the other kinds are the reader's."""
    if by is By.DEVELOPMENT:
        named = select(Development.id, Development.name)
    elif by is By.REFERRER:
        named = select(Referrer.id, Person.name).join(Person, Person.id == Referrer.person_id)
    else:
        return {}
    if len(found) == 1:
        named = named.where((Development.id if by is By.DEVELOPMENT else Referrer.id).in_(found))
    return dict(session.execute(named).all())
