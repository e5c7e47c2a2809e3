"""Deals in parts: what one agency has of a deal that a person gave to others, or to several.

Rating looks at one agency at a time. Here a deal, its corrections among it, and the spells in which an agency had a
part of it become that agency's deal: with its part, and with what stood before, which seals look at.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from typing import NamedTuple

from commissions.money import WHOLE_BPS
from commissions.rating import Deal, Moved, Part
from commissions.refusal import Refusal


class Spell(NamedTuple):
    """Since an instant an agency has this part of a deal; None: none any more."""

    part: Part | None
    since: datetime


def cut(shares_bps: Sequence[int]) -> tuple[Part, ...]:
    """The parts that these shares cut a deal into, in their order.

    Raises Refusal ``split_share`` for one that is no share, and ``split_sum`` (``sum_bps``) where they are not all.
    """
    if any(not 0 < share <= WHOLE_BPS for share in shares_bps):
        raise Refusal("split_share")
    if sum(shares_bps) != WHOLE_BPS:
        raise Refusal("split_sum", sum_bps=sum(shares_bps))
    before = accumulate(shares_bps, initial=0)
    return tuple(Part(after, share) for after, share in zip(before, shares_bps, strict=False))


def as_held(deal: Deal, spells: Sequence[Spell]) -> Deal:
    """A deal as the agency has it that had these spells of it, oldest first, under the ``agency`` of the deal given.

    The deal given is signed, and whole; its ``moved`` are its corrections.
    """
    assert deal.signed_at is not None  # nobody decides over parts before there is a commission
    known = [*_known(deal, deal.signed_at, spells)]
    moved = tuple(
        Moved(before.signed_at, after.since, before.part.share_bps if before.part else 0)
        for before, after in pairwise(known)
    )
    last = known[-1]
    part = last.part or Part(0, 0)
    return deal._replace(signed_at=last.signed_at, recorded_at=known[0].since, moved=moved, part=part)


class _Known(NamedTuple):
    since: datetime
    signed_at: datetime | None
    part: Part | None


def _known(deal: Deal, signed_at: datetime, spells: Sequence[Spell]) -> Iterator[_Known]:
    """What was known of the deal, each time that it changed for the agency."""
    signings = [once.signed_at for once in deal.moved if once.signed_at is not None]
    first = deal.recorded_at or [*signings, signed_at][0]
    changes = {once.until for once in deal.moved} | {spell.since for spell in spells}
    last: _Known | None = None
    for since in [first, *sorted(at for at in changes if at > first)]:
        part = next((spell.part for spell in reversed(spells) if spell.since <= since), None)
        at = next((once.signed_at for once in deal.moved if once.until > since), signed_at)
        now = _Known(since, at if part else None, part)
        if last is None or now[1:] != last[1:]:
            yield now
            last = now
