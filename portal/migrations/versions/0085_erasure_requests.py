"""Requests to erase a person's data, and guards that let an erased name into tables that only grow.

What stood sealed in registrations, in proposals of accounts and of bank details could never go: the triggers refused
every change but a new seal. From now on they let one more through: to what `ERASED` says, all of a row at once, and only
for whom two people have decided so.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

ONLY_GROW = {
    "registrations": ("name_sealed", "id development_id client_id broker_id agency_id touch_id outcome code at"),
}
PROPOSALS = {
    "account_proposals": (
        "phone_sealed",
        "kind person_id role name phone_index note proposed_by proposed_at",
        "id opened_id state decided_by decided_at reason",
    ),
    "bank_changes": (
        "details_sealed",
        "agency_id person_id digest proposed_by proposed_at",
        "id call_back state decided_by decided_at reason",
    ),
}
"""As in 0077: what is sealed, what stands as it was proposed, and what is decided later."""

ERASED: Mapping[str, Mapping[str, str]] = {
    "registrations": {"name_sealed": ""},
    "account_proposals": {"phone_sealed": "", "name": "—", "phone_index": "erased:", "note": "—"},
    "bank_changes": {"details_sealed": "", "digest": "erased:", "call_back": "—"},
}
"""What is left of a row: a sealed value is empty, an index ends with the row's number. What was never there stays so."""
WHOSE = {
    "registrations": ("client_id", "client_id"),
    "account_proposals": ("person_id", "person_id opened_id"),
    "bank_changes": ("person_id", "person_id"),
}
"""Whose request it takes: the column of `erasure_requests`, and those of the row."""

IS_ERASURE = """
CREATE FUNCTION is_erasure(erased jsonb, asked text, columns text, former jsonb, anew jsonb)
RETURNS boolean LANGUAGE sql AS $$
    SELECT anew = former || coalesce((
        SELECT jsonb_object_agg(key, CASE
            WHEN key LIKE '%_sealed' THEN '\\x' WHEN value = 'erased:' THEN value || (former ->> 'id') ELSE value END)
        FROM jsonb_each_text(erased) WHERE former ->> key IS NOT NULL
    ), '{}') AND EXISTS (
        SELECT 1 FROM erasure_decisions AS decision JOIN erasure_requests AS request ON request.id = decision.request_id
        WHERE decision.state = 'confirmed' AND decision.erases AND to_jsonb(request) ->> asked IN (
            SELECT former ->> name FROM unnest(string_to_array(columns, ' ')) AS name
        )
    )
$$
"""
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_all_but_a_new_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former jsonb := to_jsonb(OLD);
    anew jsonb := to_jsonb(NEW);
BEGIN
    IF former - TG_ARGV = anew - TG_ARGV AND sealed_anew(former ->> TG_ARGV[0], anew ->> TG_ARGV[0]) THEN
        RETURN NEW;
    END IF;
    {besides}
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""
BESIDES = "IF is_erasure_in(TG_TABLE_NAME, former - 'payee', anew - 'payee') THEN RETURN NEW; END IF;"
REFUSE_TEXT = """
CREATE FUNCTION refuse_all_but_an_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_erasure_in(TG_TABLE_NAME, to_jsonb(OLD) - 'payee', to_jsonb(NEW) - 'payee') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""
"""`payee` is made by the database of the row, after the trigger."""

TEXTS = (
    "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change', 'phone_code', "
    "'invitation', 'gift', 'notice'{})"
)
CODES = "purpose IN ('joining', 'opt_out', 'lead'{})"

PROPOSED = "request_id erases words proposed_by proposed_at"


def upgrade() -> None:
    op.add_column("clients", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.add_column("people", sa.Column("erased_at", UtcDateTime(), nullable=True))
    _rewrite(TEXTS.format(", 'erasure'"), CODES.format(", 'erasure'"))
    _create_requests()
    _create_decisions()
    op.create_table(
        "erasure_proofs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("request_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["erasure_requests.id"], name=op.f("fk_erasure_proofs_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proofs")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_erasure_proofs_request_id_number")),
    )
    _guard_own_tables()
    _drop_guards()
    if _on_sqlite():
        _guard_sqlite(erasing=True)
    else:
        _let_erasures_through()


def downgrade() -> None:
    _drop_guards()
    if _on_sqlite():
        _guard_sqlite(erasing=False)
    else:
        op.execute(REFUSE.replace("{besides}", ""))
        for table, (_, proposed, _) in PROPOSALS.items():
            op.execute(
                f"CREATE TRIGGER {table}_no_text BEFORE UPDATE OF {', '.join(proposed.split())} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        op.execute("DROP FUNCTION refuse_all_but_an_erasure()")
        op.execute("DROP FUNCTION is_erasure_in(text, jsonb, jsonb)")
        op.execute("DROP FUNCTION is_erasure(jsonb, text, text, jsonb, jsonb)")
    for table in ("erasure_proofs", "erasure_decisions", "erasure_requests"):
        op.drop_table(table)
    op.execute("DELETE FROM phone_codes WHERE purpose = 'erasure'")
    op.execute("DELETE FROM text_messages WHERE kind = 'erasure'")
    _rewrite(TEXTS.format(""), CODES.format(""))
    op.drop_column("people", "erased_at")
    op.drop_column("clients", "erased_at")


def _rewrite(texts: str, codes: str) -> None:
    """The words that two columns may hold. SQLite makes the tables anew; neither has triggers."""
    for name, column, words in (("text_messages", "kind", texts), ("phone_codes", "purpose", codes)):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_{column}_known"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_{column}_known"), words)


def _create_requests() -> None:
    runs = sa.text("state IN ('open', 'granted')")
    op.create_table(
        "erasure_requests",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("client_id", BigInt, nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("shown_by", sa.String(length=40), nullable=False),
        sa.Column("recorded_by", BigInt, nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("look_again_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("origin IN ('page', 'officer', 'shell')", name=op.f("ck_erasure_requests_origin_known")),
        sa.CheckConstraint("shown_by IN ('code', 'papers')", name=op.f("ck_erasure_requests_shown_by_known")),
        sa.CheckConstraint(
            "state IN ('open', 'refused', 'granted', 'finished')", name=op.f("ck_erasure_requests_state_known")
        ),
        sa.CheckConstraint("(client_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_erasure_requests_one_subject")),
        sa.CheckConstraint(
            "(origin = 'officer') = (recorded_by IS NOT NULL)", name=op.f("ck_erasure_requests_recorded_by_officer")
        ),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_erasure_requests_answered")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_erasure_requests_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_erasure_requests_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_erasure_requests_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_erasure_requests_key")),
    )
    for whose in ("client", "person"):
        op.create_index(
            f"uq_erasure_requests_{whose}",
            "erasure_requests",
            [f"{whose}_id"],
            unique=True,
            sqlite_where=runs,
            postgresql_where=runs,
        )
    op.create_index("ix_erasure_requests_state", "erasure_requests", ["state", "due_at"])


def _create_decisions() -> None:
    op.create_table(
        "erasure_decisions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("request_id", BigInt, nullable=False),
        sa.Column("erases", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_erasure_decisions_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_erasure_decisions_decided")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_erasure_decisions_decided_when")
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_erasure_decisions_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_erasure_decisions_own_withdrawal")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_erasure_decisions_has_reason")),
        sa.CheckConstraint("erases OR length(words) > 0", name=op.f("ck_erasure_decisions_refusal_says_why")),
        sa.ForeignKeyConstraint(["request_id"], ["erasure_requests.id"], name=op.f("fk_erasure_decisions_request_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_erasure_decisions_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_erasure_decisions_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_decisions")),
    )
    waits = sa.text("state = 'proposed'")
    op.create_index(
        "uq_erasure_decisions_open",
        "erasure_decisions",
        ["request_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_erasure_decisions_request_id", "erasure_decisions", ["request_id"])


def _guard_own_tables() -> None:
    """What is proposed never changes and a decision is final; a proof only comes."""
    proposed = ", ".join(PROPOSED.split())
    if _on_sqlite():
        for deed in ("UPDATE", "DELETE"):
            op.execute(_refusal("erasure_proofs", deed.lower(), deed))
        op.execute(_refusal("erasure_decisions", "text", f"UPDATE OF {proposed}"))
        op.execute(_refusal("erasure_decisions", "decision", "UPDATE", "OLD.state <> 'proposed'"))
        op.execute(_refusal("erasure_decisions", "delete", "DELETE"))
        return
    op.execute(
        "CREATE TRIGGER erasure_proofs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure_proofs "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for name, event in {"text": f"UPDATE OF {proposed}", "delete": "DELETE OR TRUNCATE"}.items():
        op.execute(
            f"CREATE TRIGGER erasure_decisions_no_{name} BEFORE {event} ON erasure_decisions "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER erasure_decisions_no_decision BEFORE UPDATE ON erasure_decisions "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )


def _let_erasures_through() -> None:
    """On PostgreSQL."""
    op.execute(IS_ERASURE)
    arms = " ".join(
        f"WHEN '{table}' THEN is_erasure('{_json(erased)}', '{WHOSE[table][0]}', '{WHOSE[table][1]}', former, anew)"
        for table, erased in ERASED.items()
    )
    op.execute(
        "CREATE FUNCTION is_erasure_in(what text, former jsonb, anew jsonb) RETURNS boolean LANGUAGE sql AS $$ "
        f"SELECT CASE what {arms} ELSE false END $$"
    )
    op.execute(REFUSE.replace("{besides}", BESIDES))
    op.execute(REFUSE_TEXT)
    for table, (_, proposed, _) in PROPOSALS.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_text BEFORE UPDATE OF {', '.join(proposed.split())} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_an_erasure()"
        )


def _drop_guards() -> None:
    """Those that an erasure must get past; on PostgreSQL the others ask a function, which is replaced."""
    for table in PROPOSALS:
        op.execute(f"DROP TRIGGER {table}_no_text" + ("" if _on_sqlite() else f" ON {table}"))
    if _on_sqlite():
        for table in ONLY_GROW:
            op.execute(f"DROP TRIGGER {table}_no_update")
        for table in PROPOSALS:
            op.execute(f"DROP TRIGGER {table}_no_other_seal")
            op.execute(f"DROP TRIGGER {table}_no_decision")


def _guard_sqlite(*, erasing: bool) -> None:
    def unless_erased(table: str, columns: Iterable[str]) -> str:
        return f" AND {_no_erasure(table, columns)}" if erasing else ""

    for table, (sealed, others) in ONLY_GROW.items():
        only_if = _beside_a_new_seal(sealed, others.split()) + unless_erased(table, [sealed, *others.split()])
        op.execute(_refusal(table, "update", "UPDATE", only_if))
    for table, (sealed, proposed, decided) in PROPOSALS.items():
        both = [*proposed.split(), *decided.split()]
        besides = unless_erased(table, [sealed, *both])
        text = f"UPDATE OF {', '.join(proposed.split())}"
        op.execute(_refusal(table, "text", text, besides.removeprefix(" AND ")))
        op.execute(_refusal(table, "other_seal", f"UPDATE OF {sealed}", _beside_a_new_seal(sealed, both) + besides))
        only_if = f"OLD.state <> 'proposed' AND {_beside_a_new_seal(sealed, both)}{besides}"
        op.execute(_refusal(table, "decision", "UPDATE", only_if))


def _no_erasure(table: str, columns: Iterable[str]) -> str:
    """Whether SQLite's row changes in another way than by being erased."""
    asked, whose = WHOSE[table]
    left = " AND ".join(f"NEW.{column} IS {_left_of(column, ERASED[table])}" for column in columns)
    of_row = ", ".join(f"OLD.{column}" for column in whose.split())
    decided = (
        "SELECT 1 FROM erasure_decisions AS decision "  # noqa: S608 - words of ours
        "JOIN erasure_requests AS request ON request.id = decision.request_id "
        f"WHERE decision.state = 'confirmed' AND decision.erases AND request.{asked} IN ({of_row})"
    )
    return f"NOT ({left} AND EXISTS ({decided}))"


def _left_of(column: str, erased: Mapping[str, str]) -> str:
    """What stands in a column when its row is erased."""
    if column not in erased:
        return f"OLD.{column}"
    value = f"'{erased[column]}'" + (" || OLD.id" if erased[column] == "erased:" else "")
    value = "x''" if column.endswith("_sealed") else value
    return f"CASE WHEN OLD.{column} IS NULL THEN NULL ELSE {value} END"


def _refusal(table: str, name: str, event: str, only_if: str = "") -> str:
    when = f"WHEN {only_if} " if only_if else ""
    return (
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _beside_a_new_seal(sealed: str, others: Iterable[str]) -> str:
    """As in 0077: whether SQLite's row changes in another way than by being sealed anew."""
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in others)
    former, anew = (f"lower(hex(substr({row}.{sealed}, 1, 4)))" for row in ("OLD", "NEW"))
    opened = f"ended_at IS NULL AND name = {anew} AND name <> {former}"
    by_a_round = f"EXISTS (SELECT 1 FROM key_rotations WHERE {opened})"  # noqa: S608 - words of ours
    return f"NOT ({same} AND length(NEW.{sealed}) IS length(OLD.{sealed}) AND {by_a_round})"


def _json(erased: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{column}": "{value}"' for column, value in erased.items()) + "}"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
