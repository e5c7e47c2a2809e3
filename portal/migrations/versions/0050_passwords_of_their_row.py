"""A password's hash rests sealed for its person's row: moved into another row it opens nothing.

The hashes that are there are sealed in this transaction, with the keys of the environment. So this migration needs the
keys once anybody has a password; `portal migrate` has them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

from portal.crypto import Vault
from portal.types import BigInt

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

PEOPLE = sa.table(
    "people",
    sa.column("id", BigInt),
    sa.column("password_hash", sa.Text),
    sa.column("password_sealed", sa.LargeBinary),
)


def upgrade() -> None:
    op.add_column("people", sa.Column("password_sealed", sa.LargeBinary(), nullable=True))
    for key, hashed in _kept(PEOPLE.c.password_hash):
        _keep(key, password_sealed=_vault().seal_text(hashed, _context(key)))
    op.drop_column("people", "password_hash")


def downgrade() -> None:
    op.add_column("people", sa.Column("password_hash", sa.Text(), nullable=True))
    for key, sealed in _kept(PEOPLE.c.password_sealed):
        _keep(key, password_hash=_vault().open_text(sealed, _context(key)))
    op.drop_column("people", "password_sealed")


def _kept(column: sa.ColumnClause) -> Sequence[sa.Row]:
    return op.get_bind().execute(sa.select(PEOPLE.c.id, column).where(column.is_not(None))).all()


def _keep(key: int, **values: object) -> None:
    op.get_bind().execute(sa.update(PEOPLE).where(PEOPLE.c.id == key).values(**values))


def _context(key: int) -> str:
    return f"person.password:{key}"


def _vault() -> Vault:
    vault = context.config.attributes.get("vault")
    if vault is None:
        raise RuntimeError("there are passwords to seal, which needs the keys: run `portal migrate`")
    return vault
