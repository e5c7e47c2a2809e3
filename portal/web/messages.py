"""Every refusal in words, in one place: what happened, and what to do now (house, "Errors").

Facts are put in by name and shown as the reader reads them: `…_fen` as money, `…_bps` as a rate, instants and
days as dates. A code without a sentence fails the tests.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from commissions.refusal import Refusal

from ..adapters.sheets.deal_file import heading
from .components import day, instant, money, percent
from .words.advertising import PROMISES
from .words.exports import REFUSALS as EXPORTS
from .words.loan_refusals import LOANS
from .words.measure_refusals import MEASURES
from .words.partner_api import SENTENCES as PARTNER_API
from .words.partner_api import WEBHOOK_SENTENCES as WEBHOOKS
from .words.photo_quality import advice_of
from .words.refusals.accounts import ACCOUNTS
from .words.refusals.arrivals import ARRIVALS
from .words.refusals.bank_details import BANKING
from .words.refusals.care import CARE, OWNERS
from .words.refusals.employees import EMPLOYEES
from .words.refusals.faces import FACES
from .words.refusals.invoices import INVOICES
from .words.refusals.joining import JOINING
from .words.refusals.judgements import CONFLICTS, JUDGEMENTS, RISKS
from .words.refusals.money import MONEY
from .words.refusals.provider_sign_in import COMPANY
from .words.refusals.referral import REFERRAL
from .words.voucher_refusals import VOUCHERS

SENTENCES: dict[str, Any] = {
    **ACCOUNTS,
    **COMPANY,
    **CONFLICTS,
    **RISKS,
    **PARTNER_API,
    **WEBHOOKS,
    **REFERRAL,
    **EMPLOYEES,
    **INVOICES,
    **JOINING,
    **CARE,
    **OWNERS,
    **LOANS,
    **VOUCHERS,
    **JUDGEMENTS,
    **EXPORTS,
    **MEASURES,
    **FACES,
    **ARRIVALS,
    **MONEY,
    **BANKING,
    # rewards that are no money, and what changed after they were handed out
    "reward_is_money": _l("This reward is money. Finance approves it."),
    "review_decided": _l("Somebody has decided on this reward already."),
    "review_reason_needed": _l("Say why. It stays with the reward."),
    "review_still_earned": _l("The friend still counts, for another step: let it stand, or replace it."),
    "review_nothing_earned": _l("Nothing is earned for this purchase any more: let it stand, or charge it back."),
    "plan_published_meanwhile": _l("Another version was published a moment ago. Look at it, and publish again."),
    # contacts
    "invalid_phone": _l("This is not a phone number we can use. Enter the full number, for example 13800138000."),
    "phone_not_mobile": _l("This is no mobile phone's number: no text would reach it. Enter the mobile number."),
    # registration (rules 2.4): what happened, never who the rival is; the page adds when to try again
    "account_frozen": _l(
        "Your account is frozen after confirmed fake showings: no registrations and no check-ins until it ends."
    ),
    "agency_inactive": _l("Your agency no longer works with us. Ask your agency's principal."),
    "client_sheet_long": _l("One file may hold %(most)s rows. Split it."),
    "no_agreement": _l("Your agency has no agreement for this development today."),
    "self_dealing": _l("This is the phone of a broker or of our staff. Register the buyer's own number."),
    "already_yours": _l("You have registered this client already. That registration stands and is not renewed."),
    "daily_limit": _l("You have reached the number of registrations for one day in this development."),
    "walked_in_first": _l("This client came to the site before the registration."),
    "known_to_developer": _l("The developer's own consultants knew this client before."),
    "protected_by_other": _l("This client was brought by somebody else first and is still protected."),
    # partners and agreements
    "development_exists": _l("There is a development with this name already."),
    "agency_exists": _l("There is an agency with this name already."),
    "agreement_exists": _l("This agency has a running agreement for this development. End that one first."),
    "agreement_backwards": _l("The last day lies before the first day of the agreement. Enter a later one."),
    "licence_ended": _l(
        "The agency's licence was good until %(last_day)s. Enter the renewed one on the agency's page, then make the agreement."
    ),
    "no_plan": _l("No version of the agreed plan is in force on that day. Check the agreement and the plan."),
    # rewards in money, and the tax on them
    "own_reward": _l("This reward is yours. Somebody else must decide on it."),
    "reward_not_money": _l("This reward is no money. It is handed out, not paid."),
    "reward_not_due": _l("This reward is not waiting for approval: somebody was faster, or it is no longer due."),
    "refusal_reason_needed": _l("Say why. The referrer reads it."),
    "no_tax_table": _l("No tax table is in force for %(month)s. Finance must publish one first."),
    "kin_phone_needed": _l("Enter the relative's phone, or choose that there is none."),
    "rule_profile_too_soon": _l("Choose a day from %(earliest)s on: agencies must know the rules before they hold."),
    "rule_profile_too_far": _l("Choose a day until %(latest)s."),
    "rule_profile_day_taken": _l("Other rules already begin on %(day)s. Choose another day."),
    "tax_table_in_past": _l("Choose a month to come: rewards of a month that has begun may have been taxed already."),
    "tax_table_syntax": _l("Line %(line)s cannot be read."),
    "tax_table_key": _l("%(place)s is missing, or is not a word that a tax table knows: %(known)s."),
    "tax_table_value": _l("%(place)s must be %(expected)s."),
    "tax_table_bounds": _l("%(place)s must be more than %(above_fen)s, where the step before ends."),
    "tax_table_rates": _l("%(place)s must be more than the rate of the step before."),
    "tax_table_open": _l("The last step, and it alone, has no upper end (%(place)s)."),
    "tax_table_jump": _l("The tax would jump here: %(place)s must be %(expected_fen)s."),
    # commission plans: the place is where in the text
    "bad_window": _l("%(label)s is not a month, quarter or year that deals are counted in."),
    "duplicate_deal": _l("Deal %(deal_id)s is there twice. Count each deal once."),
    "plan_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "plan_unknown_key": _l("%(place)s is not a word that a plan knows. Check its spelling."),
    "plan_missing_key": _l("%(place)s is missing."),
    "plan_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "plan_tier_pay": _l("%(place)s must pay either a rate (rate_bps) or a fixed sum (fixed_fen), not both or neither."),
    "plan_tier_gap": _l("Between the tiers there is a gap at %(place)s: it must start at %(expected)s."),
    "plan_tier_overlap": _l("Tiers overlap at %(place)s. Each must begin where the one before has ended."),
    "plan_no_open_tier": _l("The last tier must stay open: leave out up_to (%(place)s)."),
    "plan_shares": _l("The shares of the instalments come to %(total_bps)s instead of 100%%."),
    "plan_milestone_twice": _l("%(place)s names a milestone that another instalment names already."),
    "plan_name_differs": _l("The text names the plan %(written)s, not %(name)s."),
    "plan_name_long": _l("The plan's name is too long: use at most 40 characters."),
    "plan_in_past": _l("A new version cannot change days gone by. Let it begin today or later."),
    # drafts of plans, and what-if
    "draft_decided": _l("This draft was decided or withdrawn already. Look at it again."),
    "own_draft": _l("You proposed this draft. Another person must decide it."),
    "not_your_draft": _l("Only who proposed a draft can withdraw it."),
    "draft_reason_needed": _l("Say what should be different, so that the next draft can be better."),
    "what_if_span": _l("The span ends before it begins."),
    "what_if_empty": _l("No signed deal is in this selection. Take a longer span, or fewer filters."),
    "what_if_cancelled": _l("This deal is cancelled already."),
    "what_if_not_signed": _l("This deal is not signed by an agency, so it has earned no commission."),
    # deals and their milestones
    "unit_taken": _l("This unit has a deal that is not cancelled."),
    "deal_cancelled": _l("This deal was cancelled on %(at)s. Nothing can follow."),
    "milestone_repeated": _l("This was recorded already, for %(at)s."),
    "milestone_order": _l("Milestones come in order: subscribed, signed, loan released, handed over."),
    "milestone_ahead": _l("This time lies ahead. Enter when it happened."),
    "milestone_before": _l("This cannot have happened before the step before it, on %(since)s."),
    # deals and milestones by file
    "table_kind": _l("This is not a file we can read. Save it as XLSX or as CSV, without macros, and upload it again."),
    "table_damaged": _l(
        "This file is damaged or not whole. Open it in your spreadsheet, save it again, and upload that."
    ),
    "table_bomb": _l(
        "This workbook is larger, or costs more to read, than a table needs. Copy its rows into an empty workbook and upload that."
    ),
    "table_password": _l("This workbook has a password. Save it without one and upload it again."),
    "table_rows": _l("This file has more than %(most)s rows. Split it."),
    "table_cell": _l("A cell in row %(row)s has more than %(most)s characters. Shorten it."),
    "import_no_heading": _l(
        "No row names the columns. The first row needs at least the development and the unit, as in the template."
    ),
    "import_heading_twice": _l("The column “%(heading)s” is there twice. Keep one of them."),
    "import_empty": _l("There is no row under the heading."),
    "import_too_many": _l("One file may hold %(most)s rows. Split it."),
    "import_cell_formula": _l("“%(heading)s” holds a formula. Put in its value."),
    "import_cell_missing": _l("“%(heading)s” is missing."),
    "import_cell_long": _l("“%(heading)s” is longer than %(most)s characters."),
    "import_cell_amount": _l("“%(heading)s” is not an amount in yuan. Write it like 2000000 or 2,000,000.00."),
    "import_cell_time": _l("“%(heading)s” is not a day or time. Write it like 2026-03-05 or 2026-03-05 14:30."),
    "import_no_milestone": _l("The row says no milestone: fill in at least one day."),
    "import_development_unknown": _l("There is no development with this name or number."),
    "import_deal_unknown": _l(
        "There is no such deal here. To open one, the row needs phone, name, price and subscription."
    ),
    "import_other_buyer": _l("This unit's deal is another client's."),
    "import_other_price": _l(
        "The deal is recorded with another price: %(price_fen)s. A price is never changed by a file."
    ),
    "import_other_time": _l(
        "“%(heading)s” is recorded with another time: %(at)s. A milestone is never changed by a file."
    ),
    "import_row_failed": _l(
        "Something went wrong with this row, and nothing of it was recorded. The administrator finds more in the log."
    ),
    "import_given_up": _l(
        "The import stood still before this row, and was ended. Nothing of the row was recorded: upload it again."
    ),
    "import_moved_on": _l("Somebody was faster: this import has moved on. Look at it again."),
    "import_nothing_to_do": _l("None of these rows has anything to record."),
    "import_of_another": _l("These rows hold phone numbers in full. Only who uploaded the file gets them back."),
    "import_erased": _l("The rows of this file are erased already."),
    # statements and payouts
    "month_not_over": _l("The month is not over yet. It can be closed from %(until)s on."),
    "close_blocked": _l("The month cannot be closed yet: something on the board holds it back. Settle that first."),
    "close_under_way": _l("Somebody began to close this month a moment ago. Look at how far it is."),
    "period_closed": _l("This month is closed already. What is posted now goes to a later statement."),
    "nothing_to_issue": _l("There is nothing to issue: every line stands in a statement already."),
    "month_not_begun": _l("This month has not begun."),
    "opening_positive": _l("A statement cannot open with a credit of %(opening_fen)s: it would have been paid."),
    "line_of_other_payee": _l("Line %(line_id)s belongs to another agency."),
    "line_of_later_month": _l("Line %(line_id)s was posted after this month."),
    "line_twice": _l("Line %(line_id)s stands in the statement twice."),
    "nothing_to_pay": _l("Nothing is payable by this statement."),
    "payout_under_way": _l("This statement has a payout already that is under way or paid."),
    "wrong_state": _l("Somebody was faster: this payout has moved on. Look at it again."),
    "same_hands": _l("You have had this payout in your hands before. Another person must take this step."),
    "own_payee": _l("You belong to who is paid here. Another person must take this step."),
    "payee_inactive": _l("The payee no longer works with us. Open the account again, or reject the payout."),
    "broker_frozen": _l("A broker whose deals are in this statement is frozen. Payment waits until %(until)s."),
    "open_appeal": _l("A showing of a client in this statement is under appeal. Payment waits for the decision."),
    "open_dispute": _l("A line of this statement is disputed. Payment waits for finance's answer."),
    "deal_cancelled_since": _l(
        "A deal in this payment was cancelled since: %(changed_fen)s. Payment waits until the approver has looked at it."
    ),
    "deal_corrected_since": _l(
        "A deal in this payment was corrected since: %(changed_fen)s. Payment waits until the approver has looked at it."
    ),
    "deal_forfeited_since": _l(
        "A showing behind a deal in this payment was confirmed fake since: %(changed_fen)s. Payment waits until the approver has looked at it."
    ),
    "deal_re_ranked_since": _l(
        "Another deal changed, and deals in this payment moved down since: %(changed_fen)s. Payment waits until the approver has looked at it."
    ),
    "reward_taken_back_since": _l(
        "A reward in this payment was taken back since: %(changed_fen)s. Payment waits until the approver has looked at it."
    ),
    "deals_changed_since": _l(
        "Deals in this payment were changed %(count)s times since, by %(changed_fen)s in all. Payment waits until the approver has looked at them."
    ),
    "nothing_to_export": _l("No approved payout may be released by you now."),
    "tax_not_computed": _l("The tax on this payment is not worked out yet. Payment waits for it."),
    "hold_stays": _l("Nobody can release this by hand: it ends when what is wrong is mended."),
    "hold_not_there": _l("This holds nothing back any more. Look at the payout again."),
    "release_reason_needed": _l("Say why it may be paid all the same. Your name stands beside it."),
    "nothing_chosen": _l("Choose at least one."),
    # disputes of lines, adjustments by hand, and the files that go with them
    "dispute_words_needed": _l("Say in your words what is wrong with this line."),
    "too_many_files": _l("Send at most %(most)s files."),
    "statement_disputed": _l(
        "A line of this statement is disputed. Agree once that is answered, or take the dispute back."
    ),
    "line_disputed": _l("This line has an open dispute already. Wait for its answer, or take it back first."),
    "paper_changed": _l(
        "The kept paper of this statement is not the one that was given: its file was changed, or is gone. Tell whoever "
        "runs the portal; the page of the statement still shows what it says."
    ),
    "line_not_stated": _l("This line stands in no statement yet. It can be disputed when its statement is issued."),
    "dispute_closed": _l("This dispute was answered or taken back already. Look at it again."),
    "answer_needed": _l("Write the answer: the agency reads it."),
    "dispute_not_accepted": _l("Only a dispute that was accepted is put right by an adjustment."),
    "amount_zero": _l("Enter an amount other than zero: plus for the payee, minus against."),
    "adjustment_reason_needed": _l("Say why: the payee reads it on the statement."),
    "payee_unknown": _l("Choose who is paid."),
    "deal_of_other_payee": _l("This deal belongs to another payee."),
    "own_proposal": _l("You proposed this yourself. Another person must decide it."),
    "not_your_proposal": _l("Only the person who proposed this can take it back."),
    "proposal_decided": _l("This was decided or withdrawn already. Look at it again."),
    "proposal_reason_needed": _l("Say why you refuse it; the person who proposed it reads your words."),
    "own_adjustment": _l("You proposed this adjustment. Another person must decide it."),
    "adjustment_answer_needed": _l("Say what is wrong, so that the next proposal can be better."),
    "adjustment_decided": _l("This adjustment was decided or withdrawn already. Look at it again."),
    "not_your_adjustment": _l("Only who proposed an adjustment can withdraw it."),
    "document_too_large": _l("This file is too large. Send at most %(most_mb)s MB."),
    "document_kind": _l("This file is no PDF, JPEG, PNG or WebP. Save it as one of these and send it again."),
    "document_damaged": _l("This file is damaged or not whole. Save it again and send it."),
    # the bank's files
    "bank_file_not_text": _l("This is not a CSV file in UTF-8. Save it as “CSV UTF-8” and import it again."),
    "bank_file_columns": _l("The first row must name these columns: %(columns)s. Nothing was imported."),
    "bank_file_cell": _l(
        "Row %(row)s, column %(column)s cannot be read. Correct it and import again; nothing was done."
    ),
    "bank_file_total": _l("The control row does not agree with the rows above it. The file is not whole."),
    # corrections, seals and benefits
    "correction_reason_needed": _l("Say why it is corrected: the reason stays with the deal."),
    "nothing_to_correct": _l("Nothing would change."),
    "not_signed": _l("The deal is not signed yet."),
    "signed_after_next": _l("The next milestone was on %(until)s. The signing cannot lie behind it."),
    "no_agreement_there": _l("This agency has no agreement in this development."),
    "other_plan": _l("The agreement is made by another plan. Choose one of its versions."),
    "booking_needed": _l("Say what is booked."),
    "benefit_reason_needed": _l("Say why, so that the agency understands."),
    "benefit_moved": _l("This benefit was changed meanwhile. Look at it again."),
    # the ledger
    "bad_account": _l("The ledger has no account %(account)s."),
    "same_account": _l("A transfer needs two accounts, not %(account)s twice."),
    "bad_transfer_amount": _l("A transfer moves more than nothing, not %(amount_fen)s."),
    "empty_batch": _l("There is nothing to post."),
    # a development's settings
    "policy_unknown_setting": _l("There is no setting with the name %(setting)s."),
    "policy_wrong_value": _l("Enter a whole number from %(least)s to %(most)s."),
    "policy_prices_crossed": _l("The most that a home usually costs is below the least."),
    # asking for a new capture
    "capture_not_possible": _l(
        "Nobody can check in for this visit any more: the protection has ended. Decide on what is there."
    ),
    "capture_asked_before": _l("A new capture was asked for already."),
    # photos and faces
    "photo_too_large": _l(
        "This picture is too large, or costs too much to read. Send it as your camera takes it, or a smaller one."
    ),
    "photo_kind": _l("This is not a photo we can read. Send a JPEG, PNG or WebP."),
    "photo_unreadable": _l("This photo is damaged. Please take another one."),
    "file_gone": _l(
        "The file behind this is not there any more. Everything else about it stays. Tell whoever runs the portal: it may be in a backup."
    ),
    "seal_broken": _l(
        "Something that rests encrypted does not open here: it was changed, or belongs to another record. Nothing was done. "
        "Tell an administrator: the log names it."
    ),
    "busy_try_again": _l(
        "Many files are being read at this moment. Send yours again in %(seconds)s seconds; what you typed is kept."
    ),
    "too_many_downloads": _l("You took many documents within a minute. Go on in %(seconds)s seconds."),
    "too_often": _l("You sent many files within a minute. Go on in %(seconds)s seconds; what you typed is kept."),
    "consent_needed": _l("Without your consent nothing is stored. You can check in through reception instead."),
    "client_consent_needed": _l("Without the client's consent there is no photo. Choose reception instead."),
    "face_none": _l("No face was found. Come closer and look into the camera."),
    "face_several": _l("Several people are in the photo. Take it alone."),
    "face_poor": _l("The face cannot be seen well enough. %(tests)s"),
    "face_not_enrolled": _l("Your own face is not enrolled yet. Enrol it first, or check in through reception."),
    "capture_over": _l("The time for these photos is over. Open the camera and take them again."),
    # showings
    "registration_not_accepted": _l("This registration was refused, so it cannot be checked in."),
    "client_opted_out": _l(
        "This client asked us not to write, so no code is sent. Reception confirms the visit instead."
    ),
    "texts_used_up": _l(
        "This client has had two texts from us today, and gets no more until %(try_again_at)s. Reception confirms the visit instead."
    ),
    "code_just_sent": _l("A code was sent a moment ago. A new one can be sent from %(try_again_at)s on."),
    "code_not_sent": _l("No code was sent for this visit yet. Send one first."),
    "code_expired": _l("This code no longer counts. Send a new one, or check in at reception."),
    "code_guessed_out": _l(
        "Five tries were wrong, so this code no longer counts. Send a new one, or check in at reception."
    ),
    "code_wrong": _l("This is not the code. Tries left: %(left)s."),
    "registration_expired": _l("The protection of this registration has ended. Register the client again."),
    "reason_needed": _l("Say why, so that the broker can answer."),
    "visit_counts_already": _l(
        "This visit counts already: there is nothing to close. Confirm it as fake if it is one."
    ),
    "already_reviewed": _l("Somebody else has decided this showing already."),
    # appeals
    "words_needed": _l("Say in your words what happened at the visit."),
    "too_many_pictures": _l("Send at most %(most)s pictures."),
    "appeal_too_late": _l("The seven days to appeal were over on %(until)s."),
    "already_appealed": _l("You have appealed against this strike already. There is one appeal a strike."),
    "confirmed_by_you": _l("You confirmed this one: somebody else decides."),
    "decision_reason_needed": _l("Say why, so that the broker understands."),
    "appeal_decided": _l("Somebody else has decided this appeal already."),
}


def say(refusal: Refusal) -> str:
    """The refusal's sentence in the reader's language."""
    return sentence(refusal.code, **refusal.facts)


def sentence(code: str, **facts: Any) -> str:
    """The sentence of a refusal that was stored, in the reader's language."""
    return str(SENTENCES[code] % {name: _shown(name, fact) for name, fact in facts.items()})


def _shown(name: str, fact: Any) -> Any:
    if isinstance(fact, datetime):
        return instant(fact)
    if isinstance(fact, date):
        return day(fact)
    if name == "promise":
        return PROMISES[fact]
    if name == "tests":
        return advice_of(fact)
    if name == "heading":
        return heading(fact, str(get_locale() or "en"))
    if name.endswith("_fen"):
        return money(fact)
    if name.endswith("_bps"):
        return percent(fact)
    return fact
