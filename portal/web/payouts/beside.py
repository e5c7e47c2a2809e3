"""What an approver or a cashier reads beside a payment: what its payee owes, and how it was tried before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from ...models import Payout
from ...services.payouts import changed_deals, payouts
from ...services.payouts import failures as payout_failures
from ...services.payouts.changed_deals import ChangedDeal
from ...services.payouts.failures import Attempt
from ...session import Session
from ..words.statuses import status


@dataclass(frozen=True, slots=True)
class Beside:
    """For some payouts: what their payees owe us, by payee; how the attempts before ended, by the payout's id; and of
    one payout by itself what was posted about its deals since, with the causes that were released."""

    owed: Mapping[str, int]
    attempts: Mapping[int, Attempt]
    changes: Sequence[ChangedDeal] = ()
    released: frozenset[str] = field(default_factory=frozenset)

    def tried(self, payout: Payout) -> str:
        """How a payout was tried before, in a line; empty for a first attempt."""
        attempt = self.attempts.get(payout.id)
        if attempt is None:
            return ""
        facts = {"reference": attempt.payout.reference, "state": status("payout", attempt.payout.state).word}
        facts |= {"words": attempt.words, "account": self.account(payout)}
        if attempt.words:
            return _("Tried before as %(reference)s: %(state)s, “%(words)s”. %(account)s", **facts)
        return _("Tried before as %(reference)s: %(state)s. %(account)s", **facts)

    def account(self, payout: Payout) -> str:
        """Whether the payee's account is still the one of the attempt before."""
        if self.attempts[payout.id].bank_changed:
            return _("The bank details were given anew since.")
        return _("The bank details are the same as then.")


def of_rows(session: Session, rows: Sequence[Payout]) -> Beside:
    """Beside the payouts of a list."""
    return Beside(payouts.owed(session, rows), payout_failures.earlier_attempts(session, rows))


def of_one(session: Session, payout: Payout) -> Beside:
    """Beside one payout, with what was changed of its deals."""
    released = frozenset(one.cause for one in payout.releases)
    rows = of_rows(session, [payout])
    return Beside(rows.owed, rows.attempts, changed_deals.of_payout(session, payout), released)
