"""Masked registrations: a touch and a registration whose client is not known yet, the numbers that are given, answers.

`touches` and `registrations` may be without a client. The database lets one come with a row of `mask_numbers` that says
so, until the mask is answered; and a masked touch holds nobody before it is.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None

_HELD = sa.text("retired_at IS NULL AND holds_from IS NOT NULL")
_ALONE = sa.text("retired_at IS NULL AND holds_from IS NOT NULL AND behind_id IS NULL")

TABLES = {"mask_answers": "showing_id", "mask_numbers": "given_by"}
"""Tables that only grow."""

GIVEN = (
    "EXISTS (SELECT 1 FROM registration_masks AS mask JOIN mask_numbers AS given ON given.mask_id = mask.id "
    "WHERE mask.{whose} = OLD.id AND given.client_id = NEW.client_id "
    "AND NOT EXISTS (SELECT 1 FROM mask_answers AS answer WHERE answer.mask_id = mask.id))"
)
"""Whether the client of a row is the one whose number was given for its mask, which was not answered."""

UNANSWERED = (
    "EXISTS (SELECT 1 FROM registration_masks AS mask WHERE mask.touch_id = NEW.id AND NOT EXISTS "
    "(SELECT 1 FROM mask_answers AS answer WHERE answer.mask_id = mask.id AND answer.doubt IS NULL))"
)

CASES = ("objection", "doubt", "walk_in", "same_face", "same_home")
KEPT = ("id", "development_id", "broker_id", "agency_id", "touch_id", "name_sealed", "outcome", "code", "at")
"""What stays of a registration whose client becomes known."""


def upgrade() -> None:
    guards = _guards("registrations")
    with op.batch_alter_table("touches") as table:
        table.alter_column("client_id", existing_type=BigInt, nullable=True)
        table.add_column(sa.Column("behind_id", BigInt, nullable=True))
        table.create_foreign_key(op.f("fk_touches_behind_id"), "touches", ["behind_id"], ["id"])
        table.create_check_constraint(op.f("ck_touches_holds_whom"), "holds_from IS NULL OR client_id IS NOT NULL")
        table.create_check_constraint(
            op.f("ck_touches_behind_another"), "behind_id IS NULL OR (holds_from IS NOT NULL AND behind_id <> id)"
        )
    _index_holders(_ALONE)
    op.create_index("ix_touches_behind", "touches", ["behind_id"])
    _rewrite_registrations(masked=True)
    _rewrite_causes((*CASES, "mask"))
    _create()
    _restore({name: guard.replace("WHEN ", f"WHEN {_but_a_number()}", 1) for name, guard in guards.items()})
    if not _on_sqlite():
        _let_numbers_through(masked=True)
    _guard()


def downgrade() -> None:
    there = op.get_bind().scalar(sa.text("SELECT count(*) FROM registration_masks"))
    if there:
        raise RuntimeError(
            f"{there} clients were registered by parts of a number: this version cannot say who they are"
        )
    guards = _guards("registrations")
    for name in ("other_client", "unshown_holder"):
        op.execute(f"DROP TRIGGER touches_no_{name}" + ("" if _on_sqlite() else " ON touches"))
    for name in (*TABLES, "registration_masks"):
        op.drop_table(name)
    if not _on_sqlite():
        for name in ("other_client", "unshown_holder"):
            op.execute(f"DROP FUNCTION refuse_{name}()")
        _let_numbers_through(masked=False)
    op.drop_index("ix_touches_behind", table_name="touches")
    _index_holders(_HELD)
    with op.batch_alter_table("touches") as table:
        table.drop_constraint(op.f("ck_touches_holds_whom"), type_="check")
        table.drop_constraint(op.f("ck_touches_behind_another"), type_="check")
        table.drop_constraint(op.f("fk_touches_behind_id"), type_="foreignkey")
        table.drop_column("behind_id")
        table.alter_column("client_id", existing_type=BigInt, nullable=False)
    _rewrite_registrations(masked=False)
    _rewrite_causes(CASES)
    _restore({name: guard.replace(_but_a_number(), "", 1) for name, guard in guards.items()})


def _index_holders(which: sa.TextClause) -> None:
    op.drop_index("uq_touches_holder", table_name="touches")
    op.create_index(
        "uq_touches_holder",
        "touches",
        ["development_id", "client_id"],
        unique=True,
        sqlite_where=which,
        postgresql_where=which,
    )


def _rewrite_registrations(*, masked: bool) -> None:
    has_touch = "(outcome <> 'refused')" if masked else "(outcome = 'accepted')"
    words = "'accepted', 'refused', 'provisional'" if masked else "'accepted', 'refused'"
    with op.batch_alter_table("registrations") as table:
        table.alter_column("client_id", existing_type=BigInt, nullable=masked)
        table.drop_constraint(op.f("ck_registrations_outcome_known"), type_="check")
        table.drop_constraint(op.f("ck_registrations_accepted_has_touch"), type_="check")
        table.create_check_constraint(op.f("ck_registrations_outcome_known"), f"outcome IN ({words})")
        table.create_check_constraint(
            op.f("ck_registrations_accepted_has_touch"), f"{has_touch} = (touch_id IS NOT NULL)"
        )
        name, text = op.f("ck_registrations_accepted_is_of_whom"), "outcome <> 'accepted' OR client_id IS NOT NULL"
        if masked:
            table.create_check_constraint(name, text)
        else:
            table.drop_constraint(name, type_="check")


def _rewrite_causes(words: tuple[str, ...]) -> None:
    listed, guards = ", ".join(f"'{word}'" for word in words), _guards("conflict_cases")
    with op.batch_alter_table("conflict_cases") as table:
        table.drop_constraint(op.f("ck_conflict_cases_cause_known"), type_="check")
        table.create_check_constraint(op.f("ck_conflict_cases_cause_known"), f"cause IN ({listed})")
    _restore(guards)


def _create() -> None:
    op.create_table(
        "registration_masks",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=True),
        sa.Column("mask_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_registration_masks_registration_id")
        ),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_registration_masks_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_masks")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_registration_masks_registration_id")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_registration_masks_touch_id")),
    )
    op.create_table(
        "mask_numbers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("mask_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("given_by", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["mask_id"], ["registration_masks.id"], name=op.f("fk_mask_numbers_mask_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_mask_numbers_client_id")),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_mask_numbers_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mask_numbers")),
    )
    op.create_index("ix_mask_numbers_mask", "mask_numbers", ["mask_id", "id"])
    op.create_index(op.f("ix_mask_numbers_client_id"), "mask_numbers", ["client_id"])
    op.create_table(
        "mask_answers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("mask_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("showing_id", BigInt, nullable=False),
        sa.Column("doubt", sa.String(length=40), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "doubt IN ('held', 'older_mask', 'sold', 'other_number')", name=op.f("ck_mask_answers_doubt_known")
        ),
        sa.ForeignKeyConstraint(["mask_id"], ["registration_masks.id"], name=op.f("fk_mask_answers_mask_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_mask_answers_client_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_mask_answers_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mask_answers")),
        sa.UniqueConstraint("mask_id", name=op.f("uq_mask_answers_mask_id")),
    )
    op.create_index(op.f("ix_mask_answers_client_id"), "mask_answers", ["client_id"])


# What the database lets happen


def _guard() -> None:
    given = GIVEN.format(whose="touch_id")
    other = "(OLD.client_id IS NULL) <> (NEW.client_id IS NULL) OR OLD.client_id <> NEW.client_id"
    holds = f"OLD.holds_from IS NULL AND NEW.holds_from IS NOT NULL AND {UNANSWERED}"
    _refuse(
        "other_client",
        "client_id",
        f"({other}) AND NOT {given}",
        "a client comes with the number that was given for a mask",
    )
    _refuse("unshown_holder", "holds_from", holds, "a masked touch holds nobody before its number was shown")
    for table in TABLES:
        if _on_sqlite():
            for deed in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _refuse(name: str, column: str, when: str, says: str) -> None:
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER touches_no_{name} BEFORE UPDATE OF {column} ON touches WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION '{says}'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER touches_no_{name} BEFORE UPDATE OF {column} ON touches "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_{name}()"
    )


def _guards(table: str) -> dict[str, str]:
    """On SQLite the triggers of a table, which are dropped: writing the table anew would do so, too."""
    if not _on_sqlite():
        return {}
    named = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    found: dict[str, str] = dict(op.get_bind().execute(named, {"table": table}).all())
    for name in found:
        op.execute(f"DROP TRIGGER {name}")
    return found


def _restore(guards: dict[str, str]) -> None:
    for guard in guards.values():
        op.execute(guard)


def _but_a_number() -> str:
    """For SQLite: beside a client who becomes known, with every other column as it was."""
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
    return f"NOT ({same} AND {GIVEN.format(whose='registration_id')}) AND "


def _let_numbers_through(*, masked: bool) -> None:
    """On PostgreSQL the guard of 0077, beside a client who becomes known or not."""
    op.execute("DROP TRIGGER registrations_no_update ON registrations")
    if masked:
        given = GIVEN.format(whose="registration_id").replace("OLD.", "former.").replace("NEW.", "anew.")
        op.execute(
            "CREATE FUNCTION is_number_given(former registrations, anew registrations) RETURNS boolean LANGUAGE sql "
            f"AS $$ SELECT to_jsonb(former) - 'client_id' = to_jsonb(anew) - 'client_id' AND {given} $$"
        )
    op.execute(
        "CREATE TRIGGER registrations_no_update BEFORE UPDATE ON registrations FOR EACH ROW "
        + ("WHEN (NOT is_number_given(OLD, NEW)) " if masked else "")
        + "EXECUTE FUNCTION refuse_all_but_a_new_seal('name_sealed')"
    )
    if not masked:
        op.execute("DROP FUNCTION is_number_given(registrations, registrations)")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
