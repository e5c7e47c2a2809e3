"""What a referrer writes of oneself on the developer's poster: a name, and a line under it.

Both stand above the developer's brand. A way past the code (a phone number, an address of the web, a messenger's name)
would cost the referrer the reward and the friend the consent form; and whoever is no sales office must not pass for
one. What else no line may promise stands in `advertising`.
"""

import re
import unicodedata

from commissions.refusal import Refusal
from referral.plain_text import plain

_SPOKEN = str.maketrans("零一幺二三四五六七八九", "01123456789")
_NUMBER = re.compile(r"\d{7}")
_LIKE_DIGITS = re.compile(r"[\dolisz]{7,}")
_MOST_LETTERS = 2
"""So many letters in a row of digits are meant as digits."""
_ADDRESS = re.compile(
    r"https?:|www\.|@|[a-z0-9][.。](?:com?|cn|net|org|top|xyz|vip|cc|io|info|shop|site|link|app|club|online|tv|tk)"
    r"(?![a-z])"
    r"|[a-z0-9]\s*[.。·・点]\s*(?:com|cn|net|org|top|xyz|vip)(?![a-z])|[a-z0-9][.。][a-z]{2,6}/"
)
_MESSENGER = re.compile(
    r"(?:[微薇威徽维v][信芯]|扣扣|企鹅|绿泡泡?|抖音|小红书|快手|(?<![a-z])(?:vx|wx|qq)|wechat|weixin|whatsapp|telegram)"
    r"群?号?[a-z0-9]{5}|[微薇威徽](?=[a-z]+\d)[a-z0-9]{6}|加我?[vq微薇][a-z0-9]{5}|公众号|视频号|抖音号|小红书号|快手号"
)
_OFFICE = re.compile(
    r"官方|售楼|案场|营销中心|销售中心|销售部|总代理|置业顾问|(?:销售|项目)(?:经理|总监)|开发商直|内部员工|headquarters"
)
_OFFICE_WORDS = re.compile(r"\bofficial\b|\bsales (?:office|cent(?:er|re)|team)")


def check(text: str, *, field: str = "") -> None:
    """Refuse what must not stand there.

    Raises Refusal: ``own_line_contact`` for a phone number of seven digits or more (also spoken ones, and in capital
    numerals), an address or a messenger's name; ``own_line_office`` for words by which the sales office is known.
    """
    where = {"field": field} if field else {}
    narrow, signs = unicodedata.normalize("NFKC", text).lower(), plain(text).signs
    if (
        _NUMBER.search(signs.translate(_SPOKEN))
        or _is_written_with_letters(signs)
        or _ADDRESS.search(narrow)
        or _MESSENGER.search(signs)
    ):
        raise Refusal("own_line_contact", **where)
    if _OFFICE.search(signs) or _OFFICE_WORDS.search(narrow):
        raise Refusal("own_line_office", **where)


def _is_written_with_letters(signs: str) -> bool:
    """Whether somewhere letters stand in for the digits of a number: 138l234S678."""
    rows = (match.group() for match in _LIKE_DIGITS.finditer(signs))
    return any(sum(sign.isalpha() for sign in row) <= _MOST_LETTERS for row in rows)
