"""Referrers and their friends by the thousand, as a graph of who brought whom; straight into the tables.

    loaded = friends.load(session, people=10_000)

One of five refers; most bring few and few bring many; one of ten referrers was somebody's friend first. Every run makes
the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from portal.models import (
    Audience,
    Client,
    Consent,
    Deal,
    FriendVisit,
    Lead,
    LeadOutcome,
    Person,
    Referrer,
    Role,
    Touch,
    TouchKind,
)
from portal.services import contacts
from portal.services.bulk import insert_rows, take_ids
from portal.services.claims import search_terms
from referral.code import mint
from tests import factories as make

_FAMILY, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
_CLIENT = ("id", "phone_sealed", "phone_index", "created_at")
_CONSENT = ("id", "client_id", "purpose", "version", "locale", "given_at")
_DEAL = (
    *("id", "development_id", "client_id", "name_sealed", "unit", "price_fen", "touch_id", "owner_id"),
    *("created_at", "created_by", "signed_at", "cancelled_at"),
)
_LEAD = (
    *("id", "referrer_id", "development_id", "client_id", "touch_id", "consent_id", "name_sealed", "outcome", "at"),
    *("design", "campaign"),
)
_PERSON = ("id", "role", "name", "phone_sealed", "phone_index", "created_at")
_REFERRER = ("id", "person_id", "audience", "development_id", "code", "joined_at")
_TOUCH = (
    "id", "development_id", "client_id", "kind", "person_id", "name_sealed", "at", "protected_until", "holds_from",
)  # fmt: skip
_VISIT = ("id", "touch_id", "visited_on", "at", "recorded_by")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The ids of the referrers, the one with the most friends first, and how many friends there are."""

    referrers: Sequence[int]
    friends: int


def accepted_lead(session: Session, referrer: Referrer, at: datetime, **given: Any) -> Lead:
    """A friend (`client`, made unless given) who left a number at a referrer's page and counts; nothing is audited."""
    held = {"person": referrer.person, "agency": None, "kind": TouchKind.REFERRAL_LEAD, "at": at}
    held |= {"development": referrer.development, "protected_until": at + timedelta(days=30)} | given
    own = make.touch(session, **held)
    agreed = Consent(client_id=own.client_id, purpose="contact", version="2", locale="zh_Hans_CN", given_at=at)
    lead = Lead(
        referrer=referrer,
        development_id=own.development_id,
        client_id=own.client_id,
        touch=own,
        consent=agreed,
        name_sealed=own.name_sealed,
        outcome=LeadOutcome.ACCEPTED,
        at=at,
    )
    session.add(lead)
    session.flush()
    name, phone = contacts.open_name(session, lead.name_sealed), contacts.open_phone(session, lead.client)
    search_terms.keep(session, lead, name, phone)
    return lead


def load(session: Session, *, people: int, at: datetime = make.BEFORE, developments: int = 4, seed: int = 1) -> Loaded:
    """Load a graph of so many people, whose leads were left in the weeks before `at`."""
    random = Random(seed)
    places = [make.development(session).id for _ in range(developments)]
    staff = make.person(session, Role.RECEPTION).id
    referrers = list(take_ids(session, Person, people // 5))
    phones = [contacts.Phone(f"+86139{seed % 10}{number:07d}") for number in range(people)]
    sealed = [contacts.seal_phone(session, phone) for phone in phones]
    index = [contacts.phone_index(session, phone) for phone in phones]
    keys = dict(zip(referrers, take_ids(session, Referrer, len(referrers)), strict=True))
    where = {person_id: random.choice(places) for person_id in referrers}
    insert_rows(
        session, Person, _PERSON,
        (
            (key, Role.REFERRER, _name(random), sealed[place], index[place], make.BEFORE)
            for place, key in enumerate(referrers)
        ),
    )  # fmt: skip
    kinds = [Audience.HOMEOWNER, Audience.HOMEOWNER, Audience.CITIZEN]
    insert_rows(
        session, Referrer, _REFERRER,
        ((keys[key], key, random.choice(kinds), where[key], mint(random.randrange), make.BEFORE) for key in referrers),
    )  # fmt: skip
    friends = [*range(1, len(referrers), 10), *range(len(referrers), people)]
    clients = list(take_ids(session, Client, len(friends)))
    insert_rows(
        session, Client, _CLIENT,
        ((key, sealed[place], index[place], make.BEFORE) for key, place in zip(clients, friends, strict=True)),
    )  # fmt: skip
    _leads(session, random, clients, [_bringer(random, referrers) for _ in clients], where, keys, staff, at)
    return Loaded(list(keys.values()), len(clients))


def _name(random: Random) -> str:
    return random.choice(_FAMILY) + random.choice(_GIVEN) + random.choice(_GIVEN)


def _bringer(random: Random, referrers: Sequence[int]) -> int:
    """Few bring many: the first of them most of all."""
    return referrers[int(len(referrers) * random.random() ** 4)]


def _leads(
    session: Session,
    random: Random,
    clients: Sequence[int],
    bringers: Sequence[int],
    where: dict[int, int],
    numbers: dict[int, int],
    staff: int,
    at: datetime,
) -> None:
    touches, consents = (list(take_ids(session, model, len(clients))) for model in (Touch, Consent))
    times = [at - timedelta(days=random.randrange(60), minutes=place) for place in range(len(clients))]
    name = contacts.seal_name(session, "王小明")
    told = list(zip(clients, touches, consents, bringers, times, strict=True))
    insert_rows(
        session, Touch, _TOUCH,
        (
            (touch, where[by], client, TouchKind.REFERRAL_LEAD, by, name, when, when + timedelta(days=30), when)
            for client, touch, _consent, by, when in told
        ),
    )  # fmt: skip
    insert_rows(
        session, Consent, _CONSENT,
        ((consent, client, "contact", "2", "zh_Hans_CN", when) for client, _touch, consent, _by, when in told),
    )  # fmt: skip
    keys = take_ids(session, Lead, len(told))
    insert_rows(
        session, Lead, _LEAD,
        (
            (key, numbers[by], where[by], client, touch, consent, name, LeadOutcome.ACCEPTED, when, "", "")
            for key, (client, touch, consent, by, when) in zip(keys, told, strict=True)
        ),
    )  # fmt: skip
    came = [one for one in told if random.random() < 0.4]
    visits = take_ids(session, FriendVisit, len(came))
    insert_rows(
        session, FriendVisit, _VISIT,
        ((key, touch, when.date(), when, staff) for key, (_c, touch, _s, _b, when) in zip(visits, came, strict=True)),
    )  # fmt: skip
    bought = [one for one in came if random.random() < 0.4]
    deals = take_ids(session, Deal, len(bought))
    insert_rows(
        session, Deal, _DEAL,
        (
            (key, where[by], client, name, f"F-{key}", 2_000_000_00, touch, by, at, staff, at, _cancelled(random, at))
            for key, (client, touch, _consent, by, _when) in zip(deals, bought, strict=True)
        ),
    )  # fmt: skip


def _cancelled(random: Random, at: datetime) -> Any:
    return at + timedelta(days=2) if random.random() < 0.1 else None
