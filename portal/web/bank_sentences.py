"""The refusals about where money goes, in words; `messages` says them."""

from typing import Any

from flask_babel import lazy_gettext as _l

BANKING: dict[str, Any] = {
    "bank_words": _l(
        "“%(sign)s” cannot stand here: the bank's file takes letters, digits, spaces and ( ) · . & ' / -. Leave it out."
    ),
    "bank_words_begin": _l("Begin with a letter or a digit, and write at most %(most)s signs."),
    "bank_not_mended": _l(
        "The bank says that the account is wrong. Have the bank details given anew first; if they are right after all, "
        "the same ones once more."
    ),
    "bank_account_wrong": _l("Enter the account number: 8 to 30 digits."),
}
