"""Conflicts over whose client somebody is: cases, who has part in them, objections, decisions and second looks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

APPEND_ONLY = ("conflict_parties", "objections", "conflict_decisions", "conflict_results", "second_looks")
OUTCOMES = ("keep", "move", "reject")
KEPT = {
    "conflict_cases": (
        *("development_id", "client_id", "other_client_id", "deal_id", "cause", "found", "words"),
        *("opened_by", "opened_at"),
    ),
    "conflict_proposals": (
        *("case_id", "outcome", "to_registration_id", "because", "moved_fen", "proposed_by", "proposed_at"),
    ),
}
"""What these tables keep from the first."""
ENDED = {"conflict_proposals": "OLD.state <> 'proposed'"}
"""When a row is at its end, and stands for good."""


def upgrade() -> None:
    _cases()
    _table(
        "conflict_parties",
        _to("case_id", "conflict_cases"),
        _to("person_id", "people", index=True),
        _to("agency_id", "agencies", index=True),
        _to("registration_id", "registrations", nullable=True),
        sa.Column("holds", sa.Boolean(), nullable=False),
        _at("at"),
        sa.UniqueConstraint("case_id", "person_id", name=op.f("uq_conflict_parties_case_id_person_id")),
    )
    _table(
        "objections",
        _to("case_id", "conflict_cases"),
        _to("registration_id", "registrations"),
        _to("broker_id", "people"),
        sa.Column("words", sa.Text(), nullable=False),
        _at("at"),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_objections_says_something")),
        sa.UniqueConstraint("case_id", "broker_id", name=op.f("uq_objections_case_id_broker_id")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_objections_registration_id")),
    )
    _table(
        "objection_pictures",
        _to("objection_id", "objections", index=True),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("width", BigInt, nullable=False),
        sa.Column("height", BigInt, nullable=False),
        _at("keep_until", nullable=True),
        _at("erased_at", nullable=True),
        sa.UniqueConstraint("file_name", name=op.f("uq_objection_pictures_file_name")),
    )
    _proposals()
    _decisions()
    _table(
        "second_looks",
        _to("case_id", "conflict_cases"),
        _to("asked_by", "people"),
        sa.Column("words", sa.Text(), nullable=False),
        _at("at"),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_second_looks_says_why")),
        sa.UniqueConstraint("case_id", name=op.f("uq_second_looks_case_id")),
    )
    for table in APPEND_ONLY:
        _only_grows(table)
    for table, columns in KEPT.items():
        _keeps(table, columns)


def downgrade() -> None:
    """What was decided of cases is forgotten; what came of it, protections and deals, stays."""
    for table in KEPT:
        _drop_keeps(table)
    for table in (
        *("second_looks", "conflict_results", "conflict_decisions", "conflict_proposals"),
        *("objection_pictures", "objections", "conflict_parties", "conflict_cases"),
    ):
        op.drop_table(table)


def _cases() -> None:
    table = "conflict_cases"
    causes = ("objection", "doubt", "walk_in", "same_face", "same_home")
    _table(
        table,
        _to("development_id", "developments"),
        _to("client_id", "clients", index=True),
        _to("other_client_id", "clients", nullable=True),
        _to("deal_id", "deals", nullable=True, index=True),
        _word("cause", causes, "cause"),
        sa.Column("found", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        _to("opened_by", "people", nullable=True),
        _at("opened_at"),
        sa.Column("look", BigInt, nullable=False),
        _at("due_at"),
        _at("closed_at", nullable=True),
        sa.CheckConstraint("look IN (1, 2)", name=op.f(f"ck_{table}_two_looks")),
        sa.CheckConstraint("(opened_by IS NULL) = (found IS NOT NULL)", name=op.f(f"ck_{table}_opened_or_found")),
        sa.CheckConstraint("cause <> 'doubt' OR length(words) > 0", name=op.f(f"ck_{table}_doubt_says_why")),
        sa.UniqueConstraint("found", name=op.f(f"uq_{table}_found")),
    )
    _partial(
        "uq_conflict_cases_client", table, ["development_id", "client_id"], "closed_at IS NULL AND deal_id IS NULL"
    )
    _partial("uq_conflict_cases_deal", table, ["deal_id"], "closed_at IS NULL AND deal_id IS NOT NULL")
    op.create_index("ix_conflict_cases_due", table, ["closed_at", "due_at"])


def _proposals() -> None:
    table = "conflict_proposals"
    states = ("proposed", "confirmed", "refused", "withdrawn")
    checks = {
        "moves_to": "outcome = 'move' OR to_registration_id IS NULL",
        "says_why": "length(because) > 0",
        "decided": "(state = 'proposed') = (decided_by IS NULL)",
        "decided_when": "(decided_by IS NULL) = (decided_at IS NULL)",
        "second_person": "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
        "own_withdrawal": "state <> 'withdrawn' OR decided_by = proposed_by",
        "has_reason": "state <> 'refused' OR length(reason) > 0",
    }
    _table(
        table,
        _to("case_id", "conflict_cases"),
        _word("outcome", OUTCOMES, "outcome"),
        _to("to_registration_id", "registrations", nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("moved_fen", BigInt, nullable=False),
        _word("state", states, "proposalstate"),
        _to("proposed_by", "people"),
        _at("proposed_at"),
        _to("decided_by", "people", nullable=True),
        _at("decided_at", nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()),
    )
    _partial("uq_conflict_proposals_case", table, ["case_id"], "state = 'proposed'")


def _decisions() -> None:
    table = "conflict_decisions"
    checks = {
        "has_reason": "length(reason) > 0",
        "second_person": "confirmed_by IS NULL OR confirmed_by <> decided_by",
        "moves_to": "outcome = 'move' OR to_registration_id IS NULL",
    }
    _table(
        table,
        _to("case_id", "conflict_cases"),
        sa.Column("look", BigInt, nullable=False),
        _word("outcome", OUTCOMES, "outcome"),
        _to("to_registration_id", "registrations", nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_stake_fen", BigInt, nullable=False),
        _to("decided_by", "people"),
        _to("confirmed_by", "people", nullable=True),
        _at("decided_at"),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()),
        sa.UniqueConstraint("case_id", "look", name=op.f(f"uq_{table}_case_id_look")),
    )
    _table(
        "conflict_results",
        _to("decision_id", table),
        _to("person_id", "people"),
        _to("agency_id", "agencies"),
        _word("result", ("yours", "not_yours"), "result"),
        sa.UniqueConstraint("decision_id", "person_id", name=op.f("uq_conflict_results_decision_id_person_id")),
    )


class _To:
    """A column that names a row of another table."""

    def __init__(self, column: str, target: str, *, nullable: bool, index: bool) -> None:
        self.column, self.target, self.nullable, self.index = column, target, nullable, index


class _Word:
    """A column that holds one word of a list."""

    def __init__(self, column: str, words: Sequence[str], name: str) -> None:
        self.column, self.words, self.name = column, words, name


def _to(column: str, target: str, *, nullable: bool = False, index: bool = False) -> _To:
    return _To(column, target, nullable=nullable, index=index)


def _word(column: str, words: Sequence[str], name: str) -> _Word:
    return _Word(column, words, name)


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _table(name: str, *parts: sa.Column | sa.Constraint | _To | _Word) -> None:
    made: list[sa.Column | sa.Constraint] = [sa.Column("id", BigInt, nullable=False)]
    for part in parts:
        if isinstance(part, _To):
            made.append(sa.Column(part.column, BigInt, nullable=part.nullable))
            made.append(
                sa.ForeignKeyConstraint([part.column], [f"{part.target}.id"], name=op.f(f"fk_{name}_{part.column}"))
            )
        elif isinstance(part, _Word):
            kind = sa.Enum(*part.words, name=part.name, native_enum=False, length=40)
            listed = ", ".join(f"'{word}'" for word in part.words)
            made.append(sa.Column(part.column, kind, nullable=False))
            check = f"{part.column} IN ({listed})"
            made.append(sa.CheckConstraint(check, name=op.f(f"ck_{name}_{part.column}_known")))
        else:
            made.append(part)
    op.create_table(name, *made, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")))
    for part in parts:
        if isinstance(part, _To) and part.index:
            op.create_index(op.f(f"ix_{name}_{part.column}"), name, [part.column])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _only_grows(table: str) -> None:
    if not _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _keeps(table: str, columns: Sequence[str]) -> None:
    """What a row was made with stays; it is never deleted."""
    said, ended = f"{table}: what was recorded is never edited", [ENDED[table]] if table in ENDED else []
    if _on_sqlite():
        changed = " OR ".join([*(f"OLD.{one} IS NOT NEW.{one}" for one in columns), *ended])
        refuse = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        op.execute(f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} WHEN {changed} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {refuse}")
        return
    changed = " OR ".join([*(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in columns), *ended])
    refuse = f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$"
    op.execute(refuse)
    does = f"EXECUTE FUNCTION {table}_refuse()"
    op.execute(f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {does}")
    op.execute(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} FOR EACH ROW {does}")


def _drop_keeps(table: str) -> None:
    on = "" if _on_sqlite() else f" ON {table}"
    for name in ("keep", "stay"):
        op.execute(f"DROP TRIGGER {table}_{name}{on}")
    if not _on_sqlite():
        op.execute(f"DROP FUNCTION {table}_refuse()")
