"""What a programme's poster promises: worked words in both languages."""

from datetime import date

import pytest

from referral.posters.offer import Offer, of_company, of_stand

LAST = date(2026, 5, 3)


@pytest.mark.parametrize(
    ("lang", "gifts", "last_day", "headline", "lines"),
    [
        ("zh", ["stand_gift"], None, "扫码领见面礼", ("每人一份，领完为止",)),
        (
            "zh",
            ["stand_gift", "coffee_coupon"],
            LAST,
            "扫码领见面礼和咖啡券",
            ("每人一份，领完为止", "活动至 2026 年 5 月 3 日"),
        ),
        (
            "en",
            ["coffee_coupon", "帆布袋"],
            LAST,
            "Scan, and get a coffee coupon and 帆布袋",
            ("One each, while there are any", "Until 2026-05-03"),
        ),
    ],
)
def test_a_stands_gift(
    lang: str, gifts: list[str], last_day: date | None, headline: str, lines: tuple[str, ...]
) -> None:
    label = {"zh": "在这里等您", "en": "Meet us at"}[lang]
    assert of_stand(lang, gifts, "西湖银泰", last_day) == Offer(headline, lines, label, "西湖银泰")


@pytest.mark.parametrize(("bps", "rate"), [(100, "1%"), (150, "1.5%"), (125, "1.25%"), (5, "0.05%"), (1000, "10%")])
def test_a_companys_discount(bps: int, rate: str) -> None:
    assert of_company("zh", "阿克米", bps, None) == Offer(f"阿克米员工专享\n购房再减 {rate}", (), "合作单位")
    told = of_company("en", "Acme", bps, LAST)
    assert told == Offer(f"For employees of Acme:\n{rate} off the price", ("Until 2026-05-03",), "Together with")
