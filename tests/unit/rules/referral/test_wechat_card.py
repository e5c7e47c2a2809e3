"""What is signed for WeChat: the example of its documentation, and no page of anybody else."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.referral.wechat_card import pause, renewal, signable, signature

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
OURS = "https://invite.example/r/"


def test_the_signature_is_the_published_one() -> None:
    """The example in WeChat's documentation of the JS-SDK, appendix 1."""
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    page = "http://mp.weixin.qq.com?params=value"
    assert signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, page) == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


@pytest.mark.parametrize(
    ("address", "signed"),
    [
        ("https://invite.example/r/95EHYFAH", True),
        ("https://invite.example/r/95EHYFAH?c=wechat&from=singlemessage&isappinstalled=0", True),
        ("https://invite.example/r/阳光", True),
        ("https://evil.example/r/95EHYFAH", False),
        ("https://invite.example.evil.example/r/95EHYFAH", False),
        ("https://invite.example@evil.example/r/95EHYFAH", False),
        ("http://invite.example/r/95EHYFAH", False),
        ("https://invite.example:8443/r/95EHYFAH", False),
        ("https://invite.example/", False),
        ("https://invite.example/rewards/", False),
        ("https://invite.example/r/../rewards/", False),
        ("https://invite.example/r/\n&url=https://evil.example", False),
        ("https://[invite.example/r/1", False),
        ("https://invite.example/r/" + "x" * 2000, False),
        ("", False),
    ],
)
def test_a_page_of_ours_is_signed_and_no_other(address: str, signed: bool) -> None:
    assert (signable(address, OURS) is not None) is signed


def test_the_fragment_is_no_part_of_what_is_signed() -> None:
    assert signable("https://invite.example/r/1?c=qq#visit", OURS) == "https://invite.example/r/1?c=qq"


@pytest.mark.parametrize(
    ("token_minutes", "ticket_minutes", "after"),
    [(120, 120, 100), (10, 120, 5), (120, 60, 40), (1, 1, 1), (120, 20, 1)],
)
def test_it_is_asked_for_again_before_the_first_of_both_ends(
    token_minutes: int, ticket_minutes: int, after: int
) -> None:
    token, ticket = (NOW + timedelta(minutes=minutes) for minutes in (token_minutes, ticket_minutes))
    assert renewal(token, ticket, NOW) == NOW + timedelta(minutes=after)


def test_failures_are_paused_after_and_never_for_long() -> None:
    assert [pause(tries) / timedelta(minutes=1) for tries in (1, 2, 3, 4, 5, 6, 500)] == [1, 2, 4, 8, 15, 15, 15]
