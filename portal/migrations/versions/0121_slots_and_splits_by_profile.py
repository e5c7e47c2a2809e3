"""Whether visits are booked, and into how many parts a deal is split, are settings of the rule profile.

What was published or proposed before said neither: it goes on as it was, so visits are booked wherever hours are set,
and a deal is split into two where the development's settings let it. A split of more than two keeps who else has a part.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None

NAME = "conflict_further_parts"
PROFILES = "rule_profiles"
PROPOSED = ("development_id", "toml", "starts_at", "note", "proposed_by", "proposed_at")
"""The columns that stand from a profile's first instant (0086)."""

_PROFILES = sa.table(PROFILES, sa.column("id"), sa.column("development_id"), sa.column("toml"))
_DEVELOPMENTS = sa.table("developments", sa.column("id"), sa.column("policy", sa.JSON))


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("decision_id", BigInt, nullable=True),
        sa.Column("proposal_id", BigInt, nullable=True),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("share_bps", BigInt, nullable=False),
        sa.CheckConstraint("(decision_id IS NULL) <> (proposal_id IS NULL)", name=op.f(f"ck_{NAME}_of_one")),
        sa.CheckConstraint("share_bps BETWEEN 1 AND 9998", name=op.f(f"ck_{NAME}_share")),
        sa.ForeignKeyConstraint(["decision_id"], ["conflict_decisions.id"], name=op.f(f"fk_{NAME}_decision_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["conflict_proposals.id"], name=op.f(f"fk_{NAME}_proposal_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f(f"fk_{NAME}_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("decision_id", "registration_id", name=op.f(f"uq_{NAME}_decision_id_registration_id")),
        sa.UniqueConstraint("proposal_id", "registration_id", name=op.f(f"uq_{NAME}_proposal_id_registration_id")),
    )
    _only_grows()
    _say_in_every_profile()


def downgrade() -> None:
    if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(NAME))):
        raise RuntimeError("a deal is split into more than two parts: this version cannot say whose they are")
    op.drop_table(NAME)
    rows = op.get_bind().execute(sa.select(_PROFILES.c.id, _PROFILES.c.toml)).all()
    said = ("slots =", "split_parts =")
    _rewrite({key: "".join(one for one in toml.splitlines(True) if not one.startswith(said)) for key, toml in rows})


def _only_grows() -> None:
    if _on_sqlite():
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _say_in_every_profile() -> None:
    both = _PROFILES.join(_DEVELOPMENTS, _DEVELOPMENTS.c.id == _PROFILES.c.development_id)
    found = op.get_bind().execute(sa.select(_PROFILES.c.id, _PROFILES.c.toml, _DEVELOPMENTS.c.policy).select_from(both))
    texts = {}
    for key, toml, policy in found:
        parts = 2 if policy.get("deal_splits", 1) else 0
        texts[key] = f'{toml.rstrip()}\nslots = "bookable"\nsplit_parts = {parts}\n'
    _rewrite(texts)


def _rewrite(texts: Mapping[int, str]) -> None:
    if not texts:
        return
    _guard(on=False)
    for key, toml in texts.items():
        op.get_bind().execute(sa.update(_PROFILES).where(_PROFILES.c.id == key).values(toml=toml))
    _guard(on=True)


def _guard(*, on: bool) -> None:
    """The triggers by which nobody edits a profile, for as long as this takes."""
    if not _on_sqlite():
        op.execute(f"ALTER TABLE {PROFILES} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
        return
    for name, event in (
        ("text", f"UPDATE OF {', '.join(PROPOSED)} ON {PROFILES}"),
        ("decision", f"UPDATE ON {PROFILES} WHEN OLD.state <> 'proposed'"),
    ):
        if on:
            refuse = f"BEGIN SELECT RAISE(ABORT, '{PROFILES} is append-only'); END"
            op.execute(f"CREATE TRIGGER {PROFILES}_no_{name} BEFORE {event} {refuse}")
        else:
            op.execute(f"DROP TRIGGER {PROFILES}_no_{name}")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
