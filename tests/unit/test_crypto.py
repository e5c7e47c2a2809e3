"""What is sealed stays sealed, opens only where it belongs, and survives a change of keys."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.crypto import IndexKeyForeign, SealBroken, Signer, Vault, derived_key

OLD, NEW, INDEX = os.urandom(32), os.urandom(32), os.urandom(32)
VAULT = Vault([OLD], INDEX)


@given(st.text(), st.text())
def test_what_is_sealed_opens_in_its_context(plain: str, context: str) -> None:
    assert VAULT.open_text(VAULT.seal_text(plain, context), context) == plain


def test_another_context_or_a_changed_byte_does_not_open() -> None:
    sealed = VAULT.seal_text("13800138000", "client.phone")
    with pytest.raises(SealBroken):
        VAULT.open_text(sealed, "agency.bank")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            VAULT.open(bytes(changed), "client.phone")


def test_equal_values_are_not_equal_when_sealed_but_find_each_other_blind() -> None:
    assert VAULT.seal_text("13800138000", "phone") != VAULT.seal_text("13800138000", "phone")
    assert VAULT.blind("13800138000", "phone") == VAULT.blind("13800138000", "phone")
    assert VAULT.blind("13800138000", "phone") != VAULT.blind("13800138000", "other")
    assert VAULT.blind("13800138000", "phone") != Vault([OLD], NEW).blind("13800138000", "phone")


def test_keys_rotate_and_an_unknown_key_opens_nothing() -> None:
    before = VAULT.seal_text("王小明", "name")
    rotated = Vault([NEW, OLD], INDEX)
    assert rotated.open_text(before, "name") == "王小明"
    with pytest.raises(SealBroken):
        VAULT.open_text(rotated.seal_text("王小明", "name"), "name")


def test_a_vault_without_proper_keys_is_refused() -> None:
    for keys in ([], [b"short"]):
        with pytest.raises(ValueError, match="32 bytes"):
            Vault(keys, INDEX)


def test_a_signature_is_for_one_message_and_one_server() -> None:
    signer = Signer(OLD)
    vouchers = signer.of_purpose("voucher")
    assert vouchers.verify(b"accepted", Signer(OLD).of_purpose("voucher").sign(b"accepted")), "the same at every start"
    for other in (signer, signer.of_purpose("another"), Signer(NEW).of_purpose("voucher")):
        assert not other.verify(b"accepted", vouchers.sign(b"accepted"))
        assert not vouchers.verify(b"accepted", other.sign(b"accepted"))
    signature = signer.sign(b"accepted")
    assert signer.verify(b"accepted", signature)
    assert not signer.verify(b"refused", signature)
    assert not Signer(NEW).verify(b"accepted", signature)


def test_the_key_of_a_purpose_is_of_that_purpose_alone() -> None:
    assert derived_key(OLD, "password link") == derived_key(OLD, "password link")
    assert len({OLD, derived_key(OLD, "password link"), derived_key(OLD, "device"), derived_key(NEW, "device")}) == 4
    assert VAULT.keyed_digest("secret", "one") != VAULT.keyed_digest("secret", "another")


class TestIndexKeys:
    """One of them makes digests; what may have been kept under another one is asked for under each."""

    BOTH = Vault([OLD], INDEX, NEW)

    def test_the_first_one_makes_digests_until_another_is_said(self) -> None:
        assert self.BOTH.blind("1", "phone") == VAULT.blind("1", "phone")
        under = self.BOTH.under(self.BOTH.index_marks[1])
        assert under.blind("1", "phone") == Vault([OLD], NEW).blind("1", "phone")
        assert self.BOTH.keyed_digest("1", "x") == VAULT.keyed_digest("1", "x"), "the vault itself stays as it is"

    def test_all_are_asked_the_one_in_force_first(self) -> None:
        under = self.BOTH.under(self.BOTH.index_marks[1])
        assert self.BOTH.blinds("1", "phone") == under.blinds("1", "phone")[::-1]
        assert under.keyed_digests("1", "x")[0] == Vault([OLD], NEW).keyed_digest("1", "x")
        assert VAULT.blinds("1", "phone") == [VAULT.blind("1", "phone")]

    def test_a_key_that_is_not_held_makes_nothing(self) -> None:
        with pytest.raises(IndexKeyForeign):
            VAULT.under("another")
