"""What a referrer may write of oneself: no way past the code, and nobody passes for the sales office."""

import pytest

from commissions.refusal import Refusal
from referral.posters import display_lines

HARMLESS = (
    *(
        "林静",
        "3 号楼业主",
        "3 号楼 2 单元 1203 室业主",
        "二期业主，住了十二年",
        "Lin Jing",
        "Dr. Chen",
        "J.Smith",
        "O'Brien",
    ),
    *(
        "2019 年的老业主",
        "homeowner since 2019",
        "阿卜杜热合曼·买买提艾力",
        "微信群主",
        "QQ",
        "一三五爱跑步",
        "Offical",
    ),
    *(
        "",
        "Lin.me",
        "业主委员会",
        "𠮷田",
        "张薇 3 号楼",
        "林薇 Vivian",
        "Solis 2020",
        "2019 lois",
        "点点妈",
        "J. Topaz",
        "爱抖音",
    ),
)
CONTACTS = (
    *(
        "找我 13900000056",
        "139-0000-0056",
        "139 0000 0056",
        "１３９００００００５６",
        "一三九零零零零零零五六",
        "幺三九〇〇〇〇〇〇五六",
    ),
    *("+86 139.0000.0056", "0571-8765432", "tel 8765 4321", "www.lin", "https:x", "linjing.com", "lin.cn/abc", "a@b"),
    *("V信 abc12345", "薇 hz2026ok", "微 信 号：linjing88", "壹叁捌壹贰叁肆伍陆柒捌", "扣扣12345"),
    *(
        "bit.ly/xyz",
        "t.me/abc",
        "abc . com",
        "abc·top",
        "a点com",
        "abc.tv",
        "138l234S678",
        "QQ群 123456",
        "抖音号abc123",
    ),
    *("小红书 abc123", "绿泡泡abc12345", "加我v abc12345", "薇芯abc123", "公众号 湖边"),
    *("微信 linjing88", "vx:linjing_8", "加微信号linj888", "QQ 12345", "WeChat: linjing", "lin。com"),
)
OFFICES = (
    "官方售楼处",
    "云栖湖畔售楼部",
    "营销中心 小林",
    "Official partner",
    "Sales Office",
    "sales centre",
    "案场经理",
    "置业顾问 王",
    "开发商直销",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_people_are_called_may_stand_there(text: str) -> None:
    display_lines.check(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [(text, "own_line_contact") for text in CONTACTS] + [(text, "own_line_office") for text in OFFICES],
)
def test_ways_past_the_code_and_words_of_the_office_may_not(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        display_lines.check(text)
    assert refused.value.code == code
