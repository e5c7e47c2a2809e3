"""A text that tells a client that a booked visit was called off."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0116"
down_revision = "0115"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rewrite_kinds(lambda kinds: [*kinds, "slot_off"])


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'slot_off'")
    _rewrite_kinds(lambda kinds: [kind for kind in kinds if kind != "slot_off"])


def _rewrite_kinds(changed: Callable[[list[str]], list[str]]) -> None:
    """The kinds of texts there are, by those that the database knows. SQLite makes the table anew; it has no triggers."""
    checks = sa.inspect(op.get_bind()).get_check_constraints("text_messages")
    (known,) = (str(one["sqltext"]) for one in checks if one["name"] == "ck_text_messages_kind_known")
    listed = ", ".join(f"'{kind}'" for kind in changed(re.findall(r"'(\w+)'", known)))
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), f"kind IN ({listed})")
