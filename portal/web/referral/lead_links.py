"""A lead's own page: the link that only the friend who left the number is given."""

from flask import abort

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...models import Lead
from ...services import leads
from ..edge import config, db, now

_LEADS_OWN = "a lead's own page"


def signed(key: str) -> str:
    """The receipt's key says who came when, to anybody who is shown it. To do anything takes this link, signed for
    that."""
    return sign_link(_LEADS_OWN, key, config().secret_key.encode())


def opened(token: str) -> tuple[Lead, str]:
    """The lead of a link that we signed for its friend, and its receipt's key; 404 for any other."""
    try:
        key = verify_link(token, _LEADS_OWN, config().secret_key.encode(), now())
    except Refusal:
        abort(404)
    lead = leads.by_receipt(db(), key)
    if lead is None:
        abort(404)
    return lead, key
