"""The only reader of the keys of Slack's payloads, by what they are about."""
