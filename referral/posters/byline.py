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
_ADDRESS = re.compile(
    r"https?:|www\.|@|[a-z0-9][.。](?:com|cn|net|org|top|xyz|vip|cc|io|info|shop|site|link|app|club|online)(?![a-z])"
)
_MESSENGER = re.compile(
    r"(?:[微薇威徽维v]信|扣扣|企鹅|(?<![a-z])(?:vx|wx|qq)|wechat|weixin|whatsapp|telegram)号?[a-z0-9]{5}"
    r"|[微薇威徽](?=[a-z]+\d)[a-z0-9]{6}"
)
_OFFICE = re.compile(r"官方|售楼|营销中心|销售中心|销售部|总代理|headquarters")
_OFFICE_WORDS = re.compile(r"\bofficial\b|\bsales (?:office|cent(?:er|re)|team)")


def check(text: str, *, field: str = "") -> None:
    """Refuse what must not stand there.

    Raises Refusal: ``byline_contact`` for a phone number of seven digits or more (also spoken ones, and in capital
    numerals), an address or a messenger's name; ``byline_office`` for words by which the sales office is known.
    """
    where = {"field": field} if field else {}
    narrow, signs = unicodedata.normalize("NFKC", text).lower(), plain(text).signs
    if _NUMBER.search(signs.translate(_SPOKEN)) or _ADDRESS.search(narrow) or _MESSENGER.search(signs):
        raise Refusal("byline_contact", **where)
    if _OFFICE.search(signs) or _OFFICE_WORDS.search(narrow):
        raise Refusal("byline_office", **where)
