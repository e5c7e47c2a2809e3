"""What a referrer writes of oneself on the developer's poster: a name, and a line under it.

Both stand above the developer's brand. A way past the code (a phone number, an address of the web, a messenger's name)
would cost the referrer the reward and the friend the consent form; and whoever is no sales office must not pass for
one. A headline and a line of one's own are another matter: staff say for each development whether they may be written.
"""

import re
import unicodedata

from commissions.refusal import Refusal

_SPOKEN = str.maketrans("〇零一幺二三四五六七八九", "001123456789")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_NUMBER = re.compile(r"\d{7}")
_ADDRESS = re.compile(
    r"https?:|www\.|@|[a-z0-9][.。](?:com|cn|net|org|top|xyz|vip|cc|io|info|shop|site|link|app|club|online)(?![a-z])"
)
_MESSENGER = re.compile(
    r"(?:微信|薇信|威信|\bvx|\bwx|\bqq|wechat|weixin|whatsapp|telegram)号?[\s:=_-]*[a-z0-9][\w-]{4}"
)
_OFFICE = re.compile(
    r"官方|售楼|营销中心|销售中心|销售部|总代理|\bofficial\b|\bsales (?:office|cent(?:er|re)|team)|\bheadquarters\b"
)


def check(text: str) -> None:
    """Refuse what must not stand there.

    Raises Refusal: ``byline_contact`` for a phone number of seven digits or more (also spoken ones), an address or a
    messenger's name; ``byline_office`` for words by which the sales office is known.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    digits = _BETWEEN_DIGITS.sub("", plain.translate(_SPOKEN))
    if _NUMBER.search(digits) or _ADDRESS.search(plain) or _MESSENGER.search(plain):
        raise Refusal("byline_contact")
    if _OFFICE.search(plain):
        raise Refusal("byline_office")
