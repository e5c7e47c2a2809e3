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
    "bank_missing": _l("There are no bank details of the payee yet. Payment waits for them, and a day after that."),
    "bank_changed_lately": _l("The bank details were confirmed lately. Payment waits until %(until)s."),
    "bank_unreadable": _l(
        "The bank details that rest here are not those that two people brought into force. Nothing is paid: have them "
        "given anew, and tell an administrator."
    ),
    "bank_change_waits": _l("Another change of these bank details waits already. It is decided or withdrawn first."),
    "bank_account_differs": _l("This is not the account that was proposed. Ask again; if it stays so, send it back."),
    "call_back_needed": _l("Say whom you called, and on which number."),
    "own_bank_details": _l("You belong to this payee: somebody else confirms the bank details."),
    "objection_words_needed": _l("Say what is wrong with this account."),
    "objection_too_late": _l("This account is not in force any more. Look at the one of now."),
    "payee_objects": _l("The payee says that the account is not his. Payment waits until the details are given anew."),
    "account_not_approved": _l("This was approved for another account: approve it anew."),
    "approval_stands": _l("The account is still the one that was approved: no other approval is needed."),
    "bank_account_wrong": _l("Enter the account number: 8 to 30 digits."),
}
