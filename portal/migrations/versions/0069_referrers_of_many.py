"""A person may refer for several developments: a referrer has a number of its own, and is one person in one
development. Those of before keep theirs, which was the person's, so that all that names them stays true.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

NAMED = ("programmes", "vanity_codes")
AUDIENCES = "audience IN ('homeowner', 'citizen', 'programme')"
KEPT = "audience, development_id, code, home, joined_at, revoked_at, revoked_by, revoked_reason"
OTHERS = "SELECT count(*) FROM referrers WHERE id <> person_id"


def upgrade() -> None:
    for table in NAMED:
        _rename(table, "person_id", "referrer_id")
    _rename("referrers", "person_id", "id")  # and what refers to it follows, on both databases
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(sa.Column("id", BigInt), sa.Column("person_id", BigInt, nullable=False), of_many=True)
    else:
        _give_numbers()
    _name_pages()


def _give_numbers() -> None:
    op.drop_constraint("fk_referrers_person_id", "referrers", type_="foreignkey")
    op.add_column("referrers", sa.Column("person_id", BigInt, nullable=True))
    op.execute("UPDATE referrers SET person_id = id")
    op.alter_column("referrers", "person_id", nullable=False)
    op.create_foreign_key(op.f("fk_referrers_person_id"), "referrers", "people", ["person_id"], ["id"])
    op.create_unique_constraint(
        op.f("uq_referrers_person_id_development_id"), "referrers", ["person_id", "development_id"]
    )
    op.execute("CREATE SEQUENCE referrers_id_seq OWNED BY referrers.id")
    op.execute("SELECT setval('referrers_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM referrers), false)")
    op.execute("ALTER TABLE referrers ALTER COLUMN id SET DEFAULT nextval('referrers_id_seq')")


def downgrade() -> None:
    if op.get_bind().scalar(sa.text(OTHERS)):
        raise NotImplementedError("a referrer's number is no longer the person's: restore a backup instead")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE consents DROP COLUMN referrer_id")
        _rename("referrers", "person_id", "person")
        _rename("referrers", "id", "person_id")
        _write_anew(sa.Column("person_id", BigInt), of_many=False)
    else:
        op.drop_column("consents", "referrer_id")
        op.execute("ALTER TABLE referrers ALTER COLUMN id DROP DEFAULT")
        op.execute("DROP SEQUENCE referrers_id_seq")
        op.drop_constraint(op.f("uq_referrers_person_id_development_id"), "referrers", type_="unique")
        op.drop_constraint(op.f("fk_referrers_person_id"), "referrers", type_="foreignkey")
        op.drop_column("referrers", "person_id")
        _rename("referrers", "id", "person_id")
        op.create_foreign_key(op.f("fk_referrers_person_id"), "referrers", "people", ["person_id"], ["id"])
    for table in NAMED:
        _rename(table, "referrer_id", "person_id")


def _rename(table: str, column: str, name: str) -> None:
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {name}")


def _name_pages() -> None:
    """Which referrer's page a consent was given on: the lead's, or the party of the receipt that proves it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE consents ADD COLUMN referrer_id INTEGER "
            "CONSTRAINT fk_consents_referrer_id REFERENCES referrers (id)"
        )
    else:
        op.add_column("consents", sa.Column("referrer_id", BigInt, nullable=True))
        op.create_foreign_key(op.f("fk_consents_referrer_id"), "consents", "referrers", ["referrer_id"], ["id"])
    for key in ("consent_id", "progress_consent_id"):
        op.execute(
            f"UPDATE consents SET referrer_id = (SELECT max(referrer_id) FROM leads WHERE {key} = consents.id) "  # noqa: S608 - names of ours
            f"WHERE referrer_id IS NULL AND id IN (SELECT {key} FROM leads)"
        )
    op.execute(
        "UPDATE consents SET referrer_id = (SELECT party_id FROM receipts WHERE subject_kind = 'consents' "
        "AND subject_id = consents.id) WHERE referrer_id IS NULL AND id IN "
        "(SELECT subject_id FROM receipts JOIN referrers ON referrers.id = party_id WHERE subject_kind = 'consents')"
    )


def _write_anew(*keys: sa.Column[int], of_many: bool) -> None:
    """SQLite writes a table anew to give it another key; its rows and what refers to them stay."""
    op.create_table(
        "new_referrers",
        *keys,
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", BigInt, nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(AUDIENCES, name=op.f("ck_referrers_audience_known")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_referrers_development_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_referrers_person_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["people.id"], name=op.f("fk_referrers_revoked_by")),
        sa.PrimaryKeyConstraint(keys[0].name, name=op.f("pk_referrers")),
        sa.UniqueConstraint("code", name=op.f("uq_referrers_code")),
        *(
            [sa.UniqueConstraint("person_id", "development_id", name=op.f("uq_referrers_person_id_development_id"))]
            * of_many
        ),
    )
    numbers = ", ".join(key.name for key in keys)
    told = ", ".join([str(keys[0].name)] * len(keys))
    op.execute(f"INSERT INTO new_referrers ({numbers}, {KEPT}) SELECT {told}, {KEPT} FROM referrers")  # noqa: S608 - names of ours
    op.drop_table("referrers")
    op.rename_table("new_referrers", "referrers")
    op.create_index(op.f("ix_referrers_development_id"), "referrers", ["development_id"])
