"""May this broker register this client here, now? (rules 2.2 to 2.5)

`judge` decides over facts that a service has gathered. It does not make the claim: two registrations may be judged
acceptable at the same moment, and the database then lets one of them hold the client.

The order of the questions is part of the rule. First the registrant (agency, freeze, agreement), because who may not
register is told nothing about a phone. Then the phone itself. Then whether the client is the registrant's already:
before the daily limit, so that a form sent twice finds its own registration even on the last try of the day. The
limit stands before the rivals, so that nobody can find out by trying who is protected.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

from ...clock import day_start, local_day
from ..judgements.profile import Masked, Profile, WhoWins
from ..judgements.protection import refusal_for, runs_at
from ..partners.policy import Policy


class PhoneOwner(StrEnum):
    """Whose own phone was given as the client's."""

    CLIENT = "client"
    REGISTRANT = "registrant"
    PARTNER = "partner"
    STAFF = "staff"


class HolderKind(StrEnum):
    """Whose touch holds the client."""

    MINE = "mine"
    WALK_IN = "walk_in"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OwningTouch:
    """The touch that holds the client in this development; `protected_until` (UTC) is empty where a deal holds it."""

    kind: HolderKind
    protected_until: datetime | None

    def holds_at(self, now: datetime) -> bool:
        """Whether it still keeps others out: at the instant of expiry it no longer does."""
        return runs_at(self.protected_until, now)


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which an agreement runs, in Asia/Shanghai; `ends_on` is the first day on which it does not."""

    starts_on: date
    ends_on: date | None = None

    def runs_on(self, day: date) -> bool:
        """Whether the agreement is in force on this day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a registration when it arrives.

    `now` is the server's instant (UTC). `tried_today` counts the broker's registrations in the development on this
    Shanghai day, whatever came of them. `agreement` is the one not ended, or None. `sold_until`: so long nobody may
    come after a subscription of the client here (下定保护期), where the profile has such days. `given_up_until`: when
    the protection of a client whom the agency itself gave up would have ended, so that giving up renews nothing.
    `known_until`: so long the developer's own protection runs of a client whom a consultant knew first (开发商保护期).
    """

    now: datetime
    agreement: Term | None
    agency_active: bool = True
    frozen_until: datetime | None = None
    phone_owner: PhoneOwner = PhoneOwner.CLIENT
    tried_today: int = 0
    holder: OwningTouch | None = None
    sold_until: datetime | None = None
    given_up_until: datetime | None = None
    known_until: datetime | None = None
    masked: bool = False


UNDO = timedelta(minutes=5)
"""So long a broker may take back what he has just registered: a slip of the finger blocks nobody's client."""


WALK_IN_UNDO = timedelta(minutes=15)
"""So long reception may take back or correct whom it signed in: the visitor still sits there when the slip is seen."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A registration that its broker would take back, or a walk-in that reception would: when it was made, whether it
    still holds the client, and whether anything was built on it: a code that was texted, a scan at the site, a showing,
    a deal."""

    at: datetime
    holds: bool
    built_on: bool


def refuse_undo(now: datetime, standing: ClaimFacts) -> Refusal | None:
    """Why it cannot be taken back, or None: undo_too_late, undo_nothing_held, undo_built_on."""
    if now >= standing.at + UNDO:
        return Refusal("undo_too_late", minutes=UNDO // timedelta(minutes=1))
    if not standing.holds:
        return Refusal("undo_nothing_held")
    return Refusal("undo_built_on") if standing.built_on else None


def refuse_walk_in_undo(now: datetime, standing: ClaimFacts) -> Refusal | None:
    """Why a walk-in cannot be taken back, or None: walk_in_too_late, walk_in_over, walk_in_built_on."""
    if now >= standing.at + WALK_IN_UNDO:
        return Refusal("walk_in_too_late", minutes=WALK_IN_UNDO // timedelta(minutes=1))
    if not standing.holds:
        return Refusal("walk_in_over")
    return Refusal("walk_in_built_on") if standing.built_on else None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The registration may hold the client until then (UTC, half-open).

    `holds` False: it runs until then and keeps nobody out, for the first showing decides.
    """

    protected_until: datetime
    holds: bool = True


def judge(facts: Facts, policy: Policy, profile: Profile | None = None) -> Accepted | Refusal:
    """Accept, or the first rule that says no (rules 2.4). `profile` None: what the development's settings amount to.

    A refusal's only fact is `try_again_at` (UTC): when this rule will no longer say no, or None if time alone does not
    change its answer. It never tells who or what the rival is, beyond the code.
    """
    rules = profile or policy.profile
    holds = rules.who_wins is WhoWins.FIRST_REGISTERED
    return (
        _registrant(facts)
        or _mask(facts, rules)
        or _own(facts)
        or _limit(facts, policy)  # before anything is told of the phone
        or _phone(facts)
        or _rival(facts)
        or Accepted(rules.registered_until(facts.now), holds)
    )


def _registrant(facts: Facts) -> Refusal | None:
    if not facts.agency_active:
        return Refusal("agency_inactive", try_again_at=None)
    if facts.frozen_until is not None and facts.now < facts.frozen_until:
        return Refusal("account_frozen", try_again_at=facts.frozen_until)
    today = local_day(facts.now)
    if facts.agreement is None or not facts.agreement.runs_on(today):
        return Refusal("no_agreement", try_again_at=_first_day(facts.agreement, today))
    return None


def _mask(facts: Facts, rules: Profile) -> Refusal | None:
    off = facts.masked and rules.masked_registrations is Masked.OFF
    return Refusal("masks_off", try_again_at=None) if off else None


def _first_day(agreement: Term | None, today: date) -> datetime | None:
    """When an agreement that is signed but not yet running begins."""
    return day_start(agreement.starts_on) if agreement and today < agreement.starts_on else None


def _phone(facts: Facts) -> Refusal | None:
    return Refusal("self_dealing", try_again_at=None) if facts.phone_owner is not PhoneOwner.CLIENT else None


def _own(facts: Facts) -> Refusal | None:
    if (standing := _against(facts, mine=True)) is not None:
        return standing
    if facts.given_up_until is not None and facts.now < facts.given_up_until:
        return Refusal("given_up_lately", try_again_at=facts.given_up_until)
    return None


def _limit(facts: Facts, policy: Policy) -> Refusal | None:
    if facts.tried_today < policy.daily_limit:
        return None
    return Refusal("daily_limit", try_again_at=day_start(local_day(facts.now) + timedelta(days=1)))


def _rival(facts: Facts) -> Refusal | None:
    if (against := _against(facts, mine=False)) is not None:
        return against
    if facts.known_until is not None and facts.now < facts.known_until:
        return Refusal("known_to_developer", try_again_at=facts.known_until)
    if facts.sold_until is not None and facts.now < facts.sold_until:
        return refusal_for(mine=False, walked_in=False, until=facts.sold_until)
    return None


def _against(facts: Facts, *, mine: bool) -> Refusal | None:
    """What stands against it: a touch of its own broker, or one of somebody else."""
    holder = facts.holder
    if holder is None or not holder.holds_at(facts.now) or (holder.kind is HolderKind.MINE) is not mine:
        return None
    return refusal_for(mine=mine, walked_in=holder.kind is HolderKind.WALK_IN, until=holder.protected_until)
