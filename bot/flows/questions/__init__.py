"""From a message to a recorded turn."""
