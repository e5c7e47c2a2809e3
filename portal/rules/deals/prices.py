"""What a home may cost: a development's policy says what is usual, and a typing error is caught before it earns.

A price outside of what is usual is asked about; one ten times beyond is refused, whoever says that it is right.
"""

from commissions.refusal import Refusal

from ..partners.policy import Policy

BEYOND = 10
"""How many times beyond the usual range a price may be when somebody says that it is right."""


def check_price(policy: Policy, price_fen: int, *, sure: bool = False) -> None:
    """Refuse a price that nobody means; `sure`: somebody looked at it again.

    Raises Refusal `price_not_positive`; `price_impossible` and `price_unlikely`, both with the range.
    """
    if price_fen <= 0:
        raise Refusal("price_not_positive", field="price")
    least_fen, most_fen = policy.price_least_yuan * 100, policy.price_most_yuan * 100
    if not least_fen <= price_fen * BEYOND or not price_fen <= most_fen * BEYOND:
        raise Refusal("price_impossible", field="price", least_fen=least_fen // BEYOND, most_fen=most_fen * BEYOND)
    if not sure and not least_fen <= price_fen <= most_fen:
        raise Refusal("price_unlikely", field="price_is_right", least_fen=least_fen, most_fen=most_fen)
