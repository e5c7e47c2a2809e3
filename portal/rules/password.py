"""Which passwords will do: long enough, not everybody's, and not one's own phone.

Length is what resists guessing, so nothing is asked of capitals or signs. What is refused is what a guesser
tries first: the words of the common lists that are long enough, runs and repetitions, and the account's phone.
"""

import re

from commissions.refusal import Refusal

SHORTEST = 10
LONGEST = 200
"""Hashing costs time by length; nobody types more."""

FEWEST_LETTERS = 4
"""A password of fewer different characters is a repetition."""

_COMMON = """
1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qwertyuiop qwerty123456 asdfghjkl1 asdfghjkl123 zxcvbnm123 qazwsxedc1
password12 password123 password1234 passw0rd123 p@ssw0rd123 mypassword letmein123 welcome123 welcome1234
admin12345 admin123456 administrator changeme123 iloveyou12 iloveyou123 iloveyou1314 woaini1314 woaini5201314
woaini520520 5201314520 1314520520 1314521521 woaini123456 woaini1234 wodemima123 mima123456 abc1234567
abcd123456 abcd1234567 abc123456789 a123456789 aa123456789 q123456789 qq123456789 z123456789 123456789a
123456789q 1234567890a a1234567890 1234qwerasdf 123qweasdzxc 147258369a 1472583690 0147258369 9876543210a
zhongguo123 china123456 beijing2008 shanghai123 taobao1234 wechat1234 weixin1234 woshishui123 asd123456789
"""

COMMON = frozenset(_COMMON.split())
"""Those of the much-used passwords that are long enough to pass otherwise."""

_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def check_password(password: str, phone: str) -> None:
    """Refuse what a guesser would try: `password_too_short`, `_too_long`, `_too_common`, `_is_phone`.

    `phone` is the account's in E.164. The facts name the form's field `password`.
    """
    if len(password) < SHORTEST:
        raise Refusal("password_too_short", field="password", least=SHORTEST)
    if len(password) > LONGEST:
        raise Refusal("password_too_long", field="password", most=LONGEST)
    if _holds_phone(password, phone):
        raise Refusal("password_is_phone", field="password")
    if password.casefold() in COMMON or len(set(password)) < FEWEST_LETTERS or _is_run(password):
        raise Refusal("password_too_common", field="password")


def _holds_phone(password: str, phone: str) -> bool:
    """Whether the password is the number, written in whichever way, or little more than it."""
    digits = re.sub(r"\D", "", phone.removeprefix("+86"))
    rest = re.sub(r"[\s().+-]", "", password).replace(digits, "")
    return digits in re.sub(r"[\s().+-]", "", password) and len(rest) < FEWEST_LETTERS


def _is_run(password: str) -> bool:
    """Whether it is a stretch of the digits, the alphabet or the keyboard, forwards or backwards."""
    typed = password.casefold()
    return any(typed in run or typed in run[::-1] for run in _RUNS)
