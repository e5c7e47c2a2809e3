"""A lead's own page: the link that only the friend who left the number is given."""

from flask import abort

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...services.leads import receipts as lead_receipts
from ...services.leads.receipts import Visit
from ..edge import config, db, now

_LEADS_OWN = "a lead's own page"
_ASKS_PROOF = "a lead's own page before its number was shown"


def signed(key: str, *, asks_proof: bool = False) -> str:
    """The receipt's key says who came when, to anybody who is shown it. To do anything takes this link, signed for
    that. `asks_proof`: the number has to be shown to be the friend's first."""
    return sign_link(_ASKS_PROOF if asks_proof else _LEADS_OWN, key, config().secret_key.encode())


def opened(token: str) -> Visit:
    """What a link is of that we signed for a friend; 404 for any other."""
    key = _key(token, _LEADS_OWN) or _key(token, _ASKS_PROOF)
    visit = None if key is None else lead_receipts.by_key(db(), key)
    if visit is None:
        abort(404)
    return visit


def asks_proof(token: str) -> bool:
    """Whether the link was given before the number was shown to be the friend's."""
    return _key(token, _ASKS_PROOF) is not None


def _key(token: str, purpose: str) -> str | None:
    try:
        return verify_link(token, purpose, config().secret_key.encode(), now())
    except Refusal:
        return None
