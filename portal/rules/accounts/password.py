"""Which passwords will do: long enough, not soon guessed, and not one's own phone.

Length is what resists guessing, so nothing is asked of capitals or signs. How soon a password would be guessed is
estimated by zxcvbn: it knows 30,000 leaked passwords, the commonest English words and names, runs, repetitions, walks
on the keyboard, dates, and what people make of them (`P@ssw0rd2026`). We add what is tried first here: what is much
used in China, the owner's own name and phone, and the house's name.
"""

import re
from collections.abc import Iterable

from zxcvbn import zxcvbn

from commissions.refusal import Refusal

SHORTEST = 10
LONGEST = 200
"""Hashing costs time by length; nobody types more."""

FEWEST_GUESSES = 10**8
"""What a guesser must be likely to need. The lock-out lets one of many addresses try some 500 a day."""

FEWEST_LETTERS = 4
"""What must be there beside one's own phone."""

_ESTIMATED = 72
"""Of a longer password only so much is looked at: the estimate takes time by the square of the length."""

_WORDS = """
5201314 520520 1314520 5211314 woaini woaini1314 woaini520 wodemima mima admin administrator root test user guest
password passwd welcome changeme letmein iloveyou abc qwerty asdf zxcv qaz wsx 147258 147258369 159357 789456 666888
888888 666666 168168 112233 123321 woshishui woaiwojia laopo laogong baobei baba mama mimashi nihao tiantian kuaile
gongxi facai xiexie zhongguo china beijing shanghai hangzhou zhejiang guangzhou shenzhen ningbo suzhou nanjing wuhan
chengdu xihu qiantang binjiang taobao tianmao weixin wechat alipay zhifubao tencent alibaba huawei xiaomi jingdong baidu
dingding fangzi maifang loupan zhongjie yongjin jingjiren guwen kehu xiaoshou anjuju lianjia beike woaiwojia dichan
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang deng han
feng cao peng zeng xiao tian dong yuan pan yu jiang cai ye du su wei cheng lu ding ren shen yao cui zhong tan fan jin
"""
_MUCH_USED = _WORDS.split()
"""Tried first in China, the likeliest first: numbers that sound like words, pinyin of words, places and firms, and
the hundred commonest surnames."""


def check_password(password: str, phone: str, own: Iterable[str] = ()) -> None:
    """Refuse what a guesser would soon find: `password_too_short`, `_too_long`, `_is_phone`, `_too_common`.

    `phone` is the account's in E.164; `own` are the names of its owner and of the house. The facts name the form's
    field `password`.
    """
    if len(password) < SHORTEST:
        raise Refusal("password_too_short", field="password", least=SHORTEST)
    if len(password) > LONGEST:
        raise Refusal("password_too_long", field="password", most=LONGEST)
    if _holds_phone(password, phone):
        raise Refusal("password_is_phone", field="password")
    if _guesses(password, phone, own) < FEWEST_GUESSES:
        raise Refusal("password_too_common", field="password")


def _guesses(password: str, phone: str, own: Iterable[str]) -> int:
    """How many guesses somebody would need who knows whose account it is."""
    names = [part for name in own for part in (name, "".join(name.split()), *name.split()) if part]
    known = (phone.removeprefix("+86"), *names, *_MUCH_USED)
    return int(zxcvbn(password[:_ESTIMATED], user_inputs=known)["guesses"])


def _holds_phone(password: str, phone: str) -> bool:
    """Whether the password is the number, written in whichever way, or little more than it."""
    digits = re.sub(r"\D", "", phone.removeprefix("+86"))
    rest = re.sub(r"[\s().+-]", "", password).replace(digits, "")
    return digits in re.sub(r"[\s().+-]", "", password) and len(rest) < FEWEST_LETTERS
