"""What a development has left to hand out. An item that nobody has counted there is not limited.

The number falls in the transaction of the redemption, by a conditional update; the database refuses less than none.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Stock
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there


def count_stock(session: Session, actor: Actor, now: datetime, *, development_id: int, title: str, left: int) -> Stock:
    """Write down how many of an item are there now. Raises Refusal `stock_below_zero`."""
    if left < 0:
        raise Refusal("stock_below_zero", field="left")
    key = insert_unless_there(
        session,
        Stock,
        ("development_id", "title"),
        development_id=development_id,
        title=title,
        left_over=left,
        counted_at=now,
    )
    of = (Stock.development_id == development_id) & (Stock.title == title)
    if key is None:
        session.execute(update(Stock).where(of).values(left_over=left, counted_at=now))
    row = session.scalars(select(Stock).where(of).execution_options(populate_existing=True)).one()
    audit.record(session, actor, now, "stock_counted", row, left=left)
    return row


def take_one(session: Session, development_id: int, title: str) -> None:
    """One less. Raises Refusal `out_of_stock`; an item that is not counted here is never out."""
    of = (Stock.development_id == development_id) & (Stock.title == title)
    taken = update(Stock).where(of, Stock.left_over > 0).values(left_over=Stock.left_over - 1).returning(Stock.id)
    if session.scalar(taken) is None and session.scalar(select(Stock.id).where(of)) is not None:
        raise Refusal("out_of_stock")


def stocks(session: Session, visible: Select[Stock]) -> Sequence[Stock]:
    """What is counted, by development and item."""
    order = (Stock.development_id, Stock.title)
    return session.scalars(visible.options(joinedload(Stock.development)).order_by(*order)).all()
