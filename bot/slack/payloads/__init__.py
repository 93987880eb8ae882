"""The only reader of Slack's payload keys."""
