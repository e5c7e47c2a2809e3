"""Who may join as a referrer by himself, and under what name."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from referral.joining import (
    APART,
    SENDINGS,
    TERMS_VERSION,
    Account,
    check_account,
    check_page,
    check_real_name,
    check_sending_again,
    check_terms,
)

OPEN = {"allowed": True, "development_closed": False, "joined_today": 0, "most_a_day": 2}

PAGES = {
    "open": ({}, None),
    "the last of the day": ({"joined_today": 1}, None),
    "one more": ({"joined_today": 2}, "joining_full"),
    "switched off": ({"allowed": False}, "joining_not_open"),
    "nothing is sold there any more": ({"development_closed": True}, "joining_not_open"),
    "closed before it is full": ({"allowed": False, "joined_today": 2}, "joining_not_open"),
}


@pytest.mark.parametrize(("given", "code"), PAGES.values(), ids=PAGES)
def test_a_page_takes_people_in(given: dict[str, object], code: str | None) -> None:
    if code is None:
        check_page(**(OPEN | given))  # type: ignore[arg-type]
        return
    with pytest.raises(Refusal, match=code):
        check_page(**(OPEN | given))  # type: ignore[arg-type]


def test_who_may_not_join_is_told_what_to_do_instead() -> None:
    welcome = {Account.NONE, Account.REFERRER_ELSEWHERE}
    for account in welcome:
        check_account(account)
    told = {}
    for account in set(Account) - welcome:
        with pytest.raises(Refusal) as refused:
            check_account(account)
        told[account] = refused.value.code
    assert len(set(told.values())) == len(told)


SENT = datetime(2026, 3, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "times", "refused"),
    [
        (APART, 1, None),
        (APART - timedelta.resolution, 1, Refusal("invitation_just_sent", try_again_at=SENT + APART)),
        (APART, SENDINGS - 1, None),
        (APART, SENDINGS, Refusal("invitation_sent_often", most=SENDINGS)),
        (timedelta(0), SENDINGS, Refusal("invitation_sent_often", most=SENDINGS)),
    ],
)
def test_an_invitation_is_sent_again_seldom(after: timedelta, times: int, refused: Refusal | None) -> None:
    if refused is None:
        check_sending_again(SENT + after, SENT, times)
        return
    with pytest.raises(Refusal) as caught:
        check_sending_again(SENT + after, SENT, times)
    assert caught.value == refused


def test_only_the_terms_of_today_are_agreed_to() -> None:
    check_terms(TERMS_VERSION)
    for version in (None, "", "0"):
        with pytest.raises(Refusal, match="joining_terms"):
            check_terms(version)


@pytest.mark.parametrize(
    "name", ["王芳", "欧阳娜娜", "阿依古丽·买买提", "𠮷田", "Anna O'Neill", "J. Müller-Lüdenscheidt", "Zoë"]
)
def test_a_real_name(name: str) -> None:
    check_real_name(name)


@pytest.mark.parametrize(
    "name", ["", "王", "王1", "13800138000", "王芳 微信abc123", "王芳😀", "王芳!", "··", "售楼处@官方"]
)
def test_no_real_name(name: str) -> None:
    with pytest.raises(Refusal, match=r"joining_name\b"):
        check_real_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "稳赚不赔",
        "升 值 无 忧",
        "學區房",
        "售楼处",
        "官方渠道",
        "微信号abcdef",
        "一三八一二三四五六七八",
        "返点找我",
        "VX.abcdef",
    ],
)
def test_what_may_not_stand_under_the_brand_is_no_name_to_join_by(name: str) -> None:
    """A name stands on the poster unasked."""
    with pytest.raises(Refusal, match="joining_name_words"):
        check_real_name(name)
