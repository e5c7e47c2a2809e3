"""The word, tone and icon of every status, in one table: the same word for the same thing on every page.

A tone is one of neutral, info, success, warning, danger; the badge always shows the word with it, so that colour
never speaks alone (screens, "Feel"). A word that means another thing elsewhere has its thing as its context, so that
each gets its own Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p


@dataclass(frozen=True, slots=True)
class Status:
    """How one state of one thing is shown."""

    word: LazyString
    tone: str
    icon: str


def _neutral(word: LazyString, icon: str = "circle") -> Status:
    return Status(word, "neutral", icon)


def _info(word: LazyString, icon: str = "clock") -> Status:
    return Status(word, "info", icon)


def _success(word: LazyString, icon: str = "check") -> Status:
    return Status(word, "success", icon)


def _warning(word: LazyString, icon: str = "alert") -> Status:
    return Status(word, "warning", icon)


def _danger(word: LazyString, icon: str = "cross") -> Status:
    return Status(word, "danger", icon)


STATUSES: dict[str, dict[str, Status]] = {
    "api_key": {
        "live": _success(_("Live")),
        "test": _info(_("Sandbox"), "circle"),
        "revoked": _neutral(_p("api key", "Revoked"), "cross"),
        "ended": _neutral(_p("api key", "Ended"), "cross"),
    },
    "export_schedule": {
        "running": _success(_("Switched on")),
        "paused": _warning(_("Paused"), "clock"),
        "ended": _neutral(_p("export", "Ended"), "cross"),
    },
    "export_run": {
        "waiting": _info(_("Being made"), "clock"),
        "made": _success(_("Ready to be taken")),
        "erased": _neutral(_("Its time is over"), "clock"),
        "failed": _danger(_("Not made")),
        "dropped": _neutral(_("Dropped"), "cross"),
    },
    "webhook": {
        "live": _success(_("Switched on")),
        "test": _info(_("Sandbox"), "circle"),
        "resting": _warning(_("The last attempt failed"), "clock"),
        "by_hand": _neutral(_("Switched off"), "cross"),
        "gone": _danger(_("Off: it is gone (410)")),
        "failing": _danger(_("Off: it kept failing")),
    },
    "webhook_delivery": {
        "waits": _info(_("On its way"), "clock"),
        "delivered": _success(_("Delivered")),
        "given_up": _danger(_("Not delivered")),
    },
    "registration": {
        "accepted": _success(_p("registration", "Accepted")),
        "provisional": _warning(_("Provisional"), "clock"),
        "refused": _danger(_p("registration", "Refused")),
        "expired": _neutral(_("Expired")),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
        "released": _neutral(_("Given up"), "cross"),
        "in_review": _info(_p("registration", "In review")),
    },
    "visit": {
        "booked": _info(_p("visit", "Booked")),
        "arrived": _warning(_("At the gate"), "check-in"),
        "visited": _success(_("Shown round")),
        "missed": _neutral(_("Did not come"), "cross"),
        "ended": _neutral(_("Called off"), "cross"),
    },
    "contact": {
        "accepted": _success(_p("contact", "Accepted")),
        "received": _info(_("Received"), "check"),
        "handed_over": _info(_("With a colleague now"), "check"),
        "refused": _neutral(_("Not eligible"), "cross"),
    },
    "showing": {
        "started": _info(_p("showing", "Started")),
        "verified": _success(_("Verified")),
        "needs_review": _warning(_("Needs review")),
        "rejected": _danger(_p("showing", "Rejected")),
        "at_reception": _info(_("Waiting for reception")),
        "confirmed_genuine": _success(_("Confirmed genuine")),
        "confirmed_fake": _danger(_("Confirmed fake"), "flag"),
        "inconclusive": _neutral(_("Cannot be told"), "circle"),
        "cleared": _success(_("Cleared by appeal")),
        "capture_asked": _warning(_("New capture asked for"), "camera"),
        "recaptured": _neutral(_("Captured again"), "refresh"),
        "superseded": _neutral(_("Answered by a later visit"), "check"),
    },
    "risk": {
        "high": _danger(_("Look first"), "alert"),
        "medium": _warning(_("Look soon")),
        "low": _neutral(_("Ordinary")),
    },
    "deal": {
        "subscribed": _info(_("Subscribed"), "pencil"),
        "signed": _success(_("Signed")),
        "loan_released": _success(_("Loan released"), "bank"),
        "handed_over": _success(_("Handed over"), "key"),
        "cancelled": _danger(_("Cancelled")),
    },
    "loan": {
        "refused": _danger(_("Refused by the bank"), "cross"),
        "late": _danger(_("Overdue"), "alert"),
        "soon": _warning(_("Due soon"), "clock"),
        "running": _info(_("On its way"), "bank"),
        "released": _success(_("Money released")),
        "cash": _neutral(_("No loan needed"), "check"),
        "cancelled": _neutral(_("Cancelled"), "cross"),
    },
    "promise": {
        "late": _danger(_("Overdue"), "alert"),
        "proposed": _warning(_("Waits for another person"), "clock"),
        "open": _info(_("Owed"), "pencil"),
        "kept": _success(_("Kept")),
        "refused": _neutral(_("Not allowed"), "cross"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "line": {
        "accrual": _success(_("Accrual"), "plus"),
        "instalment": _info(_("Instalment"), "plus"),
        "top_up": _success(_("Top-up"), "plus"),
        "clawback": _danger(_("Clawback"), "minus"),
        "re_rank": _warning(_("Re-rank"), "refresh"),
        "correction": _neutral(_("Correction"), "refresh"),
        "forfeiture": _danger(_("Forfeited"), "flag"),
        "fine": _danger(_("Fine for a strike"), "flag"),
        "adjustment": _neutral(_("Adjustment"), "adjust"),
        "reward": _success(_("Reward"), "gift"),
        "withholding": _warning(_("Tax withheld"), "minus"),
    },
    "period": {
        "open": _neutral(_("Not closed yet")),
        "closing": _info(_("Being closed")),
        "closed": _success(_("Month closed"), "lock"),
    },
    "statement": {
        "draft": _neutral(_p("statement", "Draft"), "pencil"),
        "issued": _info(_p("statement", "Issued"), "statement"),
        "approved": _success(_p("statement", "Approved")),
        "paid": _success(_("Paid"), "payout"),
        "carried_forward": _neutral(_("Carried forward"), "refresh"),
    },
    "dispute": {
        "open": _warning(_("Waits for an answer"), "conflict"),
        "accepted": _success(_("Dispute upheld")),
        "refused": _danger(_p("dispute", "Turned down")),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "adjustment": {
        "proposed": _info(_("Waits for approval")),
        "approved": _success(_p("adjustment", "Approved")),
        "refused": _danger(_p("adjustment", "Turned down")),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "payout": {
        "requested": _info(_("Requested")),
        "approved": _success(_p("payout", "Approved")),
        "exported": _info(_("Exported"), "download"),
        "paid": _success(_("Paid"), "payout"),
        "rejected": _danger(_p("payout", "Rejected")),
        "failed": _danger(_p("payout", "Failed"), "alert"),
        "voided": _neutral(_p("payout", "Voided"), "cross"),
        "returned": _danger(_p("payout", "Sent back"), "refresh"),
        "held": _warning(_("On hold"), "lock"),
    },
    "bank_answer": {
        "waiting": _warning(_("To be confirmed"), "clock"),
        "confirmed": _success(_("Confirmed")),
        "dismissed": _danger(_p("bank answer", "Not confirmed")),
        "overtaken": _neutral(_("Overtaken"), "refresh"),
        "earlier": _neutral(_("Settled by the import"), "check"),
    },
    "bank_outcome": {
        "failed": _danger(_p("payout", "Failed"), "alert"),
        "returned": _danger(_p("payout", "Sent back"), "refresh"),
    },
    "invoice": {
        "missing": _warning(_("No invoice yet"), "clock"),
        "unequal": _danger(_("Another sum"), "alert"),
        "unchecked": _warning(_("Waits for the check"), "clock"),
        "ok": _success(_p("invoice", "Checked")),
        "current": _success(_p("invoice", "Valid")),
        "superseded": _neutral(_("Replaced"), "refresh"),
        "rejected": _danger(_p("invoice", "Rejected")),
    },
    "import": {
        "checking": _info(_("Being tried out")),
        "ready": _warning(_("Waits for your word"), "clock"),
        "applying": _info(_("Being carried out")),
        "done": _success(_("Done")),
        "discarded": _neutral(_("Discarded"), "cross"),
        "stuck": _danger(_("Stands still")),
    },
    "import_row": {
        "waiting": _neutral(_p("import row", "Waits"), "clock"),
        "opens": _success(_("New deal"), "plus"),
        "advances": _info(_("Milestones"), "check"),
        "nothing": _neutral(_("Already there"), "circle"),
        "refused": _danger(_p("import row", "Refused")),
    },
    "strike": {
        "counts": _danger(_p("strike", "Counts"), "flag"),
        "voided": _neutral(_p("strike", "Voided"), "cross"),
        "consumed": _neutral(_("Consumed"), "check"),
        "lapsed": _neutral(_p("strike", "Lapsed"), "clock"),
    },
    "benefit": {
        "granted": _info(_("Granted"), "gift"),
        "booked": _success(_("Booked")),
        "escalated": _warning(_("Waits for a decision"), "alert"),
        "stands": _success(_p("benefit", "Stands")),
        "revoked": _neutral(_p("benefit", "Revoked"), "cross"),
        "charged": _danger(_("Charged back"), "minus"),
    },
    "appeal": {
        "open": _info(_p("appeal", "Open")),
        "accepted": _success(_("Upheld")),
        "rejected": _danger(_("Dismissed")),
    },
    "conflict": {
        "open": _info(_("Waits for a decision")),
        "late": _danger(_("Decision late"), "clock"),
        "second": _warning(_("Waits for the second person")),
        "decided": _success(_("Decided")),
    },
    "conflict_result": {
        "yours": _success(_("Decided for this party")),
        "not_yours": _danger(_("Decided against this party")),
        "shared": _success(_("This party has a part")),
    },
    "risk_flag": {
        "open": _warning(_("Waits for us"), "flag"),
        "asked": _info(_("Waits for the partner"), "clock"),
        "answered": _warning(_("Answered"), "flag"),
        "let_go": _success(_("Nothing wrong")),
        "struck": _danger(_("Became a strike")),
        "expired": _neutral(_("Ended by itself"), "clock"),
    },
    "question": {
        "asked": _warning(_("Waits for your answer"), "clock"),
        "answered": _info(_("Answered")),
        "let_go": _success(_("Settled")),
        "struck": _danger(_("Became a strike")),
        "expired": _success(_("Settled")),
    },
    "risk_receipt": {
        "risk_held": _warning(_("Held"), "clock"),
        "risk_freed": _success(_("Free again")),
    },
    "reward": {
        "pending": _info(_("Pending")),
        "due": _warning(_p("reward", "Due"), "gift"),
        "approved": _success(_p("reward", "Approved")),
        "fulfilled": _success(_("Fulfilled"), "gift"),
        "revoked": _danger(_p("reward", "Revoked")),
        "in_review": _warning(_p("reward", "In review")),
        "refused": _danger(_p("reward", "Turned down")),
    },
    "voucher": {
        "open": _success(_("Can be redeemed"), "voucher"),
        "redeemed": _neutral(_("Redeemed"), "check"),
        "expired": _neutral(_("Expired"), "clock"),
        "revoked": _danger(_p("voucher", "Taken back")),
    },
    "lead": {
        "accepted": _success(_p("lead", "Accepted")),
        "visited": _success(_("Visited"), "showing"),
        "subscribed": _info(_("Subscribed"), "pencil"),
        "signed": _success(_("Signed")),
        "cancelled": _neutral(_("Cancelled"), "cross"),
        "refused": _neutral(_("Not eligible"), "cross"),
        "waiting": _warning(_("Number not confirmed"), "clock"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
        "lapsed": _neutral(_("Time is over"), "clock"),
    },
    "lead_number": {
        "code": _success(_("Confirmed by a code")),
        "visit": _success(_("Confirmed at reception")),
        "call": _success(_("Confirmed by a call")),
        "none": _neutral(_("Number not confirmed"), "clock"),
    },
    "employee": {
        "checked": _success(_("Works there")),
        "waiting": _warning(_("Not yet checked"), "clock"),
        "revoked": _danger(_p("employee", "Taken back")),
    },
    "programme": {
        "planned": _info(_("Planned"), "calendar"),
        "open": _success(_("Running")),
        "over": _neutral(_p("programme", "Over"), "clock"),
    },
    "invitation": {
        "open": _info(_("Awaiting an answer")),
        "accepted": _success(_("Has joined")),
        "declined": _neutral(_("Said no"), "cross"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
        "over": _neutral(_("Not answered"), "clock"),
    },
    "account": {
        "active": _success(_("Active")),
        "frozen": _danger(_("Frozen"), "freeze"),
        "invited": _info(_("Invited")),
        "deactivated": _neutral(_("Deactivated"), "cross"),
    },
    "agreement": {
        "active": _success(_("In force")),
        "upcoming": _info(_("Upcoming")),
        "ended": _neutral(_p("agreement", "Ended")),
    },
    "plan": {
        "draft": _neutral(_p("plan", "Draft"), "pencil"),
        "upcoming": _info(_("Upcoming")),
        "published": _success(_("In force")),
        "superseded": _neutral(_("Superseded"), "clock"),
    },
    "plan_draft": {
        "proposed": _info(_("Waits for a second person")),
        "published": _success(_("Published")),
        "refused": _warning(_("Sent back"), "pencil"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "proposal": {
        "proposed": _info(_("Waits for another person")),
        "confirmed": _success(_("Confirmed")),
        "refused": _warning(_("Sent back"), "pencil"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "account_alarm": {
        "open": _danger(_("To be looked into"), "alert"),
        "vouched": _warning(_("Waits for another person"), "clock"),
        "lifted": _neutral(_("Lifted"), "check"),
    },
    "factor_reset": {
        "proposed": _info(_("Waits for another person")),
        "waits": _warning(_("Waits for its time"), "clock"),
        "done": _success(_("Done")),
        "cancelled": _neutral(_("Stopped"), "cross"),
        "refused": _warning(_("Sent back"), "pencil"),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
    "erasure": {
        "open": _info(_("To be answered")),
        "proposed": _info(_("Waits for another person")),
        "late": _danger(_("Overdue"), "alert"),
        "refused": _neutral(_("Not erased"), "cross"),
        "granted": _success(_("Erased, something stays for a time")),
        "finished": _success(_("Erased")),
    },
    "poster_design": {
        "draft": _info(_p("poster design", "To be looked at"), "pencil"),
        "offered": _success(_("Offered")),
    },
    "posters": {
        "running": _info(_("Being drawn")),
        "done": _success(_("Done")),
        "failed": _danger(_("Not finished"), "alert"),
        "erased": _neutral(_("Erased"), "trash"),
    },
    "what_if": {
        "running": _info(_("At work")),
        "done": _success(_("Done")),
        "failed": _danger(_("Not finished"), "alert"),
    },
    "complaint": {
        "late": _danger(_("Answer overdue"), "alert"),
        "open": _warning(_("To answer"), "clock"),
        "answered": _info(_("Answered")),
        "asked": _info(_("Owner asked")),
        "closed": _success(_("Complaint closed")),
    },
    "survey": {
        "asked": _info(_("Survey sent")),
        "answered": _success(_("Filled in")),
        "over": _neutral(_("Not answered")),
    },
    "gathering": {
        "to_come": _info(_("Still to come"), "calendar"),
        "on": _success(_("On now"), "star"),
        "over": _neutral(_("Gathering over")),
        "cancelled": _danger(_("Called off")),
    },
    "guest": {
        "invited": _neutral(_("No answer yet"), "clock"),
        "coming": _info(_("Coming"), "calendar"),
        "not_coming": _neutral(_("Not coming"), "cross"),
        "came": _success(_("Came")),
        "missed": _warning(_("Did not come")),
    },
    "consent": {
        "given": _success(_p("consent", "Given")),
        "withdrawn": _neutral(_("Withdrawn"), "cross"),
    },
}


def status_choices(kind: str, *codes: str) -> list[tuple[str, LazyString]]:
    """What a list of this kind is filtered by: all of it, or one of its states, in the words of the table above.

    Without codes every state is offered. A page that words a state itself sooner or later words it another way.
    """
    words = STATUSES[kind]
    return [("", _("All")), *((code, words[code].word) for code in codes or words)]


def status(kind: str, code: str | Enum) -> Status:
    """How `code` of this kind of thing is shown.

    A KeyError here means that a state was added without its word: add it to the table above.
    """
    return STATUSES[kind][code.value if isinstance(code, Enum) else code]
