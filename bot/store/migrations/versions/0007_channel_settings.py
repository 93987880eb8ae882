"""channel settings, and answers given in private or without being asked to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("unprompted", sa.Boolean(), nullable=False),
        sa.Column("manner", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "channel"),
    )
    op.create_table(
        "channel_changes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_channel_changes_channel", "channel_changes", ["workspace", "channel", "changed_at"])
    op.create_table(
        "asides",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("origin_channel", sa.String(), nullable=False),
        sa.Column("origin_ts", sa.String(), nullable=True),
        sa.Column("shared", sa.String(), nullable=False),
        sa.Column("begun_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "channel", "ts"),
    )
    op.create_index("ix_asides_origin", "asides", ["workspace", "origin_channel", "origin_ts", "person"])
    op.create_index("ix_asides_begun_at", "asides", ["begun_at"])
    op.create_table(
        "overheard",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("begun_at", sa.Float(), nullable=False),
        sa.Column("silenced_by", sa.String(), nullable=True),
        sa.Column("silenced_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "channel", "ts"),
    )
    op.create_index("ix_overheard_begun_at", "overheard", ["begun_at"])
    op.create_index("ix_turns_recorded", "turns", ["workspace", "recorded_at"])


def downgrade() -> None:
    op.drop_index("ix_turns_recorded", table_name="turns")
    for table in ("overheard", "asides", "channel_changes", "channels"):
        op.drop_table(table)
