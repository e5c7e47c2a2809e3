"""What an employer's provider says of somebody, and what follows from it (hands 5).

Nobody gets an account by it: it opens one that is there. An account is found by the tie that was made before; without
one by a mail address that both sides have confirmed, and only where it is one person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says, once it is proven that it was the provider.

    `second_factor`: whether more than a password was asked for there.
    """

    subject: str
    mail: str | None = None
    mail_verified: bool = False
    active: bool = True
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An account here. `staff`: whether it is one of the developer's own; `tied` to another account at the employer."""

    person_id: int
    staff: bool
    tied: bool = False


def person_for(claims: Claims, tied: Known | None, by_mail: Sequence[Known]) -> Known:
    """Whose account it is: the one that is tied to this subject, else the only one that confirmed the same address.

    Raises Refusal: company_staff_only, company_account_unknown, company_mail_unconfirmed, company_tied_otherwise.
    """
    if tied is not None:
        if not tied.staff:  # who left the staff, and came back as a broker
            raise Refusal("company_staff_only")
        return tied
    if claims.mail is not None and not claims.mail_verified:
        raise Refusal("company_mail_unconfirmed")
    found = [one for one in by_mail if one.staff]
    if len(found) != 1:
        raise Refusal("company_account_unknown")
    if found[0].tied:
        raise Refusal("company_tied_otherwise")
    return found[0]
