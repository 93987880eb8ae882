"""The HTTP surface: routes, checks and errors."""
