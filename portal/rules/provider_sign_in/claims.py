"""What a provider of sign-ins says of somebody, and what follows from it (hands 5).

Nobody gets an account by it: it opens one that is there. An account is found by the tie that was made before; without
one by a mail address that both sides have confirmed, and only where it is one person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from commissions.refusal import Refusal


class ProviderName(StrEnum):
    """Who lets people in beside the portal: the employer's provider, 企业微信 in its client, WeChat."""

    COMPANY = "company"
    WECOM = "wecom"
    WECHAT = "wechat"

    @property
    def of_staff(self) -> bool:
        """Whose accounts it opens: the staff's, or everybody else's."""
        return self is not ProviderName.WECHAT


@dataclass(frozen=True, slots=True)
class Issuer:
    """As whom a provider knows its people: a subject means somebody else at another issuer."""

    provider: ProviderName
    name: str

    @classmethod
    def of_wecom(cls, corp_id: str) -> Self:
        """A company in 企业微信, which knows its members by `userid`."""
        return cls(ProviderName.WECOM, f"https://qyapi.weixin.qq.com/{corp_id}")

    @classmethod
    def of_wechat(cls, app_id: str) -> Self:
        """An official account (公众号), which knows who uses it by `openid`."""
        return cls(ProviderName.WECHAT, f"https://api.weixin.qq.com/{app_id}")


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says, once it is proven that it was the provider.

    `second_factor`: whether more than a password was asked for there. `openid`: by what the own official account in
    WeChat reaches whom it names. `formerly`: the subject under which the same person was known there before.
    """

    subject: str
    mail: str | None = None
    mail_verified: bool = False
    active: bool = True
    second_factor: bool = False
    openid: str | None = None
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An account here. `staff`: whether it is one of the developer's own; `tied` to another account there."""

    person_id: int
    staff: bool
    tied: bool = False


def person_for(provider: ProviderName, claims: Claims, tied: Known | None, by_mail: Sequence[Known]) -> Known:
    """Whose account it is: the one that is tied to this subject, else the only one that confirmed the same address.

    Raises Refusal: those of `check_side`; wechat_account_unknown, company_account_unknown, company_mail_unconfirmed,
    tied_otherwise.
    """
    if tied is not None:
        check_side(provider, staff=tied.staff)
        return tied
    if not provider.of_staff:  # it knows no address that anybody confirmed
        raise Refusal("wechat_account_unknown")
    if claims.mail is not None and not claims.mail_verified:
        raise Refusal("company_mail_unconfirmed")
    found = [one for one in by_mail if one.staff]
    if len(found) != 1:
        raise Refusal("company_account_unknown")
    if found[0].tied:
        raise Refusal("tied_otherwise")
    return found[0]


def check_side(provider: ProviderName, *, staff: bool) -> None:
    """The staff come by their employer, everybody else by WeChat; who changed sides loses the old way in.

    Raises Refusal: company_staff_only, wechat_partners_only.
    """
    if staff and not provider.of_staff:
        raise Refusal("wechat_partners_only")
    if provider.of_staff and not staff:
        raise Refusal("company_staff_only")
