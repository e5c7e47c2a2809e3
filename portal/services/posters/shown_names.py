"""How friends read who invites them: masked, unless the referrer lets the own name stand, or an approved line.

The page behind a poster bears the developer's brand as the poster does, so nothing stands there that nobody has read
(`own_lines`).
"""

from datetime import datetime

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Audience

from ...access.actor import Actor
from ...models import Referrer
from ...session import Session
from .. import audit, contacts
from . import own_lines, posters

LONGEST = 12
"""A longer line is no name."""


def masked(referrer: Referrer) -> str:
    """Who invites, where nothing was chosen."""
    return contacts.mask_name(referrer.person.name)


def offered(session: Session, referrer: Referrer) -> list[str]:
    """What may stand in place of the masked name: the own one, unless the list stops it, and short lines that were
    approved."""
    approved = sorted(line for line in own_lines.approved_for(session, referrer) if len(line) <= LONGEST)
    try:
        posters.check_line(referrer.person.name)
    except Refusal:
        return approved
    return [referrer.person.name, *approved]


def chosen(session: Session, referrer: Referrer) -> str:
    """The name that was chosen and may still stand; empty for the masked one."""
    name = referrer.shown_name
    return name if name and name in offered(session, referrer) else ""


def choose(session: Session, actor: Actor, now: datetime, referrer: Referrer, name: str) -> None:
    """Let a name stand on the page behind one's posters; an empty one is the masked name again.

    Raises Refusal(shown_name_unknown) for one that is not offered.
    """
    if name and name not in offered(session, referrer):
        raise Refusal("shown_name_unknown", field="shown_name")
    referrer.shown_name = name or None
    audit.record(session, actor, now, "shown_name_chosen", referrer)


def inviter(session: Session, referrer: Referrer) -> str:
    """Who invites, as the page says it: a programme by its name; a chosen name as long as it may stand."""
    if referrer.audience is Audience.PROGRAMME:
        return referrer.person.name
    return chosen(session, referrer) or masked(referrer)
