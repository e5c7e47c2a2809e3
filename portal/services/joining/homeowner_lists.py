"""A list of homeowners (rules 7.1): read, told row by row, and invited as a whole when somebody says so.

Between the look at a list and the word to invite, its good rows travel in the page, sealed: nothing is kept of a list
that nobody went on with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal
from referral import joining as rule
from referral.joining import Account

from ...access.actor import Actor
from ...adapters.sheets.homeowner_file import HomeownerRow, read_homeowners
from ...adapters.sheets.tables import is_formula, read_file
from ...models import Client, Development, Invitation, Person
from ...session import Session
from .. import contacts
from ..contacts import Phone
from ..messages import texts
from ..messages.sealed_addresses import open_words, seal_words
from . import invitations
from .invitations import InvitationState
from .joining import account_of_person

_SEALED = "homeowner list"
_LONGEST_HOME = 40


@dataclass(frozen=True, slots=True)
class Homeowner:
    """Whom an invitation can go to: by a row that holds."""

    row: int
    name: str
    phone: str
    home: str

    @property
    def masked(self) -> str:
        """The number as a page shows it."""
        return Phone(self.phone).masked


@dataclass(frozen=True, slots=True)
class HomeownerList:
    """A list that was read: whom it invites, and why not the others. `faults` are refusals with the fact `row`."""

    good: tuple[Homeowner, ...]
    faults: tuple[Refusal, ...]


def open_file(data: bytes) -> Sequence[HomeownerRow]:
    """The rows of a list. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_file` and `read_homeowners`.
    """
    return read_file(data, read_homeowners)


def read(session: Session, now: datetime, development: Development, rows: Sequence[HomeownerRow]) -> HomeownerList:
    """What a list says, row by row. Stores nothing."""
    good: dict[str, Homeowner] = {}
    faults: list[Refusal] = []
    for row in rows:
        try:
            one = _checked(row)
            if one.phone in good:
                raise Refusal("homeowner_twice", first=good[one.phone].row)
        except Refusal as refusal:
            faults.append(_at(refusal, row.row))
        else:
            good[one.phone] = one
    known = _refusals(session, now, development, list(good.values()))
    faults += [_at(refusal, good[phone].row) for phone, refusal in known.items()]
    left = tuple(one for phone, one in good.items() if phone not in known)
    return HomeownerList(left, tuple(sorted(faults, key=_row_of)))


def seal(session: Session, development: Development, found: HomeownerList) -> str:
    """The good rows as they travel in the page that shows them."""
    rows = [[one.row, one.name, one.phone, one.home] for one in found.good]
    return seal_words(session, _context(development), rows)


def unseal(session: Session, development: Development, sealed: str) -> list[Homeowner]:
    """The rows that were looked at. Raises Refusal `homeowner_list_lost` for anything else."""
    lost = Refusal("homeowner_list_lost", field="file")
    return [Homeowner(*row) for row in open_words(session, _context(development), sealed, lost=lost)]


def invite_all(
    session: Session, actor: Actor, now: datetime, development: Development, homeowners: Sequence[Homeowner]
) -> int:
    """Invite who can still be invited of those that were looked at; how many that were. All of them or, where anything
    breaks, none: it is one transaction. Sent twice, it invites nobody twice."""
    known = _refusals(session, now, development, homeowners)
    invited = 0
    for one in homeowners:
        if one.phone not in known:
            row = invitations.invite(
                session, actor, now, development, name=one.name, phone=Phone(one.phone), home=one.home
            )
            invited += row is not None
    return invited


def _checked(row: HomeownerRow) -> Homeowner:
    """A row that can be invited by itself. Raises Refusal: homeowner_formula, homeowner_home_long; those of
    `check_real_name` and `parse_mobile`."""
    if any(is_formula(cell) for cell in (row.name, row.phone, row.home)):
        raise Refusal("homeowner_formula")
    name = " ".join(row.name.split())
    rule.check_real_name(name)
    if len(row.home) > _LONGEST_HOME:
        raise Refusal("homeowner_home_long", most=_LONGEST_HOME)
    return Homeowner(row.row, name, contacts.parse_mobile(row.phone).e164, row.home)


def _refusals(
    session: Session, now: datetime, development: Development, homeowners: Sequence[Homeowner]
) -> Mapping[str, Refusal]:
    """Why some of these numbers are not invited, by the number: asked for all at once."""
    phones = [one.phone for one in homeowners]
    indexes = {index: phone for phone in phones for index in contacts.phone_indexes(session, Phone(phone))}
    found: dict[str, Refusal] = {}
    for person in session.scalars(select(Person).where(Person.phone_index.in_(indexes))):
        refusal = _of_account(account_of_person(session, person, development.id))
        if refusal is not None:
            found[indexes[person.phone_index]] = refusal
    for client in session.scalars(select(Client).where(Client.phone_index.in_(indexes))):
        if texts.has_opted_out(session, now, client.id):
            found.setdefault(indexes[client.phone_index], Refusal("homeowner_said_stop"))
    for index in invitations.refused_before(session, indexes):
        found.setdefault(indexes[index], Refusal("homeowner_declined"))
    open_ones = select(Invitation).where(
        Invitation.development_id == development.id, Invitation.phone_index.in_(indexes)
    )
    for row in session.scalars(open_ones):
        state = invitations.state_of(row, now)
        if state is InvitationState.OPEN:
            found.setdefault(indexes[row.phone_index], Refusal("homeowner_invited", at=row.sent_at))
        elif state is InvitationState.OVER and row.sent_times >= rule.SENDINGS:
            found.setdefault(indexes[row.phone_index], Refusal("homeowner_asked_enough", most=rule.SENDINGS))
    return found


def _of_account(account: Account) -> Refusal | None:
    """Why the owner of an account is not invited, as staff read it."""
    if account in (Account.NONE, Account.REFERRER_ELSEWHERE):
        return None  # who refers for another development is invited to refer here too
    here = account is Account.REFERRER_HERE
    return Refusal("homeowner_refers_already" if here else "homeowner_has_account")


def _at(refusal: Refusal, row: int) -> Refusal:
    """The refusal, with the row that it is about."""
    refusal.facts["row"] = row
    return refusal


def _row_of(refusal: Refusal) -> int:
    row = refusal.facts["row"]
    assert isinstance(row, int)
    return row


def _context(development: Development) -> str:
    return f"{_SEALED} {development.id}"
