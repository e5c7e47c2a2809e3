"""Lists that colleagues keep: words about competitors, the handbook's shares of reasons, each development's link."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import CareList, ListKind
from ...rules.care_texts.given import given_words
from ...rules.not_bought.reasons import GIVEN_SHARES, Reason
from ...session import Session
from .. import audit

MOST_WORDS = 300
LONGEST_WORD = 30
LONGEST_LINK = 300


def competitor_words(session: Session) -> Sequence[str]:
    """Words that run down competitors: what a text is warned of."""
    row = newest(session, ListKind.COMPETITOR_WORDS)
    return given_words() if row is None else row.entries


def keep_words(session: Session, actor: Actor, now: datetime, words: Sequence[str]) -> CareList:
    """Keep another list of words. Raises Refusal `care_words_many`, `care_word_long`."""
    kept = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(kept) > MOST_WORDS:
        raise Refusal("care_words_many", field="words", most=MOST_WORDS)
    for word in kept:
        if len(word) > LONGEST_WORD:
            raise Refusal("care_word_long", field="words", word=word, most=LONGEST_WORD)
    return _keep(session, actor, now, ListKind.COMPETITOR_WORDS, kept)


def usual_shares(session: Session) -> Mapping[Reason, int]:
    """The percent of each reason in the handbook, to hold one's own against."""
    row = newest(session, ListKind.USUAL_SHARES)
    if row is None:
        return GIVEN_SHARES
    return dict(zip(Reason, map(int, row.entries), strict=True))


def keep_shares(session: Session, actor: Actor, now: datetime, shares: Mapping[Reason, int]) -> CareList:
    """Keep other shares, in percent. Raises Refusal `care_shares_sum` where they are not 100 together."""
    entries = [shares.get(reason, 0) for reason in Reason]
    if sum(entries) != 100 or min(entries) < 0:
        raise Refusal("care_shares_sum", sum=sum(entries))
    return _keep(session, actor, now, ListKind.USUAL_SHARES, [str(share) for share in entries])


def links(session: Session) -> Mapping[int, str]:
    """Where `链接` of a text leads, development by development."""
    latest = select(func.max(CareList.id)).where(CareList.kind == ListKind.LINK).group_by(CareList.development_id)
    rows = session.scalars(select(CareList).where(CareList.id.in_(latest)))
    return {row.development_id: row.entries[0] for row in rows if row.development_id is not None and row.entries}


def keep_link(session: Session, actor: Actor, now: datetime, development_id: int, address: str) -> CareList:
    """Keep a development's link; an empty one takes it away. Raises Refusal `care_link_wrong`."""
    address = address.strip()
    if address and not _is_link(address):
        raise Refusal("care_link_wrong", field="address")
    return _keep(session, actor, now, ListKind.LINK, [address] if address else [], development_id)


def newest(session: Session, kind: ListKind) -> CareList | None:
    """A list as it was left last, and by whom; None while it is as given."""
    stmt = select(CareList).where(CareList.kind == kind).options(joinedload(CareList.by))
    return session.scalars(stmt.order_by(CareList.id.desc()).limit(1)).first()


def _is_link(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that are no address of a machine
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(address) <= LONGEST_LINK


def _keep(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: ListKind,
    entries: list[str],
    development_id: int | None = None,
) -> CareList:
    row = CareList(kind=kind, development_id=development_id, entries=entries, at=now, by_id=actor.id)
    session.add(row)
    audit.record(session, actor, now, "care_list_kept", row, kind=kind)
    return row
