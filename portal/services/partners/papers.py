"""What proves a partnership: an agency's licence, an agreement's number, term and contact, and the scans of both.

Numbers and days are what is looked at today, and each change of them is in the audit log with what stood there before.
Scans only come on top of each other.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...adapters.papers.documents import Document
from ...adapters.storage.files import Files, new_name
from ...clock import local_day
from ...models import Agency, Agreement, PartnerPaper
from ...rules.partners.endings import SOON, Ending, check_term, ending_of, last_day
from ...session import Session
from .. import audit
from ..contacts import contact_index_under, index_vault_of, vault_of
from ..events.telling import Concerned, tell
from ..kept_files import forget_unless_committed

_CONTACT = "agreement.contact"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call about an agreement. The phone is as it was given: a company's is often a landline."""

    name: str = ""
    phone: str = ""

    @property
    def masked(self) -> str:
        """The phone's last four digits."""
        return f"****{self.phone[-4:]}" if self.phone else ""


NOBODY = Contact()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the paper of an agreement says beside parties and plan; `ends_on`: from when it does not run."""

    number: str = ""
    ends_on: date | None = None
    contact: Contact = NOBODY


NO_TERMS = Terms()
"""An agreement that runs until somebody ends it."""


@dataclass(frozen=True, slots=True)
class EndingSoon:
    """An agency whose licence ends or has ended, or one of its agreements."""

    agency: Agency
    agreement: Agreement | None
    ending: Ending


# Writing


def set_licence(
    session: Session, actor: Actor, now: datetime, agency: Agency, *, number: str, ends_on: date | None
) -> None:
    """Enter an agency's licence: its number, and the first day on which it is good no longer."""
    before = {"licence_number": agency.licence_number or "", "licence_ends_on": _iso(agency.licence_ends_on)}
    agency.licence_number, agency.licence_ends_on = number or None, ends_on
    after = {"licence_number": number, "licence_ends_on": _iso(ends_on)}
    if before != after:
        audit.record(session, actor, now, "licence_entered", agency, before=before, after=after)


def set_terms(session: Session, actor: Actor, now: datetime, agreement: Agreement, terms: Terms) -> None:
    """Enter what an agreement's paper says. Another end counts from now on; what was decided stays decided.

    Raises Refusal `agreement_backwards`.
    """
    check_term(agreement.starts_on, terms.ends_on)
    before = {"number": agreement.number or "", "ends_on": _iso(agreement.ends_on)}
    contact_before = contact_of(session, agreement)
    write_terms(session, agreement, terms)
    after = {"number": terms.number, "ends_on": _iso(terms.ends_on)}
    if before != after or contact_before != terms.contact:
        changed = {"contact_changed": contact_before != terms.contact}
        audit.record(session, actor, now, "agreement_changed", agreement, before=before, after=after, **changed)
        whom = Concerned(agency=agreement.agency_id, development=agreement.development_id)
        tell(session, actor, now, "agreement_changed", agreement, whom, last_on=last_day(agreement.ends_on))


def write_terms(session: Session, agreement: Agreement, terms: Terms) -> None:
    """Put the terms into the row; the contact is sealed."""
    agreement.number, agreement.ends_on = terms.number or None, terms.ends_on
    agreement.contact_sealed = _sealed(session, terms.contact)
    agreement.contact_index = contact_index_under(index_vault_of(session), terms.contact.phone)
    session.flush()


def index_contacts(session: Session, at_once: int = 500) -> int:
    """Give contacts of before that index; how many. One without a phone has none."""
    lacks = select(Agreement).where(Agreement.contact_sealed.is_not(None), Agreement.contact_index.is_(None))
    made = 0
    for agreement in session.scalars(lacks.order_by(Agreement.id.desc()).limit(at_once)):
        agreement.contact_index = contact_index_under(index_vault_of(session), contact_of(session, agreement).phone)
        made += agreement.contact_index is not None
    session.flush()
    return made


def add_paper(
    session: Session, actor: Actor, now: datetime, files: Files, owner: Agency | Agreement, document: Document
) -> PartnerPaper:
    """Keep a scan of an agency's licence, or of an agreement."""
    whose = {"agency_id": owner.id} if isinstance(owner, Agency) else {"agreement_id": owner.id}
    row = PartnerPaper(
        **whose,
        file_name=new_name(),
        digest=hashlib.sha256(document.content).hexdigest(),
        name=document.name,
        added_at=now,
        added_by=actor.id,
    )
    session.add(row)
    session.flush()
    files.put(row.file_name, document.content)
    forget_unless_committed(session, files, row.file_name)
    audit.record(session, actor, now, "partner_paper_added", row, **whose)
    return row


def view_paper(session: Session, actor: Actor, now: datetime, files: Files, paper: PartnerPaper) -> bytes:
    """What a scan holds; that it was looked at is written down (rules 9)."""
    whose = {"agency_id": paper.agency_id} if paper.agency_id else {"agreement_id": paper.agreement_id}
    audit.record(session, actor, now, "partner_paper_seen", paper, **whose)
    return files.get(paper.file_name)


def reveal_contact(session: Session, actor: Actor, now: datetime, agreement: Agreement) -> Contact:
    """Whom to call, with the phone in plain; that it was looked at is written down (rules 9)."""
    audit.record(session, actor, now, "agreement_contact_revealed", agreement)
    return contact_of(session, agreement)


# Reading


def papers_of(session: Session, actor: Actor, owner: Agency | Agreement) -> Sequence[PartnerPaper]:
    """The scans of an agency's licence or of an agreement that the actor may see, the newest first."""
    column = PartnerPaper.agency_id if isinstance(owner, Agency) else PartnerPaper.agreement_id
    stmt = visible(actor, PartnerPaper).where(column == owner.id).order_by(PartnerPaper.id.desc())
    return session.scalars(stmt).all()


def contact_of(session: Session, agreement: Agreement) -> Contact:
    """Whom to call about an agreement; showing the phone in plain is `reveal_contact`."""
    if agreement.contact_sealed is None:
        return NOBODY
    return Contact(**json.loads(vault_of(session).open_text(agreement.contact_sealed, _CONTACT)))


def ending_soon(session: Session, actor: Actor, now: datetime) -> list[EndingSoon]:
    """What ends within thirty days, and what has ended and still stands open, of the agencies that the actor may see.

    The soonest first. An agreement that somebody ended, and whatever a closed agency had, waits for nobody.
    """
    today = local_day(now)
    by = today + SOON
    agencies = visible(actor, Agency).where(Agency.deactivated_at.is_(None), Agency.licence_ends_on <= by)
    agreements = (
        visible(actor, Agreement)
        .join(Agreement.agency)
        .where(Agreement.ended_at.is_(None), Agreement.ends_on <= by, Agency.deactivated_at.is_(None))
        .options(joinedload(Agreement.development), joinedload(Agreement.agency))
    )
    found: list[tuple[Agency, Agreement | None, Ending | None]]
    found = [(one, None, ending_of(one.licence_ends_on, today)) for one in session.scalars(agencies)]
    found += [(one.agency, one, ending_of(one.ends_on, today)) for one in session.scalars(agreements)]
    rows = [EndingSoon(agency, agreement, ending) for agency, agreement, ending in found if ending is not None]
    return sorted(rows, key=lambda row: (row.ending.days_left, row.agency.name))


def _sealed(session: Session, contact: Contact) -> bytes | None:
    if contact == NOBODY:
        return None
    words = json.dumps({"name": contact.name, "phone": contact.phone}, ensure_ascii=False)
    return vault_of(session).seal_text(words, _CONTACT)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
