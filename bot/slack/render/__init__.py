"""What things look like in Slack: pure functions from domain values to blocks."""
