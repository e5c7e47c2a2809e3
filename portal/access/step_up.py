"""The one table of what a person proves himself for anew, though he is signed in: what moves money or powers at once.

By endpoint, because one permission often covers both a deed and taking it back, which needs no proof.
"""

from collections.abc import Mapping
from enum import StrEnum


class StepUp(StrEnum):
    """The kinds of deeds that are proven anew; a proof is good for its kind alone."""

    APPROVE = "approve"
    RELEASE_HOLD = "release_hold"
    EXPORT = "export"
    BANK_ANSWER = "bank_answer"
    BANK_DETAILS = "bank_details"
    PUBLISH = "publish"
    ACCOUNTS = "accounts"
    API_KEYS = "api_keys"
    WEBHOOKS = "webhooks"
    FACTORS = "factors"


_ENDPOINTS: Mapping[StepUp, str] = {
    StepUp.APPROVE: """
        payouts.approve payouts.approve_anew payout_queue.approve adjustments.approve correction_proposals.confirm
        conflicts.decide conflicts.confirm risk.end promises.allow promises.keep
        reward_queue.approve handing_out.approve handing_out.review
    """,
    StepUp.RELEASE_HOLD: "payouts.release",
    StepUp.EXPORT: "batches.create batches.take_file",
    StepUp.BANK_ANSWER: "batches.import_result bank_answers.confirm bank_answers.dismiss",
    StepUp.BANK_DETAILS: "bank_details.mine bank_details.propose bank_details.confirm",
    StepUp.PUBLISH: """
        drafts.publish reward_drafts.publish tax_table_drafts.confirm rule_profiles.confirm loan_terms.confirm
        risk_limits.confirm
    """,
    StepUp.ACCOUNTS: """
        admin.person_propose admin.proposal_confirm admin.reactivate admin.link alarms.vouch alarms.lift
        erasure.confirm
    """,
    StepUp.API_KEYS: "api_keys.new",
    StepUp.WEBHOOKS: "webhooks.new webhooks.edit webhooks.renew webhooks.enable webhooks.delete",
    StepUp.FACTORS: """
        factors.new_app factors.new_passkey factors.recovery factors.remove provider_sign_in.tie
        factor_resets.propose factor_resets.confirm
    """,
}

STEP_UPS: Mapping[str, StepUp] = {
    endpoint: kind for kind, endpoints in _ENDPOINTS.items() for endpoint in endpoints.split()
}
"""The routes to which nothing is sent without a fresh proof → its kind."""

BY_OWN_PASSWORD = frozenset({"bank_details.mine", "bank_details.propose"})
"""Routes whose own form asks for the password, of who has no second factor: he is not asked twice."""
