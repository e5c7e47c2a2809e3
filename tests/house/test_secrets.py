"""What is secret is known where secrets are cared for: columns when keys change, settings where files hold them."""

import ast
import inspect

from sqlalchemy import LargeBinary

from portal import config
from portal.models import Base
from portal.secret_files import IN_FILES
from portal.services.keys.sealed_columns import CONTEXTS
from scripts.doc_tables import _meanings

NOT_SEALED = {
    "passkey_challenges.challenge": "what a device is asked to sign, once and soon",
    "passkeys.public_key": "the public half: with it nobody signs",
    "erasure_proofs.signature": "everybody may verify it",
    "receipts.signature": "everybody may verify it",
    "index_rotations.signature": "everybody may verify it",
    "key_marks.voucher": "a signature, too",
    "scan_salts.salt": "a day's salt, forgotten with the day",
}
"""Columns of bytes that nobody sealed, and why."""


def test_every_sealed_column_is_sealed_anew_with_another_key() -> None:
    """A new one goes into `CONTEXTS` with the context that its service seals it for; tests/db/keys tries them."""
    tables = Base.metadata.sorted_tables
    binary = {f"{table.name}.{one.name}" for table in tables for one in table.c if isinstance(one.type, LargeBinary)}
    assert binary - NOT_SEALED.keys() == CONTEXTS.keys()
    assert NOT_SEALED.keys() <= binary


def test_every_secret_may_lie_in_a_file() -> None:
    meanings = _meanings(ast.parse(inspect.getsource(config)))
    secret = {name for name, meaning in meanings.items() if meaning.startswith("secret:")}
    assert secret | {"database_url"} == set(IN_FILES)
