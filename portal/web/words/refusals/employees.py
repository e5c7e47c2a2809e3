"""Refusals of employee checks and of companies' lists in words; `messages` holds them with all others."""

from typing import Any

from flask_babel import lazy_gettext as _l

EMPLOYEES: dict[str, Any] = {
    "work_email_invalid": _l("This is no mail address. Write it like name@company.com, or leave it empty."),
    "work_email_elsewhere": _l(
        "%(domain)s is not your company's. Use your address at work, or leave the field empty: you can do this later."
    ),
    "work_mails_used_up": _l("Enough mails went out for today. Look at that inbox, at the spam too, or try tomorrow."),
    "work_email_used": _l("This address was used for another person already."),
    "work_domain_gone": _l("Addresses at %(domain)s do not count here any more."),
    "work_opted_out": _l("You asked us not to contact you, so no mail goes out."),
    "lead_not_counted": _l("This lead does not count, so there is nothing to check."),
    "check_own_terms": _l(
        "You set this company's discount or its days. Let somebody else confirm the employee: a discount needs two "
        "people."
    ),
    "check_reason_needed": _l("Enter the reason."),
    "check_revoked_before": _l("This check was taken back already."),
    "employee_list_heading": _l(
        "No heading was found: name a column of phones, or one of staff numbers and one of names."
    ),
    "employee_list_empty": _l("There is no row under the heading."),
    "employee_list_long": _l("The list has more than %(most)s rows."),
    "employee_list_unreadable": _l("No row can be asked for: look at the first one, row %(row)s."),
    "employee_list_lost": _l("The list that you looked at is no longer here. Choose the file again."),
    "employee_list_changed": _l(
        "Another list was taken over since you looked at this one. Choose the file again if it still is to count."
    ),
    "employee_row_phone": _l("Row %(row)s: the phone cannot be read."),
    "employee_row_incomplete": _l("Row %(row)s: it needs a phone, or a staff number and a name."),
    "employee_row_formula": _l("Row %(row)s: a formula is not computed."),
}
