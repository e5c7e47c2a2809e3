"""Strikes, the freeze that three of them bring, and what an accepted appeal undoes (rules 4.1 to 4.3).

A strike (虚假带看) is a fake showing that a person confirmed. It counts from its confirmation for twelve months,
unless an appeal voided it or a freeze consumed it. A broker's `Record` moves by two events:

- **A strike is confirmed.** It joins those that count at that instant. When they are three, the account is frozen
  (冻结) from then on for one calendar month, and the freeze consumes them.
- **A strike is voided**, because its appeal (申诉) was accepted. A freeze that had consumed it now lacks three: it was
  never deserved and leaves the record, at once. The strikes that it had consumed besides count again, as they would
  have all along: their twelve months ran on from their confirmation.

After either event the strikes that are free are counted again in the order of their confirmation. So where strikes 1, 2
and 3 had frozen the account and 4 came later, voiding 1 ends that freeze, and 2, 3 and 4 make one that began when 4 was
confirmed and ends a month after that, be it gone by or not: what would have been without strike 1. A freeze begins
with a confirmation, never with a decision on an appeal; and one that keeps its three strikes is left as it is.

This room only counts. What a frozen account may not do is decided elsewhere.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from commissions.calendar import add_months
from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """The figures of section 4, which a development's policy may set differently."""

    strikes: int = 3
    strike_months: int = 12
    freeze_months: int = 1
    appeal_days: int = 7


STANDARD_TERMS = PenaltyTerms()


@dataclass(frozen=True, slots=True)
class Strike:
    """A confirmed fake showing."""

    strike_id: int
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Freeze:
    """A span, end excluded, in which the account is frozen, and the strikes that it consumed."""

    starts_at: datetime
    ends_at: datetime
    strikes: tuple[Strike, ...]


class Span(Protocol):
    """Anything that has a beginning and an end, which is excluded."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


Spell = TypeVar("Spell", bound=Span)


@dataclass(frozen=True, slots=True)
class Record:
    """A broker's strikes that are neither voided nor consumed, and the freezes that were deserved."""

    free: tuple[Strike, ...] = ()
    freezes: tuple[Freeze, ...] = ()


def confirmed(record: Record, strike: Strike, terms: PenaltyTerms = STANDARD_TERMS) -> Record:
    """The record once a strike was confirmed, with the freeze if it was the third that counts."""
    return _counted_again(Record((*record.free, strike), record.freezes), terms)


def voided(record: Record, strike_id: int, terms: PenaltyTerms = STANDARD_TERMS) -> Record:
    """The record once a strike was voided: without it, without the freeze that it had helped to bring, and with the
    freezes that the strikes given back bring by themselves."""
    kept = tuple(freeze for freeze in record.freezes if not _consumed(freeze, strike_id))
    given_back = [strike for freeze in record.freezes if freeze not in kept for strike in freeze.strikes]
    free = tuple(strike for strike in (*record.free, *given_back) if strike.strike_id != strike_id)
    return _counted_again(Record(free, kept), terms)


def counting(strikes: Iterable[Strike], now: datetime, terms: PenaltyTerms = STANDARD_TERMS) -> tuple[Strike, ...]:
    """Those of the free strikes that count at ``now``, oldest first."""
    still = (strike for strike in strikes if strike.confirmed_at <= now < lapses_at(strike.confirmed_at, terms))
    return tuple(sorted(still, key=_order))


def lapses_at(confirmed_at: datetime, terms: PenaltyTerms = STANDARD_TERMS) -> datetime:
    """The instant from which a strike no longer counts: twelve months after its confirmation."""
    return add_months(confirmed_at, terms.strike_months)


def running(freezes: Iterable[Spell], now: datetime) -> Spell | None:
    """The freeze that keeps an account frozen at ``now``, the one that ends last where they overlap; or None."""
    frozen = (freeze for freeze in freezes if freeze.starts_at <= now < freeze.ends_at)
    return max(frozen, key=lambda freeze: freeze.ends_at, default=None)


def appeal_until(confirmed_at: datetime, terms: PenaltyTerms = STANDARD_TERMS) -> datetime:
    """The first instant at which it is too late to appeal: seven days after the confirmation."""
    return confirmed_at + timedelta(days=terms.appeal_days)


def may_appeal(confirmed_at: datetime, now: datetime, terms: PenaltyTerms = STANDARD_TERMS) -> None:
    """Let a strike be appealed. Raises Refusal ``appeal_too_late`` with ``until``, when the time was over."""
    until = appeal_until(confirmed_at, terms)
    if now >= until:
        raise Refusal("appeal_too_late", until=until)


def may_decide(actor: Hashable, confirmed_by: Hashable) -> None:
    """Let ``actor`` decide an appeal: somebody else than who confirmed the strike (rules 4.3).

    Raises Refusal ``confirmed_by_you``.
    """
    if actor == confirmed_by:
        raise Refusal("confirmed_by_you")


def _counted_again(record: Record, terms: PenaltyTerms) -> Record:
    """The free strikes in the order of their confirmation: every third that counts brings a freeze."""
    freezes, together = list(record.freezes), tuple[Strike, ...]()
    for strike in sorted(record.free, key=_order):
        together = (*counting(together, strike.confirmed_at, terms), strike)
        if len(together) == terms.strikes:
            ends_at = add_months(strike.confirmed_at, terms.freeze_months)
            freezes.append(Freeze(strike.confirmed_at, ends_at, together))
            together = ()
    free = (strike for strike in record.free if not any(_consumed(one, strike.strike_id) for one in freezes))
    return Record(tuple(free), tuple(freezes))


def _consumed(freeze: Freeze, strike_id: int) -> bool:
    return any(strike.strike_id == strike_id for strike in freeze.strikes)


def _order(strike: Strike) -> tuple[datetime, int]:
    return strike.confirmed_at, strike.strike_id
