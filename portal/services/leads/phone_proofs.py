"""A friend's number is shown to be the friend's: by a code out of a text, at reception, or by a call of ours.

So many numbers a day count as they come, by the development's settings; those above wait here until they are shown.
Until then they hold no client and earn nothing (`referral.lead`). The page asks for the code whatever number was
typed, and says the same for each. Where no text can go out, or the code never comes, the friend is kept all the same:
reception asks who invited, and staff may call.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import lead as rule
from referral.lead import Numbers
from referral.rewards.reward_plan import Audience

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import CodePurpose, Development, Lead, LeadOutcome, LeadProof, Referrer
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, contacts, timekeeping
from ..clients import lock_client
from ..contacts import vault_of
from ..messages import phone_codes
from ..messages.phone_codes import Page
from . import leads
from .admission import Claim, claim

_NETWORK = "lead.network"


def network_mark(session: Session, now: datetime, network: str) -> str:
    """A digest that is the same for all leads from one network on one Shanghai day, and says nothing of another day."""
    return vault_of(session).blind(f"{local_day(now)}\0{network}", _NETWORK)


def asks_proof(session: Session, now: datetime, referrer: Referrer, mark: str) -> bool:
    """Whether who leaves a number at this referrer's page now has to show that it is his; `mark`: of `network_mark`.

    Of those who come at the very same instant one may be too many: it is a limit, nobody's right.
    """
    policy = Policy.of(referrer.development.policy)
    of_programme = referrer.audience is Audience.PROGRAMME
    most = Numbers(
        policy.programme_unproven_leads if of_programme else policy.unproven_leads,
        policy.development_unproven_leads,
        policy.network_unproven_leads,
    )
    today = Lead.development_id == referrer.development_id, Lead.at >= day_start(local_day(now))
    own = func.count().filter(Lead.referrer_id == referrer.id)
    near = func.count().filter(Lead.network_mark == mark)
    found = session.execute(select(own, func.count(), near).select_from(Lead).where(*today)).one()
    return rule.asks_proof(Numbers(*found), most)


def send_code(session: Session, now: datetime, development: Development, phone: str, *, network: str) -> Refusal | None:
    """Text a code to a number that was left in a development; the refusal where none goes: those of
    `phone_codes.send`. Whether one went says nothing of the number."""
    try:
        phone_codes.send(session, now, _page(development), contacts.parse_mobile(phone), network=network)
    except Refusal as refusal:
        return refusal
    return None


def send_again(session: Session, now: datetime, lead: Lead, *, network: str) -> None:
    """Text another code. Raises Refusal: those of `phone_codes.send`."""
    phone = contacts.open_phone(session, lead.client)
    phone_codes.send(session, now, _page(lead.development), phone, network=network)


def try_code(session: Session, now: datetime, lead: Lead, typed: str, *, address: str | None) -> Refusal | None:
    """Show by a code that the lead's number is its friend's.

    A wrong code is answered by a refusal that is returned, for the try counts: those of `phone_codes.try_code`.
    """
    phone = contacts.open_phone(session, lead.client)
    shown = phone_codes.try_code(session, now, _page(lead.development), phone, typed)
    if isinstance(shown, Refusal):
        return shown
    prove(session, Actor(None, None, address=address), now, lead, LeadProof.CODE)
    return None


def prove(session: Session, actor: Actor, now: datetime, lead: Lead, proof: LeadProof) -> None:
    """The number is the friend's: a lead that waits counts from now on, unless somebody else came first. Again changes
    nothing."""
    now = timekeeping.trusted(session, now)
    lock_client(session, lead.client_id)
    session.refresh(lead, ["outcome", "proof", "proven_at"])
    if lead.proof is None:
        lead.proof, lead.proven_at = proof, now
        audit.record(session, actor, now, "lead_proven", lead, proof=proof)
    if lead.outcome is not LeadOutcome.WAITING:
        return
    referrer = lead.referrer
    ended = referrer.revoked_at is not None or referrer.development.closed_at is not None
    name = contacts.open_name(session, lead.name_sealed)
    wanted = Claim(referrer, lead.client, name, consented=True, ended=ended, counted=True)
    leads.decide(session, actor, now, lead, claim(session, now, wanted))


def deny(session: Session, actor: Actor, now: datetime, lead: Lead) -> None:
    """Whose number it is was not invited by this referrer: the lead does not count. Raises Refusal(lead_decided)."""
    lock_client(session, lead.client_id)
    session.refresh(lead, ["outcome"])
    if lead.outcome is not LeadOutcome.WAITING:
        raise Refusal("lead_decided")
    leads.decide(session, actor, now, lead, Refusal("not_invited"))


def confirm(session: Session, actor: Actor, now: datetime, lead: Lead) -> None:
    """Staff called the number, and whoever answered came by this invitation. Raises Refusal(lead_decided)."""
    if lead.outcome is not LeadOutcome.WAITING:
        raise Refusal("lead_decided")
    prove(session, actor, now, lead, LeadProof.CALL)


def waiting(session: Session, now: datetime, development_id: int, client_id: int) -> Sequence[Lead]:
    """The leads that wait for a proof of this number, the first first, for as long as a lead protects."""
    days = Policy.of(session.get_one(Development, development_id).policy).lead_days
    mine = Lead.development_id == development_id, Lead.client_id == client_id
    stmt = select(Lead).where(*mine, Lead.outcome == LeadOutcome.WAITING, Lead.at > now - timedelta(days=days))
    return session.scalars(stmt.options(joinedload(Lead.referrer)).order_by(Lead.id)).all()


def meet(session: Session, actor: Actor, now: datetime, waiting: Sequence[Lead], invited_by: int) -> None:
    """Reception met whose number it is, and asked by whom he was invited: a lead's id, or 0 for nobody of these."""
    for lead in sorted(waiting, key=lambda one: one.id != invited_by):
        if lead.id == invited_by:
            prove(session, actor, now, lead, LeadProof.VISIT)
        else:
            deny(session, actor, now, lead)


def _page(development: Development) -> Page:
    """As many texts a day as friends may come to the fullest page."""
    policy = Policy.of(development.policy)
    most = max(policy.programme_lead_daily_limit, policy.lead_daily_limit)
    return Page(CodePurpose.LEAD, development.id, development.name, most)
