"""Registrations are found by surname, name and last four digits, without opening what is sealed.

Names and phones of the registrations that are there are opened row by row with the keys of the environment, and their
digests written. So this migration needs the keys once there is a registration; `portal migrate` has them.
"""

from contextlib import suppress

import sqlalchemy as sa
from alembic import context, op

from portal.crypto import SealBroken, Vault
from portal.rules.registrations.search_words import TAIL, words_of
from portal.types import BigInt

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

ROWS = """
    SELECT registrations.id, registrations.development_id, registrations.name_sealed, clients.phone_sealed
    FROM registrations JOIN clients ON clients.id = registrations.client_id
    WHERE registrations.id > :after ORDER BY registrations.id LIMIT 500
"""


def upgrade() -> None:
    op.create_table(
        "search_terms",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_search_terms_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_terms")),
    )
    _fill()
    op.create_index("uq_search_terms", "search_terms", ["digest", "registration_id"], unique=True)
    op.create_index(op.f("ix_search_terms_registration_id"), "search_terms", ["registration_id"])


def downgrade() -> None:
    op.drop_table("search_terms")


def _fill() -> None:
    bind, after = op.get_bind(), 0
    terms = sa.table("search_terms", sa.column("registration_id", BigInt), sa.column("digest", sa.String))
    while rows := bind.execute(sa.text(ROWS), {"after": after}).all():
        for key, development_id, name, phone in rows:
            found = _digests(development_id, name, phone)
            if found:
                bind.execute(sa.insert(terms), [{"registration_id": key, "digest": one} for one in sorted(found)])
        after = rows[-1][0]


def _digests(development_id: int, name: bytes, phone: bytes) -> set[str]:
    """As `services.search_terms` writes them. What does not open is found by what does: its own page says so anyway."""
    vault, found = _vault(), set()

    def keep(kind: str, word: str) -> None:
        found.add(vault.blind(f"{development_id}\0{word}", f"search.{kind}"))

    with suppress(SealBroken):
        keep("tail", vault.open_text(bytes(phone), "phone")[-TAIL:])
    with suppress(SealBroken):
        words = words_of(vault.open_text(bytes(name), "client.name"))
        keep("name", words.whole)
        for surname in words.surnames:
            keep("surname", surname)
    return found


def _vault() -> Vault:
    vault = context.config.attributes.get("vault")
    if vault is None:
        raise RuntimeError("there are registrations to be found by, which needs the keys: run `portal migrate`")
    return vault
