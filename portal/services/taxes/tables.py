"""The table by which persons are taxed (预扣率表), as it was published: versions that are never edited (rules 6.6).

A month is taxed by one table, the one in force at its first instant, so a new one begins with a month to come. Two
people make it: `table_drafts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from commissions.refusal import Refusal
from commissions.withholding import GIVEN, Table

from ...access.actor import SYSTEM, Actor
from ...clock import month_of, month_start
from ...models import WithholdingTable
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


def publish_table(
    session: Session, actor: Actor, now: datetime, *, toml: str, month: str, note: str = ""
) -> WithholdingTable:
    """Publish the next version of the table, for what is earned from a month (`2027-01`) on.

    A person does so by `table_drafts.confirm_draft` alone: the database looks for the other person's proposal.
    Raises Refusal: those of `commissions.withholding.Table`, and of `check_begin`.
    """
    parse(toml)
    check_begin(session, month, now)
    newest = newest_version(session)
    facts: dict[str, Any] = {"toml": toml, "note": note, "effective_from": month_start(month), "published_at": now}
    key = None
    while key is None:  # somebody else published meanwhile: ours is the one after
        newest += 1
        facts |= {"published_by": actor.person_id, "version": newest}
        key = insert_unless_there(session, WithholdingTable, ("version",), **facts)
    row = session.get_one(WithholdingTable, key)
    audit.record(session, actor, now, "tax_table_published", row, version=newest, month=month)
    tell(session, actor, now, "tax_table_published", row, Concerned(), version=newest, month=month)
    return row


def publish_given_table(session: Session, now: datetime) -> None:
    """The table of rules 6.6, for a portal that has none yet."""
    if not newest_version(session):
        publish_table(session, SYSTEM, now, toml=GIVEN.to_toml(), month=month_of(now))


def check_begin(session: Session, month: str, now: datetime) -> None:
    """Refuse a month that has begun, because rewards may have been taxed in it, unless it is the first table of all.

    Raises Refusal `tax_table_in_past`.
    """
    if month_start(month) <= now and newest_version(session):
        raise Refusal("tax_table_in_past", field="month")


@lru_cache(maxsize=64)
def parse(toml: str) -> Table:
    """The table that a text describes. Raises Refusal with the place and `toml` as its field."""
    try:
        return Table.from_toml(toml)
    except Refusal as refusal:
        refusal.facts["field"] = "toml"
        raise


def newest_version(session: Session) -> int:
    """The number of the newest table; 0 where there is none."""
    return session.scalar(select(func.max(WithholdingTable.version))) or 0


def in_force(session: Session, month: str, *, before: int | None = None) -> WithholdingTable | None:
    """The table by which a month is taxed, of the versions `before` one: what took effect last by its first instant."""
    of = WithholdingTable
    begun = select(of).where(of.effective_from <= month_start(month))
    if before is not None:
        begun = begun.where(of.version < before)
    return session.scalar(begun.order_by(of.effective_from.desc(), of.version.desc()).limit(1))


def in_force_each(session: Session, months: Iterable[str]) -> Mapping[str, WithholdingTable]:
    """The table of each of these months that has one, in one query."""
    rows = sorted(versions(session), key=lambda row: (row.effective_from, row.version))
    begun = {month: [row for row in rows if row.effective_from <= month_start(month)] for month in set(months)}
    return {month: taken[-1] for month, taken in begun.items() if taken}


def versions(session: Session) -> Sequence[WithholdingTable]:
    """Every version, the newest first."""
    return session.scalars(select(WithholdingTable).order_by(WithholdingTable.version.desc())).all()
