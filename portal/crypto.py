"""Keeping people's data unreadable at rest, and the server's word provable.

`Vault` seals personal data (AES-256-GCM) and makes blind indexes, so that equality of two phones is tested
on a keyed hash and never on the number (rules 2.1). `Signer` signs receipts with Ed25519: anyone who has the
public key can verify them. Keys come from the environment; nothing here has a default.
"""

import base64
import copy
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
KEY_ID_BYTES = 4


class KeyMarks(NamedTuple):
    """The marks of a portal's keys; those of the data keys by the ids (hex) that sealed rows begin with.

    `index_keys`: one, or two while one takes the other's place. `signing_key` is the public key itself, in hex: with it
    old receipts can be verified.
    """

    index_keys: Sequence[str]
    data_keys: Mapping[str, str]
    signing_key: str
    secret_key: str


class SealBroken(Exception):
    """A sealed value was changed, belongs to another context, or its key is gone: `no_key` is then that key's name."""

    def __init__(self, context: str, *, no_key: str = "") -> None:
        super().__init__(context)
        self.no_key = no_key


class IndexKeyForeign(Exception):
    """The digests of this database are made under an index key that this process does not hold."""


class Vault:
    """Seals and opens personal data. The first key seals; every key opens, so keys can be rotated.

    Digests are made under one index key, the one in force; the database says which that is (`portal.session`). What was
    kept under another one, and cannot be made anew, is found by `blinds` and `keyed_digests`.
    """

    def __init__(self, keys: Sequence[bytes], *index_keys: bytes) -> None:
        if not keys or not index_keys or any(len(key) != KEY_BYTES for key in (*keys, *index_keys)):
            raise ValueError(f"the vault needs keys of {KEY_BYTES} bytes")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._newest = _key_id(keys[0])
        self.newest = self._newest.hex()
        self.data_marks = {_key_id(key).hex(): key_mark(key) for key in keys}
        self._index_keys = {key_mark(key): key for key in index_keys}
        self.index_mark = next(iter(self._index_keys))

    @property
    def index_marks(self) -> tuple[str, ...]:
        """The marks of the index keys of the settings, in their order."""
        return tuple(self._index_keys)

    def under(self, mark: str) -> Self:
        """The same vault, making its digests under another of its index keys. Raises IndexKeyForeign."""
        if mark not in self._index_keys:
            raise IndexKeyForeign(mark)
        other = copy.copy(self)
        other.index_mark = mark
        return other

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt for one context (such as `client.phone`): opening it under another context fails."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made. Raises SealBroken."""
        name, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        try:
            return self._ciphers[name].decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], context.encode())
        except KeyError as error:
            raise SealBroken(context, no_key=name.hex()) from error
        except (InvalidTag, ValueError) as error:
            raise SealBroken(context) from error

    def sealed_newly(self, sealed: bytes) -> bool:
        """Whether the key that seals today sealed this."""
        return sealed[:KEY_ID_BYTES] == self._newest

    def seal_text(self, plain: str, context: str) -> bytes:
        """`seal` for text."""
        return self.seal(plain.encode(), context)

    def open_text(self, sealed: bytes, context: str) -> str:
        """`open` for text. Raises SealBroken."""
        return self.open(sealed, context).decode()

    def blind(self, value: str, context: str) -> str:
        """The keyed hash by which equal values find each other: 64 hex digits."""
        return self._blind(self.index_mark, value, context)

    def blinds(self, value: str, context: str) -> list[str]:
        """`blind` under every index key, the one in force first: for what may have been kept under another one."""
        return [self._blind(mark, value, context) for mark in self.all_marks()]

    def keyed_digest(self, secret: str, purpose: str) -> str:
        """How a secret that was handed out for one purpose is kept: under that purpose's own key, 64 hex digits."""
        return self._keyed_digest(self.index_mark, secret, purpose)

    def keyed_digests(self, secret: str, purpose: str) -> list[str]:
        """`keyed_digest` under every index key, the one in force first."""
        return [self._keyed_digest(mark, secret, purpose) for mark in self.all_marks()]

    def all_marks(self) -> list[str]:
        """The marks of its index keys, the one in force first."""
        return [self.index_mark, *(mark for mark in self._index_keys if mark != self.index_mark)]

    def _blind(self, mark: str, value: str, context: str) -> str:
        return hmac.digest(self._index_keys[mark], f"{context}\0{value}".encode(), "sha256").hex()

    def _keyed_digest(self, mark: str, secret: str, purpose: str) -> str:
        return hmac.digest(derived_key(self._index_keys[mark], purpose), secret.encode(), "sha256").hex()


class Signer:
    """The server's signature: by the key itself under receipts and backups, by one derived of it under the rest."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._private.public_key().public_bytes_raw()

    def of_purpose(self, purpose: str) -> "Signer":
        """The signer of one purpose: what it signs, this one does not verify, nor the other way round."""
        return Signer(derived_key(self._seed, purpose))

    def sign(self, message: bytes) -> bytes:
        """Sign a message: 64 bytes."""
        return self._private.sign(message)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this server signed exactly this message."""
        return signed_with(self.public_key, message, signature)


def signed_with(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key to which this public one belongs signed exactly this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id_of(sealed: bytes) -> str:
    """The id (hex) of the key that sealed this; `Vault.newest` is that of the key that seals today."""
    return sealed[:KEY_ID_BYTES].hex()


def derived_key(root: bytes, purpose: str) -> bytes:
    """The key of one purpose (HKDF, RFC 5869): of those of other purposes, and of the root, it tells nothing."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"portal\0{purpose}".encode()).derive(root)


def token(length: int = 16) -> str:
    """A random URL-safe secret of `length` bytes."""
    return base64.urlsafe_b64encode(os.urandom(length)).rstrip(b"=").decode()


def digest(value: str | bytes) -> str:
    """SHA-256 in hex: how secrets that we hand out (session tokens, nonces) are kept."""
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def key_mark(key: bytes) -> str:
    """By what a key is known again without being told: 64 hex digits, of which the key cannot be made."""
    return derived_key(key, "key mark").hex()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:KEY_ID_BYTES]
