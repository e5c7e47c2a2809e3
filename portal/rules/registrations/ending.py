"""Giving a client up, and making a protection longer (design: extend, release).

Both are deeds of a person, once, and beside the rule's own answer: the touch keeps the rules of its day, and what was
decided stays as it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Held:
    """A touch as it stands: until when it protects (None: for good, by a deal), whether it still holds, whether it was
    made longer before, and whether a case about its client is open."""

    protected_until: datetime | None
    holds: bool
    extended: bool = False
    in_conflict: bool = False


def refuse_release(held: Held) -> Refusal | None:
    """Why the client cannot be given up, or None: release_nothing_held, release_sold, release_in_conflict."""
    if not held.holds:
        return Refusal("release_nothing_held")
    if held.protected_until is None:
        return Refusal("release_sold")
    return Refusal("release_in_conflict") if held.in_conflict else None


def extended_until(held: Held, most_days: int, days: int) -> datetime:
    """Until when a protection runs that is made longer by so many days.

    Raises Refusal: extension_off, extension_nothing_held, extension_for_good, extension_made, extension_in_conflict,
    extension_days_wrong (with the field and the most that the profile allows).
    """
    if most_days == 0:
        raise Refusal("extension_off")
    if not held.holds:
        raise Refusal("extension_nothing_held")
    if held.protected_until is None:
        raise Refusal("extension_for_good")
    if held.extended:
        raise Refusal("extension_made")
    if held.in_conflict:
        raise Refusal("extension_in_conflict")
    if not 1 <= days <= most_days:
        raise Refusal("extension_days_wrong", field="days", most=most_days)
    return held.protected_until + timedelta(days=days)
