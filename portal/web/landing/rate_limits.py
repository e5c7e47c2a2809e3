"""How often a landing page takes a number or gives a gift: what people never notice and a script does.

Only forms that hold and gifts that were given are counted, so that nobody shuts a page with empty ones. The page itself
is good for a few friends an hour, and one address may fill no more than a part of a referrer's day
(`lead_daily_limit`): a stranger cannot shut the page to everybody else.
"""

from flask import abort
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Gift

from ...models import Referrer
from ...services.leads import admission
from ..limits import limiter, network
from .lead_forms import LeadForm

_A_PAGE = RateLimitItemPerHour(5)
_A_CODE = RateLimitItemPerHour(120)
_GIFTS = RateLimitItemPerHour(1200)
_AN_ADDRESS_OF = 5, 2
"""Of five parts of a day one network may fill two."""
_A_HANDFUL = 20
_WITHOUT_NUMBER = 600
"""Where the plan sets no number for a day."""


def check(referrer: Referrer, form: LeadForm) -> None:
    """Count a form that holds. Aborts with 429 where it is one too many."""
    code, address = f"lead code {referrer.code}", f"{referrer.code} {network()}"
    parts, may_fill = _AN_ADDRESS_OF
    a_day = RateLimitItemPerDay(max(1, admission.daily_limit(referrer) * may_fill // parts))
    wanted: list[tuple[RateLimitItem, str]] = [(a_day, f"lead address {address}"), (_A_CODE, code)]
    if form.shown is not None:
        wanted.insert(0, (_A_PAGE, f"lead page {form.shown.name}"))
    if not all(limiter.limiter.hit(limit, key) for limit, key in wanted):
        abort(429)


def check_network(referrer: Referrer, gift: Gift | None) -> None:
    """Raises Refusal(gifts_from_here) where phones behind this network fetched their part of the day's gifts."""
    if gift is not None and not limiter.limiter.test(_from_a_network(gift), _network_key(referrer)):
        raise Refusal("gifts_from_here")


def count_gift(referrer: Referrer, gift: Gift | None) -> None:
    """Count a gift that was given just now. Aborts with 429, and so takes it back, where it is one too many."""
    if gift is not None:
        limiter.limiter.hit(_from_a_network(gift), _network_key(referrer))
    if not limiter.limiter.hit(_GIFTS, f"gift code {referrer.code}"):
        abort(429)


def _from_a_network(gift: Gift) -> RateLimitItem:
    """Half of the day's number, and a handful in any case: behind one carrier's address stand many who are really
    there, and a script behind one does not empty the stand."""
    return RateLimitItemPerDay(max(_A_HANDFUL, (gift.most or _WITHOUT_NUMBER) // 2))


def _network_key(referrer: Referrer) -> str:
    return f"gift network {referrer.code} {network()}"
