"""What the deeds of the audit log are called. A deed without its word fails the tests."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

DEEDS: dict[str, Any] = {
    "signed_in": _l("Signed in"),
    "session_ended": _l("Signed out"),
    "sessions_ended": _l("Signed out everywhere"),
    "person_created": _l("Opened an account"),
    "person_deactivated": _l("Closed an account"),
    "person_reactivated": _l("Reopened an account"),
    "password_link_issued": _l("Made a link to choose a password"),
    "password_set": _l("Set the password"),
    "referrer_created": _l("Added a referrer"),
    "referral_code_revoked": _l("Revoked a referral code"),
    "lead_left": _l("Left a number on a referral page"),
    "lead_withdrawn": _l("Asked not to be contacted"),
    "reward_plan_published": _l("Published a reward plan"),
    "reward_granted": _l("Granted a reward"),
    "reward_reranked": _l("Moved a reward to another step"),
    "reward_rescheduled": _l("Changed a reward's day"),
    "reward_due": _l("A reward became due"),
    "reward_revoked": _l("Revoked a reward"),
    "reward_sent_to_review": _l("Sent a reward to review"),
    "contact_revealed": _l("Looked at a client's phone number"),
    "phone_revealed": _l("Looked at a phone number"),
    "client_registered": _l("Registered a client"),
    "walk_in_signed_in": _l("Signed in a walk-in"),
    "account_frozen": _l("Froze an account"),
    "appeal_filed": _l("Appealed against a strike"),
    "appeal_decided": _l("Decided an appeal"),
    "appeal_picture_seen": _l("Looked at a picture of an appeal"),
    "freeze_undeserved": _l("Took back a freeze"),
    "strike_voided": _l("Voided a strike"),
    "personal_data_read": _l("Read one person's data"),
    "personal_data_exported": _l("Took one person's data along as a file"),
    "face_erased_on_request": _l("Erased a face on request"),
    "capture_asked": _l("Asked for a new capture"),
    "agency_created": _l("Created an agency"),
    "agency_deactivated": _l("Closed an agency"),
    "agency_reactivated": _l("Reopened an agency"),
    "agreement_made": _l("Made an agreement"),
    "agreement_ended": _l("Ended an agreement"),
    "bank_details_changed": _l("Changed bank details"),
    "bank_file_taken": _l("Downloaded a bank file"),
    "bank_result_imported": _l("Imported the bank's answer"),
    "benefit_granted": _l("Granted a benefit"),
    "benefit_revoked": _l("Revoked a benefit"),
    "checked_in": _l("Checked in"),
    "arrival_code_sent": _l("Sent a code to the client's phone"),
    "arrival_code_tried": _l("Typed the client's code"),
    "client_consent_withdrawn": _l("A client withdrew the face consent"),
    "commission_posted": _l("Posted commission"),
    "consent_given": _l("Gave consent"),
    "face_enrolled": _l("Enrolled a face"),
    "face_consent_withdrawn": _l("Withdrew the face consent"),
    "deal_opened": _l("Opened a deal"),
    "milestone_recorded": _l("Recorded a milestone"),
    "development_created": _l("Created a development"),
    "development_changed": _l("Changed a development"),
    "payout_requested": _l("Requested a payout"),
    "payout_approved": _l("Approved a payout"),
    "payout_rejected": _l("Rejected a payout"),
    "payouts_exported": _l("Exported payouts"),
    "photo_seen": _l("Looked at a photo"),
    "plan_published": _l("Published a plan"),
    "showing_reviewed": _l("Reviewed a showing"),
    "statement_issued": _l("Issued a statement"),
    "strike_confirmed": _l("Confirmed a fake showing"),
}

SUBJECTS: dict[str, Any] = {
    "appeals": _l("Appeal"),
    "appeal_pictures": _l("Picture of an appeal"),
    "referrers": _l("Referrer"),
    "leads": _l("Lead"),
    "rewards": _l("Reward"),
    "reward_plan_versions": _l("Reward plan"),
    "people": _l("Person"),
    "registrations": _l("Registration"),
    "touches": _l("Touch"),
    "web_sessions": _l("Session"),
    "agencies": _l("Agency"),
    "agreements": _l("Agreement"),
    "benefits": _l("Benefit"),
    "consents": _l("Consent"),
    "deals": _l("Deal"),
    "developments": _l("Development"),
    "face_templates": _l("Face"),
    "freezes": _l("Freeze"),
    "milestones": _l("Milestone"),
    "payouts": _l("Payout"),
    "payout_batches": _l("Bank file"),
    "photos": _l("Photo"),
    "plan_versions": _l("Plan"),
    "showings": _l("Showing"),
    "statements": _l("Statement"),
    "strikes": _l("Strike"),
}


def deed(action: str) -> str:
    """The deed in the reader's language."""
    return str(DEEDS.get(action, action))


def subject(kind: str) -> str:
    """What it was done on."""
    return str(SUBJECTS.get(kind, kind))


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """The facts as they were written down, for who investigates: names of columns, no translation."""
    return " · ".join(f"{name}={value}" for name, value in sorted(facts.items()) if value is not None)
