"""What the employer's system of accounts is told and may tell, as SCIM 2.0 says it (RFC 7643, 7644): who is here, and
that somebody has left. It opens no account and none again; that is done here, by two people where money is concerned.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commissions.refusal import Refusal

from ...models import AccountTie
from ...rules.provider_sign_in.claims import Issuer
from ...session import Session
from . import ties

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MOST = 100
_FILTER = re.compile(r'\s*(userName|externalId|id)\s+eq\s+"((?:[^"\\]|\\.){1,255})"\s*', re.IGNORECASE)


def find(session: Session, issuer: Issuer, asked: str) -> list[AccountTie]:
    """The ties that a filter names: by `externalId` (the subject at the provider), `userName` (a confirmed mail
    address) or `id`. Raises Refusal(scim_filter_odd)."""
    read = _FILTER.fullmatch(asked)
    if read is None:
        raise Refusal("scim_filter_odd")
    name, value = read[1].lower(), re.sub(r"\\(.)", r"\1", read[2])
    if name == "externalid":
        found = [ties.by_subject(session, issuer, value)]
    elif name == "id":
        found = [get(session, issuer, value)]
    else:
        found = [ties.tie_of(session, one, issuer.provider) for one in ties.by_mail(session, value)]
    return [one for one in found if one is not None]


def get(session: Session, issuer: Issuer, key: str) -> AccountTie | None:
    """The tie to this provider with this id, as long as it holds."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    row = session.get(AccountTie, int(key))
    held = row is not None and row.ended_at is None and row.provider is issuer.provider
    return row if held else None


def show(row: AccountTie, address: str) -> dict[str, Any]:
    """A user as the other side reads it. Neither phone nor mail address goes out."""
    return {
        "schemas": [USER],
        "id": str(row.id),
        "userName": str(row.id),
        "displayName": row.person.name,
        "active": row.person.active,
        "meta": {"resourceType": "User", "location": address},
    }


def wanted_active(body: object) -> bool:
    """Whether a PATCH or PUT wants the account open. Raises Refusal(scim_change_odd) for any other wish."""
    if not isinstance(body, Mapping):
        raise Refusal("scim_change_odd")
    if "Operations" not in body:
        return _truth(body.get("active"))
    operations = body["Operations"]
    if not isinstance(operations, list) or len(operations) != 1 or not isinstance(operations[0], Mapping):
        raise Refusal("scim_change_odd")
    one = operations[0]
    if str(one.get("op", "")).lower() not in {"replace", "add"}:
        raise Refusal("scim_change_odd")
    path, value = one.get("path"), one.get("value")
    if path is None and isinstance(value, Mapping) and set(value) == {"active"}:
        return _truth(value["active"])
    if not isinstance(path, str) or path.lower() != "active":
        raise Refusal("scim_change_odd")
    return _truth(value)


def change(session: Session, now: datetime, row: AccountTie, body: object) -> None:
    """Close the account where the other side says so. Raises Refusal: scim_change_odd, scim_opens_nothing,
    last_administrator."""
    if wanted_active(body):
        if not row.person.active:
            raise Refusal("scim_opens_nothing")
        return
    ties.close_by_employer(session, now, row)


def _truth(value: object) -> bool:
    """Some systems send the word instead of the value."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise Refusal("scim_change_odd")
    return value
