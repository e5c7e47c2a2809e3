"""Walk-ins and leads are found by surname, name and last four digits, as registrations are since 0047.

Names and phones of those that are there are opened row by row with the keys of the environment. So this migration needs
the keys once there is a walk-in or a lead; `portal migrate` has them.
"""

from contextlib import suppress

import sqlalchemy as sa
from alembic import context, op

from portal.crypto import SealBroken, Vault
from portal.rules.registrations.search_words import TAIL, words_of
from portal.types import BigInt

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

SOURCES = {"touch_id": ("touches", "source.kind = 'walk_in' AND"), "lead_id": ("leads", "")}
OF_ONE = (
    "(registration_id IS NOT NULL AND touch_id IS NULL AND lead_id IS NULL)"
    " OR (registration_id IS NULL AND (touch_id IS NULL) <> (lead_id IS NULL))"
)


def upgrade() -> None:
    with op.batch_alter_table("search_terms") as table:
        table.alter_column("registration_id", existing_type=BigInt, nullable=True)
        for column, (source, _only) in SOURCES.items():
            table.add_column(sa.Column(column, BigInt, nullable=True))
            table.create_foreign_key(op.f(f"fk_search_terms_{column}"), source, [column], ["id"])
        table.create_check_constraint(op.f("ck_search_terms_of_one"), OF_ONE)
    for column, (source, only) in SOURCES.items():
        _fill(column, source, only)
        name = column.removesuffix("_id")
        op.create_index(f"uq_search_terms_{name}", "search_terms", ["digest", column], unique=True)
        op.create_index(op.f(f"ix_search_terms_{column}"), "search_terms", [column])


def downgrade() -> None:
    op.execute("DELETE FROM search_terms WHERE registration_id IS NULL")
    for column in SOURCES:
        op.drop_index(op.f(f"ix_search_terms_{column}"), "search_terms")
        op.drop_index(f"uq_search_terms_{column.removesuffix('_id')}", "search_terms")
    with op.batch_alter_table("search_terms") as table:
        table.drop_constraint(op.f("ck_search_terms_of_one"), type_="check")
        for column in SOURCES:
            table.drop_constraint(op.f(f"fk_search_terms_{column}"), type_="foreignkey")
            table.drop_column(column)
        table.alter_column("registration_id", existing_type=BigInt, nullable=False)


def _fill(column: str, source: str, only: str) -> None:
    rows_after = sa.text(
        "SELECT source.id, source.development_id, source.name_sealed, clients.phone_sealed"  # noqa: S608 - words of ours
        f" FROM {source} AS source JOIN clients ON clients.id = source.client_id"
        f" WHERE {only} source.id > :after ORDER BY source.id LIMIT 500"
    )
    bind, after = op.get_bind(), 0
    terms = sa.table("search_terms", sa.column(column, BigInt), sa.column("digest", sa.String))
    while rows := bind.execute(rows_after, {"after": after}).all():
        for key, development_id, name, phone in rows:
            found = _digests(development_id, name, phone)
            if found:
                bind.execute(sa.insert(terms), [{column: key, "digest": one} for one in sorted(found)])
        after = rows[-1][0]


def _digests(development_id: int, name: bytes, phone: bytes) -> set[str]:
    """As `services.claims.search_terms` writes them. What does not open is found by what does."""
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
        raise RuntimeError("there are walk-ins and leads to be found by, which needs the keys: run `portal migrate`")
    return vault
