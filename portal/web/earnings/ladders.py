"""Where an agency stands on its ladders, and what one more deal at a price would bring."""

from dataclasses import dataclass
from typing import Any

from flask import request

from commissions.money import MOST_FEN, parse_yuan
from commissions.progress import NextDeal, next_deal
from commissions.refusal import Refusal

from ...services.statements import earnings
from ...services.statements.earnings import LadderProgress
from ..edge import actor, db, now
from ..forms.fields import narrow
from ..messages import say
from ..words import plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """Each ladder with what a deal at the price that was typed would bring there; or why the price cannot be read."""

    pairs: list[tuple[LadderProgress, NextDeal | None]]
    price: str = ""
    error: str = ""
    words: Any = plans


def own_ladders() -> Ladders:
    """Those of the reader's agency, with the price of the address."""
    agency_id, price = actor().agency_id, request.args.get("price", "").strip()
    standings = earnings.standings(db(), now(), agency_id) if agency_id else []
    fen, error = _read(price)
    return Ladders(
        pairs=[(one, next_deal(one.prices_fen, one.plan, fen) if fen else None) for one in standings],
        price=price,
        error=error,
    )


def _read(price: str) -> tuple[int | None, str]:
    """The price in fen, and what is wrong with it."""
    if not price:
        return None, ""
    try:
        fen = parse_yuan(narrow(price))
        if fen > MOST_FEN:
            raise Refusal("amount_too_large", most_fen=MOST_FEN)
        if fen <= 0:
            raise Refusal("bad_amount", text=price)
    except Refusal as refusal:
        return None, say(refusal)
    return fen, ""
