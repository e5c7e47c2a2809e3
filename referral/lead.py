"""Who may be referred.

A friend leaves name and phone on a referrer's page. Before that becomes a touch, this room answers one
question: does the referral stand? It sees keyed indexes of phones, never a phone, and it never learns, and so
cannot tell, who else holds the client (rules 2.4, 7.2).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commissions.refusal import Refusal


class Role(StrEnum):
    """What a person is to the developer, where that matters to a referral."""

    CLIENT = "client"
    BROKER = "broker"
    STAFF = "staff"


class Proof(StrEnum):
    """By what a number was shown to be the friend's: a code out of a text, a visit to reception, a call of ours."""

    CODE = "code"
    VISIT = "visit"
    CALL = "call"


class ClientOwner(StrEnum):
    """Whose protected touch holds the client in this development already."""

    NOBODY = "nobody"
    REFERRER = "referrer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Referrer:
    """The one whose code was used. ``frozen_until`` is a UTC instant; the freeze ends at it. ``may_leave``: how many
    more friends may leave a number there today. ``ended``: the invitation is over, and whoever comes by it is nobody's.
    """

    phone_index: str
    role: Role = Role.CLIENT
    active: bool = True
    frozen_until: datetime | None = None
    code_revoked: bool = False
    may_leave: int = 1
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """The friend. ``same_person``: known to be the referrer by something else than the phone. ``unproven``: so many
    numbers came that this one has to be shown to be the friend's, and has not been (`asks_proof`).

    ``protected_until`` (UTC): until when the present holder's touch keeps others out; None: a deal holds it.
    """

    phone_index: str
    role: Role = Role.CLIENT
    same_person: bool = False
    contact_consent: bool = False
    unproven: bool = False
    holder: ClientOwner = ClientOwner.NOBODY
    protected_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many numbers: left at one referrer's page, in a development, and from one network, in a Shanghai day."""

    of_referrer: int
    of_development: int
    of_network: int


def asks_proof(left: Numbers, most: Numbers) -> bool:
    """Whether the next number has to be shown to be the friend's: as many as may come unproven in a day were left.

    Anybody can type the numbers of strangers and tick their consent. A few a day harm nobody; many would hold many
    clients against whoever really brings them. What is asked hangs on no phone, so it tells nothing of one.
    """
    return (
        left.of_referrer >= most.of_referrer
        or left.of_development >= most.of_development
        or left.of_network >= most.of_network
    )


def admit(referrer: Referrer, lead: Lead, now: datetime) -> None:
    """Let the lead become the referrer's touch, or say why not (rules 7.2).

    Raises Refusal with the first code that applies: ``code_revoked``, ``referrer_not_eligible`` (facts
    ``reason``: staff, broker, inactive or frozen; ``until``), ``consent_missing``, ``lead_daily_limit``,
    ``invitation_ended`` (the caller keeps the friend), ``phone_not_proven`` (the caller keeps the friend, who holds
    nothing and earns nothing until the number is shown: `Proof`), ``self_referral``, ``lead_is_partner``,
    ``already_your_lead`` (the caller returns the one that exists; it is not renewed), ``already_known`` (fact
    ``try_again_at``, UTC or None; never the rival).

    The referrer is judged before the lead, and nothing is told about a phone whose owner has not consented; the day's
    limit stands before the phone too, so that it is reached by whatever numbers somebody tries. So does the proof, but
    for who is this referrer's lead already.
    """
    if not referrer.ended:
        _check_referrer(referrer, now)
    if not lead.contact_consent:
        raise Refusal("consent_missing")
    if referrer.may_leave <= 0:
        raise Refusal("lead_daily_limit")
    if referrer.ended:
        raise Refusal("invitation_ended")
    if lead.unproven and lead.holder is not ClientOwner.REFERRER:
        raise Refusal("phone_not_proven")
    if lead.same_person or lead.phone_index == referrer.phone_index:
        raise Refusal("self_referral")
    if lead.role is not Role.CLIENT:
        raise Refusal("lead_is_partner")
    if lead.holder is ClientOwner.REFERRER:
        raise Refusal("already_your_lead", protected_until=lead.protected_until)
    if lead.holder is ClientOwner.OTHER:
        raise Refusal("already_known", try_again_at=lead.protected_until)


def _check_referrer(referrer: Referrer, now: datetime) -> None:
    if referrer.code_revoked:
        raise Refusal("code_revoked")
    if referrer.role is not Role.CLIENT:
        raise Refusal("referrer_not_eligible", reason=referrer.role.value, until=None)
    if not referrer.active:
        raise Refusal("referrer_not_eligible", reason="inactive", until=None)
    if referrer.frozen_until is not None and now < referrer.frozen_until:
        raise Refusal("referrer_not_eligible", reason="frozen", until=referrer.frozen_until)
