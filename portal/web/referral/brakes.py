"""How often a landing page takes a number or gives a gift: what people never notice and a script does.

Only forms that hold and gifts that were given are counted, so that nobody shuts a page with empty ones. The page itself
is good for a few friends an hour, and one address may fill no more than a part of a referrer's day
(`lead_daily_limit`): a stranger cannot shut the page to everybody else.
"""

from flask import abort, request
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour

from ...models import Referrer
from ...services import leads
from ..limits import limiter
from .lead_forms import LeadForm

_A_PAGE = RateLimitItemPerHour(5)
_A_CODE = RateLimitItemPerHour(120)
_GIFTS = RateLimitItemPerHour(1200)
_AN_ADDRESS_OF = 5, 2
"""Of five parts of a day one address may fill two."""


def check(referrer: Referrer, form: LeadForm) -> None:
    """Count a form that holds. Aborts with 429 where it is one too many."""
    code, address = f"lead code {referrer.code}", f"{referrer.code} {request.remote_addr}"
    parts, may_fill = _AN_ADDRESS_OF
    a_day = RateLimitItemPerDay(max(1, leads.daily_limit(referrer) * may_fill // parts))
    wanted: list[tuple[RateLimitItem, str]] = [(a_day, f"lead address {address}"), (_A_CODE, code)]
    if form.shown is not None:
        wanted.insert(0, (_A_PAGE, f"lead page {form.shown.name}"))
    if not all(limiter.limiter.hit(limit, key) for limit, key in wanted):
        abort(429)


def count_gift(referrer: Referrer) -> None:
    """Count a gift that was given just now. Aborts with 429, and so takes it back, where it is one too many."""
    if not limiter.limiter.hit(_GIFTS, f"gift code {referrer.code}"):
        abort(429)
