"""Strikes and the freeze that three of them bring (rules 4.1, 4.2).

A strike is a fake showing that a person confirmed. This room only counts: who may confirm one, and
what a frozen account may not do, is decided elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commissions.calendar import add_months


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """The figures of rule 4.1, which a development's policy may set differently."""

    strikes: int = 3
    strike_months: int = 12
    freeze_months: int = 1


@dataclass(frozen=True, slots=True)
class Strike:
    """A confirmed fake showing (虚假带看); it counts from ``confirmed_at``, unless voided or consumed."""

    strike_id: int
    confirmed_at: datetime
    voided: bool = False
    consumed: bool = False


@dataclass(frozen=True, slots=True)
class Freeze:
    """A span, end excluded, in which the account is frozen (冻结), and the strikes that it consumed."""

    starts_at: datetime
    ends_at: datetime
    strike_ids: tuple[int, ...]


STANDARD_TERMS = PenaltyTerms()


def counting_strikes(
    strikes: Iterable[Strike], now: datetime, terms: PenaltyTerms = STANDARD_TERMS
) -> tuple[Strike, ...]:
    """The strikes that count at ``now``, oldest first: within 12 months, neither voided nor consumed."""
    counting = (
        strike
        for strike in strikes
        if not (strike.voided or strike.consumed)
        and strike.confirmed_at <= now < add_months(strike.confirmed_at, terms.strike_months)
    )
    return tuple(sorted(counting, key=lambda strike: (strike.confirmed_at, strike.strike_id)))


def freeze_after(strikes: Iterable[Strike], now: datetime, terms: PenaltyTerms = STANDARD_TERMS) -> Freeze | None:
    """The freeze that a broker's strikes bring at ``now``, the instant of the last confirmation; or none.

    It consumes the oldest three that count and lasts one calendar month, clamped: from 31 January to
    28 February. The caller stores the freeze and marks its strikes consumed, in one transaction.
    """
    counting = counting_strikes(strikes, now, terms)[: terms.strikes]
    if len(counting) < terms.strikes:
        return None
    strike_ids = tuple(strike.strike_id for strike in counting)
    return Freeze(now, add_months(now, terms.freeze_months), strike_ids)


def frozen_until(freezes: Sequence[Freeze], now: datetime) -> datetime | None:
    """When an account that is frozen at ``now`` thaws, the latest end where freezes overlap; or None."""
    return max((freeze.ends_at for freeze in freezes if freeze.starts_at <= now < freeze.ends_at), default=None)


def is_frozen(freezes: Sequence[Freeze], now: datetime) -> bool:
    """Whether the account is frozen at ``now``; at the instant of its end it no longer is."""
    return frozen_until(freezes, now) is not None
