"""scheduled work."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_after", sa.Integer(), nullable=True))

    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lack", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_turns_finished_at"), ["finished_at"], unique=False)

    # Turns that were stopped while they waited in line did not say when.
    op.execute("UPDATE turns SET finished_at = recorded_at WHERE state = 'stopped' AND finished_at IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_turns_finished_at"))
        batch_op.drop_column("lack")

    # Who reads this schema takes a conversation that nobody archived for one that is not.
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_column("archived_after")
