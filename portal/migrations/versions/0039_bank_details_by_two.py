"""Where money goes takes two people: changes of bank details, the payee's objection, and what an approval was for.

What rests sealed is bound to its row from here on: the bank details that are there are opened with the keys of the
environment and sealed anew, each for its own row, in this transaction. So this migration needs the keys once there is
anything to seal; `portal migrate` has them. A digest of them, under a key of its own, tells accounts apart.
"""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import context, op

from portal.crypto import Vault
from portal.types import BigInt, UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

PROPOSED = ("agency_id", "person_id", "details_sealed", "digest", "proposed_by", "proposed_at")
"""The columns of a change that stand from its first instant."""

PAYEE = (
    "CASE WHEN agency_id IS NOT NULL THEN 'agency:' || CAST(agency_id AS TEXT)"
    " ELSE 'person:' || CAST(person_id AS TEXT) END"
)
OWNERS = {"agencies": "agency", "people": "person"}
"""The tables with bank details, and what their rows are called as payees."""

GIVEN_SINCE = """
    SELECT payouts.id, owner.bank_digest, step.actor_id, step.at
    FROM payouts
    JOIN payout_steps AS step ON step.payout_id = payouts.id AND step.state = 'approved'
    JOIN {table} AS owner ON owner.id = payouts.{kind}_id
    WHERE payouts.state = 'approved' AND owner.bank_digest IS NOT NULL AND owner.bank_changed_at < step.at
"""
"""The approvals whose account is what it was when they were given."""


def upgrade() -> None:
    _create_changes()
    _create_objections()
    _create_approvals()
    for table in OWNERS:
        op.add_column(table, sa.Column("bank_digest", sa.String(length=64), nullable=True))
    for table, row in _sealed():
        _seal_for_its_row(table, *row)
    for table, kind in OWNERS.items():
        op.execute(
            "INSERT INTO payout_approvals (payout_id, account_digest, approved_by, approved_at) "
            + GIVEN_SINCE.format(table=table, kind=kind)
        )
    (_guard_sqlite if _on_sqlite() else _guard_postgresql)()


def downgrade() -> None:
    _drop_guards()
    for table, (key, sealed) in _sealed():
        kind = OWNERS[table]
        plain = _vault().open_text(sealed, f"{kind}.bank:{key}")
        _keep(table, key, bank_sealed=_vault().seal_text(plain, f"{kind}.bank"))
    for table in OWNERS:
        op.drop_column(table, "bank_digest")
    op.drop_table("payout_approvals")
    op.drop_table("bank_objections")
    op.drop_table("bank_changes")


# Sealing anew


def _sealed() -> Iterator[tuple[str, tuple[int, bytes]]]:
    for table in OWNERS:
        owner = _owner(table)
        rows = op.get_bind().execute(sa.select(owner.c.id, owner.c.bank_sealed).where(owner.c.bank_sealed.is_not(None)))
        yield from ((table, (key, sealed)) for key, sealed in rows.all())


def _seal_for_its_row(table: str, key: int, sealed: bytes) -> None:
    kind = OWNERS[table]
    plain = _vault().open_text(sealed, f"{kind}.bank")
    details = json.loads(plain)
    said = json.dumps([f"{kind}:{key}", details["holder"], details["bank"], details["account"]], ensure_ascii=False)
    digest = _vault().keyed_digest(said, "bank details")
    _keep(table, key, bank_sealed=_vault().seal_text(plain, f"{kind}.bank:{key}"), bank_digest=digest)


def _keep(table: str, key: int, **values: object) -> None:
    owner = _owner(table)
    op.get_bind().execute(sa.update(owner).where(owner.c.id == key).values(**values))


def _owner(table: str) -> sa.Table:
    columns = [sa.Column("id", BigInt), sa.Column("bank_sealed", sa.LargeBinary), sa.Column("bank_digest", sa.String)]
    return sa.Table(table, sa.MetaData(), *columns)


def _vault() -> Vault:
    vault = context.config.attributes.get("vault")
    if vault is None:
        raise RuntimeError("there are bank details to seal anew, which needs the keys: run `portal migrate`")
    return vault


# Tables


def _create_changes() -> None:
    op.create_table(
        "bank_changes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("payee", sa.String(length=40), sa.Computed(PAYEE, persisted=True), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("call_back", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_bank_changes_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_bank_changes_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_bank_changes_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_bank_changes_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_bank_changes_own_withdrawal")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_bank_changes_has_reason")),
        sa.CheckConstraint("(agency_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_bank_changes_one_payee")),
        sa.CheckConstraint("state <> 'confirmed' OR length(call_back) > 0", name=op.f("ck_bank_changes_called_back")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_bank_changes_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bank_changes_person_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_bank_changes_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_bank_changes_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_changes")),
    )
    waits = sa.text("state = 'proposed'")
    op.create_index(
        "uq_bank_changes_open", "bank_changes", ["payee"], unique=True, sqlite_where=waits, postgresql_where=waits
    )
    op.create_index("ix_bank_changes_payee", "bank_changes", ["payee", "id"])
    op.create_index("ix_bank_changes_state", "bank_changes", ["state", "id"])


def _create_objections() -> None:
    op.create_table(
        "bank_objections",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("change_id", BigInt, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("objected_by", BigInt, nullable=False),
        sa.Column("objected_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_bank_objections_has_words")),
        sa.ForeignKeyConstraint(["change_id"], ["bank_changes.id"], name=op.f("fk_bank_objections_change_id")),
        sa.ForeignKeyConstraint(["objected_by"], ["people.id"], name=op.f("fk_bank_objections_objected_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_objections")),
        sa.UniqueConstraint("change_id", name=op.f("uq_bank_objections_change_id")),
    )


def _create_approvals() -> None:
    op.create_table(
        "payout_approvals",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column("account_digest", sa.String(length=64), nullable=False),
        sa.Column("approved_by", BigInt, nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_approvals_payout_id")),
        sa.ForeignKeyConstraint(["approved_by"], ["people.id"], name=op.f("fk_payout_approvals_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_approvals")),
    )
    op.create_index("ix_payout_approvals_payout_id", "payout_approvals", ["payout_id"])


# Guards

APPEND_ONLY = ("bank_objections", "payout_approvals")
GUARDS = {"text": f"UPDATE OF {', '.join(PROPOSED)}", "delete": "DELETE"}


UNCONFIRMED = """
    NEW.bank_digest IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM bank_changes AS change
        WHERE change.{kind}_id = NEW.id AND change.state = 'confirmed'
        AND change.digest = NEW.bank_digest AND change.decided_at = NEW.bank_changed_at
    )
"""


def _unconfirmed(kind: str) -> str:
    """An account comes into force by a change that two people made, and by nothing else."""
    return UNCONFIRMED.format(kind=kind)


def _guard_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for name, event in GUARDS.items():
        op.execute(
            f"CREATE TRIGGER bank_changes_no_{name} BEFORE {event} ON bank_changes "
            + refuse.format(table="bank_changes")
        )
    op.execute(
        "CREATE TRIGGER bank_changes_no_decision BEFORE UPDATE ON bank_changes WHEN OLD.state <> 'proposed' "
        + refuse.format(table="bank_changes")
    )
    for table in APPEND_ONLY:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} " + refuse.format(table=table)
            )
    for table, kind in OWNERS.items():
        op.execute(
            f"CREATE TRIGGER {table}_bank_by_two BEFORE UPDATE OF bank_digest, bank_changed_at ON {table} "
            f"WHEN {_unconfirmed(kind)} BEGIN SELECT RAISE(ABORT, 'an account comes into force by two people'); END"
        )


def _guard_postgresql() -> None:
    for name, event in (GUARDS | {"delete": "DELETE OR TRUNCATE"}).items():
        op.execute(
            f"CREATE TRIGGER bank_changes_no_{name} BEFORE {event} ON bank_changes "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER bank_changes_no_decision BEFORE UPDATE ON bank_changes "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, kind in OWNERS.items():
        op.execute(
            f"""
            CREATE FUNCTION refuse_{kind}_bank_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {_unconfirmed(kind)} THEN
                    RAISE EXCEPTION 'an account comes into force by two people';
                END IF;
                RETURN NEW;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_bank_by_two BEFORE UPDATE OF bank_digest, bank_changed_at ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_{kind}_bank_of_one()"
        )


def _drop_guards() -> None:
    for table, kind in OWNERS.items():
        if _on_sqlite():
            op.execute(f"DROP TRIGGER {table}_bank_by_two")
        else:
            op.execute(f"DROP TRIGGER {table}_bank_by_two ON {table}")
            op.execute(f"DROP FUNCTION refuse_{kind}_bank_of_one()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
