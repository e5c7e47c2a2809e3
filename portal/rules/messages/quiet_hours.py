"""When a text that can wait goes out: nobody is woken by one (told, "quiet hours").

What somebody waits for, such as a code, goes out at once.
"""

from datetime import datetime, timedelta

from ...clock import day_start, local_day

BEGINS_AT, ENDS_AT = timedelta(hours=21), timedelta(hours=8)
"""Of a Shanghai day: from nine in the evening until eight in the morning."""


def earliest(at: datetime) -> datetime:
    """The first instant from `at` on at which such a text may go out."""
    begin = day_start(local_day(at))
    if at < begin + ENDS_AT:
        return begin + ENDS_AT
    return at if at < begin + BEGINS_AT else day_start(local_day(at) + timedelta(days=1)) + ENDS_AT
