"""manner, versions and ratings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ratings",
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("is_helpful", sa.Boolean(), nullable=False),
        sa.Column("rated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "person"),
    )
    op.create_table(
        "versions",
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("citations", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "number"),
    )
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("archived_at", sa.Float(), nullable=True))

    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("manner", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("regenerates", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("further_ts", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_column("further_ts")
        batch_op.drop_column("regenerates")
        batch_op.drop_column("manner")

    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
        batch_op.drop_column("archived_by")

    op.drop_table("versions")
    op.drop_table("ratings")
