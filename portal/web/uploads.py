"""Files that come with a form: counted by person, read before the form's transaction, and refused in words there.

Reading one costs more than sending it, so a person may send so many a minute. Who sends more keeps what was typed and
reads when to go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_login import current_user
from flask_wtf import FlaskForm
from limits import RateLimitItemPerMinute

from commissions.refusal import Refusal

from .edge import now, without_transaction
from .limits import limiter

PHOTOS, PAPERS, WORKBOOKS = "photos", "papers", "workbooks"

_A_MINUTE = {
    PHOTOS: RateLimitItemPerMinute(30),  # a camera's page sends again by itself where the server is busy
    PAPERS: RateLimitItemPerMinute(20),
    WORKBOOKS: RateLimitItemPerMinute(10),
}
"""Sendings, whatever number of files comes with each."""


@contextmanager
def taking_in(form: FlaskForm, kind: str) -> Iterator[None]:
    """Read what came with a form, without a transaction. A refusal, `too_often` too, becomes an error of the form. Load
    rows again after it."""
    with without_transaction(form):
        count(kind)
        yield


def count(kind: str) -> None:
    """One more sending of the person's. Raises Refusal `too_often`, with the `seconds` after which to go on."""
    limit, whose = _A_MINUTE[kind], f"{kind} {current_user.person.id}"
    if not limiter.limiter.hit(limit, whose):
        reset_at = limiter.limiter.get_window_stats(limit, whose).reset_time
        raise Refusal("too_often", seconds=min(60, max(1, round(reset_at - now().timestamp()))))
