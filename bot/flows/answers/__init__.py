"""From a recorded turn to its stored ending."""
