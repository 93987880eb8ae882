"""The page people use in the browser: what they see, drawn on this side, and what they do there."""
