"""Refusals around loans and promises, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

LOANS: Mapping[str, Any] = {
    "loan_deal_over": _l("This deal is signed or cancelled already: there is nothing of this kind to note any more."),
    "loan_released_already": _l("The bank has paid out for this home. Correct that stage first, if it is wrong."),
    "loan_bank_unknown": _l("Choose a bank of the list. A missing one is added under Loan terms."),
    "loan_changed_meanwhile": _l("A colleague has changed how it is paid for meanwhile. Look at it, then try again."),
    "loan_needs_no_steps": _l("This home is paid for without a loan: it has no stages."),
    "loan_ended": _l("This loan has ended. Write down the next bank first."),
    "loan_step_future": _l("This day is to come. Enter the day on which it happened."),
    "loan_step_backwards": _l("Stages come in their order, and another was on %(day)s. Correct that one, or this day."),
    "loan_step_there": _l("This stage is noted already. If its day is wrong, correct it."),
    "loan_step_corrected": _l("A colleague has corrected this already. Look at the newest line."),
    "loan_reason_needed": _l("Say why, or what is known. Colleagues read it."),
    "loan_paper_unknown": _l("This paper is not on the development's list any more."),
    "loan_terms_syntax": _l("This is not well-formed: line %(line)s, column %(column)s."),
    "loan_terms_wrong": _l("%(place)s is missing, is there twice, or cannot be so. Look at it again."),
    "signing_day_over": _l("This day is over. Agree a day to come."),
    "promise_worth_wrong": _l("A promise is worth more than nothing and at most %(most_fen)s."),
    "promise_months_wrong": _l("Enter how many months, from 1 to %(most)s."),
    "promise_item_needed": _l("Say what the gift is."),
    "promise_due_over": _l("This day is over. Promise by a day to come."),
    "promise_text_needed": _l("Say what you promise. The client reads it."),
    "promise_over": _l("This promise was kept or withdrawn already. Look at what became of it."),
    "promise_not_allowed": _l("A second person has not allowed this promise. It counts only then."),
    "promise_not_confirmed": _l("The client has not confirmed it yet. Send the link, or note that it was signed for."),
    "promise_note_needed": _l("Say how it was kept, or why it is withdrawn. The client reads it."),
    "promise_confirmed_stands": _l("The client confirmed it. Only a channel manager or finance withdraws it now."),
    "compensation_not_due": _l("No compensation is proposed for this loan today."),
    "compensation_accepted": _l("A colleague has accepted the compensation of this loan already."),
}
