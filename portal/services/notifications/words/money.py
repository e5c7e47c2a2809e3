"""Words about statements, invoices and payouts."""

from collections.abc import Mapping

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

WORDS: Mapping[str, Told] = {
    "payout_paid": {
        None: Words(
            N_("%(amount_fen)s was paid to you"),
            N_("The bank confirmed payout %(reference)s."),
        )
    },
    "payout_failed": {
        None: Words(
            N_("A payment of %(amount_fen)s did not arrive"),
            N_("The bank sent payout %(reference)s back. The money is safe and stays due to you."),
            N_("Open it to see what the bank says. Is the account wrong? Send us the right one, and it is paid again."),
        ),
        Whom.FINANCE: Words(
            N_("Payout %(reference)s over %(amount_fen)s failed"),
            N_("What the bank said is confirmed. The sum is payable again."),
            N_("Open it, settle the reason with the payee, and ask for it again."),
        ),
    },
    "payout_returned": {
        None: Words(
            N_("A payment of %(amount_fen)s came back"),
            N_("The bank took payout %(reference)s back after it was paid. The money stays due to you."),
            N_("Open it to see what the bank says. Is the account wrong? Send us the right one, and it is paid again."),
        ),
        Whom.FINANCE: Words(
            N_("Payout %(reference)s over %(amount_fen)s came back"),
            N_("What the bank said is confirmed. The sum is payable again."),
            N_("Open it, settle the reason with the payee, and ask for it again."),
        ),
    },
}
