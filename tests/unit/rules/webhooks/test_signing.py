"""Signatures as the standard's own library reads them."""

import base64

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from commissions.refusal import Refusal
from portal.crypto import Signer, signed_with
from portal.rules.webhooks import signing
from tests.clock import real_now

OLD, NEW = signing.new_secret(), signing.new_secret()
BODY = '{"id":"evt_1","type":"deal_moved_on","subject":"周"}'


def message() -> signing.Message:
    return signing.Message("evt_1", real_now(), BODY)  # the library compares with the clock of the machine


def test_each_secret_that_holds_verifies_and_no_other() -> None:
    headers = signing.headers(message(), [NEW, OLD])
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(BODY, headers)["id"] == "evt_1"
        assert signing.signed_by(headers, BODY, secret)
        assert not signing.signed_by(headers, BODY.replace("1", "2"), secret)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY.replace("evt_1", "evt_2"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(BODY, headers)
    assert not signing.signed_by({}, BODY, NEW)


def test_whoever_has_the_public_key_verifies_too() -> None:
    signer, told = Signer(b"s" * 32), message()
    signatures = dict(
        one.split(",") for one in signing.headers(told, [NEW], signer.sign)["webhook-signature"].split(" ")
    )
    assert set(signatures) == {"v1", "v1a"}
    public = base64.b64decode(signing.public_key(signer.public_key).removeprefix("whpk_"))
    assert signed_with(public, told.content, base64.b64decode(signatures["v1a"]))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_!", "A" * 44, f"whsec_{'A' * 88}"])
def test_a_secret_that_cannot_sign_is_refused(text: str) -> None:
    assert signing.checked_secret(NEW) == NEW
    with pytest.raises(Refusal, match="webhook_secret_odd"):
        signing.checked_secret(text)
