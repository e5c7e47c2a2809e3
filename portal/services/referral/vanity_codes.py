"""Codes that referrers chose for themselves: once, beside the code that was drawn, which goes on leading to them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import vanity

from ...access.actor import Actor
from ...models import Referrer, VanityCode
from ...session import Session
from .. import audit
from ..locks import wait_in_line


def choose(session: Session, actor: Actor, now: datetime, referrer: Referrer, text: str) -> VanityCode:
    """Give the referrer the code that was typed, for good.

    Raises Refusal: code_revoked, vanity_chosen (there is one already), vanity_shape, vanity_taken_word, vanity_similar
    (somebody has it, or one that a slip of the finger makes of it).
    """
    if referrer.revoked_at is not None:
        raise Refusal("code_revoked")
    code = vanity.choose(text)
    folded = vanity.fold(code)
    wait_in_line(session, "vanity")  # or two who choose alike at once would each see nobody
    if of(session, referrer.id) is not None:
        raise Refusal("vanity_chosen")
    if session.scalar(select(VanityCode.referrer_id).where(VanityCode.folded.in_(vanity.near(folded))).limit(1)):
        raise Refusal("vanity_similar", field="code")
    chosen = VanityCode(referrer_id=referrer.id, code=code, folded=folded, chosen_at=now)
    session.add(chosen)
    audit.record(session, actor, now, "vanity_code_chosen", referrer)
    return chosen


def of(session: Session, referrer_id: int) -> VanityCode | None:
    """The code that a referrer chose."""
    return session.get(VanityCode, referrer_id)


def chosen_by(session: Session, referrer_ids: Iterable[int]) -> dict[int, str]:
    """The codes that these referrers chose."""
    stmt = select(VanityCode.referrer_id, VanityCode.code).where(VanityCode.referrer_id.in_(list(referrer_ids)))
    return dict(session.execute(stmt).all())


def find(session: Session, typed: str) -> Referrer | None:
    """The referrer who chose what was typed, with the development."""
    return session.scalar(
        select(Referrer)
        .join(VanityCode, VanityCode.referrer_id == Referrer.id)
        .where(VanityCode.folded == vanity.fold(typed))
        .options(joinedload(Referrer.development))
    )
