"""Slack's limits on what a message holds.

From https://docs.slack.dev/reference/block-kit/blocks/ and the methods' pages, where nothing else is said.
"""

MARKDOWN_TEXT = 12_000  # characters in all `markdown` blocks of a message together
SECTION_TEXT = 3_000
CONTEXT_TEXT = 2_000
BUTTON_LABEL = 75
BUTTON_VALUE = 2_000
OPTION_TEXT = 75
OPTIONS = 100  # of one menu, or of each group in it
FALLBACK_TEXT = 3_900  # `chat.update` refuses more than about 4,000 beside blocks (reported in the field)
ALL_TEXT = 13_200  # characters of all blocks of a message together (reported in the field)
BLOCKS = 50

# Blocks that the `markdown` of one message may become, so that sources and buttons have room beside them.
# Each heading, rule and table becomes a block of its own, and so does the text between two of them; they
# all count towards `BLOCKS` (reported in the field: 55 tables in one text were refused as `invalid_blocks`).
MARKDOWN_BLOCKS = 35

TABLE_ROWS = 100  # of a table, its header included
TABLE_TEXT = 10_000  # characters of the tables of a message together
TASK_TEXT = 256  # characters of the title of a step in a stream (`task_update`)
VIEW_BLOCKS = 100
MODAL_TITLE = 24  # characters, https://docs.slack.dev/reference/views/modal-views/
HEADER_TEXT = 150
OVERFLOW_OPTIONS = 5
