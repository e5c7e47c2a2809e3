"""A gathering (活动): when it may be, who may answer an invitation and how, and how both stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

MOST_PLACES = 2_000
MOST_PARTY = 10
"""People whom one invitation brings, the client counted."""
LONGEST = timedelta(days=3)
EARLY = timedelta(hours=2)
"""So long before it begins somebody may be let in."""
VISITS_WITHIN = timedelta(days=30)
SIGNED_WITHIN = timedelta(days=90)
"""A visit, or a signing, that comes so soon after a gathering is counted as what followed it."""


class GatheringKind(StrEnum):
    """What a gathering is."""

    OPEN_DAY = "open_day"
    OWNERS_EVENING = "owners_evening"
    HANDOVER_DAY = "handover_day"


class GatheringState(StrEnum):
    """How a gathering stands: to come, on now, over, or called off."""

    TO_COME = "to_come"
    ON = "on"
    OVER = "over"
    CANCELLED = "cancelled"


class GuestState(StrEnum):
    """What became of an invitation: no answer yet, coming, not coming, was there, said so and was not there."""

    INVITED = "invited"
    COMING = "coming"
    NOT_COMING = "not_coming"
    CAME = "came"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Times:
    """From when to when. Half-open."""

    begins: datetime
    ends: datetime

    def checked(self, now: datetime) -> "Times":
        """The same, if a gathering may be then. Raises Refusal: gathering_is_past, gathering_too_long."""
        if self.begins <= now:
            raise Refusal("gathering_is_past", field="begins")
        if not self.begins < self.ends <= self.begins + LONGEST:
            raise Refusal("gathering_too_long", field="ends")
        return self

    def state(self, now: datetime, *, cancelled: bool) -> GatheringState:
        """How a gathering of these times stands."""
        if cancelled:
            return GatheringState.CANCELLED
        if now < self.begins:
            return GatheringState.TO_COME
        return GatheringState.ON if now < self.ends else GatheringState.OVER


def guest_state(state: GatheringState, party: int | None, *, came: bool) -> GuestState:
    """What became of an invitation. `party`: how many said that they come; 0: nobody; None: no answer."""
    if came:
        return GuestState.CAME
    if party is None:
        return GuestState.INVITED
    if not party:
        return GuestState.NOT_COMING
    return GuestState.MISSED if state is GatheringState.OVER else GuestState.COMING


def check_answer(state: GatheringState, party: int, *, came: bool) -> None:
    """May a guest answer so now?

    Raises Refusal: gathering_cancelled, gathering_began, gathering_party_wrong (with the field), guest_came.
    """
    if state is GatheringState.CANCELLED:
        raise Refusal("gathering_cancelled")
    if came:
        raise Refusal("guest_came")
    if state is not GatheringState.TO_COME:
        raise Refusal("gathering_began")
    if not 0 <= party <= MOST_PARTY:
        raise Refusal("gathering_party_wrong", field="party", most=MOST_PARTY)


def check_arrival(times: Times, now: datetime, *, cancelled: bool) -> None:
    """May a guest be let in now? Raises Refusal: gathering_cancelled, gathering_not_yet (with `at`), gathering_over."""
    if cancelled:
        raise Refusal("gathering_cancelled")
    if now < times.begins - EARLY:
        raise Refusal("gathering_not_yet", at=times.begins - EARLY)
    if now >= times.ends:
        raise Refusal("gathering_over")
