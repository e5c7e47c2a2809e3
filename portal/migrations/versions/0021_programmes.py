"""Programmes: referrers that are no person, how a company's employees are known, what a programme cost and took off a
price; mails; by whose code a gift was given.

The audience of a referrer is held by a check. PostgreSQL alters it in place, SQLite writes the table anew.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

AUDIENCES = "audience IN ('homeowner', 'citizen', 'programme')"
HOLDS = sa.text("revoked_at IS NULL")
GROWING = ("programme_terms", "programme_costs", "deal_discounts")


def upgrade() -> None:
    _widen_audiences()
    _create_mails()
    _create_programmes()
    _create_terms()
    _create_lists()
    _create_checks()
    _create_costs()
    _create_discounts()
    _name_givers()
    for table in GROWING:
        _guard(table)


def downgrade() -> None:
    raise NotImplementedError("a programme has no place among the referrers of before: restore a backup instead")


def _widen_audiences() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_referrers_audience_known", "referrers")
        op.create_check_constraint(op.f("ck_referrers_audience_known"), "referrers", AUDIENCES)
        return
    op.create_table(
        "new_referrers",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(AUDIENCES, name=op.f("ck_referrers_audience_known")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_referrers_development_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_referrers_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_referrers")),
        sa.UniqueConstraint("code", name=op.f("uq_referrers_code")),
    )
    kept = "person_id, audience, development_id, code, home, joined_at, revoked_at"
    op.execute(f"INSERT INTO new_referrers ({kept}) SELECT {kept} FROM referrers")  # noqa: S608 - names of ours
    op.drop_table("referrers")
    op.rename_table("new_referrers", "referrers")
    op.create_index(op.f("ix_referrers_development_id"), "referrers", ["development_id"])


def _create_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("params_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('employee_check')", name=op.f("ck_mails_kind_known")),
        sa.CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_mails_settled_is_forgotten"),
        ),
        sa.CheckConstraint("(to_sealed IS NULL) = (params_sealed IS NULL)", name=op.f("ck_mails_forgotten_together")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_mails_settled_once")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    op.create_index("ix_mails_due", "mails", ["next_try_at"])


def _create_programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("discount_bps", BigInt, nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", BigInt, nullable=False),
        sa.CheckConstraint(
            "(kind = 'corporate') = (discount_bps IS NOT NULL)", name=op.f("ck_programmes_company_has_discount")
        ),
        sa.CheckConstraint("kind IN ('corporate', 'stand')", name=op.f("ck_programmes_kind_known")),
        sa.CheckConstraint(
            "discount_bps IS NULL OR discount_bps BETWEEN 1 AND 9999", name=op.f("ck_programmes_discount_within")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_programmes_created_by")),
        sa.ForeignKeyConstraint(["person_id"], ["referrers.person_id"], name=op.f("fk_programmes_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_programmes")),
    )


def _create_terms() -> None:
    op.create_table(
        "programme_terms",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("discount_bps", BigInt, nullable=True),
        sa.Column("by_id", BigInt, nullable=False),
        sa.CheckConstraint(
            "discount_bps IS NULL OR discount_bps BETWEEN 1 AND 9999", name=op.f("ck_programme_terms_discount_within")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_programme_terms_by_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_programme_terms_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_terms")),
    )
    op.create_index(op.f("ix_programme_terms_programme_id"), "programme_terms", ["programme_id"])


def _create_lists() -> None:
    op.create_table(
        "programme_domains",
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_programme_domains_programme_id")
        ),
        sa.PrimaryKeyConstraint("programme_id", "domain", name=op.f("pk_programme_domains")),
    )
    op.create_table(
        "programme_employees",
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_programme_employees_programme_id")
        ),
        sa.PrimaryKeyConstraint("programme_id", "mark", name=op.f("pk_programme_employees")),
    )


def _create_checks() -> None:
    where = {"sqlite_where": HOLDS, "postgresql_where": HOLDS}
    op.create_table(
        "employee_checks",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigInt, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", BigInt, nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(way = 'person') = (mark IS NULL)", name=op.f("ck_employee_checks_mark_unless_person")),
        sa.CheckConstraint(
            "way <> 'person' OR (by_id IS NOT NULL AND length(reason) > 0)",
            name=op.f("ck_employee_checks_person_says_why"),
        ),
        sa.CheckConstraint("way IN ('list', 'mail', 'person')", name=op.f("ck_employee_checks_way_known")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_employee_checks_revoked_by_whom")
        ),
        sa.CheckConstraint(
            "revoked_at IS NULL OR length(revoked_reason) > 0", name=op.f("ck_employee_checks_revoked_why")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_employee_checks_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_employee_checks_client_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_employee_checks_programme_id")
        ),
        sa.ForeignKeyConstraint(["revoked_by"], ["people.id"], name=op.f("fk_employee_checks_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee_checks")),
    )
    op.create_index(op.f("ix_employee_checks_client_id"), "employee_checks", ["client_id"])
    op.create_index("uq_employee_checks_client", "employee_checks", ["programme_id", "client_id"], unique=True, **where)
    op.create_index("uq_employee_checks_mark", "employee_checks", ["programme_id", "mark"], unique=True, **where)


def _create_costs() -> None:
    op.create_table(
        "programme_costs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_programme_costs_amount_not_zero")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_programme_costs_says_what")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_programme_costs_by_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_programme_costs_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_costs")),
        sa.UniqueConstraint("programme_id", "key", name=op.f("uq_programme_costs_programme_id_key")),
    )


def _create_discounts() -> None:
    op.create_table(
        "deal_discounts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("check_id", BigInt, nullable=False),
        sa.Column("list_price_fen", BigInt, nullable=False),
        sa.Column("rate_bps", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.CheckConstraint(
            "amount_fen > 0 AND amount_fen < list_price_fen", name=op.f("ck_deal_discounts_amount_within")
        ),
        sa.CheckConstraint("rate_bps BETWEEN 1 AND 9999", name=op.f("ck_deal_discounts_rate_within")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_deal_discounts_by_id")),
        sa.ForeignKeyConstraint(["check_id"], ["employee_checks.id"], name=op.f("fk_deal_discounts_check_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_discounts_deal_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.person_id"], name=op.f("fk_deal_discounts_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_discounts")),
        sa.UniqueConstraint("deal_id", name=op.f("uq_deal_discounts_deal_id")),
    )
    op.create_index(op.f("ix_deal_discounts_programme_id"), "deal_discounts", ["programme_id"])


def _name_givers() -> None:
    """The column as text: SQLite takes one with its foreign key only in one piece. Gifts of before say in their
    reference whose they were: `visit:<referrer>:<touch>:<slot>`."""
    bind = op.get_bind()
    integer = "INTEGER" if bind.dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE vouchers ADD COLUMN referrer_id {integer} "
        "CONSTRAINT fk_vouchers_referrer_id REFERENCES referrers (person_id)"
    )
    op.create_index(op.f("ix_vouchers_referrer_id"), "vouchers", ["referrer_id"])
    vouchers = sa.table("vouchers", sa.column("id"), sa.column("reference"), sa.column("referrer_id"))
    given = bind.execute(sa.select(vouchers.c.id, vouchers.c.reference).where(vouchers.c.reference.like("visit:%")))
    for voucher_id, reference in given.all():
        giver = int(reference.split(":")[1])
        bind.execute(sa.update(vouchers).where(vouchers.c.id == voucher_id).values(referrer_id=giver))


def _guard(table: str) -> None:
    """As 0002 does it for the tables of then."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
