"""A model's Markdown made fit for Slack. Pure text to text."""
