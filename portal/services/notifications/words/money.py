"""Words about statements, invoices and payouts."""

from collections.abc import Mapping

from commissions.payout import Check

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_HOLDS: Mapping[str, str] = {
    Check.PAYEE_ACTIVE: N_("the account is closed"),
    Check.BANK_DETAILS: N_("bank details are missing"),
    Check.BANK_SETTLED: N_("the bank details are new"),
    Check.PAYEE_AGREES: N_("an objection to the bank details"),
    Check.BROKERS_FREE: N_("a broker is frozen"),
    Check.APPEALS_DECIDED: N_("an appeal is open"),
    Check.DISPUTES_ANSWERED: N_("a dispute is open"),
    Check.CONFLICTS_DECIDED: N_("whose a deal is, is being decided"),
    Check.QUESTIONS_ANSWERED: N_("something is being asked about"),
    Check.DEALS_UNCHANGED: N_("a deal has changed since"),
    Check.TAX_COMPUTED: N_("the tax is not worked out yet"),
}
_LIFTS: Mapping[str, str] = {
    Check.PAYEE_ACTIVE: N_("when the account is opened again"),
    Check.BANK_DETAILS: N_("when you have sent us where to pay to and that is confirmed"),
    Check.BANK_SETTLED: N_("by itself, 24 hours after they were confirmed"),
    Check.PAYEE_AGREES: N_("when you have given your bank details anew and they are confirmed"),
    Check.BROKERS_FREE: N_("when the freeze ends, or an approver releases it"),
    Check.APPEALS_DECIDED: N_("when the appeal is decided, or an approver releases it"),
    Check.DISPUTES_ANSWERED: N_("when the dispute is answered, or an approver releases it"),
    Check.CONFLICTS_DECIDED: N_("when it is decided whose the deal is, or an approver releases it"),
    Check.QUESTIONS_ANSWERED: N_("when the question is settled, or an approver releases it"),
    Check.DEALS_UNCHANGED: N_("when an approver has looked at the change"),
    Check.TAX_COMPUTED: N_("when finance has worked it out; you need do nothing"),
}

WORDS: Mapping[str, Told] = {
    "payout_paid": {
        None: Words(
            N_("%(amount_fen)s was paid to you"),
            N_("The bank confirmed payout %(reference)s."),
        )
    },
    "payout_failed": {
        None: Words(
            N_("A payment of %(amount_fen)s did not arrive"),
            N_("The bank sent payout %(reference)s back. The money is safe and stays due to you."),
            N_("Open it to see what the bank says. Is the account wrong? Send us the right one, and it is paid again."),
        ),
        Whom.FINANCE: Words(
            N_("Payout %(reference)s over %(amount_fen)s failed"),
            N_("What the bank said is confirmed. The sum is payable again."),
            N_("Open it, settle the reason with the payee, and ask for it again."),
        ),
    },
    "payout_returned": {
        None: Words(
            N_("A payment of %(amount_fen)s came back"),
            N_("The bank took payout %(reference)s back after it was paid. The money stays due to you."),
            N_("Open it to see what the bank says. Is the account wrong? Send us the right one, and it is paid again."),
        ),
        Whom.FINANCE: Words(
            N_("Payout %(reference)s over %(amount_fen)s came back"),
            N_("What the bank said is confirmed. The sum is payable again."),
            N_("Open it, settle the reason with the payee, and ask for it again."),
        ),
    },
    "payout_approved": {
        None: Words(
            N_("A payment of %(amount_fen)s to you was approved"),
            N_("It goes out with the next bank file."),
            N_("You need do nothing. You are told as soon as the bank has paid."),
        ),
        Whom.CASHIER: Words(
            N_("Payout %(reference)s over %(amount_fen)s can go to the bank"),
            N_("It was approved."),
            N_("Put it into the next bank file."),
        ),
    },
    "payout_rejected": {
        None: Words(
            N_("A payment of %(amount_fen)s was sent back"),
            N_("Who had to approve it said why; the reason stands on its page. The money stays due to you."),
            N_("Finance asks for it again once that is settled."),
        ),
        Whom.FINANCE: Words(
            N_("Payout %(reference)s over %(amount_fen)s was sent back"),
            N_("The reason stands on its page. The sum stays payable."),
            N_("Settle it, and ask for the payment again."),
        ),
    },
    "payout_voided": {
        None: Words(
            N_("A payment of %(amount_fen)s was taken back before it left"),
            N_("The reason stands on its page. The money stays due to you."),
        ),
        Whom.APPROVER: Words(
            N_("Payout %(reference)s over %(amount_fen)s was taken back"),
            N_("The reason stands on its page. The sum stays payable."),
        ),
    },
    "payout_hold_released": {
        None: Words(
            N_("A hold on your payment of %(amount_fen)s was released"),
            N_("What else holds it, if anything, stands on its page."),
        ),
        Whom.FINANCE: Words(
            N_("A hold of payout %(reference)s was released"),
            N_("Who released it and why stands on its page."),
        ),
    },
    "payout_held": {
        None: Words(
            N_("A payment of %(amount_fen)s is held: %(hold)s"),
            N_("It is payout %(reference)s; its page says more."),
            N_("It goes on %(lifts)s."),
            terms={"hold": _HOLDS, "lifts": _LIFTS},
        )
    },
    "payout_waits": {
        None: Words(
            N_("Payout %(reference)s over %(amount_fen)s waits to be approved"),
            N_("It was asked for beside the close of a month."),
            N_("Look at what may hold it, then approve it or send it back."),
        )
    },
    "payout_waits_anew": {
        None: Words(
            N_("Payout %(reference)s over %(amount_fen)s waits to be approved anew"),
            N_("Its payee has another account now than it was approved for."),
            N_("Approve it for the account of now, or send it back."),
        )
    },
    "month_ready": {
        None: Words(
            N_("%(month)s is over and can be closed"),
            N_("Nothing holds it back."),
            N_("Look at its board, and close it: ranks are sealed and statements issued."),
        )
    },
    "month_is_blocked": {
        None: Words(
            N_("%(month)s is over and cannot be closed yet: %(count)s"),
            N_("So many kinds of things hold it back; the board says which."),
            N_("Open the board, and let those settle them who can."),
        )
    },
    "approvals_wait": {
        None: Words(
            N_("Payments wait too long for your approval: %(count)s"),
            N_("Nothing holds them. The oldest was asked for at %(since_at)s."),
            N_("Approve them or send them back."),
        )
    },
    "payments_wait_for_bank": {
        None: Words(
            N_("Approved payments wait too long for a bank file: %(count)s"),
            N_("Nothing holds them. The oldest was approved at %(since_at)s."),
            N_("Put them into a bank file."),
        )
    },
    "invoice_missing": {
        None: Words(
            N_("Your payment of %(amount_fen)s waits for your invoice"),
            N_("The statement for %(month)s was issued days ago, and no invoice has come."),
            N_("Send an invoice over just this sum; dispute a line that is not right."),
        )
    },
    "payout_waits_for_second": {
        None: Words(
            N_("Payout %(reference)s over %(amount_fen)s waits for a second approver"),
            N_("A sum like this takes two."),
            N_("Look at it with your own eyes, then approve it or send it back."),
        )
    },
    "payouts_exported": {
        None: Words(
            N_("Bank file %(number)s was made over %(total_fen)s; payments in it: %(count)s"),
            N_("The sums are on their way until the bank answers."),
        )
    },
    "statement_issued": {
        None: Words(
            N_("Your statement for %(month)s is there: %(payable_fen)s"),
            N_("Every line says what it comes from."),
            N_("Read it. Send your invoice if you are paid as a company; dispute a line that is not right."),
        )
    },
    "period_closed": {
        None: Words(
            N_("%(month)s is closed: %(statements)s statements, %(payable_fen)s"),
            N_("Ranks are sealed, and every statement is issued."),
            N_("The payments wait: approve what is not held."),
        )
    },
    "invoice_sent": {
        None: Words(
            N_("An invoice waits to be checked: %(agency)s, %(amount_fen)s"),
            N_("It is for statement %(statement)s; the payment waits for it."),
            N_("Compare sum, tax number and rate, then confirm it or send it back."),
        )
    },
    "invoice_checked": {
        None: Words(
            N_("Your invoice over %(amount_fen)s is in order"),
            N_("The payment of statement %(statement)s does not wait for it any more."),
        )
    },
    "invoice_rejected": {
        None: Words(
            N_("Your invoice over %(amount_fen)s was sent back"),
            N_("The reason stands on its page. The payment of statement %(statement)s waits."),
            N_("Send another one."),
        )
    },
    "invoice_copy_refused": {
        None: Words(
            N_("%(agency)s sent an invoice that another agency had sent before"),
            N_("It was for statement %(number)s, and was refused."),
            N_("Ask why."),
        )
    },
    "statement_accepted": {
        None: Words(
            N_("%(agency)s agrees to its statement %(number)s"),
            N_("Its lines and sums are right, the agency says."),
        )
    },
    "dispute_waits": {
        None: Words(
            N_("%(agency)s disputes a line of its statement"),
            N_("Its payment waits until that is answered."),
            N_("Read it, and answer by an adjustment or in words."),
        )
    },
    "dispute_answered": {
        None: Words(
            N_("Your dispute was answered: %(outcome)s"),
            N_("What finance says stands on its page."),
            terms={"outcome": {"accepted": N_("you were right"), "refused": N_("the line stands")}},
        )
    },
    "adjustment_waits": {
        None: Words(
            N_("An adjustment of %(amount_fen)s waits for a second person"),
            N_("It takes another one than who proposed it."),
            N_("Read the reason and its paper, then approve it or send it back."),
        )
    },
    "adjustment_made": {
        None: Words(
            N_("An adjustment was made to your account: %(amount_fen)s"),
            N_("It stands in your next statement, with its reason."),
        )
    },
    "adjustment_refused": {
        None: Words(
            N_("Your adjustment of %(amount_fen)s was sent back"),
            N_("The reason stands on its page."),
        )
    },
    "bank_answer_dismissed": {
        None: Words(
            N_("An answer of the bank about payout %(reference)s was dismissed"),
            N_("Somebody said that it is not so; the payout waits for another answer."),
        )
    },
    "bank_details_wait": {
        None: Words(
            N_("Another account for your payments was proposed"),
            N_("Finance calls you, and asks you to read the number out."),
            N_("Nobody of yours asked for that? Tell us before it is confirmed."),
        ),
        Whom.FINANCE: Words(
            N_("Bank details wait to be confirmed"),
            N_("Until then nothing is paid to the new account."),
            N_("Call the payee by a number that you know, and type the account as it is read out."),
        ),
    },
    "bank_details_changed": {
        None: Words(
            N_("Your payments go to another account now: … %(last_four)s"),
            N_("It was confirmed by phone; the first payment to it waits for 24 hours."),
            N_("That is not your account? Object at once: nothing is paid until it is settled."),
        )
    },
    "bank_details_refused": {
        None: Words(
            N_("The new account for your payments was not accepted"),
            N_("The reason stands on its page. Your payments go to the account of before."),
            N_("Send the right details."),
        )
    },
    "bank_proposal_decided": {
        None: Words(
            N_("The bank details that you proposed for %(agency)s: %(outcome)s"),
            N_("Who decided, when and why stands on their page."),
            terms={"outcome": {"confirmed": N_("confirmed"), "refused": N_("sent back")}},
        )
    },
    "bank_details_objected": {
        None: Words(
            N_("A payee says that a confirmed account is not his"),
            N_("Payments to him wait until his bank details are given anew."),
            N_("Call him, and find out who asked for the change."),
        )
    },
    "ledger_does_not_hold": {
        None: Words(
            N_("The ledger's proof has failed"),
            N_("Something was changed past the portal; the first fault is at number %(number)s."),
            N_("Pay nothing, open the ledger's page, and compare with the last backup."),
        )
    },
}
