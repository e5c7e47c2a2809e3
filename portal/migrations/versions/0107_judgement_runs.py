"""What-if questions for judgements are kept, with how far each is and what would change hands."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

RUNS, MOVES = "judgement_runs", "judgement_moves"
STATES = ("running", "done", "failed")
WHYS = ("refused", "ended", "unshown", "second", "later", "kept")
KINDS = ("registration", "walk_in", "lead", "programme")


def upgrade() -> None:
    op.create_table(
        RUNS,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("months", BigInt, nullable=False),
        _at("since"),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("asked_by", BigInt, nullable=False),
        _at("asked_at"),
        _word("state", STATES, "runstate"),
        *(sa.Column(name, BigInt, nullable=False) for name in ("whole", "done", "clients")),
        *(sa.Column(name, BigInt, nullable=False) for name in ("cursor_development", "cursor_client")),
        *(sa.Column(name, BigInt, nullable=False) for name in ("clients_moved", "deals_moved", "moved_fen")),
        _at("finished_at", nullable=True),
        _known(RUNS, "state", STATES),
        sa.CheckConstraint("since < asked_at", name=op.f(f"ck_{RUNS}_span")),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f(f"ck_{RUNS}_finished")),
        _to(RUNS, "development_id", "developments"),
        _to(RUNS, "asked_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RUNS}")),
    )
    op.create_index("ix_judgement_runs_state", RUNS, ["state", "id"])
    op.create_table(
        MOVES,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        _word("why", WHYS, "why"),
        *(part for side in ("before", "after") for part in _party(side)),
        sa.Column("within_agency", sa.Boolean(), nullable=False),
        sa.Column("moved_fen", BigInt, nullable=False),
        _known(MOVES, "why", WHYS),
        _known(MOVES, "before_kind", KINDS),
        _known(MOVES, "after_kind", KINDS),
        sa.ForeignKeyConstraint(["run_id"], [f"{RUNS}.id"], name=op.f(f"fk_{MOVES}_run_id"), ondelete="CASCADE"),
        _to(MOVES, "development_id", "developments"),
        _to(MOVES, "client_id", "clients"),
        _to(MOVES, "deal_id", "deals"),
        *(_to(MOVES, f"{side}_person_id", "people") for side in ("before", "after")),
        *(_to(MOVES, f"{side}_agency_id", "agencies") for side in ("before", "after")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MOVES}")),
    )
    op.create_index("ix_judgement_moves_shift", MOVES, ["run_id", "moved_fen", "id"])
    op.create_index("ix_judgement_moves_before", MOVES, ["run_id", "before_agency_id"])
    op.create_index("ix_judgement_moves_after", MOVES, ["run_id", "after_agency_id"])


def downgrade() -> None:
    op.drop_table(MOVES)
    op.drop_table(RUNS)


def _party(side: str) -> list[sa.Column]:
    return [
        _word(f"{side}_kind", KINDS, "kind", nullable=True),
        sa.Column(f"{side}_person_id", BigInt, nullable=True),
        sa.Column(f"{side}_agency_id", BigInt, nullable=True),
    ]


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _word(column: str, words: tuple[str, ...], name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(column, sa.Enum(*words, name=name, native_enum=False, length=40), nullable=nullable)


def _known(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_known"))


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
