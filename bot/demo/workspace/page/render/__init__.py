"""What Slack shows, as HTML: pure functions over messages, views, blocks and their text."""
