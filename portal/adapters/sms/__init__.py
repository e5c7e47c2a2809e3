"""Text messages: handed to who delivers them, and nothing else.

A text is an approved template of the provider's with values put in; we never send words of our own, since carriers
refuse those.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ...config import Config
from .aliyun import Account, AliyunSms
from .local import LocalSms
from .sender import Sms


def load_sms(config: Config, clock: Callable[[], datetime]) -> Sms | None:
    """Who delivers texts by these settings; None where none go out."""
    if config.sms_by == "aliyun":
        templates = {
            "arrival_code": config.sms_code_template,
            "face_withdrawal": config.sms_withdrawal_template,
            "account_link": config.sms_password_template,
            "bank_change": config.sms_bank_template,
            "phone_change": config.sms_phone_template,
            "phone_code": config.sms_number_template,
            "invitation": config.sms_invitation_template,
            "gift": config.sms_gift_template,
            "notice": config.sms_notice_template,
            "erasure": config.sms_erasure_template,
            "slot_pass": config.sms_slot_template,
            "slot_off": config.sms_slot_off_template,
            "survey": config.sms_survey_template,
            "complaint": config.sms_complaint_template,
            "gathering": config.sms_gathering_template,
            "care": config.sms_care_template,
            "client_link": config.sms_client_template,
        }
        account = Account(
            config.sms_key_id, config.sms_key_secret, config.sms_sign_name, templates, config.sms_endpoint.rstrip("/")
        )
        return AliyunSms(account, clock)
    return LocalSms(config.data_dir / "texts") if config.sms_by == "local" else None
