"""API keys (接口密钥): what one looks like, what it may be made for, and whether it still opens anything.

A key is `pk_live_` or `pk_test_` and 43 letters and digits: more than 250 bits by chance, so that its digest alone can
be kept. Of what is kept people see the last four characters (`hint`).
"""

import re
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 43
_KEY = re.compile(rf"pk_(live|test)_[A-Za-z0-9]{{{_LENGTH}}}")
MOST_KEYS = 10
"""So many keys of an agency open at a time: two of each system for a change, and room."""
MOST_DAYS = 3650
NAME_LENGTH = 40


class Mode(StrEnum):
    """Whether a key works on what is real, or in the sandbox."""

    LIVE = "live"
    TEST = "test"


class Scope(StrEnum):
    """What a key may do."""

    DEVELOPMENTS_READ = "developments:read"
    BROKERS_READ = "brokers:read"
    BROKERS_WRITE = "brokers:write"
    REGISTRATIONS_READ = "registrations:read"
    REGISTRATIONS_WRITE = "registrations:write"
    SHOWINGS_READ = "showings:read"
    SHOWINGS_WRITE = "showings:write"
    CONFLICTS_READ = "conflicts:read"
    CONFLICTS_WRITE = "conflicts:write"
    STRIKES_READ = "strikes:read"
    STRIKES_WRITE = "strikes:write"
    DEALS_READ = "deals:read"
    STATEMENTS_READ = "statements:read"
    STATEMENTS_WRITE = "statements:write"
    PAYOUTS_READ = "payouts:read"
    EVENTS_READ = "events:read"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: its text, which is shown once, and whom it is for."""

    text: str
    mode: Mode

    @property
    def hint(self) -> str:
        """What people tell it by later on."""
        return self.text[-4:]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is known of a key when it is shown. Instants are UTC, half-open."""

    expires_at: datetime | None
    revoked_at: datetime | None
    agency_active: bool
    has_principal: bool


def new_key(mode: Mode) -> MadeKey:
    """A key that nobody has seen."""
    return MadeKey(f"pk_{mode}_" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)), mode)


def looks_like_a_key(text: str) -> bool:
    """Whether this text could be a key at all."""
    return _KEY.fullmatch(text) is not None


def scopes_of(words: Iterable[str]) -> list[Scope]:
    """The scopes that are named, each once, in their own order. Raises Refusal: api_scope_unknown, api_scope_needed."""
    named = {word.strip() for given in words for word in re.split(r"[,\s]+", given) if word.strip()}
    known = {scope.value for scope in Scope}
    for word in sorted(named - known):
        raise Refusal("api_scope_unknown", field="scopes", scope=word, known=", ".join(sorted(known)))
    if not named:
        raise Refusal("api_scope_needed", field="scopes")
    return [scope for scope in Scope if scope in named]


def checked_name(name: str) -> str:
    """The name of a key, without space around it. Raises Refusal: api_key_name_odd."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        raise Refusal("api_key_name_odd", field="name", most=NAME_LENGTH)
    return name


def end_of(now: datetime, days: int | None) -> datetime | None:
    """When a key ends that is made now for so many days. Raises Refusal: api_key_days_odd."""
    if days is None:
        return None
    if not 1 <= days <= MOST_DAYS:
        raise Refusal("api_key_days_odd", field="days", most=MOST_DAYS)
    return now + timedelta(days=days)


def why_shut(facts: KeyFacts, now: datetime) -> Refusal | None:
    """Why a key opens nothing, or None: api_key_revoked, api_key_expired, agency_inactive,
    api_key_without_principal."""
    if facts.revoked_at is not None:
        return Refusal("api_key_revoked")
    if facts.expires_at is not None and facts.expires_at <= now:
        return Refusal("api_key_expired")
    if not facts.agency_active:
        return Refusal("agency_inactive")
    return None if facts.has_principal else Refusal("api_key_without_principal")
