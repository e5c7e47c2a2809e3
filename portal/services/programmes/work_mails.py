"""Employees who prove themselves by a mail to the work address (rules 7.3): the link, what stops it, what it proves.

The link names a lead, the address's mark and its domain, signed: the address is kept nowhere. While it is on its way
the company may end its programme or lose a domain, so what was promised is looked at again when it is used.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link
from referral.employee import LINK_LASTS, MAILS_A_DAY, WorkAddress
from referral.programme import ProgrammeState

from ...access.actor import SYSTEM, Actor
from ...clock import local_day
from ...models import CheckedBy, EmployeeCheck, Lead, MailKind, Programme
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..messages import mails
from ..messages.texts import has_opted_out
from . import employee_checks, programmes

_LINK = "confirm work address"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link in a mail is good for: to prove that the lead's client is behind the mark, which is said under each
    of the index keys of its day."""

    lead: Lead
    marks: tuple[str, ...]


def token_for(session: Session, now: datetime, lead: Lead, address: WorkAddress, key: bytes) -> str:
    """What stands in the link to an address, good for 72 hours. Signed with `key`."""
    marks = "+".join(employee_checks.mail_marks(session, lead.referrer_id, address))
    return sign_link(_LINK, f"{lead.id}.{marks}.{address.domain}", key, now + LINK_LASTS)


def send_link(session: Session, now: datetime, lead: Lead, address: WorkAddress, *, link: str, locale: str) -> None:
    """Let a mail with the link go out to the address.

    For a lead that does not count too, or its sender learned that somebody knows the number. Raises Refusal:
    `work_opted_out` for who said stop, `offer_over`, and `work_mails_used_up` after three of a lead in a day.
    """
    lock_client(session, lead.client_id)
    if has_opted_out(session, now, lead.client_id):
        raise Refusal("work_opted_out", field="work_email")
    _check_runs(session, now, lead)
    params = {"link": link, "company": lead.referrer.person.name, "development": lead.development.name}
    for number in range(1, MAILS_A_DAY + 1):
        if mails.enqueue(
            session,
            now,
            f"{_key_of(lead.id)}{local_day(now)}-{number}",
            mails.NewMail(MailKind.EMPLOYEE_CHECK, address.written, params, locale, now + LINK_LASTS),
        ):
            audit.record(session, SYSTEM, now, "work_address_asked", lead, number=number)
            return
    raise Refusal("work_mails_used_up", field="work_email", most=MAILS_A_DAY)


def stop(session: Session, now: datetime, client_id: int) -> None:
    """Who said stop gets no mail any more, not even one that waits."""
    for lead_id in session.scalars(select(Lead.id).where(Lead.client_id == client_id)).all():
        mails.give_up(session, now, _key_of(lead_id), why="opted_out")


def link_of(session: Session, token: str, key: bytes, now: datetime) -> Link:
    """What a link is good for, and still is.

    Raises Refusal: link_invalid, link_expired, `offer_over` where the programme is over, `work_domain_gone` (fact
    `domain`) where the company's addresses end otherwise now.
    """
    lead_id, _, rest = verify_link(token, _LINK, key, now).partition(".")
    marks, _, domain = rest.partition(".")
    lead = session.get(Lead, int(lead_id))
    if lead is None:
        raise Refusal("link_invalid")
    programme = _check_runs(session, now, lead)
    if domain not in {row.domain for row in programme.domains}:
        raise Refusal("work_domain_gone", domain=domain)
    return Link(lead, tuple(marks.split("+")))


def confirm(session: Session, now: datetime, token: str, key: bytes, *, address: str | None) -> EmployeeCheck:
    """The reader of the mail says that it was he; `address` is where the request came from. Again changes nothing.

    Raises Refusal: those of `link_of`, `work_email_used` where the address has proven another client, or where a check
    of this one was taken back.
    """
    link = link_of(session, token, key, now)
    actor, lead = Actor(None, None, address=address), link.lead
    shown = employee_checks.ProofShown(CheckedBy.MAIL, link.marks)
    check = employee_checks.prove(session, actor, now, lead.referrer_id, lead.client_id, shown)
    if check is None:
        raise Refusal("work_email_used")
    return check


def _check_runs(session: Session, now: datetime, lead: Lead) -> Programme:
    programme = session.get_one(Programme, lead.referrer_id)
    if programmes.state_of(programme, local_day(now)) is ProgrammeState.OVER:
        raise Refusal("offer_over")
    return programme


def _key_of(lead_id: int) -> str:
    """What the keys of a lead's mails begin with."""
    return f"employee-check-{lead_id}-"
