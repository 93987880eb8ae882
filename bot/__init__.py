"""PipesHub in Slack."""
