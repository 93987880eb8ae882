"""The composition root: what a process has, what a workspace has."""
