"""Words about scheduled exports, and what each list is called that can be exported so."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

LISTS: Mapping[str, str] = {
    "adjustments.download": N_("Adjustments"),
    "admin.audit_export": N_("Audit log"),
    "admin.people_export": N_("People"),
    "agency.brokers_export": N_("Brokers"),
    "agency_measures.download": N_("Agencies compared"),
    "agency_measures.own_file": N_("Brokers compared"),
    "api_calls.download": N_("API calls"),
    "appeals.download": N_("Appeals"),
    "bank_details.download": N_("Bank details"),
    "benefits.download": N_("Benefits"),
    "broker_records.download": N_("Brokers"),
    "care_files.download": N_("Clients' files"),
    "care_measures.download": N_("Measures of care"),
    "channel_measures.download": N_("Channels over time"),
    "channel_measures.rows_file": N_("Rows of a channel"),
    "cohort_rows.download": N_("Clients of a comparison"),
    "cohort_rows.own_file": N_("Clients of a comparison"),
    "complaints.download": N_("Complaints"),
    "conflicts.download": N_("Conflicts"),
    "deals.download": N_("Deals"),
    "disputes.download": N_("Disputes"),
    "earnings.download": N_("Earnings"),
    "funnel.download": N_("Funnel"),
    "graph.download": N_("Who brought whom"),
    "imports.download": N_("Imports"),
    "invitations.download": N_("Invitations"),
    "invoices.download": N_("Invoices"),
    "ledger.download": N_("Ledger"),
    "ledger.download_account": N_("An account of the ledger"),
    "loans.download": N_("Loan progress"),
    "measures.download": N_("Board of measures"),
    "measures.figure_file": N_("Rows of a figure"),
    "my_measures.download": N_("My figures"),
    "not_bought.rows_file": N_("Answers: why they did not buy"),
    "partners.agencies_download": N_("Agencies"),
    "partners.agreements_download": N_("Agreements"),
    "partners.developments_download": N_("Developments"),
    "payouts.download": N_("Payouts"),
    "penalties.download": N_("Strikes"),
    "periods.download": N_("Period board"),
    "privacy.erasures_export": N_("Proofs of erasure"),
    "programmes.download": N_("Programmes"),
    "programmes.download_costs": N_("Costs of a programme"),
    "promises.download": N_("Promises"),
    "referrers.download": N_("Referrers"),
    "referrers.download_leads": N_("Leads"),
    "registrations.download": N_("Clients"),
    "reward_queue.download": N_("Rewards to approve"),
    "risk.download": N_("Risk desk"),
    "sales_progress.download": N_("Sales progress by building"),
    "showings.download": N_("Showings"),
    "slot_days.download": N_("Booked visits"),
    "statements.download": N_("Statements"),
    "taxes.download": N_("Withholding tax"),
    "vouchers.download": N_("Vouchers"),
    "webhook_deliveries.download": N_("What was sent"),
}
"""What can be exported by a schedule: the endpoint that makes the file, and the list's name."""

ENDED: Mapping[str, str] = {
    "no_right": N_("your account may not read this list any more"),
    "gone": N_("what the list was of is not there any more"),
    "left": N_("your account was closed"),
}
"""Why a schedule ended by itself."""
FAILED: Mapping[str, str] = {
    "fault": N_("it could not be made, however often it was tried; the next one is tried when it is due"),
    "held": N_("your account needs something first, such as a second factor or another password"),
}
"""Why a run was given up."""

WORDS: Mapping[str, Told] = {
    "export_made": {
        None: Words(
            N_("Your regular export is ready: %(list)s"),
            N_("%(rows)s rows, as you may read them today."),
            N_("Take the file until %(until_at)s."),
            terms={"list": LISTS},
        )
    },
    "export_failed": {
        None: Words(
            N_("Your regular export was not made: %(list)s"),
            N_("Why: %(why)s."),
            N_("Look at it, or take the list by hand."),
            terms={"list": LISTS, "why": FAILED},
        )
    },
    "export_ended": {
        None: Words(
            N_("Your regular export has ended: %(list)s"),
            N_("Why: %(why)s."),
            terms={"list": LISTS, "why": ENDED},
        )
    },
}
