"""Whose account the employer's provider opens: the one that is tied, else the only one of the same address."""

import pytest

from commissions.refusal import Refusal
from portal.rules.provider_sign_in.claims import Claims, Issuer, Known, ProviderName, check_side, person_for

LIN = Claims("e-17", "lin@example.com", mail_verified=True)
ME, COLLEAGUE, BROKER = Known(1, staff=True), Known(2, staff=True), Known(3, staff=False)
TIED = Known(4, staff=True, tied=True)

CASES = {
    "tied before": (LIN, ME, [], 1),
    "tied before, whoever has the address now": (LIN, ME, [COLLEAGUE], 1),
    "tied before, and a broker now": (LIN, BROKER, [ME], "company_staff_only"),
    "found by the address": (LIN, None, [ME], 1),
    "found beside a broker of the same address": (LIN, None, [BROKER, ME], 1),
    "a broker's alone": (LIN, None, [BROKER], "company_account_unknown"),
    "nobody's": (LIN, None, [], "company_account_unknown"),
    "two people's": (LIN, None, [ME, COLLEAGUE], "company_account_unknown"),
    "tied to another": (LIN, None, [TIED], "tied_otherwise"),
    "not confirmed there": (Claims("e-17", "lin@example.com"), None, [ME], "company_mail_unconfirmed"),
    "without an address": (Claims("e-17"), None, [], "company_account_unknown"),
}


@pytest.mark.parametrize("case", CASES)
def test_whose_account_it_is(case: str) -> None:
    claims, tied, by_mail, expected = CASES[case]
    if isinstance(expected, int):
        assert person_for(ProviderName.COMPANY, claims, tied, by_mail).person_id == expected
        return
    with pytest.raises(Refusal) as refused:
        person_for(ProviderName.COMPANY, claims, tied, by_mail)
    assert refused.value.code == expected


SIDES = {
    "a colleague by the employer": (ProviderName.COMPANY, True, None),
    "a colleague in 企业微信": (ProviderName.WECOM, True, None),
    "a partner by WeChat": (ProviderName.WECHAT, False, None),
    "a partner by the employer": (ProviderName.COMPANY, False, "company_staff_only"),
    "a partner in 企业微信": (ProviderName.WECOM, False, "company_staff_only"),
    "a colleague by WeChat": (ProviderName.WECHAT, True, "wechat_partners_only"),
}


@pytest.mark.parametrize("case", SIDES)
def test_who_may_come_by_whom(case: str) -> None:
    provider, staff, refusal = SIDES[case]
    if refusal is None:
        check_side(provider, staff=staff)
        return
    with pytest.raises(Refusal, match=refusal):
        check_side(provider, staff=staff)


def test_wechat_opens_what_was_tied_and_finds_nobody_by_an_address() -> None:
    assert person_for(ProviderName.WECHAT, Claims("o-1"), BROKER, []) is BROKER
    with pytest.raises(Refusal, match="wechat_partners_only"):
        person_for(ProviderName.WECHAT, Claims("o-1"), ME, [])
    with pytest.raises(Refusal, match="wechat_account_unknown"):
        person_for(ProviderName.WECHAT, Claims("o-1", "lin@example.com", mail_verified=True), None, [BROKER])


def test_an_issuer_is_of_one_company_or_account() -> None:
    assert Issuer.of_wecom("ww1") == Issuer(ProviderName.WECOM, "https://qyapi.weixin.qq.com/ww1")
    assert Issuer.of_wechat("wx1") == Issuer(ProviderName.WECHAT, "https://api.weixin.qq.com/wx1")
