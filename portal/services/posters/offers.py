"""What a programme's poster says that it gives: of the plan and the terms in force when it is drawn."""

from datetime import datetime, timedelta

from referral.posters import advertising, offer
from referral.posters.offer import Offer
from referral.rewards.reward_plan import Event

from ...models import Programme, Referrer
from ...session import Session
from ..programmes import gifts, programmes

_DAY = timedelta(days=1)


def of(session: Session, now: datetime, referrer: Referrer, lang: str) -> Offer | None:
    """The offer of a programme in a language; None for a person, and for a stand that gives nothing now."""
    programme = programmes.of(session, referrer)
    if programme is None:
        return None
    last_day = None if programme.ends_on is None else programme.ends_on - _DAY
    if programme.discount_bps is not None:
        return offer.of_company(lang, referrer.person.name, programme.discount_bps, last_day)
    titles = _gift_titles(session, now, programme)
    return offer.of_stand(lang, titles, programme.place, last_day) if titles else None


def _gift_titles(session: Session, now: datetime, programme: Programme) -> list[str]:
    """What a stand gives, as its poster may call it."""
    gift = gifts.stand_gift(session, now, programme, Event.SCAN)
    titles = [item.title for item in gift.items] if gift else []
    return ["stand_gift" if advertising.find(title) else title for title in titles]
