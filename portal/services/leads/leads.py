"""A friend's name and phone, left on a referrer's page, become a touch: in the same attribution as everyone's.

Whether the friend counts is said by `admission`. What could not be counted is kept as a refused lead, so that the
referrer sees an honest answer and nobody has to guess; what has to be shown to be the friend's number waits for that
(`phone_proofs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.programme import ProgrammeState

from ...access.actor import Actor
from ...clock import local_day
from ...models import Consent, Deal, Lead, LeadOutcome, Programme, Referrer, Touch
from ...rules.partners.policy import Policy
from ...rules.privacy.consent import Purpose
from ...session import Session
from .. import audit, contacts, timekeeping
from ..claims import search_terms, touches
from ..clients import find_or_create_client, lock_client
from ..events.telling import Concerned, tell
from ..programmes import programmes, stands, work_mails
from ..referral import referrers
from . import receipts as lead_receipts
from . import visits as friend_visits
from .admission import Claim, claim

STORED = frozenset({"self_referral", "lead_is_partner", "already_known", "invitation_ended"})
"""Refusals of a friend, kept as a lead. Refusals of the referrer or of the form leave nothing behind."""


@dataclass(frozen=True, slots=True)
class Friend:
    """A lead as its referrer sees it: a masked name if the friend agreed to that (else empty), and how far it has come.

    `visited_at`: when the friend first came to the site.
    """

    lead: Lead
    name: str
    step: str
    visited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Which poster or link a lead came by: its design, and where it was put; words of `models.scans`, or empty.

    `network_mark`: from which network, as `phone_proofs.network_mark` says it; `asks_proof`: whether the number has to
    be shown to be the friend's (`phone_proofs.asks_proof`).
    """

    design: str = ""
    campaign: str = ""
    network_mark: str = ""
    asks_proof: bool = False


_OVER = frozenset({"code_revoked", "offer_over"})


def open_page(session: Session, now: datetime, code: str) -> tuple[Referrer, Refusal | None]:
    """Whose page a code opens, and by which refusal its invitation has ended, if it has: a friend who comes then sees
    the development all the same, and leaves a number that is nobody's lead.

    Raises Refusal: those of `land`; of one that has ended only where the development is not sold any more.
    """
    try:
        return land(session, now, code), None
    except Refusal as refusal:
        if refusal.code not in _OVER:
            raise
        referrer = referrers.by_code(session, code)
        if referrer.development.closed_at is not None:
            raise
        return referrer, refusal


def land(session: Session, now: datetime, code: str) -> Referrer:
    """Whose page a scanned or typed code opens.

    Raises Refusal: code_mistyped, code_unknown, code_revoked (also where the account or the development was closed);
    offer_over for a programme that is over, and code_too_early (fact `begins`, a day) for one that has not begun.
    """
    referrer = referrers.by_code(session, code)
    programme = programmes.of(session, referrer)
    if programme is not None:
        _check_open(programme, local_day(now))
    over = referrer.revoked_at is not None or referrer.development.closed_at is not None
    if over or not referrer.person.active:
        raise Refusal("code_revoked")
    return referrer


def _check_open(programme: Programme, day: date) -> None:
    state = programmes.state_of(programme, day)
    if state is ProgrammeState.PLANNED:
        raise Refusal("code_too_early", begins=programme.starts_on)
    if state is ProgrammeState.OVER:
        raise Refusal("offer_over")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLead:
    """What a friend leaves on a referrer's page.

    `consent_version` names the words of the contact consent that were agreed to, or None; `progress_version` those by
    which the referrer may read the surname.
    """

    code: str
    name: str
    phone: str
    consent_version: str | None
    locale: str
    address: str | None
    progress_version: str | None = None
    origin: Origin = Origin()


def leave_lead(session: Session, now: datetime, left: LeftLead) -> Lead:
    """Take a friend's name and phone: accepted with a touch of 30 days, kept as refused with its code, or waiting for
    a proof of the number.

    A friend whom this referrer brought already, or was refused for lately,
    gets the lead that exists: nothing is renewed but a consent that was taken back. Every time has its receipt for the
    friend, and every lead one for its referrer (`lead_receipts`). By an invitation that has ended the lead is kept as
    refused, for the sales office to call. Raises Refusal: those of `open_page`, invalid_phone,
    referrer_not_eligible, lead_daily_limit, consent_missing.
    """
    (referrer, over), now = open_page(session, now, left.code), timekeeping.trusted(session, now)
    number = contacts.parse_mobile(left.phone)
    client = find_or_create_client(session, now, number)
    lock_client(session, client.id)
    agreed_to, unproven = left.consent_version is not None, left.origin.asks_proof
    wanted = Claim(referrer, client, left.name.strip(), consented=agreed_to, ended=over is not None, unproven=unproven)
    decision = claim(session, now, wanted)
    if isinstance(decision, Refusal) and decision.code not in STORED | {"already_your_lead", "phone_not_proven"}:
        raise decision
    agreed = _Agreed(referrer.id, client.id, now, left.locale, str(left.consent_version), left.progress_version)
    contact, masked = agreed.to_contact(), (contacts.mask_name(wanted.name), number.masked)
    session.add(contact)
    lead = _standing(session, now, wanted, decision)
    actor = Actor(None, None, address=left.address)
    if lead is not None:
        _agree_again(lead, contact, agreed)
        audit.record(session, actor, now, "lead_left_again", lead)
        if lead.outcome is LeadOutcome.WAITING:
            decide(session, actor, now, lead, decision)
    else:
        lead = _store(session, now, wanted, contact, left.origin)
        lead.progress_consent = agreed.to_progress()
        search_terms.keep(session, lead, wanted.name, number)
        _conclude(session, actor, now, lead, decision)
        _note_new(session, actor, now, lead)
    lead_receipts.issue_to_friend(session, now, lead, contact, masked)
    return lead


def decide(session: Session, actor: Actor, now: datetime, lead: Lead, decision: Touch | Refusal) -> None:
    """Write down that a lead that has waited counts, or why it does not. Where the number has yet to be shown it waits
    on."""
    _conclude(session, actor, now, lead, decision)
    if lead.outcome is not LeadOutcome.WAITING:
        audit.record(session, actor, now, "lead_decided", lead, outcome=lead.outcome, code=lead.code)
        _tell(session, actor, now, lead)


def _note_new(session: Session, actor: Actor, now: datetime, lead: Lead) -> None:
    audit.record(session, actor, now, "lead_left", lead, outcome=lead.outcome, code=lead.code)
    _tell(session, actor, now, lead)


def _tell(session: Session, actor: Actor, now: datetime, lead: Lead) -> None:
    """The referrer learns of a friend, and whether that one counts; never who it is."""
    referrer = lead.referrer
    whom = Concerned(referrer.person_id, development=referrer.development_id)
    tell(session, actor, now, "friend_came", lead, whom, outcome=lead.outcome)


def withdraw(session: Session, now: datetime, lead: Lead, *, address: str | None) -> None:
    """The friend opts out (退订): nobody may contact them from now on, and the referrer reads no name. It ends what was
    agreed to each time that the number was left on this page. Again changes nothing."""
    lock_client(session, lead.client_id)
    holding = [one for one in lead_receipts.consents_of(session, lead) if one.withdrawn_at is None]
    for one in holding:
        one.withdrawn_at = now
    if holding:
        work_mails.stop(session, now, lead.client_id)
        audit.record(session, Actor(None, None, address=address), now, "lead_withdrawn", lead)


def reveal_contact(session: Session, actor: Actor, now: datetime, lead: Lead) -> contacts.Phone:
    """The friend's phone in plain, to call; who saw it is written down (rules 9).

    Raises Refusal(contact_withdrawn) when the friend has opted out.
    """
    if lead.consent.withdrawn_at is not None:
        raise Refusal("contact_withdrawn", since=lead.consent.withdrawn_at)
    audit.record(session, actor, now, "contact_revealed", lead)
    return contacts.open_phone(session, lead.client)


def filtered(
    visible: Select[Lead],
    *,
    outcome: LeadOutcome | None = None,
    development_id: int | None = None,
    proven: bool | None = None,
) -> Select[Lead]:
    """A visible selection narrowed by outcome, development and whether the number was shown to be the friend's, with
    what a list shows of each."""
    stmt = visible.options(
        *(joinedload(one) for one in (Lead.referrer, Lead.development, Lead.client, Lead.touch)),
        *(joinedload(one) for one in (Lead.consent, Lead.progress_consent)),
    )
    if outcome is not None:
        stmt = stmt.where(Lead.outcome == outcome)
    if development_id is not None:
        stmt = stmt.where(Lead.development_id == development_id)
    if proven is not None:
        stmt = stmt.where(Lead.proof.is_not(None) if proven else Lead.proof.is_(None))
    return stmt


def friends(session: Session, now: datetime, leads: Sequence[Lead], *, for_referrer: bool = False) -> list[Friend]:
    """Each lead with the masked name and the furthest step, in two queries whatever the number.

    `for_referrer`: the name only of a friend who agreed that the referrer reads it.
    """
    owned = [lead.touch_id for lead in leads if lead.touch_id is not None]
    bought = session.scalars(select(Deal).where(Deal.touch_id.in_(owned)).order_by(Deal.id))
    deals = {deal.touch_id: deal for deal in bought}
    came = friend_visits.first_visits(session, owned)
    return [
        Friend(
            lead,
            _masked(session, lead) if lead.may_be_named or not for_referrer else "",
            _step(lead, deals.get(lead.touch_id), now, visited=lead.touch_id in came),
            came.get(lead.touch_id) if lead.touch_id else None,
        )
        for lead in leads
    ]


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What the friend agreed to this time, on whose page: versions of words, in a language."""

    referrer_id: int
    client_id: int
    at: datetime
    locale: str
    contact: str
    progress: str | None

    def to_contact(self) -> Consent:
        return self._consent(Purpose.CONTACT, self.contact)

    def to_progress(self) -> Consent | None:
        return None if self.progress is None else self._consent(Purpose.PROGRESS, self.progress)

    def _consent(self, purpose: Purpose, version: str) -> Consent:
        words = {"purpose": purpose, "version": version, "locale": self.locale}
        return Consent(client_id=self.client_id, referrer_id=self.referrer_id, given_at=self.at, **words)


def _standing(session: Session, now: datetime, wanted: Claim, decision: Touch | Refusal) -> Lead | None:
    """The lead by which this referrer holds the client already, that waits, or that was refused for the same cause
    within the days that a lead protects; None where there is none."""
    if isinstance(decision, Refusal) and decision.code == "already_your_lead":
        holder = touches.holder(session, wanted.referrer.development_id, wanted.client.id, now)
        return session.scalars(select(Lead).where(Lead.touch_id == (holder.id if holder else None))).one()
    lately = now - timedelta(days=Policy.of(wanted.referrer.development.policy).lead_days)
    same = Lead.referrer_id == wanted.referrer.id, Lead.client_id == wanted.client.id, Lead.at > lately
    newest = session.scalar(select(Lead).where(*same).order_by(Lead.id.desc()).limit(1))
    if newest is None:
        return None
    if newest.outcome is LeadOutcome.WAITING:
        return newest
    return newest if isinstance(decision, Refusal) and newest.code == decision.code else None


def _agree_again(lead: Lead, contact: Consent, agreed: _Agreed) -> None:
    """What was taken back, or not given before, is given now."""
    if lead.consent.withdrawn_at is not None:
        lead.consent = contact
    if lead.progress_consent is None or lead.progress_consent.withdrawn_at is not None:
        lead.progress_consent = agreed.to_progress() or lead.progress_consent


def _store(session: Session, now: datetime, wanted: Claim, consent: Consent, origin: Origin) -> Lead:
    lead = Lead(
        referrer=wanted.referrer,
        development_id=wanted.referrer.development_id,
        client_id=wanted.client.id,
        consent=consent,
        name_sealed=contacts.seal_name(session, wanted.name),
        outcome=LeadOutcome.WAITING,
        design=origin.design,
        campaign=origin.campaign,
        network_mark=origin.network_mark,
        at=now,
    )
    session.add(lead)
    return lead


def _conclude(session: Session, actor: Actor, now: datetime, lead: Lead, decision: Touch | Refusal) -> None:
    """The referrer gets a receipt of what was decided, and a stand's gift goes to a number that counts."""
    if isinstance(decision, Touch):
        lead.outcome, lead.touch = LeadOutcome.ACCEPTED, decision
    elif decision.code != "phone_not_proven":
        lead.outcome, lead.code = LeadOutcome.REFUSED, decision.code
    session.flush()
    if lead.outcome is not LeadOutcome.WAITING:
        lead_receipts.issue_to_referrer(session, now, lead)
        stands.give_lead_gift(session, actor, now, lead)


def _masked(session: Session, lead: Lead) -> str:
    return contacts.mask_name(contacts.open_name(session, lead.name_sealed))


def _step(lead: Lead, deal: Deal | None, now: datetime, *, visited: bool) -> str:
    """How far a friend has come, as a word of `statuses`."""
    if lead.outcome is LeadOutcome.REFUSED:
        return "refused"
    if lead.outcome is LeadOutcome.WAITING:
        return "withdrawn" if lead.consent.withdrawn_at else "waiting"
    if deal is not None and deal.cancelled_at is not None:
        return "cancelled"
    if deal is not None:
        return "signed" if deal.signed_at else "subscribed"
    if lead.consent.withdrawn_at:
        return "withdrawn"
    if lead.touch is not None and lead.touch.over_at(now):
        return "lapsed"
    return "visited" if visited else "accepted"
