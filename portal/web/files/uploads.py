"""Files that come with a form: counted by person, read before the form's transaction, and refused in words there; and
how many documents a person may have drawn.

Reading one costs more than sending it, so a person may send so many a minute. Who sends more keeps what was typed and
reads when to go on.
"""

from collections.abc import Callable
from typing import TypeVar

from flask_login import current_user
from flask_wtf import FlaskForm
from limits import RateLimitItemPerMinute

from commissions.refusal import Refusal

from ..edge import now, without_transaction
from ..limits import limiter

T = TypeVar("T")

PHOTOS, PAPERS, WORKBOOKS, DRAWN = "photos", "papers", "workbooks", "drawn"

_A_MINUTE = {
    PHOTOS: RateLimitItemPerMinute(30),  # a camera's page sends again by itself where the server is busy
    PAPERS: RateLimitItemPerMinute(20),
    WORKBOOKS: RateLimitItemPerMinute(10),
    DRAWN: RateLimitItemPerMinute(30),  # documents that are made for who asks: a statement's PDF takes a second
}
"""Sendings, whatever number of files comes with each; and documents taken."""


def take_in(form: FlaskForm, kind: str, read: Callable[[], T]) -> T | None:
    """What `read` makes of a form's files, without a transaction; or None, with the reason in the form. Load rows again
    after it."""
    with without_transaction(form):
        count(kind)
        return read()
    return None


def count(kind: str) -> None:
    """One more of the person's. Raises Refusal `too_often` or `too_many_downloads`, with the `seconds` to wait."""
    limit, whose = _A_MINUTE[kind], f"{kind} {current_user.person.id}"
    if not limiter.limiter.hit(limit, whose):
        reset_at = limiter.limiter.get_window_stats(limit, whose).reset_time
        code = "too_many_downloads" if kind == DRAWN else "too_often"
        raise Refusal(code, seconds=min(60, max(1, round(reset_at - now().timestamp()))))
