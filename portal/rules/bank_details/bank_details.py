"""Where somebody is paid: which words and digits can be bank details, and whether their holder is the payee.

Holder and bank are typed by who is paid and travel into the bank's file, so they are lines of letters that no
spreadsheet and no reader of lines takes for anything else.
"""

import re
import unicodedata
from dataclasses import dataclass

from commissions.refusal import Refusal

LONGEST = 60
"""Letters of a holder or a bank."""

_BETWEEN = frozenset(" （）()·•．.&＆'’/-—#")
_BEFORE = frozenset("（(")
_ACCOUNT = re.compile(r"[0-9]{8,30}")
_FEWEST_ALIKE = 2


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where an agency, or a person, is paid."""

    holder: str
    bank: str
    account: str

    @property
    def last_four(self) -> str:
        """The digits by which an account is told from another without being shown."""
        return self.account[-4:]

    @property
    def masked_account(self) -> str:
        """The last four digits, as on a receipt: **** 0123."""
        return f"**** {self.last_four}"


def check_details(details: BankDetails) -> None:
    """Refuse details that no bank could use, or that a file could read as something else.

    Raises Refusal `bank_words` with the `sign` that cannot stand there, `bank_words_begin`, and `bank_account_wrong`;
    each names its form's `field`.
    """
    for field, text in (("holder", details.holder), ("bank", details.bank)):
        wrong = next((sign for sign in text if not _letter(sign) and sign not in _BETWEEN), None)
        if wrong is not None:
            raise Refusal("bank_words", field=field, sign=wrong)
        if not text or len(text) > LONGEST or not (_letter(text[0]) or text[0] in _BEFORE):
            raise Refusal("bank_words_begin", field=field, most=LONGEST)
    if not _ACCOUNT.fullmatch(details.account):
        raise Refusal("bank_account_wrong", field="account")


def holder_is(holder: str, name: str, *, company: bool) -> bool:
    """Whether an account's holder is who is paid, as far as letters tell.

    A company is often called by a part of its full name (安居 of 杭州安居房产经纪有限公司); a person never is.
    """
    one, other = sorted((_letters(holder), _letters(name)), key=len)
    return one == other or (company and len(one) >= _FEWEST_ALIKE and one in other)


def _letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN"


def _letters(text: str) -> str:
    return "".join(filter(_letter, unicodedata.normalize("NFKC", text).casefold()))
