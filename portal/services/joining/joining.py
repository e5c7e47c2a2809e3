"""A citizen broker joins on a development's public page: a code shows the number, then name and terms make a referrer.

What the page says before the number is shown to be the asker's is the same for every number. Afterwards it may say what
we know of it: it says it to its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from commissions.refusal import Refusal
from referral import joining as rule
from referral.joining import Account

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import STAFF, Audience, CodePurpose, Development, JoinedBy, Joining, Person, Referrer, Role
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, contacts, timekeeping
from ..accounts import people
from ..accounts.password_links import Link
from ..contacts import Phone
from ..events.telling import Concerned, tell
from ..messages import phone_codes, sealed_addresses
from ..messages.phone_codes import Page
from ..partners.partners import open_developments
from ..referral import referrers

_SEALED = "joining.asked"
_LINK_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked(sealed_addresses.Asked):
    """The code was asked for in this development, and from there."""

    development_id: int
    campaign: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that were agreed to: their version, and the language in which they were read."""

    version: str | None
    locale: str


@dataclass(frozen=True, slots=True)
class Member:
    """Who joins, where, and of a homeowner the home."""

    development: Development
    phone: Phone
    name: str
    audience: Audience
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody joins: by which way, under which terms, from which address and place."""

    way: JoinedBy
    terms: Terms
    address: str
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Who joined, with the link by which the password is chosen right away; none for who has an account already."""

    referrer: Referrer
    link: Link | None


def open_page(session: Session, now: datetime, development_id: int) -> Development:
    """The development whose page takes people in now. Raises Refusal: joining_not_open, joining_full."""
    development = session.get(Development, development_id)
    policy = Policy.of(development.policy if development is not None else {})
    rule.check_page(
        allowed=development is not None and bool(policy.self_joining),
        development_closed=development is None or development.closed_at is not None,
        joined_today=_joined_today(session, now, development_id),
        most_a_day=policy.joining_daily_limit,
    )
    assert development is not None  # else the rule refused
    return development


def ask_code(
    session: Session, now: datetime, development_id: int, phone: str, *, network: str, campaign: str = ""
) -> str:
    """Text a code to the number; what stands in the address of the next page. The same for every number.

    Raises Refusal: those of `open_page` and of `phone_codes.send`; invalid_phone, phone_not_mobile.
    """
    development = open_page(session, now, development_id)
    number = contacts.parse_mobile(phone)
    phone_codes.send(session, now, _page(development), number, network=network)
    asked = {"development_id": development.id, "phone": number.e164, "campaign": campaign}
    return sealed_addresses.seal(session, now, _SEALED, asked)


def asked_by(session: Session, now: datetime, token: str) -> Asked:
    """What stands in such an address. Raises Refusal(joining_too_late): made up, or of an hour ago."""
    return Asked(**sealed_addresses.read(session, now, _SEALED, token, late=Refusal("joining_too_late")))


def join(
    session: Session, now: datetime, asked: Asked, *, code: str, name: str, terms: Terms, address: str
) -> Joined | Refusal:
    """Make a referrer of who typed the code that was texted to the number.

    A wrong code is answered by a refusal that is returned, for the try counts: those of `phone_codes.try_code`. Raises
    Refusal: those of `open_page`, `check_terms`, `check_real_name` and `check_account`.
    """
    development, phone, now = open_page(session, now, asked.development_id), Phone(asked.phone), _instant(session, now)
    rule.check_terms(terms.version)
    rule.check_real_name(name)
    shown = phone_codes.try_code(session, now, _page(development), phone, code)
    if isinstance(shown, Refusal):
        return shown
    rule.check_account(account_of(session, phone, development.id))
    member = Member(development, phone, name, Audience.CITIZEN)
    manner = Manner(JoinedBy.PAGE, terms, address, asked.campaign)
    return make_member(session, now, member, manner)


def open_to(session: Session, actor: Actor, now: datetime) -> Sequence[Development]:
    """The developments for which a person who refers already may refer too: those whose page takes people in."""
    there = {one.development_id for one in referrers.own(session, actor)}
    policies = [(one, Policy.of(one.policy)) for one in open_developments(session) if one.id not in there]
    return [
        one
        for one, policy in policies
        if policy.self_joining and _joined_today(session, now, one.id) < policy.joining_daily_limit
    ]


def join_another(
    session: Session, actor: Actor, now: datetime, development_id: int, *, terms: Terms, campaign: str = ""
) -> Referrer:
    """Let a person who is signed in as a referrer refer for another development, as a citizen broker: name, number and
    password are those of the account.

    Raises Refusal: those of `open_page` and `check_terms`; refers_here_already.
    """
    development, now = open_page(session, now, development_id), _instant(session, now)
    rule.check_terms(terms.version)
    person = session.get_one(Person, actor.id)
    if account_of_person(session, person, development.id) is Account.REFERRER_HERE:
        raise Refusal("refers_here_already")
    made = Referrer(person=person, audience=Audience.CITIZEN, development=development, joined_at=now)
    referrer = referrers.with_code(session, made)
    _note(session, actor, now, referrer, Manner(JoinedBy.PAGE, terms, actor.address or "", campaign))
    return referrer


def make_member(session: Session, now: datetime, member: Member, manner: Manner) -> Joined:
    """Make a referrer of whose number was shown: an account, a code, how it came about, a link to choose a password.
    Who refers for another development has account and password, and becomes a referrer of this one too.

    Raises Refusal(joining_already) for the slower of two.
    """
    actor = Actor(None, None, address=manner.address)
    referrer, is_new = _referrer(session, actor, now, member)
    _note(session, actor, now, referrer, manner)
    return Joined(
        referrer, people.make_link(session, actor, now, referrer.person, lasts=_LINK_LASTS) if is_new else None
    )


def _note(session: Session, actor: Actor, now: datetime, referrer: Referrer, manner: Manner) -> None:
    """How somebody joined, kept with the terms."""
    joining = Joining(
        referrer=referrer,
        way=manner.way,
        terms_version=str(manner.terms.version),
        terms_locale=manner.terms.locale,
        campaign=manner.campaign,
        address=manner.address,
        at=now,
    )
    session.add(joining)
    facts = {"development_id": referrer.development_id, "version": manner.terms.version, "way": manner.way}
    audit.record(session, actor, now, "referrer_joined", joining, **facts)
    whom = Concerned(development=referrer.development_id)
    tell(session, actor, now, "referrer_joined", referrer, whom, way=manner.way)


def of(session: Session, referrer: Referrer) -> Joining | None:
    """How the referrer joined; None for one who was entered by staff."""
    return session.get(Joining, referrer.id)


def _referrer(session: Session, actor: Actor, now: datetime, member: Member) -> tuple[Referrer, bool]:
    """The referrer of a number that was shown, and whether the account is new."""
    of = {"audience": member.audience, "development": member.development, "home": member.home, "joined_at": now}
    known = _person_of(session, member.phone)
    if known is not None:  # `check_account` let nobody pass but who refers elsewhere
        return referrers.with_code(session, Referrer(person=known, **of)), False
    name, phone = member.name, member.phone.e164
    try:
        person = people.open_account(session, actor, now, role=Role.REFERRER, name=name, phone=phone)
    except Refusal as refusal:  # two who join at once: the second is told what the first did
        raise Refusal("joining_already") if refusal.code == "phone_taken" else refusal from None
    return referrers.with_code(session, Referrer(person=person, **of)), True


def _person_of(session: Session, phone: Phone) -> Person | None:
    return session.scalar(select(Person).where(Person.phone_index == contacts.phone_index(session, phone)))


def account_of(session: Session, phone: Phone, development_id: int) -> Account:
    """What the number is to us. To be told only to who has shown that it is his."""
    person = _person_of(session, phone)
    return Account.NONE if person is None else account_of_person(session, person, development_id)


def account_of_person(session: Session, person: Person, development_id: int) -> Account:
    """What somebody with an account is to a development."""
    if not person.active:
        return Account.CLOSED
    if person.role is not Role.REFERRER:
        return Account.STAFF if person.role in STAFF else Account.PARTNER
    here = (Referrer.person_id == person.id, Referrer.development_id == development_id)
    refers_here = session.scalar(select(exists().where(*here)))
    return Account.REFERRER_HERE if refers_here else Account.REFERRER_ELSEWHERE


def _page(development: Development) -> Page:
    """Three texts for each who may join in a day: some are asked for again, some in vain."""
    most = 3 * Policy.of(development.policy).joining_daily_limit
    return Page(CodePurpose.JOINING, development.id, development.name, most)


def _joined_today(session: Session, now: datetime, development_id: int) -> int:
    today = (
        select(func.count())
        .select_from(Joining)
        .join(Referrer, Referrer.id == Joining.referrer_id)
        .where(Referrer.development_id == development_id, Joining.at >= day_start(local_day(now)))
    )
    return session.scalar(today) or 0


def _instant(session: Session, now: datetime) -> datetime:
    """Which plan is promised hangs on the instant of joining."""
    return timekeeping.trusted(session, now)
