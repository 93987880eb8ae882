"""wishes and places in line."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", sa.Float(), nullable=True))

    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stop_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("ahead", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("edited", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_column("edited")
        batch_op.drop_column("ahead")
        batch_op.drop_column("stop_by")

    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_column("until")
